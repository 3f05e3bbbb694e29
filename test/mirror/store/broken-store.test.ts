import { describe, expect, it } from "vitest";
import { isStoreError } from "../../../src/errors/index.ts";
import type { Mirror } from "../../../src/mirror/index.ts";
import { type DeviceRecord, type DeviceStore, memoryStorage } from "../../../src/storage/index.ts";
import { pass, useFakeClock } from "../../support/clock.ts";
import { failureOf, json } from "../../support/stub.ts";
import {
  broken,
  dateHeader,
  event,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

const user = { id: "u1", linkedVendors: [] };
const answers = {
  "/users": () => page([{ id: "u1" }], null, dateHeader(50)),
  "/users/u1": () => json(user, 200, dateHeader(50)),
  "/vehicles": () => page([vehicle()], null, dateHeader(50)),
  "/webhooks": () => page([]),
};
const kinds = ["user", "vehicle"] as const;
const everything = { limit: Number.POSITIVE_INFINITY };

/** What each method of a store is used by. */
const uses: readonly [keyof DeviceStore, string, (mirror: Mirror) => Promise<unknown>][] = [
  ["upsert", "an event", (mirror) => mirror.apply(updated(1))],
  [
    "upsert",
    "an event about a user",
    (mirror) => mirror.apply(event("user:credentials:invalidated", 1)),
  ],
  ["upsert", "a backfill", (mirror) => mirror.backfill({ kinds })],
  ["upsert", "a reconciliation", (mirror) => mirror.reconcile({ kinds })],
  ["get", "reading a device", (mirror) => mirror.devices.get("v1")],
  ["get", "reading an action", (mirror) => mirror.actions.get("a1")],
  ["get", "reading a user", (mirror) => mirror.users.get("u1")],
  ["get", "a backfill", (mirror) => mirror.backfill({ kinds })],
  ["get", "a report", (mirror) => mirror.report()],
  ["getMany", "an event", (mirror) => mirror.apply(updated(1, { id: "new" }))],
  ["getMany", "a reconciliation", (mirror) => mirror.reconcile({ kinds })],
  ["list", "a list", (mirror) => mirror.devices.list().toArray(everything)],
  ["list", "a list of users", (mirror) => mirror.users.list().toArray(everything)],
  ["list", "a reconciliation", (mirror) => mirror.reconcile({ kinds })],
  [
    "listByUser",
    "a list of one user",
    (mirror) => mirror.devices.list({ userId: "u1" }).toArray(everything),
  ],
  ["remove", "a backfill", (mirror) => mirror.backfill({ kinds })],
  ["findDuplicates", "a report", (mirror) => mirror.report()],
];

async function failingWith(
  method: keyof DeviceStore,
  instead: () => unknown,
  use: (mirror: Mirror) => Promise<unknown>,
) {
  const { mirror } = stubbedWorld(answers, broken(method, instead));
  const error = await failureOf(use(mirror), isStoreError);
  expect(error).toMatchObject({ code: "store_failed", store: "deviceStore", method });
  return error;
}

describe.each(uses)("a store whose %s fails %s", (method, _, use) => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("secret-value");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret-value"))],
    ["rejects with nothing", () => Promise.reject(undefined)],
  ])("when it %s, without telling what its error says", async (__, instead) => {
    const error = await failingWith(method, instead, use);
    expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain(
      "secret",
    );
  });

  it.each([
    ["no promise", () => "7"],
    ["null", async () => null],
    ["text", async () => "added"],
    ["an object", async () => ({})],
    ["a list of invalid records", async () => [null, 7, "x"]],
    ["too much", async () => Array.from({ length: 5_000 }, () => "added")],
  ])("when it answers with %s", async (__, instead) => {
    await failingWith(method, instead, use);
  });
});

describe("a store that hangs", () => {
  useFakeClock();

  it.each(uses)("in %s fails %s, and does not keep it waiting for ever", async (method, _, use) => {
    const { mirror } = stubbedWorld(
      answers,
      broken(method, () => new Promise(() => undefined)),
    );
    const failure = failureOf(use(mirror), isStoreError);
    // In steps, as requests come in between.
    for (let round = 0; round < 8; round++) await pass(5_000);
    expect(await failure).toMatchObject({ store: "deviceStore", method });
  });

  it("fails an event within the time that a receiver has", async () => {
    const { mirror } = stubbedWorld(
      answers,
      broken("upsert", () => new Promise(() => undefined)),
    );
    const failure = failureOf(mirror.apply(updated(1)), isStoreError);
    await pass(4_000);
    expect((await failure).message).toContain("took more than 4000 ms");
  });
});

describe("a store that lies", () => {
  /** A device of this client, changed into what no store should answer. */
  async function lying(change: Partial<DeviceRecord>, query = {}) {
    const whole = memoryStorage().deviceStore;
    const { mirror: honest } = stubbedWorld({}, whole);
    await honest.apply(updated(1));
    const [record] = await whole.list("sandbox:client-1", { collection: "devices", limit: 1 });
    const lie = { ...record, ...change } as DeviceRecord;
    const store: DeviceStore = {
      ...whole,
      get: async () => lie,
      getMany: async () => [lie],
      list: async () => [lie],
      listByUser: async () => [lie],
    };
    const { mirror } = stubbedWorld(answers, store);
    await failureOf(mirror.devices.list(query).toArray(everything), isStoreError);
    return mirror;
  }

  it.each([
    ["another client", { namespace: "sandbox:other" }],
    ["another collection", { collection: "users" as const }],
  ])("with what belongs to %s is not believed", async (_, change) => {
    const mirror = await lying(change);
    await failureOf(mirror.devices.get("v1"), isStoreError);
    await failureOf(mirror.reconcile({ kinds: ["vehicle"] }), isStoreError);
  });

  it("with another device than the one asked for is not believed", async () => {
    const { mirror } = stubbedWorld(answers, memoryStorage().deviceStore);
    await mirror.apply(updated(1));
    const other = await lying({ payload: null });
    expect(await other.devices.get("v1")).toBeUndefined();
    await failureOf(other.devices.get("v2"), isStoreError);
  });

  it.each([
    ["another user", { userId: "u2" }, { userId: "u1" }],
    ["another kind", { kind: "charger" }, { kind: "vehicle" }],
    ["another vendor", { vendor: "X" }, { vendor: "TESLA" }],
    ["fresh devices", { observedAt: Date.now() }, { stale: 60_000 }],
    ["deleted devices", { payload: null }, {}],
    ["a kind that there is not", { kind: "bicycle" }, {}],
    ["a payload that is not JSON", { payload: "{" }, {}],
    ["a payload that is no object", { payload: "7" }, {}],
    ["no time", { observedAt: Number.NaN }, {}],
  ])("with %s in a list is not believed", async (_, change, query) => {
    await lying(change, query);
  });

  it("with a device that nobody has asked for is not believed", async () => {
    const whole = memoryStorage().deviceStore;
    const store = broken(
      "getMany",
      (namespace, collection, ids) =>
        whole.getMany(namespace, collection, collection === "devices" ? ["v2"] : ids),
      whole,
    );
    const { mirror } = stubbedWorld(answers, store);
    await mirror.apply(updated(1, { id: "v2" }));
    await failureOf(mirror.reconcile({ kinds: ["vehicle"] }), isStoreError);
  });

  it("with the same page again and again is not followed for ever", async () => {
    const whole = memoryStorage().deviceStore;
    const store = broken(
      "list",
      (namespace, query) => whole.list(namespace, { ...query, after: undefined }),
      whole,
    );
    const { mirror } = stubbedWorld(answers, store);
    await mirror.apply(Array.from({ length: 500 }, (_, id) => updated(1, { id: `v${id}` })));
    await failureOf(mirror.devices.list().toArray(everything), isStoreError);
  });

  it("with duplicates of another client is not believed", async () => {
    const whole = memoryStorage().deviceStore;
    const store = broken("findDuplicates", () => whole.findDuplicates("sandbox:other", 9), whole);
    const { mirror } = stubbedWorld(answers, store);
    await mirror.apply([updated(1), updated(1, { id: "v2", userId: "u2" })]);
    const [record] = await whole.list("sandbox:client-1", { collection: "devices", limit: 1 });
    if (!record) throw new Error("There is one.");
    const records = [1, 2].map((id) => ({
      ...record,
      namespace: "sandbox:other",
      id: `x${id}`,
      userId: `u${id}`,
    }));
    await whole.upsert(records);
    await failureOf(mirror.report(), isStoreError);
  });
});
