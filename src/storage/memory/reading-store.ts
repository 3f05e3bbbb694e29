import { withSafeMessage } from "../../shared/store-reason.ts";
import type {
  ReadingPoint,
  ReadingRange,
  ReadingSeries,
  ReadingStore,
  StaleDay,
} from "../contracts/index.ts";
import { dayLength, replacesReading } from "../contracts/reading-store.ts";
import { refusal } from "../shared/checked-stores.ts";
import {
  batchesOf,
  notRolledUp,
  type SeriesBatch,
  seriesKey,
  staleDaysOf,
} from "../shared/readings.ts";

/** Readings that are kept; another one is refused. */
const maxReadings = 500_000;

interface Point extends ReadingPoint {
  readonly observedAt: number;
}

interface Series extends ReadingSeries {
  readonly kind: string;
  /** By time. */
  points: Point[];
  /** What days were rolled up to. */
  readonly rolled: Map<number, string>;
  /** Marks of the days that are to be rolled up. */
  readonly stale: Map<number, string>;
}

interface Namespace {
  rolledUntil: number;
  prunedUntil: number;
  readonly series: Map<string, Series>;
  readonly erased: Set<string>;
}

/** Keeps readings in the memory of this process. */
export function memoryReadingStore(): ReadingStore {
  const namespaces = new Map<string, Namespace>();
  let size = 0;
  let lastMark = 0;

  // Reading makes no namespace that stays.
  const find = (namespace: string): Namespace =>
    namespaces.get(namespace) ?? {
      rolledUntil: 0,
      prunedUntil: 0,
      series: new Map(),
      erased: new Set(),
    };

  const open = (namespace: string): Namespace => {
    const found = find(namespace);
    namespaces.set(namespace, found);
    return found;
  };

  const mark = (series: Series, day: number) => series.stale.set(day, String(++lastMark));

  const put = (series: Series, point: Point, rolledUntil: number) => {
    const { points } = series;
    const place = placeOf(points, point.at);
    const known = points[place]?.at === point.at ? points[place] : undefined;
    if (known && !replacesReading(point, known)) return;
    points.splice(place, known ? 1 : 0, point);
    if (!known) size++;
    if (known?.value === point.value) return;
    for (const day of staleDaysOf(point.at, rolledUntil)) mark(series, day);
  };

  return {
    async append(namespace, readings) {
      const space = find(namespace);
      const batches = [...batchesOf(readings)].filter(
        ([, { userId }]) => !space.erased.has(userId),
      );
      makeSureOfRoom(size, space, batches);
      let tooLate = 0;
      for (const [key, { userId, deviceId, metric, kind, readings: ofSeries }] of batches) {
        const known = space.series.get(key);
        const series = known ?? {
          userId,
          deviceId,
          metric,
          kind,
          points: [],
          rolled: new Map(),
          stale: new Map(),
        };
        for (const { at, value, observedAt } of ofSeries.values()) {
          if (at < space.prunedUntil) tooLate++;
          else put(series, { at, value, observedAt }, space.rolledUntil);
        }
        if (!known && series.points.length > 0) open(namespace).series.set(key, series);
      }
      return { tooLate };
    },

    async series(namespace, { deviceId, userId }) {
      return [...find(namespace).series.values()]
        .filter(
          (series) =>
            (deviceId === undefined || series.deviceId === deviceId) &&
            (userId === undefined || series.userId === userId),
        )
        .map((series) => ({
          ...nameOf(series),
          kind: series.kind,
          lastAt: series.points.at(-1)?.at ?? 0,
        }));
    },

    async read(namespace, series, range) {
      const points = find(namespace).series.get(seriesKey(series))?.points ?? [];
      return pointsOf(points, range);
    },

    async rolledDays(namespace, series, from, to) {
      const space = find(namespace);
      const found = space.series.get(seriesKey(series));
      const isWanted = (day: number) => day >= from && day < to;
      const stale = [...(found?.stale.keys() ?? [])].filter(isWanted).sort((a, b) => a - b);
      const days = [...(found?.rolled ?? [])]
        .filter(([day]) => isWanted(day) && !found?.stale.has(day))
        .map(([day, content]) => ({ day, content }))
        .sort((a, b) => a.day - b.day);
      return { until: space.rolledUntil, days, stale };
    },

    async rollUp(namespace, until) {
      const space = open(namespace);
      const from = space.rolledUntil;
      if (until <= from) return;
      space.rolledUntil = until;
      for (const series of space.series.values()) {
        const { points } = series;
        // The last day of before makes the first one stale that is new.
        const first = placeOf(points, from - dayLength);
        const days = points
          .slice(first, placeOf(points, until))
          .flatMap(({ at }) => staleDaysOf(at, until));
        for (const day of new Set(days)) if (day >= from) mark(series, day);
      }
    },

    async staleDays(namespace, limit) {
      return [...find(namespace).series.values()]
        .flatMap((series) => [...series.stale].map(([day, ofDay]) => ({ series, day, ofDay })))
        .sort((a, b) => a.day - b.day)
        .slice(0, limit)
        .map(({ series, day, ofDay }) => staleDayOf(series, day, ofDay));
    },

    async saveDays(namespace, days) {
      const { series } = find(namespace);
      for (const { day, content, mark: given, ...name } of days) {
        const found = series.get(seriesKey(name));
        if (found?.stale.get(day) !== given) continue;
        found.stale.delete(day);
        found.rolled.set(day, content);
      }
    },

    async prune(namespace, before, limit) {
      if (before > find(namespace).rolledUntil) throw refusal("before", notRolledUp);
      const space = open(namespace);
      space.prunedUntil = Math.max(space.prunedUntil, before);
      let pruned = 0;
      for (const series of space.series.values()) {
        if (pruned === limit) break;
        const newest = placeOf(series.points, before) - 1;
        const left = series.points.filter(({ at }, place) => {
          if (place >= newest || pruned === limit) return true;
          if (staleDaysOf(at, Number.POSITIVE_INFINITY).some((day) => series.stale.has(day)))
            return true;
          pruned++;
          return false;
        });
        series.points = left;
      }
      size -= pruned;
      return pruned;
    },

    async erase(namespace, userId) {
      const space = open(namespace);
      space.erased.add(userId);
      let erased = 0;
      for (const [key, { userId: of, points, rolled }] of space.series) {
        if (of !== userId) continue;
        erased += points.length + rolled.size;
        size -= points.length;
        space.series.delete(key);
      }
      return erased;
    },
  };
}

/** Refuses as a whole what would not fit, so that nothing is forgotten in silence. */
function makeSureOfRoom(
  size: number,
  { series, prunedUntil }: Namespace,
  batches: readonly (readonly [key: string, batch: SeriesBatch])[],
): void {
  const given = batches.reduce((sum, [, { readings }]) => sum + readings.size, 0);
  if (size + given <= maxReadings) return;
  let added = 0;
  for (const [key, { readings }] of batches) {
    const points = series.get(key)?.points ?? [];
    for (const at of readings.keys()) {
      if (at >= prunedUntil && points[placeOf(points, at)]?.at !== at) added++;
    }
  }
  if (size + added <= maxReadings) return;
  throw withSafeMessage(
    new Error(`memory holds ${size} readings, and takes no more than ${maxReadings}`),
  );
}

/** Where a time is among points, or belongs. */
function placeOf(points: readonly ReadingPoint[], at: number): number {
  let low = 0;
  let high = points.length;
  // Most readings are newer than all that are known.
  if ((points.at(-1)?.at ?? at) < at) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle]?.at ?? at) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pointsOf(points: readonly Point[], range: ReadingRange): ReadingPoint[] {
  const { from, to, withPrevious, limit } = range;
  const first = placeOf(points, from);
  const start = withPrevious ? Math.max(0, first - 1) : first;
  // Before `from` there is nothing to read but the one before it.
  const end = Math.max(first, placeOf(points, to));
  return points.slice(start, Math.min(end, start + limit)).map(toPoint);
}

function toPoint({ at, value }: Point): ReadingPoint {
  return { at, value };
}

function staleDayOf(series: Series, day: number, mark: string): StaleDay {
  const { kind, points } = series;
  const first = placeOf(points, day);
  const previous = points[first - 1];
  return {
    ...nameOf(series),
    kind,
    day,
    mark,
    previous: previous && toPoint(previous),
    points: points.slice(first, placeOf(points, day + dayLength)).map(toPoint),
  };
}

function nameOf({ userId, deviceId, metric }: ReadingSeries): ReadingSeries {
  return { userId, deviceId, metric };
}
