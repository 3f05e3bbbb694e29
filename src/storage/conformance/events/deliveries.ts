import type { EventStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame, expectThat } from "../shared/expectation.ts";
import { hostileIds, jsonTexts } from "../shared/texts.ts";
import { claimOne, deliveryOf, expectClaim, long, placesOf } from "./records.ts";

export const eventDeliveries: Readonly<Record<string, Proof<EventStore>>> = {
  async "keeps one of 100 simultaneous copies of a delivery"(store) {
    const copies = Array.from({ length: 100 }, (_, n) =>
      store.append(deliveryOf("a", ["x", "y"], { deliveryId: `copy ${n}` })),
    );
    const outcomes = await Promise.all(copies);
    const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
    expectSame("how many were new", count("new"), 1);
    expectSame("how many were duplicates", count("duplicate"), 99);
    await expectClaim(store, "the events of one copy", ["a:0", "a:1"]);
  },

  async "recognises a delivery whose events are all complete or dead"(store) {
    await store.append(deliveryOf("a", ["x", "y"]));
    const complete = await claimOne(store);
    const dead = await claimOne(store);
    expectSame("complete", await store.complete(complete), true);
    expectSame("fail", await store.fail(dead, "no"), true);
    expectSame("append", await store.append(deliveryOf("a", ["x", "y"])), "duplicate");
    await expectClaim(store, "none", []);
  },

  async "recognises a delivery without events"(store) {
    expectSame("append", await store.append(deliveryOf("a", [])), "new");
    expectSame("append again", await store.append(deliveryOf("a", [])), "duplicate");
  },

  async "gives events back as they came"(store) {
    const events = [{ index: 7, lane: "x", payload: '{"kept":true}' }];
    await store.append(deliveryOf("a", [], { receivedAt: 1_767_225_600_123, events }));
    const { id, lease, ...event } = await claimOne(store);
    expectThat("the event has an ID", typeof id === "string" && id !== "");
    expectThat("the event has a lease", typeof lease === "string" && lease !== "");
    expectSame("the event", event, {
      digest: "a",
      index: 7,
      payload: '{"kept":true}',
      deliveryId: "id of a",
      receivedAt: 1_767_225_600_123,
      attempt: 1,
    });
  },

  async "gives JSON texts back as they came"(store) {
    const events = jsonTexts.map((payload, index) => ({ index, lane: null, payload }));
    await store.append(deliveryOf("a", [], { events }));
    const found = await store.claim(100, 0);
    expectSame(
      "payloads of claims",
      found.map(({ payload }) => payload),
      jsonTexts,
    );
    for (const event of await store.claim(100, long)) await store.fail(event, "no");
    const letters = await store.deadLetters();
    const payloads = letters.sort((a, b) => a.index - b.index).map(({ payload }) => payload);
    expectSame("payloads of dead letters", payloads, jsonTexts);
  },

  async "keeps a delivery without an ID"(store) {
    await store.append(deliveryOf("a", ["x"], { deliveryId: undefined }));
    const event = await claimOne(store);
    expectSame("deliveryId of the claim", event.deliveryId, undefined);
    await store.fail(event, "no");
    const [letter] = await store.deadLetters();
    expectSame("deliveryId of the dead letter", letter?.deliveryId, undefined);
  },

  async "keeps namespaces apart: copies, lanes, claims, dead letters and pruning"(store) {
    await store.append(deliveryOf("a", ["x"], { namespace: "one" }));
    const outcome = await store.append(deliveryOf("a", ["x"], { namespace: "two" }));
    expectSame("append in another namespace", outcome, "new");
    expectSame("claim in the default one", await store.claim(100, long), []);
    const one = await store.claim(100, long, "one");
    const two = await store.claim(100, long, "two");
    expectSame("claims in both", placesOf([...one, ...two]), ["a:0", "a:0"]);
    expectThat("their IDs differ", one[0]?.id !== two[0]?.id);
    for (const event of one) await store.fail(event, "no");
    for (const event of two) await store.complete(event);
    expectSame("dead letters of the default one", await store.deadLetters(), []);
    expectSame("dead letters of two", await store.deadLetters(100, "two"), []);
    expectSame("those of one", placesOf(await store.deadLetters(100, "one")), ["a:0"]);
    expectSame("prune of the default one", await store.prune(2_000), 0);
    expectSame("prune of two", await store.prune(2_000, "two"), 1);
    expectSame("one after it", placesOf(await store.deadLetters(100, "one")), ["a:0"]);
    const again = (namespace: string) => store.append(deliveryOf("a", ["x"], { namespace }));
    expectSame("append in one", await again("one"), "duplicate");
    expectSame("append in two", await again("two"), "new");
  },

  async "takes the namespace that is left out for the default one"(store) {
    await store.append(deliveryOf("a", ["x"], { namespace: "default" }));
    expectSame("claim by its name", placesOf(await store.claim(1, 0, "default")), ["a:0"]);
    await store.fail(await claimOne(store), "no");
    expectSame("letters by its name", placesOf(await store.deadLetters(1, "default")), ["a:0"]);
    expectSame("letters", placesOf(await store.deadLetters()), ["a:0"]);
    expectSame("prune", await store.prune(2_000), 1);
  },

  async "keeps hostile namespaces, digests and lanes apart"(store) {
    for (const namespace of hostileIds) {
      for (const digest of hostileIds) {
        const delivery = deliveryOf(digest, [digest], { namespace });
        expectSame(`append of ${JSON.stringify(digest)}`, await store.append(delivery), "new");
      }
      const again = await store.append(deliveryOf("__proto__", [], { namespace }));
      expectSame("append of a copy", again, "duplicate");
      await store.append(deliveryOf("second", hostileIds, { namespace }));
    }
    for (const namespace of hostileIds) {
      const events = await store.claim(1_000, long, namespace);
      const expected = hostileIds.map((digest) => `${digest}:0`);
      expectSame("claim of the first of each lane", placesOf(events), expected);
    }
  },

  async "keeps what has NUL in its digest or lane apart, or refuses it"(store) {
    await store.append(deliveryOf("with", ["with"]));
    try {
      const outcome = await store.append(deliveryOf("with\u0000NUL", ["with\u0000NUL"]));
      expectSame("append", outcome, "new");
    } catch {
      return;
    }
    expectSame("a copy", await store.append(deliveryOf("with\u0000NUL", [])), "duplicate");
    expectSame("without NUL only", await store.append(deliveryOf("withNUL", [])), "new");
    await expectClaim(store, "the first of both lanes", ["with:0", "with\u0000NUL:0"]);
  },

  async "takes lanes that are no well-formed text"(store) {
    await store.append(deliveryOf("a", ["\ud800", "\ud800", "x\udfff"]));
    const handled: string[] = [];
    let events = await store.claim(100, long);
    expectThat("the second of a lane waits", !placesOf(events).includes("a:1"));
    for (let turn = 0; turn < 3; turn++) {
      for (const event of events) await store.complete(event);
      handled.push(...placesOf(events));
      events = await store.claim(100, long);
    }
    expectSame("what is handed out in the end", handled.sort(), ["a:0", "a:1", "a:2"]);
  },

  async "keeps hostile reasons and IDs of deliveries"(store) {
    const text = hostileIds.join(" ");
    await store.append(deliveryOf("a", ["x"], { deliveryId: text }));
    await store.fail(await claimOne(store), text);
    const [letter] = await store.deadLetters();
    expectSame("reason", letter?.reason, text);
    expectSame("deliveryId", letter?.deliveryId, text);
  },

  async "takes a reason with NUL, and keeps what it can of it"(store) {
    await store.append(deliveryOf("a", ["x"]));
    expectSame("fail", await store.fail(await claimOne(store), "before\u0000after"), true);
    const [letter] = await store.deadLetters();
    expectThat("the reason begins as it did", letter?.reason.startsWith("before") === true);
  },
};
