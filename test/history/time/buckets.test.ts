import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketsOf, type Every } from "../../../src/history/time/buckets.ts";
import { TimeZone } from "../../../src/history/time/time-zone.ts";

const hour = 3_600_000;

function buckets(every: Every, from: string, to: string, zone: string): string[] {
  const span = { from: Date.parse(from), to: Date.parse(to) };
  return bucketsOf(every, span, new TimeZone(zone)).map((each) =>
    new Date(each.from).toISOString(),
  );
}

function lengths(every: Every, from: string, to: string, zone: string): number[] {
  const span = { from: Date.parse(from), to: Date.parse(to) };
  return bucketsOf(every, span, new TimeZone(zone)).map((each) => (each.to - each.from) / hour);
}

describe("parts of a time", () => {
  it("have 23 and 25 hours when the clocks are changed", () => {
    expect(lengths("day", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "Europe/Oslo")).toEqual([
      23,
    ]);
    expect(lengths("day", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Oslo")).toEqual([
      25,
    ]);
    const spring = lengths("1h", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "Europe/Oslo");
    expect(spring).toEqual(new Array(23).fill(1));
    const autumn = lengths("1h", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Oslo");
    expect(autumn).toEqual(new Array(25).fill(1));
  });

  it("begin by the clock, whatever was changed before", () => {
    expect(lengths("6h", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Oslo")).toEqual([
      7, 6, 6, 6,
    ]);
    expect(lengths("2h", "2026-03-28T23:00:00Z", "2026-03-29T03:00:00Z", "Europe/Oslo")).toEqual([
      2, 1, 2,
    ]);
    // A change by half an hour.
    expect(
      lengths("1h", "2026-04-04T13:00:00Z", "2026-04-04T17:00:00Z", "Australia/Lord_Howe"),
    ).toEqual([1, 1.5, 1, 1]);
  });

  it("begin at midnight where clocks are ahead by half an hour or three quarters", () => {
    expect(buckets("day", "2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z", "Asia/Kolkata")).toEqual([
      "2026-04-30T18:30:00.000Z",
    ]);
    expect(
      buckets("day", "2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z", "Asia/Kathmandu"),
    ).toEqual(["2026-04-30T18:15:00.000Z"]);
    expect(buckets("1h", "2026-05-01T12:20:00Z", "2026-05-01T13:00:00Z", "Asia/Kathmandu")).toEqual(
      ["2026-05-01T12:15:00.000Z"],
    );
  });

  it("begin after midnight on a day without one", () => {
    // Clocks went from 0:00 to 1:00.
    expect(
      lengths("day", "2026-09-06T12:00:00Z", "2026-09-06T13:00:00Z", "America/Santiago"),
    ).toEqual([23]);
  });

  it("begin weeks on Monday, and months on the first", () => {
    expect(buckets("week", "2026-06-03T00:00:00Z", "2026-06-09T00:00:00Z", "UTC")).toEqual([
      "2026-06-01T00:00:00.000Z",
      "2026-06-08T00:00:00.000Z",
    ]);
    expect(buckets("month", "2026-03-15T00:00:00Z", "2026-05-01T00:00:00Z", "Europe/Oslo")).toEqual(
      ["2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z", "2026-04-30T22:00:00.000Z"],
    );
  });

  it("cover a time without a gap, in every zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const every = fc.constantFrom<Every[]>(
      "5m",
      "30m",
      "1h",
      "2h",
      "3h",
      "6h",
      "12h",
      "day",
      "week",
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        every,
        fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2035, 0) }),
        fc.integer({ min: 1, max: 72 * hour }),
        (name, length, from, duration) => {
          const zone = new TimeZone(name);
          const all = bucketsOf(length, { from, to: from + duration }, zone);
          expect(all[0]?.from).toBeLessThanOrEqual(from);
          expect(all[0]?.to).toBeGreaterThan(from);
          expect(all.at(-1)?.to).toBeGreaterThanOrEqual(from + duration);
          for (const [index, each] of all.entries()) {
            expect(each.to).toBeGreaterThan(each.from);
            expect(each.to).toBe(all[index + 1]?.from ?? each.to);
          }
          // The same parts, wherever one begins to ask.
          const middle = all[Math.floor(all.length / 2)] ?? { from, to: from + 1 };
          const again = bucketsOf(length, { from: middle.to - 1, to: middle.to }, zone);
          expect(again).toEqual([middle]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are 10,000 at most", () => {
    expect(() => buckets("1m", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z", "UTC")).toThrow(
      "more than 10000 parts",
    );
  });

  it("refuse a zone that does not exist", () => {
    expect(() => new TimeZone("Europe/Atlantis")).toThrow("name of a time zone");
  });
});
