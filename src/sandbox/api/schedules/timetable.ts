import type { HourMinuteInterval, Weekday } from "../../../../generated/types.ts";
import { minutesOf } from "../../shared/time/clock-time.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import { weekdayOf } from "../../shared/time/weekdays.ts";

const DAY = 86_400_000;
const HORIZON = 8 * DAY;
const MIDNIGHT = 24 * 60;

/** The filters of a rule: it applies at the times that all of them select. */
export interface RuleTimes {
  readonly hourMinute?: HourMinuteInterval | undefined;
  readonly fromTimestamp?: string | undefined;
  readonly toTimestamp?: string | undefined;
  readonly weekdays?: readonly Weekday[] | undefined;
}

/** A value that applies at the times of its rule. */
export interface TimetableRule<Value> extends RuleTimes {
  readonly value: Value;
}

/** A change of the value at a time. */
export interface Switch<Value> {
  readonly at: number;
  readonly value: Value;
}

interface Span<Value> {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** The value at each time: that of the first rule that applies, or else the default. */
export class Timetable<Value> {
  readonly #rules: readonly TimetableRule<Value>[];
  readonly #otherwise: Value;
  readonly #zone: TimeZone;
  /** The value from the last look-ahead to the first switch that it found. */
  #known: Span<Value> | undefined;

  constructor(rules: readonly TimetableRule<Value>[], otherwise: Value, zone: TimeZone) {
    this.#rules = rules;
    this.#otherwise = otherwise;
    this.#zone = zone;
  }

  valueAt(time: number): Value {
    const known = this.#known;
    if (known !== undefined && known.from <= time && time < known.to) return known.value;
    return this.#pick(this.#spans([[time, time]]), time);
  }

  /** The next switches after a time, `most` at most. */
  switchesAfter(time: number, most: number): Switch<Value>[] {
    // Rules repeat every week, but the pattern changes at the first or last time of a rule.
    const turns = this.#turns().filter((turn) => turn > time);
    const windows = [time, ...turns.map((turn) => turn - 1)];
    const spans = this.#spans(windows.map((start) => [start, start + HORIZON]));
    const isWithin = (at: number) =>
      windows.some((start) => at > start && at <= start + HORIZON) && at > time;
    const edges = new Set(spans.flatMap(({ from, to }) => [from, to]).filter(isWithin));
    const switches: Switch<Value>[] = [];
    const now = this.valueAt(time);
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
    this.#known = { from: time, to, value: now };
    return switches;
  }

  #pick(spans: readonly Span<Value>[], time: number): Value {
    const span = spans.find(({ from, to }) => from <= time && time < to);
    return span === undefined ? this.#otherwise : span.value;
  }

  /** First and last times of rules, in order. */
  #turns(): number[] {
    const texts = this.#rules.flatMap(({ fromTimestamp, toTimestamp }) => [
      fromTimestamp,
      toTimestamp,
    ]);
    const times = texts.flatMap((text) => (text === undefined ? [] : [Date.parse(text)]));
    return times.sort((a, b) => a - b);
  }

  /** When rules apply within windows of time, the first rule first. */
  #spans(windows: readonly (readonly [from: number, to: number])[]): Span<Value>[] {
    // A span of the day before may reach into a window.
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
      // A span that passes midnight belongs to the day on which it begins.
      if (weekdays?.some((weekday) => weekday === weekdayOf(day)) === false) continue;
      const from = Math.max(begin, this.#zone.timestampOf(day, opens));
      const to = Math.min(end, this.#zone.timestampOf(day, closes));
      if (from < to) spans.push({ from, to, value });
    }
    return spans;
  }
}
