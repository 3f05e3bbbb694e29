import type { ClaimedEvent } from "../../dist/storage.js";
import { serve } from "./child.ts";
import type { Engine } from "./engines.ts";
import { openStorage } from "./own.ts";

/** What the waiting events have in common. */
export const shapes = [
  "lanes of 20",
  "1,000 lanes",
  "one lane",
  "all lanes wait for a retry",
  "dead heads revived",
] as const;
export type Shape = (typeof shapes)[number];

export interface ClaimCommand {
  shape: Shape;
  /** How many events wait before anything is measured. */
  waiting: number;
  rounds: number;
}

/** Times of single calls, in ms. */
export interface ClaimSample {
  /** A delivery of 100 events, each in a lane of its own. */
  append: number[];
  /** Asks for 100 events, whatever there are. */
  claim: number[];
  /** Of what was claimed. */
  complete: number[];
  /** One event, given back. */
  fail: number[];
  /** Answers that were not what they should be. */
  wrong: number;
}

const long = 3_600_000;
const inDelivery = 1_000;
const batch = 100;
/** About as long as an event of a vehicle. */
const text = "x".repeat(1_400);

const [engine, name] = process.argv.slice(2) as [Engine, string];
const { eventStore } = await openStorage({ engine, name });
let digests = 0;

serve(async ({ shape, waiting, rounds }: ClaimCommand): Promise<ClaimSample> => {
  // Each command has a namespace of its own, beside all that is there of others.
  const namespace = `sandbox:${shape} ${waiting}`;
  await fill(namespace, shape, waiting);
  const sample: ClaimSample = { append: [], claim: [], complete: [], fail: [], wrong: 0 };
  for (let round = 0; round < rounds; round++) await measure(namespace, round, sample);
  return sample;
});

async function fill(namespace: string, shape: Shape, waiting: number): Promise<void> {
  const lanes =
    { "1,000 lanes": 1_000, "one lane": 1 }[shape as string] ?? Math.max(1, waiting / 20);
  for (let from = 0; from < waiting; from += inDelivery) {
    const size = Math.min(inDelivery, waiting - from);
    await append(namespace, size, (at) => `lane ${(from + at) % lanes}`);
  }
  if (shape === "all lanes wait for a retry") {
    for (const events of await claimAll(namespace)) {
      await eventStore.postpone?.(
        events.map((event) => ({ event, pause: long, attempts: 1, reason: "not yet" })),
      );
    }
  }
  if (shape === "dead heads revived") {
    const ids: string[] = [];
    for (const events of await claimAll(namespace, 1)) {
      await Promise.all(events.map((event) => eventStore.fail(event, "no")));
      ids.push(...events.map(({ id }) => id));
    }
    await eventStore.revive(ids);
  }
}

/** The first events of all lanes, or of some of them; held while it goes on. */
async function claimAll(
  namespace: string,
  most = Number.POSITIVE_INFINITY,
): Promise<ClaimedEvent[][]> {
  const claims: ClaimedEvent[][] = [];
  while (claims.length < most) {
    const events = await eventStore.claim(inDelivery, long, namespace);
    if (events.length === 0) break;
    claims.push(events);
  }
  return claims;
}

async function append(
  namespace: string,
  size: number,
  laneOf: (at: number) => string,
): Promise<void> {
  await eventStore.append({
    namespace,
    digest: `${process.pid} ${digests++}`,
    deliveryId: undefined,
    receivedAt: Date.now(),
    events: Array.from({ length: size }, (_, index) => ({
      index,
      lane: laneOf(index),
      payload: JSON.stringify({ event: "user:vehicle:updated", user: { id: "user" }, text }),
    })),
  });
}

async function measure(namespace: string, round: number, sample: ClaimSample): Promise<void> {
  const timed = async <T>(times: number[], work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    times.push(performance.now() - startedAt);
    return result;
  };
  await timed(sample.append, () => append(namespace, batch, (at) => `new lane ${round} ${at}`));
  const claimed = await timed(sample.claim, () => eventStore.claim(batch, long, namespace));
  // Where nothing else is due, there is still what was appended just now.
  const [first, ...rest] = claimed;
  if (first === undefined) {
    sample.wrong++;
    return;
  }
  if (rest.length > 0) {
    const done = await timed(sample.complete, () =>
      Promise.all(rest.map((event) => eventStore.complete(event))),
    );
    sample.wrong += done.filter((isDone) => !isDone).length;
  }
  // Due at once, so that each round finds the same.
  const isTaken = await timed(sample.fail, () => eventStore.fail(first, "no", Date.now()));
  if (!isTaken) sample.wrong++;
}
