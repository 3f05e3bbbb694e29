import { afterEach, describe, expect, it } from "vitest";
import type { ClaimedEvent } from "../../../src/storage/contracts/index.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const files = new SqliteFiles();

afterEach(() => files.clear());

const user = 'u"\\é\u0000';
const ofUser = [
  JSON.stringify({ event: "x", user: { id: user } }),
  // The same, spelt in another way.
  '{"user":{"id":"\\u0075\\u0022\\u005c\\u00e9\\u0000"}}',
  `{"user":{"id":"someone"},"user":{"id":${JSON.stringify(user)}}}`,
];
const ofOthers = [
  JSON.stringify({ user: { id: `${user}2` }, note: user }),
  JSON.stringify({ user: { id: [user] } }),
  JSON.stringify({ user, id: user }),
  JSON.stringify([user]),
  JSON.stringify(user),
  JSON.stringify({ user: null, note: user }),
  "null",
  `no JSON, with ${user}`,
  "",
];

describe("the erasure of a user's events in an SQLite file", () => {
  it("finds them however their ID is spelt, and among payloads of any kind", async () => {
    const { eventStore } = files.open(files.path());
    const events = [...ofUser, ...ofOthers].map((payload, index) => ({
      index,
      lane: null,
      payload,
    }));
    await eventStore.append(deliveryOf("a", [], { events }));

    expect(await eventStore.erase(user)).toBe(ofUser.length);

    const left = await eventStore.claim(100, 1_000);
    expect(left.map(({ payload }) => payload)).toEqual(ofOthers);
  });

  it("tells a user with a lone surrogate from the others", async () => {
    const { eventStore } = files.open(files.path());
    const payloads = ["\ud800", "\ud801", "\ufffd"].map((id) => JSON.stringify({ user: { id } }));
    const events = payloads.map((payload, index) => ({ index, lane: null, payload }));
    await eventStore.append(deliveryOf("a", [], { events }));

    expect(await eventStore.erase("\ud800")).toBe(1);

    expect(placesOf(await eventStore.claim(100, 1_000))).toEqual(["a:1", "a:2"]);
  });

  it("takes what is held or dead, frees the lane, and leaves the delivery known", async () => {
    const { eventStore } = files.open(files.path());
    const payloads = ["u", "u", "v", "u"].map((id) => JSON.stringify({ user: { id } }));
    const events = payloads.map((payload, index) => ({ index, lane: "x", payload }));
    await eventStore.append(deliveryOf("a", [], { events }));
    await eventStore.append(deliveryOf("a", [], { events, namespace: "other" }));
    const [dead] = await eventStore.claim(1, 1_000);
    await eventStore.fail(dead as ClaimedEvent, "no");
    const [held] = await eventStore.claim(1, 1_000);

    expect(await eventStore.erase("u")).toBe(3);

    expect(await eventStore.complete(held as ClaimedEvent)).toBe(false);
    expect(await eventStore.deadLetters()).toEqual([]);
    expect(placesOf(await eventStore.claim(9, 1_000))).toEqual(["a:2"]);
    expect(await eventStore.append(deliveryOf("a", []))).toBe("duplicate");
    expect(placesOf(await eventStore.claim(9, 1_000, "other"))).toEqual(["a:0"]);
  });
});
