import type { HourMinuteInterval, Weekday } from "../../../../generated/types.ts";
import { minutesOf } from "../../shared/time/clock-time.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import { weekdayOf } from "../../shared/time/weekdays.ts";

const DAY = 86_400_000;
const HORIZON = 8 * DAY;
const MIDNIGHT = 24 * 60;

/** When a rule applies: at the times that all its filters select. */
export interface RuleTimes {
  readonly hourMinute?: HourMinuteInterval | undefined;
  readonly fromTimestamp?: string | undefined;
  readonly toTimestamp?: string | undefined;
  readonly weekdays?: readonly Weekday[] | undefined;
}

/** Something that is called for while its times last. */
export interface TimetableRule<Value> extends RuleTimes {
  readonly value: Value;
}

/** From a moment on something else is called for. */
export interface Switch<Value> {
  readonly at: number;
  readonly value: Value;
}

interface Span<Value> {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** What is called for when: by the first rule that applies, or else the default. */
export class Timetable<Value> {
  readonly #rules: readonly TimetableRule<Value>[];
  readonly #otherwise: Value;
  readonly #zone: TimeZone;
  /** What is called for from the last look ahead to the first switch that it found. */
  #known: Span<Value> | undefined;

  constructor(rules: readonly TimetableRule<Value>[], otherwise: Value, zone: TimeZone) {
    this.#rules = rules;
    this.#otherwise = otherwise;
    this.#zone = zone;
  }

  valueAt(moment: number): Value {
    const known = this.#known;
    if (known !== undefined && known.from <= moment && moment < known.to) return known.value;
    return this.#pick(this.#spans([[moment, moment]]), moment);
  }

  /** The next moments after this one at which something else is called for, so many at most. */
  switchesAfter(moment: number, most: number): Switch<Value>[] {
    // Rules repeat within a week, but a first or last moment of a rule begins another sort of week.
    const turns = this.#turns().filter((turn) => turn > moment);
    const windows = [moment, ...turns.map((turn) => turn - 1)];
    const spans = this.#spans(windows.map((start) => [start, start + HORIZON]));
    const isWithin = (at: number) =>
      windows.some((start) => at > start && at <= start + HORIZON) && at > moment;
    const edges = new Set(spans.flatMap(({ from, to }) => [from, to]).filter(isWithin));
    const switches: Switch<Value>[] = [];
    const now = this.valueAt(moment);
    let current = JSON.stringify(now);
    for (const at of [...edges].sort((a, b) => a - b)) {
      const value = this.#pick(spans, at);
      const next = JSON.stringify(value);
      if (next === current) continue;
      current = next;
      switches.push({ at, value });
      if (switches.length === most) break;
    }
    const to = switches[0]?.at ?? Number.POSITIVE_INFINITY;
    this.#known = { from: moment, to, value: now };
    return switches;
  }

  #pick(spans: readonly Span<Value>[], moment: number): Value {
    const span = spans.find(({ from, to }) => from <= moment && moment < to);
    return span === undefined ? this.#otherwise : span.value;
  }

  /** First and last moments of rules, in their order. */
  #turns(): number[] {
    const texts = this.#rules.flatMap(({ fromTimestamp, toTimestamp }) => [
      fromTimestamp,
      toTimestamp,
    ]);
    const moments = texts.flatMap((text) => (text === undefined ? [] : [Date.parse(text)]));
    return moments.sort((a, b) => a - b);
  }

  /** When rules apply within windows of time, the first rule first. */
  #spans(windows: readonly (readonly [from: number, to: number])[]): Span<Value>[] {
    // A span of the day before may go on into a window.
    const days = windows.map(
      ([from, to]) => [this.#zone.dayAt(from) - 1, this.#zone.dayAt(to)] as const,
    );
    return this.#rules.flatMap((rule) =>
      days.flatMap(([first, last]) => this.#spansOf(rule, first, last)),
    );
  }

  #spansOf(rule: TimetableRule<Value>, firstDay: number, lastDay: number): Span<Value>[] {
    const { hourMinute, fromTimestamp, toTimestamp, weekdays, value } = rule;
    const begin =
      fromTimestamp === undefined ? Number.NEGATIVE_INFINITY : Date.parse(fromTimestamp);
    const end = toTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(toTimestamp);
    if (hourMinute === undefined && weekdays === undefined)
      return [{ from: begin, to: end, value }];
    const opens = hourMinute === undefined ? 0 : minutesOf(hourMinute.from);
    let closes = hourMinute === undefined ? MIDNIGHT : minutesOf(hourMinute.to);
    if (closes <= opens) closes += MIDNIGHT;
    const spans: Span<Value>[] = [];
    for (let day = firstDay; day <= lastDay; day++) {
      // A span that goes on after midnight belongs to the day on which it begins.
      if (weekdays?.some((weekday) => weekday === weekdayOf(day)) === false) continue;
      const from = Math.max(begin, this.#zone.momentOf(day, opens));
      const to = Math.min(end, this.#zone.momentOf(day, closes));
      if (from < to) spans.push({ from, to, value });
    }
    return spans;
  }
}
