import type { EventStore, Postponement } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame } from "../shared/expectation.ts";
import { claimOne, deliveryOf, expectClaim, ifThere, long, placesOf } from "./records.ts";

/** A pause of so many ms, after which so many attempts count. */
function after(event: Postponement["event"], pause: number, attempts = 0): Postponement {
  return { event, pause, attempts, reason: undefined };
}

export const eventPostponements: Readonly<Record<string, Proof<EventStore>>> = {
  "hands out a postponed event exactly after its pause, also one of a fraction of a ms": ifThere(
    "postpone",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x"]));
      for (const pause of [500, 10.25, 0]) {
        const event = await claimOne(store);
        expectSame("postpone", await store.postpone([after(event, pause)]), [true]);
        if (pause === 0) continue;
        clock.pass(Math.floor(pause) - 1);
        await expectClaim(store, "none before the end of the pause", []);
        if (!Number.isInteger(pause)) clock.pass(1);
        await expectClaim(store, "none just before it", []);
        clock.pass(1);
      }
      await expectClaim(store, "the event", ["a:0"]);
    },
  ),

  "counts as many attempts of a postponed event as it is told": ifThere(
    "postpone",
    async (store) => {
      await store.append(deliveryOf("a", ["x"]));
      for (const attempts of [1, 7, 0]) {
        const event = await claimOne(store);
        await store.postpone([{ event, pause: 0, attempts, reason: "no" }]);
        const next = await claimOne(store, 0);
        expectSame("attempt", next.attempt, attempts + 1);
      }
      const last = await claimOne(store);
      await store.postpone([after(last, 0, 4)]);
      await store.fail(await claimOne(store), "given up");
      const [letter] = await store.deadLetters();
      expectSame("the dead letter", [letter?.attempts, letter?.reason], [5, "given up"]);
    },
  ),

  "postpones several events in one call, and answers in their order": ifThere(
    "postpone",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "y", null, "z"]));
      const [x, y, none, z] = await store.claim(100, long);
      if (!x || !y || !none || !z) return expectSame("how many were handed out", 0, 4);
      await store.complete(y);
      const all = [after(z, 10), after(y, 20), after(x, 30, 2), after(none, 10)];
      expectSame("postpone", await store.postpone(all), [true, false, true, true]);
      expectSame("postpone of none", await store.postpone([]), []);
      clock.pass(10);
      await expectClaim(store, "those of the shorter pause", ["a:2", "a:3"]);
      clock.pass(20);
      expectSame("attempt of the last one", (await claimOne(store)).attempt, 3);
    },
  ),

  "postpones nothing for a worker whose claim is over": ifThere(
    "postpone",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x"]));
      const late = await claimOne(store, 1_000);
      clock.pass(1_000);
      const current = await claimOne(store);
      expectSame("postpone by the late one", await store.postpone([after(late, 0)]), [false]);
      await expectClaim(store, "none, as it is held", []);
      expectSame("postpone by its holder", await store.postpone([after(current, 10)]), [true]);
      expectSame("postpone again", await store.postpone([after(current, 0)]), [false]);
      expectSame("complete", await store.complete(current), false);
      await expectClaim(store, "none before the end of the pause", []);
    },
  ),

  "keeps the lane of a postponed event waiting, and in its order": ifThere(
    "postpone",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x", "y"]));
      await store.postpone([after(await claimOne(store), 500)]);
      await expectClaim(store, "the other lane", ["a:2"]);
      clock.pass(500);
      const [event] = await expectClaim(store, "the one postponed", ["a:0"]);
      if (event) await store.complete(event);
      await expectClaim(store, "the next of its lane", ["a:1"]);
    },
  ),

  "changes nothing else of a postponed event": ifThere("postpone", async (store) => {
    await store.append(deliveryOf("a", ["x"], { receivedAt: 1_767_225_600_123 }));
    const event = await claimOne(store);
    await store.postpone([{ event, pause: 0, attempts: 0, reason: "a reason" }]);
    expectSame("dead letters", await store.deadLetters(), []);
    const next = await claimOne(store);
    expectSame("the event", { ...next, lease: event.lease }, event);
  }),
};

export const eventRenewals: Readonly<Record<string, Proof<EventStore>>> = {
  "holds a renewed event until the very end of its new lease": ifThere(
    "renew",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x"]));
      const event = await claimOne(store, 1_000);
      clock.pass(900);
      expectSame("renew", await store.renew([event], 1_000), [true]);
      clock.pass(999);
      await expectClaim(store, "none before the end", []);
      clock.pass(1);
      expectSame("attempt", (await claimOne(store)).attempt, 2);
    },
  ),

  "renews several leases in one call, and answers in their order": ifThere(
    "renew",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "y", null]));
      const [x, y, none] = await store.claim(100, 1_000);
      if (!x || !y || !none) return expectSame("how many were handed out", 0, 3);
      await store.complete(y);
      const found = await store.renew([none, y, x], 5_000);
      expectSame("renew", found, [true, false, true]);
      expectSame("renew of none", await store.renew([], 5_000), []);
      clock.pass(4_999);
      await expectClaim(store, "none before the end", []);
      clock.pass(1);
      await expectClaim(store, "both at the end", ["a:0", "a:2"]);
    },
  ),

  "renews no lease that another worker has by now": ifThere("renew", async (store, clock) => {
    await store.append(deliveryOf("a", ["x"]));
    const late = await claimOne(store, 1_000);
    clock.pass(1_000);
    const current = await claimOne(store, 1_000);
    expectSame("renew by the late one", await store.renew([late], 9_000), [false]);
    clock.pass(1_000);
    await expectClaim(store, "the event, when its holder's lease has ended", ["a:0"]);
    expectSame("renew by its holder", await store.renew([current], 9_000), [false]);
  }),

  "lets a worker go on that renews after the end of its lease when nobody took over": ifThere(
    "renew",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x"]));
      const event = await claimOne(store, 1_000);
      clock.pass(2_000);
      expectSame("renew", await store.renew([event], 1_000), [true]);
      await expectClaim(store, "none, as it is held", []);
      expectSame("complete", await store.complete(event), true);
      expectSame("renew after it", await store.renew([event], 1_000), [false]);
      expectSame("the next", placesOf([await claimOne(store)]), ["a:1"]);
    },
  ),

  "renews no lease whose lane has gone on with a revived event": ifThere(
    "renew",
    async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "x"]));
      const dead = await claimOne(store);
      await store.fail(dead, "no");
      const late = await claimOne(store, 1_000);
      await store.revive([dead.id]);
      clock.pass(1_000);
      const [revived] = await expectClaim(store, "the one revived", ["a:0"]);
      expectSame("renew by the late one", await store.renew([late], 9_000), [false]);
      if (revived) await store.complete(revived);
      await expectClaim(store, "the next of its lane", ["a:1"]);
    },
  ),
};
