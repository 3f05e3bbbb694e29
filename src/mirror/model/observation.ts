import type { WithResponse } from "../../core/response-promise.ts";
import { believable } from "../../shared/believable-reading.ts";
import type { EnodeClock } from "./enode-clock.ts";

/**
 * The time at which Enode read its own data for an answer, by its own clock. Updates are ordered by it; events
 * carry theirs. An answer carries only its second, rounded down, in the `date` header, and Enode read the data no
 * earlier than the request was made. So that second less the duration of the call is a lower bound. A lower bound
 * is safe: a more recent event is never taken for older. The content narrows it: an answer with a reading was made
 * after the timestamp of that reading, so the event with the same reading is not newer.
 */
export interface Observation {
  /** Lower bound for all of the answer; undefined without a `date`. */
  readonly bound: number | undefined;
  /** Upper bound; without a `date` by this machine's clock. */
  readonly until: number;
  /** Lower bound for one resource of the answer. */
  of(resource: object): number;
  /** The time of the newest reading in one resource of the answer; undefined when it has none. */
  readingOf(resource: object): number | undefined;
}

/** Makes a call, and determines when Enode read its data. */
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
 * @param calledAt When the request was made, by this machine's clock: used when there is no other timestamp.
 * @param latest The latest time that a reading can have, used when there is no `date` to compare it with.
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
      of(resource) {
        const newest = newestTimeIn(resource);
        return newest === 0 ? calledAt : Math.min(newest + 1, latest);
      },
      readingOf: (resource) => believable(readingIn(resource), latest, calledAt),
    };
  }
  const bound = date - Math.max(0, elapsed);
  return {
    bound,
    until: date + 1_000,
    // A reading from the future comes from a wrong clock, and must not block later updates.
    of: (resource) => Math.max(bound, Math.min(newestTimeIn(resource) + 1, date + 1_000)),
    readingOf: (resource) => believable(readingIn(resource), date + 1_000, bound),
  };
}

/** The time of the newest reading or change in a resource, in ms since the epoch; undefined when it has none. */
export function readingIn(resource: object): number | undefined {
  return newestTimeIn(resource) || undefined;
}

const names: ReadonlySet<string> = new Set([
  "lastSeen",
  "lastUpdated",
  "createdAt",
  "updatedAt",
  "completedAt",
]);

/** The newest timestamp of a reading or change in it; 0 when there is none. */
function newestTimeIn(resource: object): number {
  let newest = 0;
  // Not by `Object.entries`: for each device of a list they would cost as much as serializing it.
  for (const name in resource) {
    const value: unknown = resource[name as keyof typeof resource];
    let time = 0;
    if (typeof value === "string") time = names.has(name) ? Date.parse(value) : 0;
    // Arrays hold names and IDs only.
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      time = newestTimeIn(value);
    }
    if (time > newest) newest = time;
  }
  return newest;
}
