import type { HttpAnswerHead } from "../http-transport.ts";

/** The latest time that a Date can hold, in ms since the epoch. */
const endOfTime = 8.64e15;

/** Milliseconds until the time of the next try that a server has asked for; 0 when it asked for none. */
export function timeUntil(retryAt: Date | undefined): number {
  return retryAt === undefined ? 0 : retryAt.getTime() - Date.now();
}

/** The three forms of an HTTP date all begin with the day of the week; Date.parse accepts far more. */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)/i;

/**
 * When a `Retry-After` header (seconds or an HTTP date) allows the next try, by the clock of this machine.
 * Undefined when it is missing or invalid; a time in the past counts as now.
 */
export function parseRetryAfter(
  headers: HttpAnswerHead["headers"],
  now: number = Date.now(),
): Date | undefined {
  // A header that a proxy repeats arrives as "1, 1".
  const value = headers
    .get("retry-after")
    ?.trim()
    .replace(/^(.{1,40}), \1$/, "$1");
  if (!value) return undefined;
  const at = /^\d+(\.\d+)?$/.test(value)
    ? now + Number(value) * 1000
    : // By the server's own clock, if the answer has its time.
      parseHttpDate(value) + (now - parseHttpDate(headers.get("date")) || 0);
  if (Number.isNaN(at)) return undefined;
  return new Date(Math.min(Math.max(at, now), endOfTime));
}

function parseHttpDate(value: string | null): number {
  return value && httpDate.test(value) ? Date.parse(value) : Number.NaN;
}
