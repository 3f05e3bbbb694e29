import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Weekday } from "../../../generated/types.ts";
import {
  type Switch,
  Timetable,
  type TimetableRule,
} from "../../../src/sandbox/api/schedules/timetable.ts";
import { timeZone } from "../../../src/sandbox/shared/time/time-zone.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2025, 2, 24);

const pad = (value: number) => String(value).padStart(2, "0");
const clockTime = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
  .map(([hours, minutes]) => `${pad(hours)}:${pad(minutes)}`);
const time = fc
  .integer({ min: 0, max: 20 * 24 * 4 })
  .map((quarter) => new Date(MONDAY + quarter * (HOUR / 4)).toISOString());
const weekday: fc.Arbitrary<Weekday> = fc.constantFrom(0, 1, 2, 3, 4, 5, 6);

const rule = fc.record(
  {
    value: fc.constantFrom("a", "b", "c"),
    hourMinute: fc.record({ from: clockTime, to: clockTime }),
    fromTimestamp: time,
    toTimestamp: time,
    weekdays: fc.uniqueArray(weekday),
  },
  { requiredKeys: ["value"] },
);

function programme(rules: readonly TimetableRule<string>[], zone: string): Timetable<string> {
  return new Timetable(rules, "default", timeZone(zone));
}

/** The value in each quarter of an hour. */
function switchesOf(
  rules: readonly TimetableRule<string>[],
  zone: string,
  from: number,
  until: number,
): Switch<string>[] {
  const switches: Switch<string>[] = [];
  let current = programme(rules, zone).valueAt(from);
  for (let at = from; at <= until; at += HOUR / 4) {
    const value = programme(rules, zone).valueAt(at);
    if (value !== current) switches.push({ at, value });
    current = value;
  }
  return switches;
}

describe("a programme", () => {
  it("switches wherever something else is called for, and nowhere else", () => {
    const zones = fc.constantFrom("UTC", "Europe/Oslo", "America/New_York");
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), zones, (rules, zone) => {
        const found: Switch<string>[] = [];
        const subject = programme(rules, zone);
        for (let at = MONDAY; at <= MONDAY + 10 * DAY; ) {
          const [next] = subject.switchesAfter(at, 1);
          if (next === undefined || next.at > MONDAY + 10 * DAY) break;
          // The value that it remembers until then has to be the value that it would compute.
          const last = next.at - 1;
          expect(subject.valueAt(last)).toBe(programme(rules, zone).valueAt(last));
          found.push(next);
          at = next.at;
        }
        expect(found).toEqual(switchesOf(rules, zone, MONDAY, MONDAY + 10 * DAY));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps the order of rules far away as well", () => {
    const [monthLater, until] = [new Date(MONDAY + 30 * DAY).toISOString(), MONDAY + 33 * DAY];
    const rules = [
      { value: "a", fromTimestamp: monthLater, hourMinute: { from: "00:00", to: "01:00" } },
      { value: "b", hourMinute: { from: "23:00", to: "02:00" }, weekdays: [2] as const },
    ];
    for (let day = 20; day < 30; day++) {
      const from = MONDAY + day * DAY;
      const found = programme(rules, "UTC").switchesAfter(from, 50);
      expect(found.filter(({ at }) => at <= until)).toEqual(switchesOf(rules, "UTC", from, until));
    }
  });

  it("finds a switch that is months away", () => {
    const from = MONDAY + 200 * DAY;
    const weekly = { hourMinute: { from: "10:00", to: "11:00" }, weekdays: [1] as const };
    const rules = [{ value: "a", fromTimestamp: new Date(from).toISOString(), ...weekly }];
    const [first, second] = programme(rules, "UTC").switchesAfter(MONDAY, 2);
    expect(first).toEqual({ at: Date.UTC(2025, 9, 14, 10), value: "a" });
    expect(second).toEqual({ at: Date.UTC(2025, 9, 14, 11), value: "default" });
  });

  it("lets a span that ends when it begins last for a day", () => {
    const rules = [
      { value: "a", hourMinute: { from: "07:00", to: "07:00" }, weekdays: [0] as const },
    ];
    expect(programme(rules, "UTC").switchesAfter(MONDAY, 2)).toEqual([
      { at: MONDAY + 7 * HOUR, value: "a" },
      { at: MONDAY + 31 * HOUR, value: "default" },
    ]);
  });

  it("never switches without rules, and not for a rule that changes nothing", () => {
    expect(programme([], "UTC").switchesAfter(MONDAY, 2)).toEqual([]);
    const rules = [{ value: "default", hourMinute: { from: "07:00", to: "08:00" } }];
    expect(programme(rules, "UTC").switchesAfter(MONDAY, 2)).toEqual([]);
  });
});
