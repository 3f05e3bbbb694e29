import type { EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame } from "../shared/expectation.ts";
import { claimOne, deliveryOf, type Having, ifThere, long } from "./records.ts";

type Numbers = readonly [waiting: number, due: number, held: number, dead: number];

/** Expects the store to count so many, whatever the age of the oldest one. */
async function expectCounts(
  store: Having<"counts">,
  what: string,
  [waiting, due, held, dead]: Numbers,
  namespace = "default",
): Promise<void> {
  const { oldestAge } = await store.counts(namespace);
  const expected = { waiting, due, held, dead, oldestAge };
  expectSame(`counts: ${what}`, await store.counts(namespace), expected);
}

export const eventCounts: Readonly<Record<string, Proof<EventStore>>> = {
  "counts events that wait, behind others too, are held, or dead": ifThere(
    "counts",
    async (store) => {
      await expectCounts(store, "in an empty store", [0, 0, 0, 0]);
      await store.append(deliveryOf("a", ["x", "x", "y", null]));
      await expectCounts(store, "that arrived", [4, 3, 0, 0]);
      const first = await claimOne(store);
      const second = await claimOne(store);
      await expectCounts(store, "with two held", [2, 1, 2, 0]);
      await store.fail(second, "no");
      await expectCounts(store, "with one dead", [2, 1, 1, 1]);
      await store.complete(first);
      await expectCounts(store, "with one complete", [2, 2, 0, 1]);
      await store.revive([second.id]);
      await expectCounts(store, "with one revived", [3, 3, 0, 0]);
    },
  ),

  "counts an event as held until the very end of its lease, and then as due": ifThere(
    "counts",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x"]));
      await claimOne(store, 1_000);
      clock.pass(999);
      await expectCounts(store, "before the end", [1, 0, 1, 0]);
      clock.pass(1);
      await expectCounts(store, "at the end", [2, 1, 0, 0]);
    },
  ),

  "counts an event that waits for its retry as due from then on": ifThere(
    "counts",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x", null]));
      for (const event of await store.claim(100, long)) {
        await store.fail(event, "no", clock.now() + 500);
      }
      clock.pass(499);
      await expectCounts(store, "before the retry", [3, 0, 0, 0]);
      clock.pass(1);
      await expectCounts(store, "at the retry", [3, 2, 0, 0]);
    },
  ),

  "counts a revived event as waiting for a later one that is held": ifThere(
    "counts",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x"]));
      const dead = await claimOne(store);
      await store.fail(dead, "no");
      await claimOne(store, 1_000);
      await store.revive([dead.id]);
      await expectCounts(store, "while it is held", [1, 0, 1, 0]);
      clock.pass(1_000);
      await expectCounts(store, "after its lease", [2, 1, 0, 0]);
    },
  ),

  "tells how long ago the oldest event came that is neither complete nor dead": ifThere(
    "counts",
    async (store, clock) => {
      const age = async () => (await store.counts()).oldestAge;
      expectSame("age in an empty store", await age(), 0);
      await store.append(deliveryOf("a", ["x"], { receivedAt: clock.now() }));
      clock.pass(100);
      await store.append(deliveryOf("b", ["x", "y"], { receivedAt: clock.now() }));
      clock.pass(50);
      expectSame("age", await age(), 150);
      await store.fail(await claimOne(store), "no");
      expectSame("age without the dead one", await age(), 50);
      for (const event of await store.claim(100, long)) await store.complete(event);
      expectSame("age when all are done", await age(), 0);
    },
  ),

  "counts the events of one namespace only": ifThere("counts", async (store, clock) => {
    const receivedAt = clock.now();
    await store.append(deliveryOf("a", ["x", "y", "z", "z"], { namespace: "one", receivedAt }));
    clock.pass(100);
    await store.append(deliveryOf("b", ["x"], { receivedAt: clock.now() }));
    const [event] = await store.claim(2, long, "one");
    if (event) await store.fail(event, "no");
    await expectCounts(store, "of one", [2, 1, 1, 1], "one");
    await expectCounts(store, "of two", [0, 0, 0, 0], "two");
    expectSame("counts of the one left out", await store.counts(), {
      waiting: 1,
      due: 1,
      held: 0,
      dead: 0,
      oldestAge: 0,
    });
  }),
};
