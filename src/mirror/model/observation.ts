import type { WithResponse } from "../../core/response-promise.ts";
import type { EnodeClock } from "./enode-clock.ts";

/**
 * When Enode looked at what it answered, by its own clock: that is what news is ordered by, and events tell
 * theirs. An answer tells only the second in which it was made, rounded down, in its `date` header; and what is
 * in it was looked at no earlier than the request was made. So the second less the time that the call took is a
 * lower bound, and a lower bound is what is safe: an event that tells more recent news is never taken for older.
 * It is sharpened by the content. An answer that tells of a reading at some moment was made after that moment,
 * so that the event which told the same is no newer.
 */
export interface Observation {
  /** Lower bound for all of the answer; undefined without a `date`. */
  readonly bound: number | undefined;
  /** By when Enode had looked; without a `date` by this machine's clock. */
  readonly until: number;
  /** Lower bound for one thing of it. */
  of(thing: object): number;
}

/** Makes a call, and finds out when Enode looked. */
export async function observed<T>(
  clock: EnodeClock,
  call: () => Promise<WithResponse<T>>,
): Promise<{ data: T; observation: Observation }> {
  const calledAt = Date.now();
  const startedAt = performance.now();
  const { data, response } = await call();
  const elapsed = performance.now() - startedAt;
  const date = response.headers.get("date");
  clock.learn(date, calledAt);
  return { data, observation: observationOf(date, elapsed, calledAt, clock.latest) };
}

/**
 * @param calledAt When the request was made, by this machine's clock: used when nothing else tells the time.
 * @param latest The latest time that a reading can have, where there is no `date` to hold it against.
 */
export function observationOf(
  header: string | null,
  elapsed: number,
  calledAt: number,
  latest: number,
): Observation {
  const date = Date.parse(header ?? "");
  if (!Number.isFinite(date)) {
    return {
      bound: undefined,
      until: calledAt + elapsed,
      of(thing) {
        const newest = newestTimeIn(thing);
        return newest === 0 ? calledAt : Math.min(newest + 1, latest);
      },
    };
  }
  const bound = date - Math.max(0, elapsed);
  return {
    bound,
    until: date + 1_000,
    // A reading from the future is a mistake of somebody's clock, and must not shut out what comes next.
    of: (thing) => Math.max(bound, Math.min(newestTimeIn(thing) + 1, date + 1_000)),
  };
}

const names: ReadonlySet<string> = new Set([
  "lastSeen",
  "lastUpdated",
  "createdAt",
  "updatedAt",
  "completedAt",
]);

/** The newest moment at which something in it was read or changed; 0 when it tells none. */
function newestTimeIn(thing: object): number {
  let newest = 0;
  // Not by entries: it is done for each device of a list, and they would cost as much as writing it down.
  for (const name in thing) {
    const value: unknown = thing[name as keyof typeof thing];
    let time = 0;
    if (typeof value === "string") time = names.has(name) ? Date.parse(value) : 0;
    // Lists are of names and IDs.
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      time = newestTimeIn(value);
    }
    if (time > newest) newest = time;
  }
  return newest;
}
