const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;
const MOST_OFFSETS = 10_000;

/** A time zone. Days are counted from 1970-01-01. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** Offsets computed before, by quarter of an hour: clocks change only at these. */
  readonly #offsets = new Map<number, number>();

  /** @param name An IANA name; throws a RangeError for any other. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** The UTC offset at a time, in milliseconds. */
  offsetAt(time: number): number {
    const quarter = Math.floor(time / QUARTER);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsets.size >= MOST_OFFSETS) this.#offsets.clear();
    const offset = this.#computeOffset(quarter * QUARTER);
    this.#offsets.set(quarter, offset);
    return offset;
  }

  /** The local day at a time. */
  dayAt(time: number): number {
    return Math.floor((time + this.offsetAt(time)) / DAY);
  }

  /**
   * The time at which clocks show so many minutes after the midnight that begins a day; 1440 and more is the next day.
   * A local time that is skipped when clocks go forward is moved an hour later; one that occurs twice is the first.
   */
  timestampOf(day: number, minutes: number): number {
    const shown = day * DAY + minutes * MINUTE;
    const before = shown - this.offsetAt(shown - DAY);
    const after = shown - this.offsetAt(shown + DAY);
    if (before === after) return before;
    const [first, second] = [Math.min(before, after), Math.max(before, after)];
    if (first + this.offsetAt(first) === shown) return first;
    return second + this.offsetAt(second) === shown ? second : before;
  }

  #computeOffset(time: number): number {
    const parts = new Map<string, number>();
    for (const { type, value } of this.#format.formatToParts(time)) {
      parts.set(type, Number(value));
    }
    const part = (name: string) => parts.get(name) ?? 0;
    const shown = Date.UTC(
      part("year"),
      part("month") - 1,
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    );
    return shown - time;
  }
}

const zones = new Map<string, TimeZone>();

/** The time zone with this IANA name; throws a RangeError when there is none. */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new TimeZone(name);
  zones.set(name, zone);
  return zone;
}

/** Whether this is the name of a time zone, and not an offset such as `+02:00`. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}
