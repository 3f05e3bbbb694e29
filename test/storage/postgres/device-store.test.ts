import fc from "fast-check";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { type DeviceRecord, supersedes } from "../../../src/storage/index.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { lastOf, lives, recordOf as orderedRecord, ordersOf } from "../support/device-orders.ts";

function recordOf(id: string, change: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    namespace: "sandbox:client",
    collection: "devices",
    id,
    kind: "vehicle",
    userId: "user",
    vendor: "TESLA",
    identity: null,
    payload: "{}",
    partial: false,
    observedAt: 1_000,
    receivedAt: 1_000,
    source: "webhook",
    ...change,
  };
}

withPostgres("devices in PostgreSQL", (postgres) => {
  const pools = [postgres.pool({ max: 8 }), postgres.pool({ max: 8 })] as const;
  const [pool] = pools;
  beforeAll(() => postgresStorage({ pool }).migrate());
  beforeEach(async () => {
    await pool.query("DELETE FROM enode_records");
  });

  it("are added once and end with the newest news, by many connections in any order", async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `device ${n}`);
    const rounds = Array.from({ length: 40 }, (_, n) => n);
    const outcomes = await Promise.all(
      rounds.map(async (n) => {
        // A storage each, as calls of one share statements.
        const { deviceStore } = postgresStorage({ pool: pools[n % 2 === 0 ? 0 : 1] });
        const records = ids.map((id) => recordOf(id, { observedAt: n + 0.25, payload: `${n}` }));
        return deviceStore.upsert(n % 4 < 2 ? records : records.toReversed());
      }),
    );

    const added = outcomes.flat().filter((outcome) => outcome === "added");
    expect(added).toHaveLength(ids.length);
    const { deviceStore } = postgresStorage({ pool });
    const query = { collection: "devices" as const, limit: 1_000 };
    const records = await deviceStore.list("sandbox:client", query);
    expect(records).toHaveLength(ids.length);
    for (const record of records)
      expect(record).toMatchObject({ payload: "39", observedAt: 39.25 });
  });

  it("that come several times in a call are each looked at in their order", async () => {
    const { deviceStore } = postgresStorage({ pool });
    await deviceStore.upsert([recordOf("a", { observedAt: 5 })]);
    const records = [
      recordOf("a", { observedAt: 10, partial: true }),
      recordOf("b"),
      recordOf("a", { observedAt: 7, payload: '"newer"' }),
      recordOf("a", { observedAt: 6 }),
      recordOf("b", { payload: null }),
      recordOf("b", { payload: '"late"' }),
    ];

    // Of the first two of "a" the newer one counts for nothing, as it is partial.
    expect(await deviceStore.upsert(records)).toEqual([
      "kept",
      "added",
      "replaced",
      "kept",
      "replaced",
      "kept",
    ]);
    expect(await deviceStore.get("sandbox:client", "devices", "a")).toEqual(records[2]);
    expect(await deviceStore.get("sandbox:client", "devices", "b")).toEqual(records[4]);
  });

  it("follow the rule that is given in TypeScript", async () => {
    const { deviceStore } = postgresStorage({ pool });
    const states = [1, 2].flatMap((observedAt) =>
      [true, false].flatMap((partial) =>
        [null, "{}"].flatMap((payload) =>
          [undefined, 0.5, 1].map((readingAt) => ({ observedAt, partial, payload, readingAt })),
        ),
      ),
    );
    const pairs = states.flatMap((known) => states.map((next) => ({ known, next })));
    const known = pairs.map((pair, n) => recordOf(`${n}`, pair.known));
    const next = pairs.map((pair, n) => recordOf(`${n}`, pair.next));
    await deviceStore.upsert(known);

    expect(await deviceStore.upsert(next)).toEqual(
      pairs.map((_, n) => (supersedes(next[n] as DeviceRecord, known[n]) ? "replaced" : "kept")),
    );
  });

  it("end the same in whatever order they come", async () => {
    const { deviceStore } = postgresStorage({ pool });
    let run = 0;
    const property = fc.asyncProperty(lives, async (told) => {
      run += 1;
      const orders = ordersOf(told);
      const ids = orders.map((_, n) => `${run}-${n}`);
      await deviceStore.upsert(
        orders.flatMap((order, n) => order.map((each) => orderedRecord(ids[n] ?? "", each))),
      );
      const found = await deviceStore.getMany("sandbox:client", "devices", ids);
      const last = lastOf(told);
      expect(found).toHaveLength(ids.length);
      for (const each of found) expect(each).toEqual(last && orderedRecord(each.id, last));
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("of one turn share a round trip, up to 1,000", async () => {
    let statements = 0;
    const counting: PostgresPool = {
      query: (text, values) => {
        statements += 1;
        return pool.query(text, values);
      },
    };
    const { deviceStore } = postgresStorage({ pool: counting });

    const outcomes = await Promise.all(
      Array.from({ length: 1_001 }, (_, n) => deviceStore.upsert([recordOf(`${n}`)])),
    );

    expect(outcomes.every(([outcome]) => outcome === "added")).toBe(true);
    expect(statements).toBe(2);
  });

  it("of one turn do not fail with one that the database refuses", async () => {
    const { deviceStore } = postgresStorage({ pool });
    // More than an index takes, also compressed.
    const long = Array.from({ length: 500 }, () => crypto.randomUUID()).join();

    const outcomes = await Promise.allSettled([
      deviceStore.upsert([recordOf("a")]),
      deviceStore.upsert([recordOf(long)]),
      deviceStore.upsert([recordOf("b")]),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await deviceStore.get("sandbox:client", "devices", "b")).toEqual(recordOf("b"));
  });
});
