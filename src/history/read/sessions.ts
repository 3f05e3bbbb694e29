import { joined, type Piece } from "../rollup/pieces.ts";
import { type Span, slotLength } from "../time/buckets.ts";
import { type KnownSeries, nothingKnown, type ReadSettings, readSeries } from "./known-series.ts";
import { seriesOfDevice } from "./owners.ts";
import type { Prices } from "./tariff.ts";

const hour = 3_600_000;
const minute = 60_000;
const day = 86_400_000;
/** How far before and after the asked time a session is followed. */
const longestSession = 7 * day;

/** Unbroken charging of a vehicle or charger. */
export interface HistorySession {
  /** The vehicle or charger. */
  deviceId: string;
  /** The Enode user to whom the device belonged then. */
  userId: string;
  /** When it began. */
  from: Date;
  /** When it ended; undefined while it goes on. */
  to: Date | undefined;
  /** Energy so far, in kWh; null when the device tells no power. */
  kwh: number | null;
  /** Battery level before, in %; null when it is not known, as with chargers. */
  levelBefore: number | null;
  /** Battery level after it, or now, in %; null when it is not known, as with chargers. */
  levelAfter: number | null;
  /** Location where it began; null when it is not known. */
  locationId: string | null;
  /** Cost by the tariff: null without one, without power, and where it has no rate for all of the time. */
  cost: number | null;
}

/** A request for sessions whose arguments were checked. */
export interface CheckedSessionsQuery extends Span {
  readonly deviceId: string;
  readonly userId: string | undefined;
  readonly prices: Prices | undefined;
}

/** Energy between two times, in kWh, at a constant power or spread evenly. */
interface EnergyPiece extends Span {
  readonly kwh: number;
}

export async function readSessions(
  settings: ReadSettings,
  query: CheckedSessionsQuery,
): Promise<HistorySession[]> {
  const { deviceId, prices } = query;
  const { userId, series } = await seriesOfDevice(settings.store, deviceId, query.userId);
  if (userId === undefined) return [];
  const kept = (metric: string) => series.find((each) => each.metric === metric);
  const read = async (metric: string, span: Span): Promise<KnownSeries> => {
    const each = kept(metric);
    return each ? await readSeries(settings, each, span) : nothingKnown();
  };
  const charging = async (span: Span) =>
    chargingOf(
      (await read("chargeState.isCharging", span)).pieces,
      (await read("chargeState.powerDeliveryState", span)).pieces,
    );
  const spans = await spansOf(query, charging, settings.now);
  const [first] = spans;
  const last = spans.at(-1);
  if (!first || !last) return [];
  // From the day before on: the level before is one that was read then.
  const around = { from: first.from - day, to: last.to + slotLength };
  const power = energyOf(await read("chargeState.chargeRate", around), spans);
  const level = await read("chargeState.batteryLevel", around);
  const places = await read("location.id", { ...around, from: first.from - longestSession });
  return spans.map((span, index) => {
    const energy = power[index] ?? [];
    return {
      deviceId,
      userId,
      from: new Date(span.from),
      to: span.to >= settings.now ? undefined : new Date(span.to),
      kwh: energy.length > 0 ? energy.reduce((sum, { kwh }) => sum + kwh, 0) : null,
      levelBefore: levelBefore(level, span),
      levelAfter: levelAfter(level, span),
      locationId: placeAt(places, span.from),
      cost: prices && energy.length > 0 ? costOf(energy, prices) : null,
    };
  });
}

/** The sessions of a time, each of them whole: those at its edges are followed beyond it. */
async function spansOf(
  { from, to }: Span,
  charging: (span: Span) => Promise<Span[]>,
  now: number,
): Promise<Span[]> {
  let [begin, end] = [from - day, Math.min(to, now) + day];
  for (;;) {
    const spans = await charging({ from: begin, to: end });
    const isBefore = spans[0]?.from === begin && begin > from - longestSession;
    const isAfter = spans.at(-1)?.to === end && end < to + longestSession;
    if (!isBefore && !isAfter) return spans.filter((each) => each.from < to && each.to > from);
    if (isBefore) begin -= day;
    if (isAfter) end += day;
  }
}

/** When it charges: by the device's word, or where it has none by the state of its power. */
function chargingOf(isCharging: readonly Piece[], states: readonly Piece[]): Span[] {
  const byState = states.filter(({ value }) => value === "PLUGGED_IN:CHARGING");
  const pieces = [
    ...isCharging.filter(({ value }) => value === 1),
    ...byState.flatMap((piece) => without(piece, isCharging)),
  ];
  pieces.sort((a, b) => a.from - b.from);
  return joined(pieces.map(({ from, to }) => ({ from, to, value: 1 })));
}

/** The parts of a piece outside of all others, which come in the order of time. */
function without(piece: Piece, others: readonly Span[]): Piece[] {
  const parts: Piece[] = [];
  let { from } = piece;
  for (const other of touching(others, piece)) {
    if (other.from > from) parts.push({ ...piece, from, to: other.from });
    from = other.to;
  }
  if (from < piece.to) parts.push({ ...piece, from });
  return parts;
}

/** The energy of each session. */
function energyOf({ pieces, slots: given }: KnownSeries, spans: readonly Span[]): EnergyPiece[][] {
  const slots = given.map((slot) => ({ ...slot, to: slot.from + slotLength }));
  return spans.map((span) => [
    ...touching(pieces, span).map((piece): EnergyPiece => {
      const { from, to } = common(piece, span);
      return { from, to, kwh: (Math.max(0, Number(piece.value)) * (to - from)) / hour };
    }),
    ...touching(slots, span).map((slot): EnergyPiece => {
      const { from, to } = common(slot, span);
      // What was charged in it was charged in the sessions that it touches.
      const times = touching(spans, slot).map((each) => common(slot, each));
      const all = times.reduce((sum, each) => sum + each.to - each.from, 0);
      return { from, to, kwh: ((slot.positive / hour) * (to - from)) / all };
    }),
  ]);
}

/** Those that have time in common with a span. They are in the order of time, and years of them may be asked for. */
function touching<T extends Span>(all: readonly T[], { from, to }: Span): T[] {
  const found: T[] = [];
  for (let at = firstAfter(all, (each) => each.to > from); at < all.length; at++) {
    const each = all[at];
    if (!each || each.from >= to) break;
    found.push(each);
  }
  return found;
}

/** The first place from which on a condition is true. */
function firstAfter<T>(all: readonly T[], isAfter: (each: T) => boolean): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const each = all[middle];
    if (each !== undefined && isAfter(each)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function common(one: Span, other: Span): Span {
  return { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
}

/** Of a quarter of an hour the least: a battery that is charged afterwards had it at the beginning. */
function levelBefore({ pieces, slots }: KnownSeries, { from, to }: Span): number | null {
  // The one of then, or else the first one of the session.
  const piece = pieces[firstAfter(pieces, (each) => each.to > from)];
  const slot = slots[firstAfter(slots, (each) => each.from + slotLength > from)];
  const isPiece = piece && piece.from < to;
  return numberOr(isPiece ? piece.value : slot && slot.from <= from ? slot.min : undefined);
}

/** Of a quarter of an hour the greatest. */
function levelAfter({ pieces, slots }: KnownSeries, { from, to }: Span): number | null {
  const piece = pieces[firstAfter(pieces, (each) => each.from > to) - 1];
  const slot = slots[firstAfter(slots, (each) => each.from > to) - 1];
  const isSlot = slot && slot.from + slotLength > from && !(piece && piece.from >= slot.from);
  if (isSlot) return numberOr(slot.max);
  return piece && piece.to > from ? numberOr(piece.value) : null;
}

function numberOr(value: number | string | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** Where it was. A parked car tells its place once, however long it stands there. */
function placeAt({ pieces, nulls }: KnownSeries, time: number): string | null {
  const last = pieces[firstAfter(pieces, ({ from }) => from > time) - 1];
  if (!last || (last.to <= time && !last.isExpired)) return null;
  const nextNull = nulls[firstAfter(nulls, (at) => at > last.from)] ?? Number.POSITIVE_INFINITY;
  return nextNull <= time ? null : String(last.value);
}

/** Null where there is no price for a part of it. */
function costOf(energy: readonly EnergyPiece[], prices: Prices): number | null {
  let sum = 0;
  for (const { from, to, kwh } of energy) {
    for (let start = from; start < to; ) {
      const end = Math.min(to, (Math.floor(start / minute) + 1) * minute);
      const price = prices(start);
      if (price === undefined) return null;
      sum += (price * kwh * (end - start)) / (to - from);
      start = end;
    }
  }
  return sum;
}
