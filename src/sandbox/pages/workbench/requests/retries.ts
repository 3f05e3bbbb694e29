import type { RequestEntry } from "../../../app/request-log.ts";
import type { Recordings } from "../../../shared/recordings.ts";

/** A client waits no longer than this for its next attempt, in milliseconds of the wall clock. */
const LONGEST_PAUSE = 60_000;

/** The statuses after which clients try again. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 409, 425, 429]);

/**
 * The attempts of the call that a request belongs to, oldest first, with itself: the same request, each time soon after
 * it had failed. Nothing in a request says so.
 *
 * @param speed Simulated milliseconds in one of the wall clock.
 */
export function attemptsOf(
  request: RequestEntry,
  entries: readonly RequestEntry[],
  recordings: Recordings,
  speed: number,
): RequestEntry[] {
  const key = keyOf(request, recordings);
  const same = entries.filter(
    (entry) =>
      entry.method === request.method &&
      entry.path === request.path &&
      keyOf(entry, recordings) === key,
  );
  const longest = LONGEST_PAUSE * Math.max(1, speed);
  const calls: RequestEntry[][] = [];
  for (const entry of same) {
    const call = calls.at(-1);
    const last = call?.at(-1);
    const isNext =
      last !== undefined &&
      mayBeRetried(last) &&
      Date.parse(entry.at) - Date.parse(last.at) <= longest;
    if (call !== undefined && isNext) call.push(entry);
    else calls.push([entry]);
  }
  return calls.find((call) => call.some(({ number }) => number === request.number)) ?? [request];
}

function mayBeRetried({ status }: RequestEntry): boolean {
  return status === null || status >= 500 || PASSING.has(status);
}

function keyOf({ number }: RequestEntry, recordings: Recordings): string {
  const exchange = recordings.get(number);
  return JSON.stringify([exchange?.url, exchange?.request.body]);
}
