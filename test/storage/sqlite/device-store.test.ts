import { DatabaseSync, StatementSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { supersedes } from "../../../src/storage/contracts/device-store.ts";
import type { DeviceRecord } from "../../../src/storage/contracts/index.ts";
import { lastOf, lives, type News, ordersOf, recordOf } from "../support/device-orders.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const namespace = "sandbox:client";
const files = new SqliteFiles();

afterEach(() => files.clear());

const record: fc.Arbitrary<DeviceRecord> = fc
  .record({
    namespace: fc.constantFrom(namespace, "other"),
    collection: fc.constantFrom("devices" as const, "users"),
    id: fc.constantFrom("a", "b"),
    kind: fc.constantFrom("vehicle", "charger"),
    userId: fc.constantFrom(null, "u", "v"),
    vendor: fc.constantFrom(null, "TESLA"),
    identity: fc.constantFrom(null, "VIN 1", "VIN 2"),
    payload: fc.constantFrom(null, "{}", '{"a":1}'),
    partial: fc.boolean(),
    observedAt: fc.constantFrom(1, 1.25, 2, 3),
    readingAt: fc.constantFrom(undefined, 0.5, 0.75, 1),
    receivedAt: fc.constantFrom(4, 5),
    source: fc.constantFrom("webhook", "backfill"),
  })
  .map(({ readingAt, ...others }) => ({ ...others, ...(readingAt && { readingAt }) }));

describe("records in an SQLite file", () => {
  it("follow the rule of supersedes, whatever comes in whatever order", async () => {
    const run = async (calls: DeviceRecord[][]) => {
      const path = ":memory:";
      const storage = files.open(path);
      const model = new Map<string, DeviceRecord>();
      for (const records of calls) {
        const expected = records.map((next) => {
          const key = [next.namespace, next.collection, next.id].join();
          const known = model.get(key);
          if (!supersedes(next, known)) return "kept";
          model.set(key, next);
          return known ? "replaced" : "added";
        });
        expect(await storage.deviceStore.upsert(records)).toEqual(expected);
      }
      for (const known of model.values()) {
        const { namespace, collection, id } = known;
        expect(await storage.deviceStore.get(namespace, collection, id)).toEqual(known);
      }
      files.close(storage);
    };

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(record, { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
        run,
      ),
      { numRuns: 300 },
    );
  });

  it("end the same in whatever order they come", async () => {
    const run = async (told: News[]) => {
      const storage = files.open(":memory:");
      const orders = ordersOf(told);
      await storage.deviceStore.upsert(
        orders.flatMap((order, n) => order.map((each) => recordOf(`${n}`, each))),
      );
      const last = lastOf(told);
      for (const n of orders.keys()) {
        const found = await storage.deviceStore.get(namespace, "devices", `${n}`);
        expect(found).toEqual(last && recordOf(`${n}`, last));
      }
      files.close(storage);
    };
    await fc.assert(fc.asyncProperty(lives, run), { numRuns: 50 });
  });

  it("are read alike where Node has rows as objects only, as 22.13 does", async () => {
    const { prototype } = StatementSync;
    const method = Object.getOwnPropertyDescriptor(prototype, "setReturnArrays");
    expect(Reflect.deleteProperty(prototype, "setReturnArrays")).toBe(true);
    try {
      const { deviceStore } = files.open(":memory:");
      const [known] = fc.sample(record, { numRuns: 1, seed: 1 });
      if (known === undefined) expect.unreachable("it was asked for one");
      await deviceStore.upsert([known]);
      const { namespace, collection, id } = known;
      expect(await deviceStore.get(namespace, collection, id)).toEqual(known);
      expect(await deviceStore.getMany(namespace, collection, [id])).toEqual([known]);
    } finally {
      if (method) Object.defineProperty(prototype, "setReturnArrays", method);
    }
  });

  it("are found by their new user and identity when those change, and no more by the old ones", async () => {
    const { deviceStore } = files.open(files.path());
    const first: DeviceRecord = {
      namespace,
      collection: "devices",
      id: "a",
      kind: "vehicle",
      userId: "u",
      vendor: null,
      identity: "VIN 1",
      payload: "{}",
      partial: false,
      observedAt: 1,
      receivedAt: 1,
      source: "webhook",
    };
    const other = { ...first, id: "b", userId: "w", identity: "VIN 2" };
    await deviceStore.upsert([first, other]);
    const moved = { ...first, userId: "v", identity: "VIN 2", observedAt: 2 };

    expect(await deviceStore.upsert([moved])).toEqual(["replaced"]);

    const query = { collection: "devices", limit: 9 } as const;
    expect(await deviceStore.listByUser(namespace, "u", query)).toEqual([]);
    expect(await deviceStore.listByUser(namespace, "v", query)).toEqual([moved]);
    expect(await deviceStore.findDuplicates(namespace, 9)).toEqual([
      { identity: "VIN 2", records: [moved, other] },
    ]);
  });

  it("are listed from any ID on, of all users or one, by an index that has them in order", async () => {
    const path = files.path();
    const { deviceStore } = files.open(path);
    const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
    const query = { collection: "devices", after: "x", kind: "vehicle", limit: 5 } as const;
    await deviceStore.list(namespace, query);
    await deviceStore.listByUser(namespace, "u", query);
    const statements = prepare.mock.calls.map(([sql]) => `EXPLAIN QUERY PLAN ${sql}`);
    prepare.mockRestore();

    const plans = withDatabase(path, (database) =>
      statements.map((sql) => database.prepare(sql).all().map(Object.values)),
    );

    // One step each, so none that sorts.
    expect(plans).toMatchObject([
      [{ 3: expect.stringMatching(/^SEARCH .*namespace=\? AND collection=\? AND id>\?/) }],
      [{ 3: expect.stringMatching(/^SEARCH .*user_id=\? AND collection=\? AND id>\?/) }],
    ]);
  });
});
