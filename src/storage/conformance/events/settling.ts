import type { DeadLetter, EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame, expectThat } from "../shared/expectation.ts";
import { bury, claimOne, deliveryOf, expectClaim, ifThere, long, placesOf } from "./records.ts";

export const eventSettling: Readonly<Record<string, Proof<EventStore>>> = {
  async "completes an event once"(store) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store);
    expectSame("complete", await store.complete(event), true);
    expectSame("complete again", await store.complete(event), false);
    expectSame("fail", await store.fail(event, "no"), false);
    expectSame("dead letters", await store.deadLetters(), []);
  },

  async "lets a worker finish after the end of its lease when nobody took over"(store, clock) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store, 1_000);
    clock.pass(2_000);
    expectSame("complete", await store.complete(event), true);
    await expectClaim(store, "none", []);
  },

  async "changes nothing for a worker whose event another one has taken"(store, clock) {
    await store.append(deliveryOf("a", ["x", "x"]));
    const late = await claimOne(store, 1_000);
    clock.pass(1_000);
    const current = await claimOne(store);
    expectSame("complete", await store.complete(late), false);
    expectSame("fail", await store.fail(late, "late"), false);
    expectSame("fail with a retry", await store.fail(late, "late", 0), false);
    await expectClaim(store, "none, as it is held", []);
    expectSame("dead letters", await store.deadLetters(), []);
    expectSame("complete by its holder", await store.complete(current), true);
    await expectClaim(store, "the next of the lane", ["a:1"]);
  },

  async "changes nothing for a worker that has given its event back"(store, clock) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store);
    expectSame("fail", await store.fail(event, "no", clock.now() + long), true);
    expectSame("complete", await store.complete(event), false);
    expectSame("fail again", await store.fail(event, "no"), false);
    expectSame("dead letters", await store.deadLetters(), []);
  },

  async "lets one of 20 complete an event at the same time"(store) {
    await store.append(deliveryOf("a", ["x"]));
    const event = await claimOne(store);
    const done = await Promise.all(Array.from({ length: 20 }, () => store.complete(event)));
    expectSame("how many did", done.filter(Boolean).length, 1);
  },

  async "keeps dead letters with their reason, the latest first"(store, clock) {
    const start = clock.now();
    for (const digest of ["a", "b", "c"]) {
      clock.pass(10);
      await bury(store, [digest]);
    }
    const letters = await store.deadLetters();
    expectSame("dead letters", placesOf(letters), ["c:0", "b:0", "a:0"]);
    expectSame("two of them", placesOf(await store.deadLetters(2)), ["c:0", "b:0"]);
    const [{ id, ...letter } = { id: "" }] = letters;
    expectThat("a dead letter has an ID", id !== "");
    expectSame("the latest", letter, {
      digest: "c",
      index: 0,
      payload: '"0"',
      deliveryId: "id of c",
      receivedAt: 1_000,
      attempts: 1,
      reason: "reason of c",
      failedAt: start + 30,
    });
  },

  async "lists dead letters by the time of their death"(store, clock) {
    await store.append(deliveryOf("a", ["x", "y"]));
    const first = await claimOne(store);
    const second = await claimOne(store);
    await store.fail(second, "no");
    clock.pass(10);
    await store.fail(first, "no");
    expectSame("dead letters", placesOf(await store.deadLetters()), ["a:0", "a:1"]);
  },

  async "lists 100 dead letters unless told otherwise"(store) {
    await store.append(
      deliveryOf(
        "a",
        Array.from({ length: 101 }, () => null),
      ),
    );
    for (const event of await store.claim(200, long)) await store.fail(event, "no");
    expectSame("unless told otherwise", (await store.deadLetters()).length, 100);
    expectSame("up to 200", (await store.deadLetters(200)).length, 101);
  },

  async "revives dead letters, from their first attempt on"(store, clock) {
    await bury(store, ["a"]);
    clock.pass(1);
    await bury(store, ["b"]);
    const [b, a] = await store.deadLetters();
    expectSame("revive", await store.revive([String(a?.id), "none", "-1", ""]), 1);
    expectSame("dead letters", placesOf(await store.deadLetters()), ["b:0"]);
    const again = await claimOne(store);
    expectSame("the event revived", [again.id, again.attempt], [a?.id, 1]);
    expectSame("revive again", await store.revive([again.id]), 0);
    expectSame("complete", await store.complete(again), true);
    expectSame("revive both", await store.revive([again.id, String(b?.id)]), 1);
  },

  async "revives a dead letter that is named twice once"(store) {
    await bury(store, ["a"]);
    const [a] = await store.deadLetters();
    expectSame("revive", await store.revive([String(a?.id), String(a?.id)]), 1);
    expectSame("complete", await store.complete(await claimOne(store)), true);
    expectSame("prune", await store.prune(2_000), 1);
  },

  async "revives dead letters of one namespace only"(store) {
    for (const namespace of ["one", "default"]) {
      await store.append(deliveryOf("a", ["x"], { namespace }));
      const [event] = await store.claim(1, long, namespace);
      expectThat(`an event in ${namespace}`, event !== undefined);
      if (event) await store.fail(event, "no");
    }
    const [ofOne] = await store.deadLetters(10, "one");
    const [ofDefault] = await store.deadLetters();
    const ids = [String(ofOne?.id), String(ofDefault?.id)];
    expectSame("revive in another one", await store.revive(ids, "two"), 0);
    expectSame("revive in one", await store.revive(ids, "one"), 1);
    expectSame("in the default one", placesOf(await store.deadLetters()), ["a:0"]);
    expectSame("claim in the default one", await store.claim(10, long), []);
    expectSame("claim in one", placesOf(await store.claim(10, long, "one")), ["a:0"]);
    expectSame("revive without a namespace", await store.revive(ids), 1);
    expectSame("dead letters", await store.deadLetters(), []);
  },

  "discards dead letters that are named, and no other events": ifThere(
    "discard",
    async (store, clock) => {
      await bury(store, ["a"]);
      clock.pass(1);
      await bury(store, ["b"]);
      await store.append(deliveryOf("c", ["x", "y"]));
      const [b, a] = await store.deadLetters();
      const held = await claimOne(store);
      const ids = [String(a?.id), String(a?.id), held.id, "none", "-1", ""];
      expectSame("discard", await store.discard(ids), 1);
      expectSame("discard again", await store.discard(ids), 0);
      expectSame("revive", await store.revive([String(a?.id)]), 0);
      expectSame("dead letters", await store.deadLetters(), [b]);
      expectSame("complete", await store.complete(held), true);
      const waiting = await claimOne(store);
      expectSame("discard one that waits", await store.discard([waiting.id]), 0);
      expectSame("complete the other one", await store.complete(waiting), true);
    },
  ),

  "discards dead letters of one namespace only": ifThere("discard", async (store) => {
    await store.append(deliveryOf("a", ["x"], { namespace: "one" }));
    const [event] = await store.claim(1, long, "one");
    if (event) await store.fail(event, "no");
    const [letter] = await store.deadLetters(10, "one");
    const ids = [String(letter?.id)];
    expectSame("discard without a namespace", await store.discard(ids), 0);
    expectSame("discard in another one", await store.discard(ids, "two"), 0);
    expectSame("discard in its own", await store.discard(ids, "one"), 1);
    expectSame("dead letters", await store.deadLetters(10, "one"), []);
  }),

  async "hands out a revived event at its old place in its lane"(store) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    await store.revive([dead.id]);
    await expectClaim(store, "the one revived", ["a:0"]);
  },

  async "keeps a revived event waiting while another one of its lane is held"(store) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    const held = await claimOne(store);
    await store.revive([dead.id]);
    await expectClaim(store, "none", []);
    await store.complete(held);
    await expectClaim(store, "the one revived", ["a:0"]);
  },

  async "hands out a revived event before later ones of its lane that wait"(store, clock) {
    await store.append(deliveryOf("a", ["x", "x"]));
    for (let n = 0; n < 2; n++) await store.fail(await claimOne(store), "no");
    await store.append(deliveryOf("b", ["x", "x"]));
    const [second, first] = await store.deadLetters().then(byPlace);
    await store.revive([String(second?.id)]);
    await store.fail(await claimOne(store), "no", clock.now() + long);
    await expectClaim(store, "none before the retry of the first", []);
    await store.revive([String(first?.id)]);
    const [revived] = await expectClaim(store, "the one revived", ["a:0"]);
    if (revived) await store.complete(revived);
    clock.pass(long);
    for (const place of ["a:1", "b:0", "b:1"]) {
      const [event] = await expectClaim(store, "the rest in its order", [place]);
      if (event) await store.complete(event);
    }
  },

  async "hands out a revived event when one that was held meanwhile is given back"(store, clock) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    const held = await claimOne(store);
    await store.revive([dead.id]);
    await store.fail(held, "no", clock.now() + long);
    const [revived] = await expectClaim(store, "the one revived", ["a:0"]);
    if (revived) await store.complete(revived);
    await expectClaim(store, "none before the retry", []);
    clock.pass(long);
    await expectClaim(store, "the one given back", ["a:1"]);
  },

  async "hands out a revived event when the lease of a later one of its lane has ended"(
    store,
    clock,
  ) {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const dead = await claimOne(store);
    await store.fail(dead, "no");
    const late = await claimOne(store, 1_000);
    await store.revive([dead.id]);
    clock.pass(999);
    await expectClaim(store, "none before the end of the lease", []);
    clock.pass(1);
    const [revived] = await expectClaim(store, "the one revived", ["a:0"]);
    await expectClaim(store, "none, as it is held", []);
    expectSame("complete by the late one", await store.complete(late), true);
    await expectClaim(store, "none, as the revived one is still held", []);
    if (revived) await store.complete(revived);
    await expectClaim(store, "the last of the lane", ["a:2"]);
  },
};

/** The later one first. */
function byPlace(letters: DeadLetter[]): DeadLetter[] {
  return letters.toSorted((a, b) => b.index - a.index);
}

export const eventCompletions: Readonly<Record<string, Proof<EventStore>>> = {
  "completes several events in one call, and answers in their order, if it has completeMany":
    ifThere("completeMany", async (store, clock) => {
      await store.append(deliveryOf("a", ["x", "y", null, "z"]));
      const late = await claimOne(store, 1_000);
      const [y, none, z] = await store.claim(100, long);
      clock.pass(1_000);
      await claimOne(store);
      if (!y || !none || !z) return expectSame("how many were handed out", 0, 3);
      const done = await store.completeMany([z, late, none]);
      expectSame("completeMany", done, [true, false, true]);
      expectSame("completeMany again", await store.completeMany([z, y]), [false, true]);
      expectSame("completeMany of none", await store.completeMany([]), []);
      clock.pass(long);
      await expectClaim(store, "the one that was overtaken", ["a:0"]);
    }),

  "lets lanes go on after events that were completed together": ifThere(
    "completeMany",
    async (store) => {
      await store.append(deliveryOf("a", ["x", "y", "y", "x", "x"]));
      for (const places of [["a:0", "a:1"], ["a:2", "a:3"], ["a:4"]]) {
        await store.completeMany(await expectClaim(store, "the next of each lane", places));
      }
    },
  ),
};
