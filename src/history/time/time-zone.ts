import { invalidArgument } from "../../errors/configuration.ts";

const day = 86_400_000;

/** A time zone: how far its clocks are ahead of UTC. */
export class TimeZone {
  /** Undefined for UTC, which needs none. */
  readonly #format: Intl.DateTimeFormat | undefined;
  /** Offsets at the beginnings of days of UTC. */
  readonly #known = new Map<number, number>();

  /** @throws ConfigurationError for a zone that does not exist. */
  constructor(name: string) {
    if (name === "UTC") return;
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        calendar: "gregory",
        numberingSystem: "latn",
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch {
      throw invalidArgument(
        "timeZone",
        `timeZone must be the name of a time zone of IANA, such as "Europe/Oslo".`,
      );
    }
  }

  /** By how much the clocks are ahead of UTC at a time, in ms. */
  offsetAt(time: number): number {
    if (!this.#format) return 0;
    const from = Math.floor(time / day) * day;
    const offset = this.#ofDay(from);
    // No zone changes its clocks there and back within a day.
    return offset === this.#ofDay(from + day) ? offset : this.#read(time);
  }

  /** What the clocks show at a time, as if it were UTC. */
  wallAt(time: number): number {
    return time + this.offsetAt(time);
  }

  /**
   * The first time, from a known earlier one on, at which the clocks show at least that much: where they skip it, the
   * time at which they skip.
   */
  timeOf(wall: number, after: number): number {
    const before = this.offsetAt(after);
    const early = wall - before;
    const later = this.offsetAt(early);
    if (later === before) return early;
    const late = wall - later;
    if (late > after && this.offsetAt(late) === later) return late;
    // In the skipped part. The change lies between the two: the first moment with the new offset.
    let [low, high] = [Math.max(after, Math.min(early, late)), Math.max(early, late)];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #ofDay(from: number): number {
    let offset = this.#known.get(from);
    if (offset === undefined) {
      // Two years are kept; a query is about fewer days.
      if (this.#known.size > 730) this.#known.clear();
      offset = this.#read(from);
      this.#known.set(from, offset);
    }
    return offset;
  }

  #read(time: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format?.formatToParts(time) ?? []) {
      parts[type] = Number(value);
    }
    const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, date, hour, minute, second) - Math.floor(time / 1_000) * 1_000;
  }
}
