import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { portionSize } from "../../../src/storage/sqlite/connection.ts";
import {
  oldDeliveries,
  removalOfDeadLetters,
  removalOfDelivery,
} from "../../../src/storage/sqlite/event-store.ts";
import type { SqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { deliveryOf } from "../support/event-store-cases.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
const count = 2 * portionSize + 1;
let storage: SqliteStorage;
let database: DatabaseSync;

beforeEach(() => {
  const path = files.path();
  storage = files.open(path);
  database = new DatabaseSync(path);
});

afterEach(() => {
  database.close();
  files.clear();
});

/** So many numbers, from 0 on. */
const numbers = (many: number) => `
  WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ${many})
  SELECT n FROM counted`;

function fillDeliveries(namespace = "default", receivedAt = "1"): void {
  database.exec(`
    INSERT INTO enode_deliveries (namespace, digest, received_at)
    SELECT '${namespace}', '${receivedAt}' || n, ${receivedAt} FROM (${numbers(count)})`);
}

function fillActivity(): void {
  database.exec(`
    INSERT INTO enode_activity (namespace, at, type, name, details)
    SELECT 'default', n % 7, 'event', 'x', '{}' FROM (${numbers(count)})`);
}

/** How many rows are left at each turn of the event loop until the work is done. */
async function leftDuring(table: string, work: Promise<unknown>): Promise<Set<unknown>> {
  const left = new Set<unknown>();
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  while (!isDone) {
    await new Promise(setImmediate);
    left.add(database.prepare(`SELECT count(*) AS left FROM ${table}`).get()?.["left"]);
  }
  return left;
}

describe("deliveries in an SQLite file", () => {
  it("are pruned in portions, with other work in between", async () => {
    fillDeliveries();
    const pruned = storage.eventStore.prune(2);
    const left = await leftDuring("enode_deliveries", pruned);

    expect(await pruned).toBe(count);
    expect([...left]).toEqual(expect.arrayContaining([count - portionSize, 1, 0]));
  });

  it("are pruned behind more old ones, of the same moment, that have events to be handled", async () => {
    fillDeliveries();
    database.exec(`
      INSERT INTO enode_events (delivery, namespace, place, payload)
      SELECT id, namespace, 0, '' FROM enode_deliveries ORDER BY id LIMIT ${2 * portionSize}`);

    expect(await storage.eventStore.prune(2)).toBe(1);
    expect(await storage.eventStore.prune(2)).toBe(0);
  });

  it("are left where they are by a prune during which the storage is closed", async () => {
    fillDeliveries();
    const pruned = storage.eventStore.prune(2);
    const outcome = expect(pruned).rejects.toMatchObject({ code: "closed" });
    const sql = "SELECT count(*) AS left FROM enode_deliveries";
    while (database.prepare(sql).get()?.["left"] === count) await new Promise(setImmediate);
    files.close(storage);
    await outcome;
  });

  it.each([false, true])(
    "are looked for where they are, and not among others (analyzed: %s)",
    async (isAnalyzed) => {
      fillDeliveries("default", "9");
      fillDeliveries("other");
      await storage.eventStore.append(deliveryOf("old", [], { receivedAt: 1 }));
      if (isAnalyzed) database.exec("ANALYZE");
      const planOf = (sql: string) =>
        database
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => detail);

      expect(planOf(oldDeliveries)).toEqual([
        expect.stringMatching(
          /^SEARCH enode_deliveries USING COVERING INDEX enode_deliveries_received \(namespace=\? AND /,
        ),
      ]);
      expect(planOf(removalOfDeadLetters)).toEqual([
        "SEARCH enode_events USING INDEX enode_events_delivery (delivery=?)",
      ]);
      const [delivery, ...others] = planOf(removalOfDelivery);
      expect(delivery).toBe("SEARCH enode_deliveries USING INTEGER PRIMARY KEY (rowid=?)");
      expect(others.filter((step) => String(step).includes("SCAN "))).toEqual([]);
      expect(await storage.eventStore.prune(2)).toBe(1);
    },
  );
});

describe("activity in an SQLite file", () => {
  it("is pruned in portions, with other work in between", async () => {
    fillActivity();
    const pruned = storage.activityLog.prune("default", 9);
    const left = await leftDuring("enode_activity", pruned);

    expect([await pruned, ...left]).toEqual(
      expect.arrayContaining([count, count - portionSize, 1, 0]),
    );
  });
});
