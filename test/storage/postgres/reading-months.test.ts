import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading, ReadingStore } from "../../../src/storage/index.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";

const day = 86_400_000;
const namespace = "production:client";
const series = { userId: "user", deviceId: "car", metric: "level" };
const all = { from: 0, to: 1e15, limit: 10_000 };

function readingAt(at: number, change: Partial<Reading> = {}): Reading {
  return { ...series, kind: "vehicle", at, value: at % 100, observedAt: at, ...change };
}

withPostgres("months of readings in PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 4 });
  let now = 0;
  const january = Date.UTC(2031, 0, 15);
  const storageOf = (of: PostgresPool = pool) => postgresStorage({ pool: of, now: () => now });
  beforeEach(() => {
    now = january;
  });
  afterEach(async () => {
    await pool.query(`DROP SCHEMA ${postgres.schema} CASCADE; CREATE SCHEMA ${postgres.schema}`);
  });

  /** The partitions, and how many readings each has. */
  async function counts(): Promise<Record<string, number>> {
    const { rows } = await pool.query(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'enode_reading_points'::regclass",
    );
    const found: Record<string, number> = {};
    for (const { name } of rows) {
      const [row] = (await pool.query(`SELECT count(*)::int AS count FROM ${name}`)).rows;
      found[name.replace("enode_reading_points_", "")] = row.count;
    }
    return found;
  }

  async function rollUp(store: ReadingStore, until: number, of = namespace): Promise<void> {
    await store.rollUp(of, until);
    const stale = await store.staleDays(of, 1_000);
    const days = stale.map(({ userId, deviceId, metric, day, mark }) => {
      return { userId, deviceId, metric, day, mark, content: "{}" };
    });
    await store.saveDays(of, days);
  }

  async function pruneAll(store: ReadingStore, before: number, of = namespace): Promise<number> {
    let sum = 0;
    for (;;) {
      const pruned = await store.prune(of, before, 1_000);
      if (pruned === 0) return sum;
      sum += pruned;
    }
  }

  it("are made ahead, by ten processes at once, and again when time has passed", async () => {
    await Promise.all(Array.from({ length: 10 }, () => storageOf().migrate()));
    expect(await counts()).toEqual({
      "2031_01": 0,
      "2031_02": 0,
      "2031_03": 0,
      "2031_04": 0,
      rest: 0,
    });

    now = Date.UTC(2031, 11, 31, 23);
    await Promise.all(Array.from({ length: 10 }, () => storageOf().migrate()));

    expect(Object.keys(await counts())).toEqual(
      expect.arrayContaining(["2031_12", "2032_01", "2032_02", "2032_03", "rest"]),
    );
  });

  it("are made by a process that appends when a month has passed", async () => {
    const storage = storageOf();
    await storage.migrate();
    await storage.readingStore.append(namespace, [readingAt(now)]);
    now = Date.UTC(2031, 4, 1);

    await storage.readingStore.append(namespace, [readingAt(now - 1), readingAt(now)]);

    expect(await counts()).toEqual({
      ...{ "2031_01": 1, "2031_02": 0, "2031_03": 0, "2031_04": 1, "2031_05": 1 },
      ...{ "2031_06": 0, "2031_07": 0, "2031_08": 0, rest: 0 },
    });
  });

  it("get what was in the default partition when they are made", async () => {
    const storage = storageOf();
    await storage.migrate();
    const may = Date.UTC(2031, 4, 1);
    // Of a clock in the future, and before all months.
    const readings = [may - 1, may, may + 30 * day, may + 31 * day, 0].map((at) => readingAt(at));
    await storage.readingStore.append(namespace, readings);
    const before = await storage.readingStore.read(namespace, series, all);
    expect(await counts()).toMatchObject({ "2031_04": 1, rest: 4 });
    now = Date.UTC(2031, 1, 1);
    await storageOf().migrate();

    expect(await counts()).toMatchObject({ "2031_04": 1, "2031_05": 2, rest: 2 });
    expect(await storage.readingStore.read(namespace, series, all)).toEqual(before);
    // What is there is replaced where it is now.
    await storage.readingStore.append(namespace, [readingAt(may, { value: -1, observedAt: 1e14 })]);
    expect(await counts()).toMatchObject({ "2031_05": 2 });
  });

  it("are waited for by an append no longer than a moment, which is kept all the same", async () => {
    const storage = storageOf();
    await storage.migrate();
    now = Date.UTC(2031, 5, 1);
    const reader = await pool.connect();
    try {
      await reader.query("BEGIN; LOCK TABLE enode_reading_points_rest IN ACCESS SHARE MODE");
      await storage.readingStore.append(namespace, [readingAt(now)]);
      await reader.query("ROLLBACK");
    } finally {
      reader.release();
    }
    expect(await counts()).toMatchObject({ "2031_04": 0, rest: 1 });

    now += 3_600_000;
    await storage.readingStore.append(namespace, [readingAt(now)]);
    expect(await counts()).toMatchObject({ "2031_06": 2, rest: 0 });
  });

  it("are dropped as a whole once they are pruned, but for what is to be kept", async () => {
    const storage = storageOf();
    await storage.migrate();
    const store = storage.readingStore;
    const start = Date.UTC(2031, 0, 1);
    const times = Array.from({ length: 90 * 4 }, (_, n) => start + (n * day) / 4);
    const old = { deviceId: "old car" };
    await store.append(
      namespace,
      times.map((at) => readingAt(at)),
    );
    // It has nothing newer, so that its last one stays.
    await store.append(
      namespace,
      times.slice(0, 10).map((at) => readingAt(at, old)),
    );
    await rollUp(store, Date.UTC(2031, 2, 20));

    const before = Date.UTC(2031, 2, 10);
    expect(await pruneAll(store, before)).toBe((31 + 28 + 9) * 4 - 1 + 9);

    expect(await counts()).toEqual({ "2031_03": 22 * 4 + 1, "2031_04": 0, rest: 1 });
    expect((await store.read(namespace, series, all)).map(({ at }) => at)).toEqual(
      times.filter((at) => at >= before - day / 4),
    );
    expect(await store.read(namespace, { ...series, ...old }, all)).toHaveLength(1);
    expect(await store.append(namespace, [readingAt(start)])).toEqual({ tooLate: 1 });
  });

  it("are not dropped while a namespace needs them, or days of them are stale", async () => {
    const storage = storageOf();
    await storage.migrate();
    const store = storage.readingStore;
    const start = Date.UTC(2031, 0, 1);
    const times = Array.from({ length: 40 }, (_, n) => start + n * day);
    await store.append(
      namespace,
      times.map((at) => readingAt(at)),
    );
    await store.append(
      "other",
      times.map((at) => readingAt(at)),
    );
    await rollUp(store, start + 60 * day);
    await rollUp(store, start + 60 * day, "other");

    expect(await pruneAll(store, start + 60 * day)).toBe(39);
    expect(await counts()).toMatchObject({ "2031_01": 31 });
    expect(await store.read("other", series, all)).toHaveLength(40);

    // A day becomes stale again, and with it the one after: their readings stay, and those of the day before.
    await store.append("other", [readingAt(start + 9 * day + 5)]);
    expect(await pruneAll(store, start + 60 * day, "other")).toBe(39 - 3);
    expect(await counts()).toEqual({ "2031_03": 0, "2031_04": 0, rest: 6 });
    const stale = await store.staleDays("other", 10);
    expect(stale.map((each) => [(each.day - start) / day, each.points.length])).toEqual([
      [9, 2],
      [10, 1],
    ]);
  });

  it("are emptied reading by reading while somebody reads them", async () => {
    const storage = storageOf();
    await storage.migrate();
    const store = storage.readingStore;
    const start = Date.UTC(2031, 0, 1);
    const times = Array.from({ length: 40 }, (_, n) => start + n * day);
    await store.append(
      namespace,
      times.map((at) => readingAt(at)),
    );
    await rollUp(store, start + 60 * day);
    const reader = await pool.connect();
    try {
      await reader.query("BEGIN; SELECT FROM enode_reading_points");
      expect(await pruneAll(store, start + 60 * day)).toBe(39);
      await reader.query("ROLLBACK");
    } finally {
      reader.release();
    }
    expect(await counts()).toMatchObject({ "2031_01": 0, "2031_02": 1 });
  });

  it("are dropped by one of two processes, while others append", async () => {
    await storageOf().migrate();
    const start = Date.UTC(2031, 0, 1);
    const stores = [storageOf().readingStore, storageOf().readingStore] as const;
    const times = Array.from({ length: 300 }, (_, n) => start + n * 3_600_000);
    await stores[0].append(
      namespace,
      times.map((at) => readingAt(at)),
    );
    await rollUp(stores[0], start + 60 * day);
    const appended = Array.from({ length: 20 }, (_, n) =>
      stores[n % 2]?.append(namespace, [readingAt(start + 70 * day + n)]),
    );
    const pruned = await Promise.all(stores.map((store) => pruneAll(store, start + 60 * day)));
    await Promise.all(appended);

    // Both may count a month that one of them drops.
    expect(Math.max(...pruned)).toBe(299);
    expect(await stores[0].read(namespace, series, all)).toHaveLength(21);
    expect(await counts()).not.toHaveProperty("2031_01");
  });

  describe("with TimescaleDB", () => {
    /** A pool in whose database the extension seems to be, as a table and a function in place of its own. */
    async function stubbed(): Promise<PostgresPool> {
      await pool.query(`
        CREATE TABLE extensions AS
          SELECT 'timescaledb' AS extname, '${postgres.schema}'::regnamespace::oid AS extnamespace;
        CREATE TABLE hypertables (name text, column_name text, chunk bigint, indexes boolean);
        CREATE FUNCTION create_hypertable(
          relation regclass, time_column_name name, chunk_time_interval bigint, create_default_indexes boolean
        ) RETURNS void LANGUAGE sql AS 'INSERT INTO hypertables VALUES ($1, $2, $3, $4)'`);
      const stub = (text: string) => text.replaceAll("pg_extension", "extensions");
      return { query: (text, values) => pool.query(stub(text), values) };
    }

    it("the table is a hypertable, has no partitions, and is used like the other one", async () => {
      const storage = storageOf(await stubbed());
      await storage.migrate();
      await storage.migrate();

      const { rows } = await pool.query("SELECT * FROM hypertables");
      expect(rows).toEqual([
        {
          name: "enode_reading_points",
          column_name: "at",
          chunk: String(31 * day),
          indexes: false,
        },
      ]);
      expect(await counts()).toEqual({});
      const store = storage.readingStore;
      const start = Date.UTC(2031, 0, 1);
      const times = Array.from({ length: 40 }, (_, n) => start + n * day);
      await store.append(
        namespace,
        times.map((at) => readingAt(at)),
      );
      await rollUp(store, start + 60 * day);
      expect(await pruneAll(store, start + 60 * day)).toBe(39);
    });
  });
});
