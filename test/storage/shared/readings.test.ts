import { describe, expect, it } from "vitest";
import type { Reading } from "../../../src/storage/contracts/index.ts";
import { dayLength } from "../../../src/storage/contracts/reading-store.ts";
import { batchesOf, dayOf, seriesKey, staleDaysOf } from "../../../src/storage/shared/readings.ts";

const series = { userId: "u", deviceId: "d", metric: "m" };

function readingOf(at: number, change: Partial<Reading> = {}): Reading {
  return { ...series, kind: "vehicle", at, value: 1, observedAt: 1, ...change };
}

describe("readings of one call", () => {
  it("come apart by series, each with the one to keep of each time", () => {
    const first = readingOf(5);
    const later = readingOf(5, { observedAt: 2, value: null });
    const ofOther = readingOf(5, { metric: "other", kind: "hvac" });

    const batches = batchesOf([later, first, readingOf(6), ofOther, { ...ofOther, kind: "meter" }]);

    expect([...batches.keys()]).toEqual([seriesKey(series), seriesKey(ofOther)]);
    expect(batches.get(seriesKey(series))).toMatchObject(series);
    expect([...(batches.get(seriesKey(series))?.readings.values() ?? [])]).toEqual([
      later,
      readingOf(6),
    ]);
    expect(batches.get(seriesKey(ofOther))?.kind).toBe("hvac");
  });

  it("are not mixed up when their IDs look alike together", () => {
    const one = readingOf(1, { userId: "a", deviceId: "ba" });
    const two = readingOf(1, { userId: "ab", deviceId: "a" });
    expect(batchesOf([one, two]).size).toBe(2);
  });
});

describe("days of readings", () => {
  it("are those of UTC, from their first moment on", () => {
    expect([0, dayLength - 1, dayLength].map(dayOf)).toEqual([0, 0, dayLength]);
  });

  it("become stale together with the day after, of those that are to be rolled up", () => {
    const at = 3 * dayLength + 5;
    expect(staleDaysOf(at, 9 * dayLength)).toEqual([3 * dayLength, 4 * dayLength]);
    expect(staleDaysOf(at, 4 * dayLength)).toEqual([3 * dayLength]);
    expect(staleDaysOf(at, 3 * dayLength)).toEqual([]);
  });
});
