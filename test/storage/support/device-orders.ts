import fc from "fast-check";
import type { DeviceRecord } from "../../../src/storage/index.ts";

/** What is told of one device at a time, and when that was read. */
export interface News {
  readonly observedAt: number;
  readonly readingAt: number;
  /** Whether it says that the device is deleted. */
  readonly isEnd?: boolean;
}

/** When the device is deleted, if it is; what is told later is of its next life. */
const end = 50;

/** No two of the same time, each with a reading of before, in any order of the readings. */
const told = (from: number, to: number): fc.Arbitrary<News[]> =>
  fc.uniqueArray(
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(([one, other]) => ({
        observedAt: Math.max(one, other),
        readingAt: Math.min(one, other),
      })),
    { selector: ({ observedAt }) => observedAt, maxLength: 3 },
  );

/** What is told of a device through its life, its end, and its life after it was linked again. */
export const lives: fc.Arbitrary<News[]> = fc
  .tuple(told(1, end - 1), fc.boolean(), told(end + 1, 99))
  .map(([before, ends, after]) => [
    ...before,
    ...(ends ? [{ observedAt: end, readingAt: end, isEnd: true }] : []),
    ...after,
  ])
  .filter(({ length }) => length > 0 && length < 6);

/** A record for each of them. */
export function recordOf(id: string, { observedAt, readingAt, isEnd = false }: News): DeviceRecord {
  return {
    namespace: "sandbox:client",
    collection: "devices",
    id,
    kind: "vehicle",
    userId: "u",
    vendor: null,
    identity: null,
    payload: isEnd ? null : `{"of":${observedAt}}`,
    partial: false,
    observedAt,
    // A deletion has none: it was not read from the device.
    ...(!isEnd && { readingAt }),
    receivedAt: 1,
    source: "webhook",
  };
}

/** The one that has to be left, whatever the order: of what was told since the end, the newest reading. */
export function lastOf(news: readonly News[]): News | undefined {
  const ended = Math.max(...news.map(({ isEnd, observedAt }) => (isEnd ? observedAt : 0)));
  return news
    .filter(({ observedAt }) => observedAt >= ended)
    .toSorted(
      (one, other) =>
        Number(other.isEnd !== true) - Number(one.isEnd !== true) ||
        other.readingAt - one.readingAt ||
        other.observedAt - one.observedAt,
    )[0];
}

/** All orders in which they can come. */
export function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) =>
    ordersOf(items.toSpliced(at, 1)).map((others) => [item, ...others]),
  );
}
