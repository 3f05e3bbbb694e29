import { type TimeZone, timeZone } from "../../../../shared/time/time-zone.ts";
import { DAY, HOUR, MINUTE } from "../../../../shared/time/units.ts";

/** The part of time that a chart shows: timestamps in milliseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The lengths of time that a reader can choose, by their names in the address. */
export const SPANS: ReadonlyMap<string, { readonly title: string; readonly length: number }> =
  new Map([
    ["1h", { title: "1 hour", length: HOUR }],
    ["6h", { title: "6 hours", length: 6 * HOUR }],
    ["24h", { title: "24 hours", length: DAY }],
  ]);

const SECOND = 1_000;
const GRAINS = [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR];
const GRAINS_PER_RANGE = 300;

const TICKS = [
  ...[5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * The time that a chart shows: the last hours, or all since a first time, at least one hour. It ends at a round time, so
 * that a chart that follows the clock does not change with each look.
 *
 * @param length Its length in milliseconds; all by default.
 */
export function rangeUntil(now: number, first: number, length?: number): Range {
  const shown = length ?? Math.max(HOUR, now - first);
  const grain = GRAINS.find((each) => each * GRAINS_PER_RANGE >= shown) ?? DAY;
  const end = Math.ceil(now / grain) * grain;
  if (length !== undefined) return { from: end - length, to: end };
  return { from: first, to: Math.max(first + HOUR, end) };
}

/** Times as a reader wants them. */
export class TimeText {
  /** An IANA name. */
  readonly name: string;
  readonly #zone: TimeZone;

  constructor(name: string) {
    this.name = name;
    this.#zone = timeZone(name);
  }

  /** Such as `2025-01-06 22:00:00`. */
  full(at: number): string {
    return this.#local(at).slice(0, 19).replace("T", " ");
  }

  /** Round times of a range with short texts: the time of the day, or the day at midnight. */
  ticks({ from, to }: Range, most: number): { readonly at: number; readonly text: string }[] {
    const step = TICKS.find((each) => (to - from) / each <= most) ?? this.#days(to - from, most);
    const times = new Set<number>();
    const [first, last] = [this.#zone.dayAt(from), this.#zone.dayAt(to)];
    const stepDays = Math.max(1, step / DAY);
    for (let day = Math.ceil(first / stepDays) * stepDays; day <= last; day += stepDays) {
      for (let time = 0; time < DAY; time += step)
        times.add(this.#zone.timestampOf(day, time / MINUTE));
    }
    return [...times]
      .filter((at) => at >= from && at <= to)
      .map((at) => ({ at, text: this.#short(at) }));
  }

  #days(length: number, most: number): number {
    return Math.ceil(length / most / DAY) * DAY;
  }

  #short(at: number): string {
    const local = this.#local(at);
    if (local.slice(11, 16) !== "00:00") return local.slice(11, 16);
    return `${Number(local.slice(8, 10))} ${MONTHS[Number(local.slice(5, 7)) - 1]}`;
  }

  #local(at: number): string {
    return new Date(at + this.#zone.offsetAt(at)).toISOString();
  }
}
