/** One reading of a device. */
export interface Reading {
  /** The Enode user to whom the device belonged then. */
  userId: string;
  deviceId: string;
  /** Kind of the device, such as `vehicle`. */
  kind: string;
  /** What was read: its place in the device, such as `chargeState.batteryLevel`. */
  metric: string;
  /** When the device was read, in ms since the epoch: whole, and 0 or more. */
  at: number;
  /**
   * A finite number, also 0 and 1 for false and true; or the name of a state, of up to 200 characters; null when it was
   * not known.
   */
  value: number | string | null;
  /** When Enode told of it, in ms since the epoch; may have a fraction. */
  observedAt: number;
}

/** A series of readings: one metric of one device, while it belonged to one user. */
export interface ReadingSeries {
  userId: string;
  deviceId: string;
  metric: string;
}

/** A series that a store has. */
export interface KeptSeries extends ReadingSeries {
  /** That of the reading that came first. */
  kind: string;
  /** Time of its newest reading, in ms since the epoch. */
  lastAt: number;
}

/** A value, and the time at which it was read, in ms since the epoch. */
export interface ReadingPoint {
  at: number;
  value: number | string | null;
}

/** Which readings of a series to read. */
export interface ReadingRange {
  /** From this time on, in ms since the epoch. */
  from: number;
  /** Before this time, in ms since the epoch. */
  to: number;
  /** Whether the newest reading before `from` is wanted too. It comes first, and counts as one of the `limit`. */
  withPrevious?: boolean | undefined;
  /** How many at most: the oldest ones. */
  limit: number;
}

/** A day of a series that is rolled up. Days are those of UTC. */
export interface RolledDay extends ReadingSeries {
  /** When it begins, in ms since the epoch: a multiple of 86,400,000. */
  day: number;
  /** What the history makes of its readings, as text. */
  content: string;
}

/** The rolled up days of a part of a series. */
export interface RolledDays {
  /** Days that begin before this time are rolled up, or `stale`, or have no readings. In ms since the epoch, 0 at first. */
  until: number;
  /** Those that are, oldest first. */
  days: { day: number; content: string }[];
  /** When those begin that must be rolled up, or rolled up again, oldest first: read their readings instead. */
  stale: number[];
}

/** A day that must be rolled up, with what is needed for it. */
export interface StaleDay extends ReadingSeries {
  kind: string;
  /** When it begins, in ms since the epoch. */
  day: number;
  /** Given back by `saveDays`: it tells whether readings have come meanwhile. */
  mark: string;
  /** The newest reading before the day, if there is one. */
  previous: ReadingPoint | undefined;
  /** The readings of the day, oldest first. */
  points: ReadingPoint[];
}

/** What became of readings that were appended. */
export interface AppendedReadings {
  /** How many were not kept, as readings of their time have been pruned. Of those of one series and time one counts. */
  tooLate: number;
}

/**
 * Where the history keeps the readings of devices. Several processes use one store at the same time, and readings
 * come in any order, and several times.
 *
 * IDs and metrics are texts of 1 to 200 characters, well formed and without NUL, compared exactly; a namespace, user,
 * device or metric that is undefined, null or empty is refused. Times are in ms since the epoch, whole, and from 0 to
 * 8,640,000,000,000,000. A call takes up to 1,000 readings or days, and refuses all of them when it refuses one.
 * Every method may throw or reject: an event is then handled again later, and other calls fail with a `StoreError`.
 */
export interface ReadingStore {
  /**
   * Adds readings, in one atomic step. Of two readings of one series and time one is kept, whatever their order: see
   * {@link replacesReading}. Readings of a user who was erased are left out, and so are those from before the time
   * up to which the namespace was pruned. For each reading from before the time of `rollUp` that adds a time or changes
   * a value, its day, and the day after if that begins before this time too, become stale, with a new mark. One that
   * the store had changes nothing.
   */
  append(namespace: string, readings: readonly Reading[]): Promise<AppendedReadings>;
  /** The series of a device, of a user, or of a device of a user, in any order. One of the two is given. */
  series(namespace: string, query: { deviceId?: string; userId?: string }): Promise<KeptSeries[]>;
  /** Readings of a series, oldest first, rolled up or not, unless they were pruned. */
  read(namespace: string, series: ReadingSeries, range: ReadingRange): Promise<ReadingPoint[]>;
  /** The rolled up days of a series that begin from `from` on and before `to`. */
  rolledDays(
    namespace: string,
    series: ReadingSeries,
    from: number,
    to: number,
  ): Promise<RolledDays>;
  /**
   * From now on, days that begin before `until` are to be rolled up: every day before it that has readings, and the
   * day after each of these if it begins before `until` too, becomes stale, unless it has been. An earlier time than
   * that of the call before changes nothing. `until` is a multiple of 86,400,000.
   */
  rollUp(namespace: string, until: number): Promise<void>;
  /** Some of the stale days, oldest first. Several processes may get the same ones. */
  staleDays(namespace: string, limit: number): Promise<StaleDay[]>;
  /**
   * Keeps rolled up days in place of those before. A day stops being stale, unless it was marked again since
   * `staleDays`: the marks differ then, and its content is not kept. Neither is that of a day that is not stale: no
   * mark is ever given twice.
   */
  saveDays(namespace: string, days: readonly (RolledDay & { mark: string })[]): Promise<void>;
  /**
   * Removes readings from before a time, which is a multiple of 86,400,000 and no later than that of `rollUp`. It
   * leaves the newest one of each series before it, and the readings of stale days and of the day before each. Tells
   * how many it has removed, up to `limit`: 0 when there is nothing left to do. From now on earlier readings are not
   * kept any more, from the first call on. A time later than that of `rollUp` is refused.
   */
  prune(namespace: string, before: number, limit: number): Promise<number>;
  /**
   * Removes all that there is of a user, and keeps nothing of this user any more. Tells how many readings and rolled
   * up days it has removed.
   */
  erase(namespace: string, userId: string): Promise<number>;
}

/** Length of a day, in ms: a store keeps rolled up days by it. */
export const dayLength = 86_400_000;

/**
 * Whether a reading takes the place of another one of the same series and time: if Enode told of it later; if at the
 * same time, a known value before null, a text before a number, the greater of two numbers, and of two texts the one
 * that comes later by code point, which is also the order of their bytes in UTF-8.
 *
 * @example
 * ```ts
 * import { type Reading, replacesReading } from "enode-sdk/storage";
 *
 * export function keep(kept: Map<number, Reading>, next: Reading): void {
 *   const known = kept.get(next.at);
 *   if (!known || replacesReading(next, known)) kept.set(next.at, next);
 * }
 * ```
 */
export function replacesReading(
  next: Pick<Reading, "value" | "observedAt">,
  known: Pick<Reading, "value" | "observedAt">,
): boolean {
  if (next.observedAt !== known.observedAt) return next.observedAt > known.observedAt;
  if (next.value === null || known.value === null)
    return known.value === null && next.value !== null;
  if (typeof next.value === "string" && typeof known.value === "string")
    return isLaterText(next.value, known.value);
  if (typeof next.value !== typeof known.value) return typeof next.value === "string";
  return next.value > known.value;
}

/** By code point: JavaScript compares by UTF-16, in which 😀 comes before ﬀ, and databases do not. */
function isLaterText(text: string, other: string): boolean {
  for (let at = 0; ; at++) {
    const point = text.codePointAt(at) ?? -1;
    const ofOther = other.codePointAt(at) ?? -1;
    if (point !== ofOther) return point > ofOther;
    if (point === -1) return false;
  }
}
