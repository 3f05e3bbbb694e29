import type { DeviceKind } from "../../../generated/kinds.ts";
import { infoOf, type Metric } from "../model/metrics.ts";
import { bucketsOf, type Every, isFine, type Span } from "../time/buckets.ts";
import type { TimeZone } from "../time/time-zone.ts";
import { BucketList } from "./bucket-list.ts";
import { type KnownSeries, type ReadSettings, readSeries } from "./known-series.ts";
import { seriesOfDevice } from "./owners.ts";

/** What is known of a part of a series. */
export interface SeriesPoint {
  /** When the part begins. */
  from: Date;
  /** When it ends, and the next one begins. */
  to: Date;
  /** How many readings there were in it. */
  count: number;
  /** Least and greatest value in it; null where none is known, and for texts. */
  min: number | null;
  max: number | null;
  /** The last value that is known in it. */
  last: number | string | null;
  /** Mean over the time for which a value is known: how long it held counts, and not how often it was read. */
  mean: number | null;
  /** For how much of the part the value is known, from 0 to 1. */
  coverage: number;
  /** For names of states: how much of the known time each of them held, from 0 to 1. */
  states?: Record<string, number>;
}

/** A series in parts. */
export interface Series {
  deviceId: string;
  /** The Enode user to whom the device belonged then; undefined when there are no readings of the device. */
  userId: string | undefined;
  metric: Metric;
  /** Kind of the device; undefined when there are no readings. */
  kind: DeviceKind | undefined;
  /** Unit of the values, such as `kWh`; undefined where they have none. Of true and false, 1 and 0, the mean is a share. */
  unit: string | undefined;
  /** Parts that follow each other without a gap, also where nothing is known. */
  points: SeriesPoint[];
}

/** A request for a series whose arguments were checked. */
export interface CheckedSeriesQuery extends Span {
  readonly deviceId: string;
  readonly userId: string | undefined;
  readonly metric: Metric;
  readonly every: Every;
  readonly zone: TimeZone;
}

/** What is gathered of one part. */
interface Tally {
  count: number;
  min: number;
  max: number;
  last: number | string | null;
  lastFrom: number;
  known: number;
  integral: number;
  states: Map<string, number> | undefined;
}

export async function readSeriesPoints(
  settings: ReadSettings,
  query: CheckedSeriesQuery,
): Promise<Series> {
  const { deviceId, metric, every, zone } = query;
  const spans = bucketsOf(every, query, zone);
  const { userId, series } = await seriesOfDevice(settings.store, deviceId, query.userId);
  const kept = series.find((each) => each.metric === metric);
  const whole = { from: spans[0]?.from ?? query.from, to: spans.at(-1)?.to ?? query.from };
  const known = kept && (await readSeries({ ...settings, isFine: isFine(every) }, kept, whole));
  const info = infoOf(kept?.kind ?? "", metric);
  return {
    deviceId,
    userId,
    metric,
    // A store holds what this history has given it.
    kind: kept?.kind as DeviceKind | undefined,
    unit: info?.unit,
    points: pointsOf(spans, known, info?.type === "text"),
  };
}

function pointsOf(
  spans: readonly Span[],
  known: KnownSeries | undefined,
  areTexts: boolean,
): SeriesPoint[] {
  const list = new BucketList<Tally>(spans, () => ({
    count: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    last: null,
    lastFrom: Number.NEGATIVE_INFINITY,
    known: 0,
    integral: 0,
    states: areTexts ? new Map() : undefined,
  }));
  if (known) gather(list, known);
  return spans.map(({ from, to }, index) => toPoint(from, to, list.records[index]));
}

function gather(list: BucketList<Tally>, { pieces, slots, counts }: KnownSeries): void {
  for (const { at, count } of counts) {
    const tally = list.of(at);
    if (tally) tally.count += count;
  }
  for (const piece of pieces) {
    const { value } = piece;
    list.each(piece, (tally, from, to) => {
      tally.known += to - from;
      if (from > tally.lastFrom) {
        tally.last = value;
        tally.lastFrom = from;
      }
      if (typeof value === "string") {
        tally.states?.set(value, (tally.states.get(value) ?? 0) + to - from);
      } else {
        tally.min = Math.min(tally.min, value);
        tally.max = Math.max(tally.max, value);
        tally.integral += value * (to - from);
      }
    });
  }
  for (const { from, min, max, last, known, integral } of slots) {
    const tally = list.of(from);
    if (!tally) continue;
    tally.known += known;
    tally.min = Math.min(tally.min, min);
    tally.max = Math.max(tally.max, max);
    tally.integral += integral;
    if (from > tally.lastFrom) {
      tally.last = last;
      tally.lastFrom = from;
    }
  }
}

function toPoint(from: number, to: number, tally: Tally | undefined): SeriesPoint {
  const { count = 0, min = 0, max = 0, last = null, known = 0, integral = 0, states } = tally ?? {};
  const isNumber = known > 0 && typeof last === "number";
  return {
    from: new Date(from),
    to: new Date(to),
    count,
    min: isNumber ? min : null,
    max: isNumber ? max : null,
    last,
    mean: isNumber ? integral / known : null,
    coverage: known / (to - from),
    ...(states && {
      states: Object.fromEntries([...states].map(([name, time]) => [name, time / known])),
    }),
  };
}
