import { describe, expect, it } from "vitest";
import { weekdayOf } from "../../../../src/sandbox/shared/time/weekdays.ts";

const DAY = 86_400_000;

const dayOf = (text: string) => Date.parse(`${text}T00:00Z`) / DAY;

describe("weekdays", () => {
  it("begin with Monday", () => {
    expect(["2025-01-06", "2025-01-12", "1969-12-29"].map(dayOf).map(weekdayOf)).toEqual([0, 6, 0]);
  });
});
