import type { Reading, ReadingSeries } from "../contracts/index.ts";
import { dayLength, replacesReading } from "../contracts/reading-store.ts";

/** Readings of one series that come in one call: the one to keep of each time. */
export interface SeriesBatch extends ReadingSeries {
  /** That of its first reading. */
  readonly kind: string;
  readonly readings: Map<number, Reading>;
}

/** Tells series apart: what is checked has no NUL. */
export function seriesKey({ userId, deviceId, metric }: ReadingSeries): string {
  return `${userId}\0${deviceId}\0${metric}`;
}

/** Readings by the keys of their series. Of two of one series and time the one that replaces the other is left. */
export function batchesOf(readings: readonly Reading[]): Map<string, SeriesBatch> {
  const batches = new Map<string, SeriesBatch>();
  for (const reading of readings) {
    const key = seriesKey(reading);
    let batch = batches.get(key);
    if (!batch) {
      const { userId, deviceId, metric, kind } = reading;
      batch = { userId, deviceId, metric, kind, readings: new Map() };
      batches.set(key, batch);
    }
    const known = batch.readings.get(reading.at);
    if (!known || replacesReading(reading, known)) batch.readings.set(reading.at, reading);
  }
  return batches;
}

/** When the day of a time begins, in ms since the epoch. */
export function dayOf(at: number): number {
  return Math.floor(at / dayLength) * dayLength;
}

/** Days that a change at this time makes stale: its own and the one after, of those that are to be rolled up. */
export function staleDaysOf(at: number, rolledUntil: number): number[] {
  const day = dayOf(at);
  return [day, day + dayLength].filter((each) => each < rolledUntil);
}

/** The refusal of a `prune` of what is not rolled up. */
export const notRolledUp = "is later than the time of rollUp";
