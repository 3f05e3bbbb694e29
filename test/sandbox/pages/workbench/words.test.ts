import { describe, expect, it } from "vitest";
import { durationText } from "../../../../src/sandbox/pages/workbench/shared/durations.ts";
import {
  byteSize,
  count,
  counted,
} from "../../../../src/sandbox/pages/workbench/shared/numbers.ts";

describe("numbers in words", () => {
  it.each([
    [-5, "0 s"],
    [1, "1 s"],
    [12_000, "12 s"],
    [89_001, "2 min"],
    [240_000, "4 min"],
    [7_200_000, "2 h"],
    [7_500_000, "2 h 5 min"],
  ])("says %d ms as %s", (milliseconds, words) => {
    expect(durationText(milliseconds)).toBe(words);
  });

  it("counts with thousands and in the right number", () => {
    expect(count(1_000)).toBe("1,000");
    expect(counted(1, "event")).toBe("1 event");
    expect(counted(1_200, "event")).toBe("1,200 events");
    expect(counted(2, "delivery", "deliveries")).toBe("2 deliveries");
    expect(byteSize(1)).toBe("1 byte");
    expect(byteSize(65_536)).toBe("64 kB");
  });
});
