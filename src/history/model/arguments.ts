import { invalidArgument } from "../../errors/configuration.ts";
import { refuseUnknownNames } from "../../shared/known-names.ts";
import { checkText } from "../../shared/narrowing.ts";
import { type Every, isEvery, type Span } from "../time/buckets.ts";

/** A time: a date, a text of ISO 8601, or ms since the epoch. */
export type TimeArgument = Date | string | number;

/** The latest time that a `Date` can hold, in ms since the epoch. */
const latest = 8.64e15;
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i;

/** Refuses an argument that is no object, or has unknown members. */
export function checkQuery(name: string, query: unknown, known: object): void {
  if (typeof query !== "object" || query === null) {
    throw invalidArgument("query", `${name} takes an object.`);
  }
  refuseUnknownNames(name, query, known);
}

/** @throws ConfigurationError for times that are none, or in the wrong order. */
export function checkSpan({ from, to }: { from: unknown; to: unknown }): Span {
  const span = { from: checkTime("from", from), to: checkTime("to", to) };
  if (span.from < span.to) return span;
  throw invalidArgument("to", "to must be later than from.");
}

function checkTime(name: string, value: unknown): number {
  let time = Number.NaN;
  if (typeof value === "number") time = value;
  else if (typeof value === "string") time = isoTime.test(value) ? Date.parse(value) : Number.NaN;
  // Not by `instanceof`, which is false for dates of another realm.
  else if (Object.prototype.toString.call(value) === "[object Date]") time = Number(value);
  // A week before the latest time, as parts may end after it.
  if (Math.abs(time) < latest - 32 * 86_400_000) return Math.floor(time);
  throw invalidArgument(
    name,
    `${name} must be a Date, ms since the epoch, or a text of ISO 8601 with a time zone, such as 2026-03-01T00:00:00Z.`,
  );
}

export function checkEvery(value: unknown): Every {
  if (isEvery(value)) return value;
  throw invalidArgument(
    "every",
    "every must be one of 1m, 5m, 15m, 30m, 1h, 2h, 3h, 6h, 12h, day, week and month.",
  );
}

/** The ID, or undefined when it was left out. An ID that got lost must not select something else. */
export function checkId(query: object, name: "deviceId" | "userId"): string | undefined {
  if (!(name in query)) return undefined;
  const value: unknown = (query as Readonly<Record<string, unknown>>)[name];
  checkText(name, value);
  if (value.length <= 200) return value;
  throw invalidArgument(name, `${name} must have at most 200 characters.`);
}
