import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Reading } from "../../../src/storage/contracts/index.ts";
import { dayLength } from "../../../src/storage/contracts/reading-store.ts";
import { SqliteConnection } from "../../../src/storage/sqlite/connection.ts";
import type { SqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { sqliteReadingStore } from "../../../src/storage/sqlite/reading-store.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
const ns = "sandbox:client";
const series = { userId: "user", deviceId: "car", metric: "chargeState.batteryLevel" };
let path: string;
let storage: SqliteStorage;

beforeEach(() => {
  path = files.path();
  storage = files.open(path);
});

afterEach(() => {
  vi.restoreAllMocks();
  files.clear();
});

function readingOf(at: number, change: Partial<Reading> = {}): Reading {
  return { ...series, kind: "vehicle", at, value: 50, observedAt: at, ...change };
}

/** One reading a day of so many devices, of which the day has this number. */
async function fill(devices: number, days: readonly number[], of = ns): Promise<void> {
  for (const day of days) {
    const readings = Array.from({ length: devices }, (_, n) =>
      readingOf(day * dayLength + n, { deviceId: `car ${n}` }),
    );
    for (let at = 0; at < devices; at += 1_000) {
      await storage.readingStore.append(of, readings.slice(at, at + 1_000));
    }
  }
}

function countOf(table: string): number {
  return withDatabase(path, (database) =>
    Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"]),
  );
}

/** Looks at the file after each transaction of the work. */
async function afterEachTransaction<T>(look: () => T, work: () => Promise<unknown>): Promise<T[]> {
  const { exec } = DatabaseSync.prototype;
  const found: T[] = [];
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    exec.call(this, sql);
    if (sql === "COMMIT") found.push(look());
  });
  await work();
  vi.restoreAllMocks();
  return found;
}

/** What is left of some work whose process has died in front of a transaction. */
async function dyingAt(transaction: number, work: () => Promise<unknown>): Promise<void> {
  const { exec } = DatabaseSync.prototype;
  let begun = 0;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (sql === "BEGIN IMMEDIATE" && ++begun === transaction) throw new Error("died");
    exec.call(this, sql);
  });
  await expect(work()).rejects.toThrow("died");
  vi.restoreAllMocks();
  files.close(storage);
  storage = files.open(path);
}

describe("statements about readings in an SQLite file", () => {
  it.each([false, true])(
    "look for what they need by an index (analyzed: %s)",
    async (isAnalyzed) => {
      await fill(50, [0, 1]);
      // Reading all of one or two rows is quicker than looking for one.
      const metrics = ["range", "power", "state", "odometer", "temperature"];
      await storage.readingStore.append(
        ns,
        metrics.map((metric) => readingOf(1, { metric })),
      );
      await storage.readingStore.rollUp(ns, 2 * dayLength);
      const { prepare } = DatabaseSync.prototype;
      const statements: string[] = [];
      vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
        this: DatabaseSync,
        sql,
      ) {
        if (sql.includes("enode_reading")) statements.push(sql);
        return prepare.call(this, sql);
      });
      files.open(path);
      vi.restoreAllMocks();

      const scans = withDatabase(path, (database) => {
        if (isAnalyzed) database.exec("ANALYZE");
        return statements.flatMap((sql) =>
          database
            .prepare(`EXPLAIN QUERY PLAN ${sql}`)
            .all()
            .map(({ detail }) => String(detail))
            // The series that a query has found itself.
            .filter((step) => /^SCAN (?!series$)|TEMP B-TREE/.test(step)),
        );
      });

      expect(statements.length).toBeGreaterThan(25);
      expect(scans).toEqual([]);
    },
  );
});

describe("what an SQLite file knows of devices", () => {
  it("is forgotten when another process erases their user", async () => {
    const other = files.open(path);
    await storage.readingStore.append(ns, [readingOf(1)]);
    await other.readingStore.append(ns, [readingOf(2, { userId: "next" })]);

    expect(await other.readingStore.erase(ns, "user")).toBe(1);
    await storage.readingStore.append(ns, [readingOf(3), readingOf(3, { userId: "next" })]);

    expect(countOf("enode_readings")).toBe(2);
    expect(await storage.readingStore.series(ns, { deviceId: "car" })).toMatchObject([
      { userId: "next", lastAt: 3 },
    ]);
  });

  it("is not what was undone together with a write that failed", async () => {
    const { readingStore, userStore } = storage;
    const link = { namespace: ns, createdAt: 1, erasingSince: undefined };
    await userStore.link({ ...link, hostUserId: "host", enodeUserId: "taken" });

    const outcomes = await Promise.allSettled([
      readingStore.append(ns, [readingOf(1)]),
      userStore.link({ ...link, hostUserId: "other", enodeUserId: "taken" }),
      readingStore.append(ns, [readingOf(1, { deviceId: "bike", metric: "range" })]),
    ]);
    await readingStore.append(ns, [
      readingOf(2),
      readingOf(2, { deviceId: "bike", metric: "range" }),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const found = await readingStore.series(ns, { userId: "user" });
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { ...series, kind: "vehicle", lastAt: 2 },
        { ...series, deviceId: "bike", metric: "range", kind: "vehicle", lastAt: 2 },
      ]),
    );
  });

  it("does not grow without end", async () => {
    const connection = new SqliteConnection(path);
    const store = sqliteReadingStore(connection, 3);
    const devices = ["a", "b", "c", "d", "e", "a", "b", "e"];
    for (const [at, deviceId] of devices.entries()) {
      await store.append(ns, [readingOf(at, { deviceId })]);
    }
    connection.close();
    expect(countOf("enode_reading_devices")).toBe(5);
    expect(countOf("enode_readings")).toBe(devices.length);
  });
});

describe("readings in an SQLite file", () => {
  it("that are told of again, with the same value, leave their day as it is", async () => {
    const { readingStore } = storage;
    await readingStore.append(ns, [readingOf(5), readingOf(6, { value: null })]);
    await readingStore.rollUp(ns, dayLength);
    const known = await readingStore.staleDays(ns, 9);

    await readingStore.append(ns, [
      readingOf(5, { observedAt: 99 }),
      readingOf(6, { observedAt: 99, value: null }),
    ]);
    expect(await readingStore.staleDays(ns, 9)).toEqual(known);

    await readingStore.append(ns, [readingOf(5, { observedAt: 50, value: 1 })]);
    expect(await readingStore.staleDays(ns, 9)).toEqual(known);
    await readingStore.append(ns, [readingOf(5, { observedAt: 100, value: 1 })]);
    expect(await readingStore.staleDays(ns, 9)).not.toEqual(known);
  });

  it("take less than half of what a table of their IDs would take", async () => {
    const devices = Array.from({ length: 100 }, () => crypto.randomUUID());
    const readings = Array.from({ length: 10_000 }, (_, n) =>
      readingOf(1_764_000_000_000 + n * 61_234, {
        deviceId: devices[n % 100] ?? "",
        value: n % 3 === 0 ? n / 8 : n % 100,
      }),
    );
    for (let at = 0; at < readings.length; at += 1_000) {
      await storage.readingStore.append(ns, readings.slice(at, at + 1_000));
    }
    files.close(storage);
    const empty = files.path();
    files.close(files.open(empty));
    const bare = files.path();
    withDatabase(bare, (database) => {
      database.exec(`CREATE TABLE readings (
        device TEXT, metric TEXT, at INTEGER, value, PRIMARY KEY (device, metric, at)) WITHOUT ROWID`);
      const insert = database.prepare("INSERT INTO readings VALUES (?, ?, ?, ?)");
      database.exec("BEGIN");
      for (const { deviceId, metric, at, value } of readings)
        insert.run(deviceId, metric, at, value);
      database.exec("COMMIT");
    });

    const size = statSync(path).size - statSync(empty).size;

    expect(size / statSync(bare).size).toBeLessThan(0.5);
  });

  it("are marked in portions, and not taken for rolled up before all of them are", async () => {
    await fill(700, [0, 1, 3]);
    const { readingStore } = storage;
    const look = () => ({
      marked: countOf("enode_reading_days"),
      until: withDatabase(path, (database) =>
        database.prepare("SELECT rolled_until FROM enode_reading_namespaces").get(),
      )?.["rolled_until"],
    });

    const found = await afterEachTransaction(look, () => readingStore.rollUp(ns, 3 * dayLength));

    // Days 0, 1 and 2 of each.
    const whole = 3 * 700;
    expect(found[0]).toEqual({ marked: 0, until: 0 });
    expect(found.at(-2)).toEqual({ marked: whole, until: 0 });
    expect(found.at(-1)).toEqual({ marked: whole, until: 3 * dayLength });
    expect(found.filter(({ marked }) => marked > 0 && marked < whole).length).toBeGreaterThan(1);
  });

  it("mark their days themselves while those before are marked", async () => {
    await fill(700, [0, 1]);
    const { readingStore } = storage;
    await Promise.all([
      readingStore.rollUp(ns, 3 * dayLength),
      readingStore.append(ns, [readingOf(dayLength + 5)]),
    ]);
    const { stale } = await readingStore.rolledDays(ns, series, 0, 9 * dayLength);
    expect(stale).toEqual([dayLength, 2 * dayLength]);
  });

  it("are marked by the next call when a process has died while it marked them", async () => {
    await fill(700, [0, 1]);
    await dyingAt(3, () => storage.readingStore.rollUp(ns, 2 * dayLength));
    expect(countOf("enode_reading_days")).toBeGreaterThan(0);
    expect(countOf("enode_reading_days")).toBeLessThan(1_400);

    await storage.readingStore.append(ns, [readingOf(5)]);
    await storage.readingStore.rollUp(ns, dayLength);

    expect(countOf("enode_reading_days")).toBe(1_402);
    const rolled = await storage.readingStore.rolledDays(ns, series, 0, 9 * dayLength);
    expect(rolled).toEqual({ until: 2 * dayLength, days: [], stale: [0, dayLength] });
  });

  it("are pruned in portions", async () => {
    await fill(700, [0, 1, 2]);
    await fill(1, [0, 1], "other");
    const { readingStore } = storage;
    await readingStore.rollUp(ns, 3 * dayLength);
    withDatabase(path, (database) => database.exec("UPDATE enode_reading_days SET mark = NULL"));

    const counts = await afterEachTransaction(
      () => countOf("enode_readings"),
      async () => {
        expect(await readingStore.prune(ns, 3 * dayLength, 100_000)).toBe(2 * 700);
      },
    );

    expect(new Set(counts).size).toBeGreaterThan(3);
    expect(countOf("enode_readings")).toBe(700 + 2);
  });

  it("are pruned from where the call before has ended, and to the last one", async () => {
    await fill(40, [0, 1, 2]);
    const { readingStore } = storage;
    await readingStore.rollUp(ns, 3 * dayLength);
    withDatabase(path, (database) => database.exec("UPDATE enode_reading_days SET mark = NULL"));
    const pruned: number[] = [];
    pruned.push(await readingStore.prune(ns, 3 * dayLength, 50));
    pruned.push(await readingStore.prune(ns, 3 * dayLength, 30));
    // Before the place at which it goes on.
    withDatabase(path, (database) =>
      database.exec(
        "INSERT INTO enode_readings SELECT device, metric, 5, 5, 5 FROM enode_readings WHERE device = 1",
      ),
    );
    while (pruned.at(-1) !== 0) pruned.push(await readingStore.prune(ns, 3 * dayLength, 50));

    expect(pruned).toEqual([50, 30, 1, 0]);
  });

  it("are erased in portions, and for good with the last one", async () => {
    const { readingStore } = storage;
    const readings = Array.from({ length: 5_000 }, (_, n) => readingOf(n));
    for (let at = 0; at < readings.length; at += 1_000) {
      await readingStore.append(ns, readings.slice(at, at + 1_000));
    }

    const counts = await afterEachTransaction(
      () => countOf("enode_readings"),
      async () => {
        expect(await readingStore.erase(ns, "user")).toBe(5_000);
      },
    );

    expect([...new Set(counts)]).toEqual([5_000, 3_000, 1_000, 0]);
    expect(countOf("enode_reading_devices")).toBe(0);
  });

  it("of an erasure during which the process has died are erased by the next one", async () => {
    const readings = Array.from({ length: 5_000 }, (_, n) => readingOf(n));
    for (let at = 0; at < readings.length; at += 1_000) {
      await storage.readingStore.append(ns, readings.slice(at, at + 1_000));
    }
    await dyingAt(3, () => storage.readingStore.erase(ns, "user"));
    expect(countOf("enode_readings")).toBe(3_000);

    await storage.readingStore.append(ns, [readingOf(9_000)]);

    expect(await storage.readingStore.erase(ns, "user")).toBe(3_000);
    expect(countOf("enode_readings")).toBe(0);
    expect(countOf("enode_reading_devices")).toBe(0);
  });
});
