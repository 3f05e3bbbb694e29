import type { DeliveryRecord, EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "../shared/expectation.ts";
import { hostileIds } from "../shared/texts.ts";
import { bury, claimOne, deliveryOf, expectClaim, long, placesOf } from "./records.ts";

/** A delivery with one event for each user given, all in one lane. */
function ofUsers(
  digest: string,
  userIds: readonly string[],
  change: Partial<DeliveryRecord> = {},
): DeliveryRecord {
  const events = userIds.map((id, index) => ({
    index,
    lane: "x",
    payload: JSON.stringify({ event: "user:vehicle:updated", user: { id }, vehicle: { id: "v" } }),
  }));
  return deliveryOf(digest, [], { events, ...change });
}

export const eventRetention: Readonly<Record<string, Proof<EventStore>>> = {
  async "prunes old deliveries, but none with events to be handled"(store) {
    await store.append(deliveryOf("waiting", ["x"], { receivedAt: 10 }));
    await store.append(deliveryOf("done", [], { receivedAt: 10 }));
    await store.append(deliveryOf("young", [], { receivedAt: 20 }));
    expectSame("prune", await store.prune(20), 1);
    expectSame("append of done", await store.append(deliveryOf("done", [])), "new");
    expectSame("append of young", await store.append(deliveryOf("young", [])), "duplicate");
    expectSame("of waiting", await store.append(deliveryOf("waiting", ["x"])), "duplicate");
    const held = await claimOne(store);
    expectSame("the one held", held.digest, "waiting");
    expectSame("prune while it is held", await store.prune(20), 0);
    expectSame("complete", await store.complete(held), true);
    expectSame("prune after it", await store.prune(20), 1);
  },

  async "prunes dead letters of old deliveries"(store) {
    await bury(store, ["old"], 10);
    await bury(store, ["young"], 20);
    expectSame("prune", await store.prune(20), 1);
    expectSame("dead letters", placesOf(await store.deadLetters()), ["young:0"]);
    expectSame("append", await store.append(deliveryOf("old", [null])), "new");
  },

  async "does not prune a delivery with a revived event"(store) {
    await bury(store, ["a"], 10);
    const [letter] = await store.deadLetters();
    await store.revive([String(letter?.id)]);
    expectSame("prune", await store.prune(20), 0);
    await expectClaim(store, "the one revived", ["a:0"]);
  },

  async "refuses a user or a namespace that has no value, and touches no event"(store) {
    const payload = '{"event":"enode:webhook:test","escaped":"\\u00e9","undefined":null}';
    const events = [{ index: 0, lane: null, payload }];
    await store.append(deliveryOf("a", [], { events }));
    for (const lost of lostValues) {
      await expectRefusal(`erase of ${nameOf(lost)}`, () => store.erase(lost));
      // An undefined one is left out, for all that a parameter with a default can see.
      if (lost === undefined) continue;
      const of = `in the namespace ${nameOf(lost)}`;
      await expectRefusal(`erase ${of}`, () => store.erase("user", lost));
      await expectRefusal(`revive ${of}`, () => store.revive([], lost));
      await expectRefusal(`prune ${of}`, () => store.prune(9_000, lost));
      await expectRefusal(`deadLetters ${of}`, () => store.deadLetters(10, lost));
      await expectRefusal(`claim ${of}`, () => store.claim(10, long, lost));
    }
    await expectClaim(store, "what is left", ["a:0"]);
  },

  async "erases the events of one user that wait, and of no other"(store) {
    await store.append(ofUsers("a", ["other", "user", "other", "user"]));
    expectSame("erase", await store.erase("user"), 2);
    expectSame("erase again", await store.erase("user"), 0);
    for (const place of ["a:0", "a:2"]) {
      const [event] = await expectClaim(store, "what is left", [place]);
      if (event) await store.complete(event);
    }
    await expectClaim(store, "no more", []);
  },

  async "erases an event that is held, and lets its lane go on"(store) {
    await store.append(ofUsers("a", ["user", "other"]));
    const held = await claimOne(store);
    expectSame("erase", await store.erase("user"), 1);
    await expectClaim(store, "the next of the lane", ["a:1"]);
    expectSame("complete", await store.complete(held), false);
    expectSame("fail", await store.fail(held, "no"), false);
    expectSame("dead letters", await store.deadLetters(), []);
  },

  async "erases an event that waits for its retry, and lets its lane go on"(store, clock) {
    await store.append(ofUsers("a", ["user", "other"]));
    await store.fail(await claimOne(store), "no", clock.now() + long);
    expectSame("erase", await store.erase("user"), 1);
    await expectClaim(store, "the next of the lane", ["a:1"]);
  },

  async "erases dead letters of one user, and of no other"(store) {
    await store.append(ofUsers("a", ["user", "other"]));
    for (let n = 0; n < 2; n++) await store.fail(await claimOne(store), "no");
    const [letter] = (await store.deadLetters()).filter(({ index }) => index === 0);
    expectSame("erase", await store.erase("user"), 1);
    expectSame("dead letters", placesOf(await store.deadLetters()), ["a:1"]);
    expectSame("revive", await store.revive([String(letter?.id)]), 0);
  },

  async "recognises a delivery whose events were erased, and prunes it"(store) {
    await store.append(ofUsers("a", ["user", "user"], { receivedAt: 10 }));
    await store.erase("user");
    const again = ofUsers("a", ["user", "user"]);
    expectSame("append", await store.append(again), "duplicate");
    await expectClaim(store, "none", []);
    expectSame("prune", await store.prune(20), 1);
    expectSame("append after it", await store.append(again), "new");
  },

  async "erases in one namespace only"(store) {
    await store.append(ofUsers("a", ["user"], { namespace: "one" }));
    await store.append(ofUsers("a", ["user"], { namespace: "two" }));
    await store.append(ofUsers("a", ["user"]));
    expectSame("erase in one", await store.erase("user", "one"), 1);
    expectSame("claim in one", await store.claim(10, long, "one"), []);
    expectSame("claim in two", placesOf(await store.claim(10, 0, "two")), ["a:0"]);
    expectSame("erase in the default one", await store.erase("user"), 1);
    expectSame("erase in two", await store.erase("user", "two"), 1);
  },

  async "erases by the user that the event is about, not by what looks like it"(store) {
    const payloads = [
      '{"user":{"id":"user"}}',
      '{"user":{"id":"user 2"},"id":"user"}',
      '{"user":{"id":"other"},"text":"\\"user\\":{\\"id\\":\\"user\\"}"}',
      '{"vehicle":{"user":{"id":"user"}}}',
      '{"user":"user"}',
      '{"user":{"id":["user"]}}',
      '{"user":null}',
      '"user"',
      "null",
      "[]",
      ' { "user" : { "x" : 1 , "id" : "us\\u0065r" } } ',
    ];
    const events = payloads.map((payload, index) => ({ index, lane: null, payload }));
    await store.append(deliveryOf("a", [], { events }));
    expectSame("erase", await store.erase("user"), 2);
    const left = (await store.claim(100, long)).map(({ index }) => index);
    expectSame("which are left", left, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },

  async "keeps users with hostile IDs apart when it erases"(store) {
    await store.append(ofUsers("a", hostileIds));
    for (const id of hostileIds) {
      expectSame(`erase of ${JSON.stringify(id)}`, await store.erase(id), 1);
    }
    await expectClaim(store, "none", []);
  },
};
