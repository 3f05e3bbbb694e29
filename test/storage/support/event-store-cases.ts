import { deepEqual, equal, notEqual } from "node:assert/strict";
import type { ClaimedEvent, DeliveryRecord, EventStore } from "../../../src/storage/contracts.ts";

/** What every event store has to do. Needs no clock: a lease of 0 ms has ended when it begins. */
export interface EventStoreCase {
  readonly name: string;
  run(makeStore: () => EventStore | Promise<EventStore>): Promise<void>;
}

/** Longer than any run of the cases. */
const long = 3_600_000;
const hostile = [
  "",
  "'; DROP TABLE enode_events; --",
  'double " and `back` quotes',
  "back\\slash % _ ?1 :name $1",
  "with\u0000NUL",
  "with",
  "__proto__",
  "constructor",
  "👩‍👩‍👧 ünï",
  "line\r\nfeed\u2028",
  "x".repeat(200),
  `${"x".repeat(199)}y`,
];

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

async function claimOne(store: EventStore, lease: number = long): Promise<ClaimedEvent> {
  const [event] = await store.claim(1, lease);
  if (event === undefined) throw new Error("there is no event to claim");
  return event;
}

async function claimed(store: EventStore, limit = 100, lease: number = long): Promise<string[]> {
  return placesOf(await store.claim(limit, lease));
}

/** Appends deliveries of one event each, all given up in this order. */
async function bury(store: EventStore, digests: readonly string[], receivedAt = 1_000) {
  for (const digest of digests) {
    await store.append(deliveryOf(digest, [null], { receivedAt }));
    await store.fail(await claimOne(store), `reason of ${digest}`);
  }
}

const cases: Record<string, (store: EventStore) => Promise<void>> = {
  async "keeps one of 100 simultaneous copies of a delivery"(store) {
    const copies = Array.from({ length: 100 }, (_, n) =>
      store.append(deliveryOf("a", ["x", "y"], { deliveryId: `copy ${n}` })),
    );
    const outcomes = await Promise.all(copies);
    equal(outcomes.filter((outcome) => outcome === "new").length, 1);
    equal(outcomes.filter((outcome) => outcome === "duplicate").length, 99);
    deepEqual(await claimed(store), ["a:0", "a:1"]);
  },

  async "recognises a delivery whose events are all complete or dead"(store) {
    await store.append(deliveryOf("a", ["x", "y"]));
    const [first, second] = await store.claim(2, long);
    equal(await store.complete(first as ClaimedEvent), true);
    equal(await store.fail(second as ClaimedEvent, "no"), true);
    equal(await store.append(deliveryOf("a", ["x", "y"])), "duplicate");
    deepEqual(await claimed(store), []);
  },

  async "recognises a delivery without events"(store) {
    equal(await store.append(deliveryOf("a", [])), "new");
    equal(await store.append(deliveryOf("a", [])), "duplicate");
  },

  async "gives events back as they came"(store) {
    const payload = JSON.stringify({ text: "é 👩‍👩‍👧 \u0000 \ud800 '", nested: [null, 1e21] });
    const events = [{ index: 7, lane: "x", payload }];
    await store.append(deliveryOf("a", [], { receivedAt: 1_767_225_600_123, events }));
    const { id, lease, ...event } = await claimOne(store);
    notEqual(id, "");
    notEqual(lease, "");
    deepEqual(event, {
      digest: "a",
      index: 7,
      payload,
      deliveryId: "id of a",
      receivedAt: 1_767_225_600_123,
      attempt: 1,
    });
  },

  async "keeps a delivery without an ID"(store) {
    await store.append(deliveryOf("a", ["x"], { deliveryId: undefined }));
    equal((await claimOne(store)).deliveryId, undefined);
  },

  async "hands out the oldest first, as many as asked for"(store) {
    await store.append(deliveryOf("b", ["1", "2", "3"]));
    await store.append(deliveryOf("a", ["4", null, "5"]));
    deepEqual(await claimed(store, 2), ["b:0", "b:1"]);
    deepEqual(await claimed(store, 3), ["b:2", "a:0", "a:1"]);
    deepEqual(await claimed(store, 3), ["a:2"]);
    deepEqual(await claimed(store, 3), []);
  },

  async "hands out each event once to many who ask at the same time"(store) {
    await store.append(
      deliveryOf(
        "a",
        Array.from({ length: 50 }, (_, n) => `lane ${n}`),
      ),
    );
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimed(store, 5)));
    equal(claims.flat().length, 50);
    equal(new Set(claims.flat()).size, 50);
  },

  async "hands out an event again when its lease has ended, as the next attempt"(store) {
    await store.append(deliveryOf("a", ["x"]));
    const first = await claimOne(store, 0);
    const second = await claimOne(store);
    equal(second.id, first.id);
    notEqual(second.lease, first.lease);
    deepEqual([first.attempt, second.attempt], [1, 2]);
    deepEqual(await claimed(store), []);
  },

  async "hands out one event of a lane at a time, in the order of their arrival"(store) {
    await store.append(deliveryOf("a", ["x", "x", "y"]));
    await store.append(deliveryOf("b", ["x"]));
    const [first, other] = await store.claim(100, long);
    deepEqual(placesOf([first as ClaimedEvent, other as ClaimedEvent]), ["a:0", "a:2"]);
    deepEqual(await claimed(store), []);
    await store.complete(first as ClaimedEvent);
    const second = await claimOne(store);
    deepEqual(placesOf([second]), ["a:1"]);
    await store.fail(second, "given up");
    deepEqual(await claimed(store), ["b:0"]);
  },

  async "keeps a lane waiting for the retry of its first event"(store) {
    await store.append(deliveryOf("a", ["x", "x", "y"]));
    await store.fail(await claimOne(store), "no", Date.now() + long);
    deepEqual(await claimed(store), ["a:2"]);
    deepEqual(await claimed(store), []);
  },

  async "hands out the first of a lane again before the second when its lease has ended"(store) {
    await store.append(deliveryOf("a", ["x", "x"]));
    await claimOne(store, 0);
    deepEqual(await claimed(store, 100), ["a:0"]);
  },

  async "never lets an event without a lane wait, nor others wait for it"(store) {
    await store.append(deliveryOf("a", [null, null, "x", null]));
    deepEqual(await claimed(store), ["a:0", "a:1", "a:2", "a:3"]);
  },

  async "keeps namespaces apart: copies, lanes, claims, dead letters and pruning"(store) {
    await store.append(deliveryOf("a", ["x"], { namespace: "one" }));
    equal(await store.append(deliveryOf("a", ["x"], { namespace: "two" })), "new");
    deepEqual(await store.claim(100, long), []);
    const [one] = await store.claim(100, long, "one");
    const [two] = await store.claim(100, long, "two");
    deepEqual(placesOf([one as ClaimedEvent, two as ClaimedEvent]), ["a:0", "a:0"]);
    notEqual(one?.id, two?.id);
    await store.fail(one as ClaimedEvent, "no");
    await store.complete(two as ClaimedEvent);
    deepEqual(await store.deadLetters(), []);
    deepEqual(await store.deadLetters(100, "two"), []);
    deepEqual(placesOf(await store.deadLetters(100, "one")), ["a:0"]);
    equal(await store.prune(2_000), 0);
    equal(await store.prune(2_000, "two"), 1);
    equal((await store.deadLetters(100, "one")).length, 1);
    equal(await store.append(deliveryOf("a", ["x"], { namespace: "one" })), "duplicate");
    equal(await store.append(deliveryOf("a", ["x"], { namespace: "two" })), "new");
  },

  async "takes the namespace that is left out for the default one"(store) {
    await store.append(deliveryOf("a", ["x"], { namespace: "default" }));
    deepEqual(placesOf(await store.claim(1, 0, "default")), ["a:0"]);
    await store.fail(await claimOne(store), "no");
    equal((await store.deadLetters(1, "default")).length, 1);
    equal((await store.deadLetters()).length, 1);
    equal(await store.prune(2_000), 1);
  },

  async "completes an event once"(store) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store);
    equal(await store.complete(event), true);
    equal(await store.complete(event), false);
    equal(await store.fail(event, "no"), false);
    deepEqual(await store.deadLetters(), []);
  },

  async "lets a worker finish after the end of its lease when nobody took over"(store) {
    await store.append(deliveryOf("a", ["x"]));
    equal(await store.complete(await claimOne(store, 0)), true);
    deepEqual(await claimed(store), []);
  },

  async "changes nothing for a worker whose event another one has taken"(store) {
    await store.append(deliveryOf("a", ["x", "x"]));
    const late = await claimOne(store, 0);
    const current = await claimOne(store);
    equal(await store.complete(late), false);
    equal(await store.fail(late, "late"), false);
    equal(await store.fail(late, "late", 0), false);
    deepEqual(await claimed(store), []);
    deepEqual(await store.deadLetters(), []);
    equal(await store.complete(current), true);
    deepEqual(await claimed(store), ["a:1"]);
  },

  async "changes nothing for a worker that has given its event back"(store) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store);
    equal(await store.fail(event, "no", Date.now() + long), true);
    equal(await store.complete(event), false);
    equal(await store.fail(event, "no"), false);
    deepEqual(await store.deadLetters(), []);
  },

  async "hands out a failed event when its retry is due, also at a fraction of a ms"(store) {
    await store.append(deliveryOf("a", ["x"]));
    await store.fail(await claimOne(store), "no", Date.now() - 10.25);
    const again = await claimOne(store);
    equal(again.attempt, 2);
  },

  async "takes a lease of a fraction of a ms"(store) {
    await store.append(deliveryOf("a", ["x"]));
    await claimOne(store, long + 0.25);
    deepEqual(await claimed(store), []);
  },

  async "keeps dead letters with their reason, the latest first"(store) {
    await bury(store, ["a", "b", "c"]);
    const letters = await store.deadLetters();
    deepEqual(placesOf(letters), ["c:0", "b:0", "a:0"]);
    deepEqual(placesOf(await store.deadLetters(2)), ["c:0", "b:0"]);
    const [{ id, failedAt, ...letter } = { id: "", failedAt: 0 }] = letters;
    notEqual(id, "");
    equal(Math.abs(Date.now() - failedAt) < long, true);
    deepEqual(letter, {
      digest: "c",
      index: 0,
      payload: '"0"',
      deliveryId: "id of c",
      receivedAt: 1_000,
      attempts: 1,
      reason: "reason of c",
    });
  },

  async "revives dead letters, from their first attempt on"(store) {
    await bury(store, ["a", "b"]);
    const [b, a] = await store.deadLetters();
    equal(await store.revive([String(a?.id), "none", "-1", ""]), 1);
    deepEqual(placesOf(await store.deadLetters()), ["b:0"]);
    const again = await claimOne(store);
    deepEqual([again.id, again.attempt], [a?.id, 1]);
    equal(await store.revive([again.id]), 0);
    equal(await store.complete(again), true);
    equal(await store.revive([again.id, String(b?.id)]), 1);
  },

  async "revives a dead letter that is named twice once"(store) {
    await bury(store, ["a"]);
    const [a] = await store.deadLetters();
    equal(await store.revive([String(a?.id), String(a?.id)]), 1);
    equal(await store.complete(await claimOne(store)), true);
    equal(await store.prune(2_000), 1);
  },

  async "hands out a revived event at its old place in its lane"(store) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    await store.revive([dead.id]);
    deepEqual(await claimed(store), ["a:0"]);
  },

  async "keeps a revived event waiting while another one of its lane is held"(store) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    const held = await claimOne(store);
    await store.revive([dead.id]);
    deepEqual(await claimed(store), []);
    await store.complete(held);
    deepEqual(await claimed(store), ["a:0"]);
  },

  async "prunes old deliveries, but none with events to be handled"(store) {
    await store.append(deliveryOf("waiting", ["x"], { receivedAt: 10 }));
    await store.append(deliveryOf("done", [], { receivedAt: 10 }));
    await store.append(deliveryOf("young", [], { receivedAt: 20 }));
    equal(await store.prune(20), 1);
    equal(await store.append(deliveryOf("done", [])), "new");
    equal(await store.append(deliveryOf("young", [])), "duplicate");
    equal(await store.append(deliveryOf("waiting", ["x"])), "duplicate");
    const held = await claimOne(store);
    equal(held.digest, "waiting");
    equal(await store.prune(20), 0);
    equal(await store.complete(held), true);
    equal(await store.prune(20), 1);
  },

  async "prunes dead letters of old deliveries"(store) {
    await bury(store, ["old"], 10);
    await bury(store, ["young"], 20);
    equal(await store.prune(20), 1);
    deepEqual(placesOf(await store.deadLetters()), ["young:0"]);
    equal(await store.append(deliveryOf("old", [null])), "new");
  },

  async "does not prune a delivery with a revived event"(store) {
    await bury(store, ["a"], 10);
    const [letter] = await store.deadLetters();
    await store.revive([String(letter?.id)]);
    equal(await store.prune(20), 0);
    deepEqual(await claimed(store), ["a:0"]);
  },

  async "keeps hostile namespaces, digests and lanes apart"(store) {
    for (const namespace of hostile) {
      for (const digest of hostile) {
        equal(await store.append(deliveryOf(digest, hostile, { namespace })), "new");
      }
      equal(await store.append(deliveryOf("__proto__", [], { namespace })), "duplicate");
    }
    for (const namespace of hostile) {
      const events = await store.claim(1_000, long, namespace);
      // Of each lane the first, and all of those are in the first delivery.
      deepEqual(
        placesOf(events),
        hostile.map((_lane, index) => `:${index}`),
      );
    }
  },

  async "takes lanes that are no well-formed text"(store) {
    await store.append(deliveryOf("a", ["\ud800", "\ud800", "x\udfff"]));
    const first = await store.claim(100, long);
    equal(placesOf(first).includes("a:1"), false);
    const handled = placesOf(first);
    for (let events = first; events.length > 0; events = await store.claim(100, long)) {
      for (const event of events) await store.complete(event);
      handled.push(...placesOf(events));
    }
    deepEqual([...new Set(handled)].sort(), ["a:0", "a:1", "a:2"]);
  },

  async "keeps hostile reasons and IDs of deliveries"(store) {
    const reason = hostile.join(" ");
    await store.append(deliveryOf("a", ["x"], { deliveryId: reason }));
    await store.fail(await claimOne(store), reason);
    const [letter] = await store.deadLetters();
    deepEqual([letter?.reason, letter?.deliveryId], [reason, reason]);
  },
};

export const eventStoreCases: readonly EventStoreCase[] = Object.entries(cases).map(
  ([name, run]) => ({ name, run: async (makeStore) => run(await makeStore()) }),
);
