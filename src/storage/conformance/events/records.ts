import type { ClaimedEvent, DeliveryRecord, EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame, Finding } from "../shared/expectation.ts";

/** A lease that does not end in a case, in ms. */
export const long = 3_600_000;

/** A delivery with one event for each lane given. */
export function deliveryOf(
  digest: string,
  lanes: readonly (string | null)[],
  change: Partial<DeliveryRecord> = {},
): DeliveryRecord {
  return {
    namespace: "default",
    digest,
    deliveryId: `id of ${digest}`,
    receivedAt: 1_000,
    events: lanes.map((lane, index) => ({ index, lane, payload: `"${index}"` })),
    ...change,
  };
}

/** Which events these are, in their order. */
export function placesOf(events: readonly { digest: string; index: number }[]): string[] {
  return events.map(({ digest, index }) => `${digest}:${index}`);
}

export async function claimOne(store: EventStore, lease: number = long): Promise<ClaimedEvent> {
  const [event] = await store.claim(1, lease);
  if (event === undefined) throw new Finding("claim: expected an event, found none");
  return event;
}

/** Claims all that can be, and expects it to be these in this order. */
export async function expectClaim(
  store: EventStore,
  what: string,
  places: readonly string[],
): Promise<ClaimedEvent[]> {
  const events = await store.claim(100, long);
  expectSame(`claim: ${what}`, placesOf(events), places);
  return events;
}

/** Appends deliveries of one event each, all given up in this order. */
export async function bury(
  store: EventStore,
  digests: readonly string[],
  receivedAt = 1_000,
): Promise<void> {
  for (const digest of digests) {
    await store.append(deliveryOf(digest, [null], { receivedAt }));
    await store.fail(await claimOne(store), `reason of ${digest}`);
  }
}

/** Methods that a store may leave out. */
type Optional = "completeMany" | "postpone" | "renew" | "counts" | "discard";

/** A store that has one of them. */
export type Having<Name extends Optional> = EventStore & {
  readonly [Method in Name]: NonNullable<EventStore[Method]>;
};

/** Proves something of a method that a store may leave out. */
export function ifThere<Name extends Optional>(
  name: Name,
  prove: (store: Having<Name>, ...rest: ProofRest) => Promise<void>,
): Proof<EventStore> {
  return async (store, ...rest) => {
    if (has(store, name)) await prove(store, ...rest);
  };
}

type ProofRest = Parameters<Proof<EventStore>> extends [unknown, ...infer Rest] ? Rest : never;

function has<Name extends Optional>(store: EventStore, name: Name): store is Having<Name> {
  return store[name] !== undefined;
}
