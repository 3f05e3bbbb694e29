import { invalidArgument } from "../../errors/configuration.ts";
import type { TimeZone } from "./time-zone.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths that are a part of a day, in ms. */
const lengths: Readonly<Record<ClockLength, number>> = {
  "1m": minute,
  "5m": 5 * minute,
  "15m": 15 * minute,
  "30m": 30 * minute,
  "1h": hour,
  "2h": 2 * hour,
  "3h": 3 * hour,
  "6h": 6 * hour,
  "12h": 12 * hour,
};

const calendar = ["day", "week", "month"] as const;

type CalendarLength = (typeof calendar)[number];
type ClockLength = Exclude<Every, CalendarLength>;

/** How long the parts are into which a time is cut: by the clock, or by the calendar. */
export type Every =
  | "1m"
  | "5m"
  | "15m"
  | "30m"
  | "1h"
  | "2h"
  | "3h"
  | "6h"
  | "12h"
  | "day"
  | "week"
  | "month";

/** A part of time; both in ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is kept of rolled up days is this fine, in ms. All clocks differ by multiples of it. */
export const slotLength = 900_000;

/** Most parts in one answer. */
const most = 10_000;

export function isEvery(value: unknown): value is Every {
  return typeof value === "string" && (Object.hasOwn(lengths, value) || isCalendar(value));
}

/** Whether the parts are finer than what is kept of rolled up days. */
export function isFine(every: Every): boolean {
  return !isCalendar(every) && lengths[every] < slotLength;
}

/**
 * The whole parts of which a time consists, by the clocks of a time zone.
 *
 * @throws ConfigurationError when there would be more than 10,000.
 */
export function bucketsOf(every: Every, { from, to }: Span, zone: TimeZone): Span[] {
  const buckets: Span[] = [];
  let start = startOf(every, from, zone);
  while (start < to) {
    if (buckets.length === most) {
      throw invalidArgument(
        "every",
        `There would be more than ${most} parts: make every longer, or the time from from to to shorter.`,
      );
    }
    const end = endOf(every, start, zone);
    buckets.push({ from: start, to: end });
    start = end;
  }
  return buckets;
}

/** When the part begins that has a time in it. */
function startOf(every: Every, time: number, zone: TimeZone): number {
  const wall = zone.wallAt(time);
  const date = new Date(wall);
  // Far enough back that the search begins before any change of the clocks near it.
  const begin = (wallStart: number) =>
    zone.timeOf(wallStart, wallStart - zone.offsetAt(time) - 2 * day);
  if (every === "month") return begin(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()));
  if (every === "week") return begin(dayOf(wall) - ((date.getUTCDay() + 6) % 7) * day);
  const midnight = begin(dayOf(wall));
  if (every === "day") return midnight;
  // By steps from before it, as the clocks may have changed since midnight.
  const length = lengths[every];
  const steps = Math.max(0, Math.floor((time - midnight) / length) - 1);
  let start =
    zone.offsetAt(midnight) === zone.offsetAt(time) ? midnight + steps * length : midnight;
  for (let end = endOf(every, start, zone); end <= time; end = endOf(every, start, zone))
    start = end;
  return start;
}

/** When the part ends that begins at a time. */
function endOf(every: Every, start: number, zone: TimeZone): number {
  const wall = zone.wallAt(start);
  if (every === "month") {
    const date = new Date(wall);
    return zone.timeOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1), start);
  }
  if (every === "week") return zone.timeOf(dayOf(wall) + 7 * day, start);
  if (every === "day") return zone.timeOf(dayOf(wall) + day, start);
  const length = lengths[every];
  const next = wall - (wall % length) + length;
  const end = start + (next - wall);
  // Also when the clocks were changed, by a multiple of it: that day has an hour more or less.
  if (zone.wallAt(end) % length === 0) return end;
  return zone.timeOf(next, start);
}

function dayOf(wall: number): number {
  return Math.floor(wall / day) * day;
}

function isCalendar(value: string): value is CalendarLength {
  return calendar.some((each) => each === value);
}
