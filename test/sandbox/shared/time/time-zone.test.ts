import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTimeZone, timeZone } from "../../../../src/sandbox/shared/time/time-zone.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const dayOf = (text: string) => Date.parse(`${text}T00:00Z`) / DAY;
const timeIn = (zone: string, day: string, minutes: number) =>
  new Date(timeZone(zone).timestampOf(dayOf(day), minutes)).toISOString();

describe("the clocks of a time zone", () => {
  it("are ahead of UTC by what they show more", () => {
    const oslo = timeZone("Europe/Oslo");
    expect(oslo.offsetAt(Date.UTC(2025, 0, 1))).toBe(HOUR);
    expect(oslo.offsetAt(Date.UTC(2025, 6, 1))).toBe(2 * HOUR);
    expect(timeZone("Asia/Kathmandu").offsetAt(0)).toBe(5.5 * HOUR);
    expect(timeZone("Asia/Kathmandu").offsetAt(Date.UTC(2025, 0, 1))).toBe(5.75 * HOUR);
    expect(timeZone("America/New_York").offsetAt(Date.UTC(2025, 0, 1))).toBe(-5 * HOUR);
  });

  it("show every local time of a day at some time", () => {
    expect(timeIn("Europe/Oslo", "2025-01-06", 22 * 60)).toBe("2025-01-06T21:00:00.000Z");
    expect(timeIn("Europe/Oslo", "2025-01-06", 30 * 60)).toBe("2025-01-07T05:00:00.000Z");
    expect(timeIn("Pacific/Auckland", "2025-01-06", 0)).toBe("2025-01-05T11:00:00.000Z");
  });

  it("skip an hour in spring, whose times come an hour later", () => {
    expect(timeIn("Europe/Oslo", "2025-03-30", 119)).toBe("2025-03-30T00:59:00.000Z");
    expect(timeIn("Europe/Oslo", "2025-03-30", 150)).toBe("2025-03-30T01:30:00.000Z");
    expect(timeIn("Europe/Oslo", "2025-03-30", 180)).toBe("2025-03-30T01:00:00.000Z");
  });

  it("show an hour twice in autumn, of which the first counts", () => {
    expect(timeIn("Europe/Oslo", "2025-10-26", 150)).toBe("2025-10-26T00:30:00.000Z");
    expect(timeIn("Europe/Oslo", "2025-10-26", 180)).toBe("2025-10-26T02:00:00.000Z");
  });

  it("show the local time that a timestamp was computed for, unless they skip it", () => {
    const zones = fc.constantFrom("Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe", "UTC");
    const days = fc.integer({ min: dayOf("2020-01-01"), max: dayOf("2030-01-01") });
    fc.assert(
      fc.property(zones, days, fc.integer({ min: 0, max: 1439 }), (name, day, minutes) => {
        const zone = timeZone(name);
        const time = zone.timestampOf(day, minutes);
        const shown = time + zone.offsetAt(time) - day * DAY;
        const skipped = shown - minutes * 60_000;
        expect([0, HOUR / 2, HOUR]).toContain(skipped);
        if (skipped === 0) expect(zone.dayAt(time)).toBe(day);
      }),
      { numRuns: 500 },
    );
  });

  it("are known by IANA names only", () => {
    expect(["Europe/Oslo", "UTC", "Etc/GMT+3"].filter(isTimeZone)).toHaveLength(3);
    expect(["", "Mars/Olympus", "+02:00", "__proto__"].filter(isTimeZone)).toEqual([]);
  });
});
