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

/** What is counted at each turn of the event loop until the work is done. */
async function countsDuring(table: string, work: Promise<unknown>): Promise<Set<number>> {
  const counts = new Set<number>();
  const database = new DatabaseSync(path);
  const count = database.prepare(`SELECT count(*) AS count FROM ${table}`);
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  while (!isDone) {
    await new Promise(setImmediate);
    counts.add(Number(count.get()?.["count"]));
  }
  database.close();
  return counts;
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

  it("are marked in portions, with other work in between, of which nothing is lost", async () => {
    await fill(700, [0, 1, 3]);
    const { readingStore } = storage;
    const work = readingStore.rollUp(ns, 3 * dayLength);
    const late = readingStore.append(ns, [readingOf(dayLength + 5)]);
    const counts = await countsDuring("enode_reading_days", work);
    await late;

    expect(counts.size).toBeGreaterThan(2);
    // Days 0, 1 and 2 of each, and those of the late one.
    expect(countOf("enode_reading_days")).toBe(3 * 700 + 2);
  });

  it("are not taken for rolled up before all of their days are marked", async () => {
    await fill(700, [0, 1]);
    const { readingStore } = storage;
    const work = readingStore.rollUp(ns, 2 * dayLength);
    const untils = new Set<number>();
    const last = { ...series, deviceId: "car 699" };
    let isDone = false;
    work.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise(setImmediate);
      const { until, stale } = await readingStore.rolledDays(ns, last, 0, 9 * dayLength);
      untils.add(until);
      if (until > 0) expect(stale).toEqual([0, dayLength]);
    }

    expect([...untils]).toEqual([0, 2 * dayLength]);
  });

  it("are marked by the next call when a process has died while it marked them", async () => {
    await fill(700, [0, 1]);
    const work = storage.readingStore.rollUp(ns, 2 * dayLength);
    const outcome = expect(work).rejects.toMatchObject({ code: "closed" });
    while (countOf("enode_reading_days") === 0) await new Promise(setImmediate);
    files.close(storage);
    await outcome;
    expect(countOf("enode_reading_days")).toBeLessThan(1_400);

    storage = files.open(path);
    await storage.readingStore.append(ns, [readingOf(5)]);
    await storage.readingStore.rollUp(ns, dayLength);

    expect(countOf("enode_reading_days")).toBe(1_402);
    const rolled = await storage.readingStore.rolledDays(ns, series, 0, 9 * dayLength);
    expect(rolled).toEqual({ until: 2 * dayLength, days: [], stale: [0, dayLength] });
  });

  it("are pruned in portions, with other work in between", async () => {
    await fill(700, [0, 1, 2]);
    await fill(1, [0, 1], "other");
    const { readingStore } = storage;
    await readingStore.rollUp(ns, 3 * dayLength);
    withDatabase(path, (database) => database.exec("UPDATE enode_reading_days SET mark = NULL"));
    const pruned = readingStore.prune(ns, 3 * dayLength, 100_000);
    const counts = await countsDuring("enode_readings", pruned);

    expect(await pruned).toBe(2 * 700);
    expect(counts.size).toBeGreaterThan(2);
    expect(countOf("enode_readings")).toBe(700 + 2);
  });

  it("are pruned from where the call before has ended, and to the last one", async () => {
    await fill(40, [0, 1, 2]);
    const { readingStore } = storage;
    await readingStore.rollUp(ns, 3 * dayLength);
    withDatabase(path, (database) => database.exec("UPDATE enode_reading_days SET mark = NULL"));
    expect(await readingStore.prune(ns, 3 * dayLength, 50)).toBe(50);
    // Before the place at which it goes on.
    withDatabase(path, (database) =>
      database.exec(
        "INSERT INTO enode_readings SELECT device, metric, 5, 5, 5 FROM enode_readings WHERE device = 1",
      ),
    );

    const pruned: number[] = [];
    while (pruned.at(-1) !== 0) pruned.push(await readingStore.prune(ns, 3 * dayLength, 50));

    expect(pruned).toEqual([30, 1, 0]);
  });

  it("are erased in portions, and for good with the last one", async () => {
    const { readingStore } = storage;
    const readings = Array.from({ length: 5_000 }, (_, n) => readingOf(n));
    for (let at = 0; at < readings.length; at += 1_000) {
      await readingStore.append(ns, readings.slice(at, at + 1_000));
    }
    const erased = readingStore.erase(ns, "user");
    const counts = await countsDuring("enode_readings", erased);

    expect(await erased).toBe(5_000);
    expect([...counts]).toEqual(expect.arrayContaining([3_000, 1_000, 0]));
    expect(countOf("enode_reading_devices")).toBe(0);
  });

  it("of an erasure during which the process has died are erased by the next one", async () => {
    const readings = Array.from({ length: 5_000 }, (_, n) => readingOf(n));
    for (let at = 0; at < readings.length; at += 1_000) {
      await storage.readingStore.append(ns, readings.slice(at, at + 1_000));
    }
    const erased = storage.readingStore.erase(ns, "user");
    const outcome = expect(erased).rejects.toMatchObject({ code: "closed" });
    while (countOf("enode_readings") === 5_000) await new Promise(setImmediate);
    files.close(storage);
    await outcome;

    storage = files.open(path);
    await storage.readingStore.append(ns, [readingOf(9_000)]);

    expect(await storage.readingStore.erase(ns, "user")).toBe(3_000);
    expect(countOf("enode_readings")).toBe(0);
    expect(countOf("enode_reading_devices")).toBe(0);
  });
});
