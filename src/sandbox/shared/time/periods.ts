import type { StatisticsResolution } from "../../../../generated/types.ts";
import { DAY, HOUR, MINUTE } from "./units.ts";

const LENGTHS = {
  QUARTER_HOUR: 15 * MINUTE,
  HALF_HOUR: 30 * MINUTE,
  HOUR,
  DAY,
  WEEK: 7 * DAY,
} as const;

// 1970-01-01 was a Thursday, and weeks begin on Mondays.
const FIRST_MONDAY = 4 * DAY;

export const RESOLUTIONS: Readonly<Record<StatisticsResolution, true>> = {
  QUARTER_HOUR: true,
  HALF_HOUR: true,
  HOUR: true,
  DAY: true,
  WEEK: true,
  MONTH: true,
  YEAR: true,
};

/** One of the periods that statistics are gathered into. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The start of the period that contains a time. */
export function periodStart(
  resolution: StatisticsResolution,
  time: number,
  offset: number,
): number {
  if (resolution === "MONTH" || resolution === "YEAR") {
    const local = new Date(time + offset);
    const month = resolution === "YEAR" ? 0 : local.getUTCMonth();
    return Date.UTC(local.getUTCFullYear(), month) - offset;
  }
  const length = LENGTHS[resolution];
  const shift = (resolution === "WEEK" ? FIRST_MONDAY : 0) - (length < DAY ? 0 : offset);
  return Math.floor((time - shift) / length) * length + shift;
}

/** The end of the period that begins at `start`. */
export function periodEnd(resolution: StatisticsResolution, start: number, offset: number): number {
  if (resolution === "MONTH" || resolution === "YEAR") {
    const local = new Date(start + offset);
    const months = resolution === "YEAR" ? 12 : 1;
    return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months) - offset;
  }
  return start + LENGTHS[resolution];
}
