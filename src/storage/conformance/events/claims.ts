import type { EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame, expectThat } from "../shared/expectation.ts";
import { claimOne, deliveryOf, expectClaim, long, placesOf } from "./records.ts";

export const eventClaims: Readonly<Record<string, Proof<EventStore>>> = {
  async "hands out the oldest first, as many as asked for"(store) {
    await store.append(deliveryOf("b", ["1", "2", "3"]));
    await store.append(deliveryOf("a", ["4", null, "5"]));
    const claim = async (limit: number) => placesOf(await store.claim(limit, long));
    expectSame("claim of 2", await claim(2), ["b:0", "b:1"]);
    expectSame("claim of 3 more", await claim(3), ["b:2", "a:0", "a:1"]);
    expectSame("claim of the last", await claim(3), ["a:2"]);
    expectSame("claim of no more", await claim(3), []);
  },

  async "hands out each event once to many who ask at the same time"(store) {
    const lanes = Array.from({ length: 50 }, (_, n) => `lane ${n}`);
    await store.append(deliveryOf("a", lanes));
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(5, long)));
    const places = placesOf(claims.flat());
    expectSame("different ones handed out", new Set(places).size, places.length);
    // A store may give less than asked for while others ask, but loses none.
    const rest = await store.claim(100, long);
    expectSame("handed out in the end", new Set([...places, ...placesOf(rest)]).size, 50);
  },

  async "holds a lane for one of many who ask at the same time"(store) {
    await store.append(
      deliveryOf(
        "a",
        Array.from({ length: 20 }, () => "x"),
      ),
    );
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(5, long)));
    expectSame("events handed out", placesOf(claims.flat()), ["a:0"]);
  },

  async "hands out an event again when its lease has ended, as the next attempt"(store, clock) {
    await store.append(deliveryOf("a", ["x"]));
    const first = await claimOne(store, 1_000);
    clock.pass(1_000);
    const second = await claimOne(store);
    expectSame("ID", second.id, first.id);
    expectThat("the leases differ", second.lease !== first.lease);
    expectSame("attempts", [first.attempt, second.attempt], [1, 2]);
    await expectClaim(store, "none, as it is held", []);
  },

  async "holds an event until the very end of its lease"(store, clock) {
    await store.append(deliveryOf("a", ["x"]));
    await claimOne(store, 1_000);
    clock.pass(999);
    await expectClaim(store, "none before the end", []);
    clock.pass(1);
    await expectClaim(store, "the event at the end", ["a:0"]);
  },

  async "takes a lease of 0 ms, and of a fraction of a ms"(store) {
    await store.append(deliveryOf("a", ["x"]));
    await claimOne(store, 0);
    await claimOne(store, 0.25);
    await expectClaim(store, "none before the end of the fraction", []);
  },

  async "hands out one event of a lane at a time, in the order of their arrival"(store) {
    await store.append(deliveryOf("a", ["x", "x", "y"]));
    await store.append(deliveryOf("b", ["x"]));
    const events = await expectClaim(store, "the first of each lane", ["a:0", "a:2"]);
    await expectClaim(store, "none while they are held", []);
    for (const event of events) await store.complete(event);
    const [second] = await expectClaim(store, "the second of the lane", ["a:1"]);
    if (second) await store.fail(second, "given up");
    await expectClaim(store, "the third when the second is dead", ["b:0"]);
  },

  async "keeps a lane waiting for the retry of its first event"(store, clock) {
    await store.append(deliveryOf("a", ["x", "x", "y"]));
    await store.fail(await claimOne(store), "no", clock.now() + 500);
    await expectClaim(store, "the other lane", ["a:2"]);
    clock.pass(499);
    await expectClaim(store, "none before the retry", []);
    clock.pass(1);
    await expectClaim(store, "the first of the lane", ["a:0"]);
  },

  async "hands out the first of a lane again before the second when its lease has ended"(
    store,
    clock,
  ) {
    await store.append(deliveryOf("a", ["x", "x"]));
    await claimOne(store, 1_000);
    clock.pass(1_000);
    await expectClaim(store, "the first", ["a:0"]);
  },

  async "never lets an event without a lane wait, nor others wait for it"(store) {
    await store.append(deliveryOf("a", [null, null, "x", null]));
    await expectClaim(store, "all of them", ["a:0", "a:1", "a:2", "a:3"]);
  },

  async "hands out a failed event when its retry is due, also at a fraction of a ms"(store, clock) {
    await store.append(deliveryOf("a", ["x"]));
    await store.fail(await claimOne(store), "no", clock.now() - 10.25);
    expectSame("attempt", (await claimOne(store, 0)).attempt, 2);
    await store.fail(await claimOne(store), "no", clock.now() + 10.25);
    clock.pass(10);
    await expectClaim(store, "none before the fraction", []);
    clock.pass(1);
    await expectClaim(store, "the event after it", ["a:0"]);
  },

  async "hands out each of many retries that are due, as many as asked for at a time"(
    store,
    clock,
  ) {
    await store.append(deliveryOf("a", ["1", "2", null, "4", "5"]));
    for (const [n, event] of (await store.claim(100, long)).entries()) {
      await store.fail(event, "no", clock.now() + 10 * (n + 1));
    }
    clock.pass(100);
    await store.append(deliveryOf("b", ["6"]));
    const claim = async (limit: number) => placesOf(await store.claim(limit, long));
    expectSame("claim of 2", await claim(2), ["a:0", "a:1"]);
    expectSame("claim of 2 more", await claim(2), ["a:2", "a:3"]);
    expectSame("claim of the last, and of a younger one", await claim(9), ["a:4", "b:0"]);
  },

  async "hands out at once what is to be retried at the epoch or before"(store) {
    await store.append(deliveryOf("a", ["x", "x", "y"]));
    for (const retryAt of [0, -1, -Number.MAX_SAFE_INTEGER]) {
      const event = await claimOne(store);
      expectSame("the event", placesOf([event]), ["a:0"]);
      await store.fail(event, "no", retryAt);
    }
    await expectClaim(store, "the first of each lane", ["a:0", "a:2"]);
  },

  async "closes no lane whose only event is completed while another one is appended"(store) {
    const lanes = ["x", "y", "z"];
    const append = (round: number) => store.append(deliveryOf(`${round}`, lanes));
    await append(0);
    for (let round = 0; round < 20; round++) {
      const events = await store.claim(100, long);
      const expected = lanes.map((_, index) => `${round}:${index}`);
      expectSame(`claim in round ${round}`, placesOf(events), expected);
      await Promise.all([...events.map((event) => store.complete(event)), append(round + 1)]);
    }
  },
};
