import type { Period } from "./periods.ts";
import type { TimeZone } from "./time-zone.ts";
import { dayNumber, isDay, MINUTE } from "./units.ts";

const QUARTER = 15 * MINUTE;

/** A day or, without a day, a month of the calendar. */
export interface CalendarTime {
  readonly year: number;
  readonly month: number;
  readonly day: number | null;
}

/** Whether the calendar has this day or month. */
export function exists({ year, month, day }: CalendarTime): boolean {
  return isDay(year, month, day ?? 1);
}

/** The start and end of a day or month in a time zone. */
export function spanOf({ year, month, day }: CalendarTime, zone: TimeZone): Period {
  const first = dayNumber(year, month, day ?? 1);
  const next = day === null ? dayNumber(year, month + 1, 1) : first + 1;
  return { from: zone.timestampOf(first, 0), to: zone.timestampOf(next, 0) };
}

/** The quarters of an hour of a day, or the days of a month. */
export function partsOf(time: CalendarTime, zone: TimeZone): Period[] {
  const parts: Period[] = [];
  if (time.day !== null) {
    const { from, to } = spanOf(time, zone);
    for (let start = from; start < to; start += QUARTER) {
      parts.push({ from: start, to: start + QUARTER });
    }
    return parts;
  }
  const end = dayNumber(time.year, time.month + 1, 1);
  for (let day = dayNumber(time.year, time.month, 1); day < end; day++) {
    parts.push({ from: zone.timestampOf(day, 0), to: zone.timestampOf(day + 1, 0) });
  }
  return parts;
}
