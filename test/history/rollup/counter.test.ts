import { describe, expect, it } from "vitest";
import { type CounterSort, joinMarks, marksOf } from "../../../src/history/rollup/counter.ts";

const minute = 60_000;

/** What a counter counts with these readings, one a minute. */
function counted(sort: CounterSort, ...values: (number | null)[]): number {
  const marks = marksOf(
    values.map((value, index) => ({ at: index * 60 * minute, value })),
    sort,
  );
  const [first, ...rest] = marks;
  return first ? rest.reduce((one, next) => joinMarks(one, next, sort), first).increase : 0;
}

describe("a counter of energy", () => {
  it("counts on", () => {
    expect(counted("lifetime", 1_000, 1_002, 1_002, 1_005.5)).toBe(5.5);
  });

  it("counts over what was not known", () => {
    expect(counted("lifetime", 1_000, null, 1_003)).toBe(3);
  });

  it("counts nothing twice when it goes back a little", () => {
    expect(counted("lifetime", 1_000, 1_002, 1_001.9, 1_002, 1_003)).toBeCloseTo(3);
    expect(counted("daily", 10, 9.9, 10, 9.9, 10)).toBeCloseTo(0);
  });

  it("begins again after a reset", () => {
    expect(counted("daily", 13, 14, 0, 1, 2)).toBe(3);
    expect(counted("daily", 13, 14, 0.5, 2)).toBe(3);
    expect(counted("lifetime", 1_000, 1_001, 0.5, 1.5)).toBe(2.5);
  });

  it("does not count the life of another device", () => {
    expect(counted("lifetime", 12_000, 12_001, 5_000, 5_002)).toBe(3);
  });

  it("takes no zero for a device that has lost its counter for a moment", () => {
    expect(counted("lifetime", 12_000, 0, 12_001)).toBe(1);
  });
});
