import type { ClaimedEvent, DeliveryRecord, EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame, Finding } from "../shared/expectation.ts";
import { claimOne, deliveryOf, expectClaim, long, placesOf } from "./records.ts";

type Arrive = (
  delivery: DeliveryRecord,
  limit?: number,
  lease?: number,
) => Promise<ClaimedEvent[] | "duplicate">;

/** Proves something of the method that a store may leave out. */
function ifThere(
  prove: (arrive: Arrive, ...about: Parameters<Proof<EventStore>>) => Promise<void>,
): Proof<EventStore> {
  return async (store, clock) => {
    if (store.appendAndClaim === undefined) return;
    const arrive: Arrive = async (delivery, limit = 100, lease = long) =>
      store.appendAndClaim?.(delivery, limit, lease) ?? [];
    await prove(arrive, store, clock);
  };
}

/** The events of a delivery that is new. */
async function taken(answer: Promise<ClaimedEvent[] | "duplicate">): Promise<ClaimedEvent[]> {
  const events = await answer;
  if (events !== "duplicate") return events;
  throw new Finding("appendAndClaim: expected events, found duplicate");
}

export const eventArrivals: Readonly<Record<string, Proof<EventStore>>> = {
  "hands out at once the first of each lane, as many as asked for, if it has appendAndClaim":
    ifThere(async (arrive, store) => {
      const delivery = deliveryOf("a", ["x", null, "x", "y", null, "z"], { namespace: "one" });
      const events = await taken(arrive(delivery, 3));
      expectSame("events handed out", placesOf(events), ["a:0", "a:1", "a:3"]);
      const [first] = events;
      if (first) {
        const { id, lease, ...event } = first;
        expectSame("the first one", event, {
          digest: "a",
          index: 0,
          payload: '"0"',
          deliveryId: "id of a",
          receivedAt: 1_000,
          attempt: 1,
        });
        expectSame("whether it is completed", await store.complete(first), true);
      }
      const rest = await store.claim(100, long, "one");
      expectSame("claim of the rest", placesOf(rest), ["a:2", "a:4", "a:5"]);
    }),

  "hands out at once nothing behind an earlier event of its lane, nor of other deliveries": ifThere(
    async (arrive, store) => {
      await store.append(deliveryOf("a", ["x", "y", "z"]));
      await claimOne(store);
      const events = await taken(arrive(deliveryOf("b", ["x", "y", "v"])));
      expectSame("events handed out", placesOf(events), ["b:2"]);
      await expectClaim(store, "what waits of the other lanes", ["a:1", "a:2"]);
    },
  ),

  "hands out at once what no event of its lane and namespace is before, but dead ones": ifThere(
    async (arrive, store) => {
      await store.append(deliveryOf("a", ["x", "y"]));
      await store.fail(await claimOne(store), "no");
      await store.append(deliveryOf("b", ["z"]));
      const dead = await taken(arrive(deliveryOf("c", ["x"])));
      expectSame("after a dead one", placesOf(dead), ["c:0"]);
      const other = await taken(arrive(deliveryOf("c", ["y", "z"], { namespace: "two" })));
      expectSame("in another namespace", placesOf(other), ["c:0", "c:1"]);
    },
  ),

  "hands out the events of one of 20 simultaneous copies, if it has appendAndClaim": ifThere(
    async (arrive, store) => {
      const copies = Array.from({ length: 20 }, () => arrive(deliveryOf("a", ["x", "y"])));
      const outcomes = await Promise.all(copies);
      const events = outcomes.flatMap((outcome) => (outcome === "duplicate" ? [] : outcome));
      expectSame("events handed out", placesOf(events), ["a:0", "a:1"]);
      const count = outcomes.filter((outcome) => outcome === "duplicate").length;
      expectSame("how many were duplicates", count, 19);
      expectSame("append", await store.append(deliveryOf("a", ["x", "y"])), "duplicate");
    },
  ),

  "hands out again what it handed out at once, when the lease has ended": ifThere(
    async (arrive, store, clock) => {
      const [first] = await taken(arrive(deliveryOf("a", ["x", "x"]), 1, 1_000));
      clock.pass(999);
      await expectClaim(store, "none before the end", []);
      clock.pass(1);
      const second = await claimOne(store);
      expectSame("the event", placesOf([second]), ["a:0"]);
      expectSame("attempt", second.attempt, 2);
      expectSame("complete by the first", first && (await store.complete(first)), false);
      expectSame("complete by the second", await store.complete(second), true);
    },
  ),
};
