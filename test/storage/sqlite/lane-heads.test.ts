import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClaimedEvent } from "../../../src/storage/contracts/index.ts";
import { migrate, migrations } from "../../../src/storage/sqlite/migrations/index.ts";
import { long } from "../../support/long.ts";
import { placesOf } from "../support/event-store-cases.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
let path = "";
const steps = migrations.slice(0, 2);
const now = 1_000_000;

beforeEach(() => {
  path = files.path();
});

afterEach(() => files.clear());

/**
 * Events as the version before keeps them, in lanes of 20 of two namespaces and some without one: those that wait,
 * are held, wait for a retry, are dead, or were revived in front of one that is held.
 */
function fill(database: DatabaseSync, count: number): void {
  migrate(database, steps);
  database.exec(`
    BEGIN;
    INSERT INTO enode_deliveries
      VALUES (1, 'default', 'a', 'id of a', 1000), (2, 'other', 'a', 'id of a', 1000);
    INSERT INTO enode_events (delivery, namespace, place, lane, payload, due_at, lease, attempt, failed_at, reason)
    SELECT 1 + lane % 2, iif(lane % 2, 'other', 'default'), n, iif(n % 10 = 9, NULL, 'lane ' || lane), '"' || n || '"',
      CASE WHEN n % 20 = 2 AND lane % 5 = 1 THEN ${now + 500} WHEN at = 0 AND lane % 5 = 2 THEN ${now + 700}
        WHEN at = 0 AND lane % 5 = 4 THEN ${now - 100} ELSE 0 END,
      CASE WHEN n % 20 = 2 AND lane % 5 = 1 THEN 'held' WHEN at = 0 AND lane % 5 = 4 THEN 'ended' END,
      iif(n % 20 = 2 AND lane % 5 = 1 OR at = 0 AND lane % 5 IN (2, 3, 4), 1, 0),
      iif(at = 0 AND lane % 5 = 3, 900, NULL), iif(at = 0 AND lane % 5 = 3, 'because', NULL)
    FROM (
      WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ${count})
      SELECT n, n / 20 AS lane, n % 20 AS at FROM counted
    );
    COMMIT;`);
}

interface Row {
  readonly id: number;
  readonly namespace: string;
  readonly lane: string | null;
  readonly due_at: number;
  readonly lease: string | null;
  readonly failed_at: number | null;
  readonly is_head: number | null;
}

function rowsOf(file: string): Row[] {
  const sql = "SELECT id, namespace, lane, due_at, lease, failed_at, is_head FROM enode_events";
  return withDatabase(
    file,
    (database) => database.prepare(`${sql} ORDER BY id`).all() as unknown as Row[],
  );
}

/** All that a table has in its columns of before, in few bytes. */
function sumOf(file: string): unknown {
  const columns =
    "id, delivery, namespace, place, lane, payload, due_at, lease, attempt, failed_at, reason";
  return withDatabase(file, (database) =>
    database
      .prepare(
        `SELECT group_concat(concat_ws('|', ${columns}), ';') AS all_of_it FROM enode_events`,
      )
      .get(),
  );
}

/** Which events are heads, said in another way than the step says it. */
function headsOf(rows: readonly Row[]): number[] {
  const heads = new Map<string, Row>();
  for (const row of rows) {
    if (row.failed_at !== null) continue;
    const lane = row.lane === null ? `${row.id}` : `${row.namespace} ${row.lane}`;
    if (!heads.has(lane) || row.lease !== null) heads.set(lane, row);
  }
  return [...heads.values()].map(({ id }) => id).toSorted((a, b) => a - b);
}

describe("an SQLite file with 100,000 events of the version before", () => {
  it("keeps them all, and marks the head of each lane", () => {
    withDatabase(path, (database) => fill(database, 100_000));
    const before = sumOf(path);

    files.close(files.open(path));

    expect(sumOf(path)).toEqual(before);
    const rows = rowsOf(path);
    expect(rows).toHaveLength(100_000);
    expect(rows.filter(({ is_head }) => is_head === 1).map(({ id }) => id)).toEqual(headsOf(rows));
  });
});

describe("an SQLite file with events of the version before", () => {
  it("hands them all out, in the order of their lanes", async () => {
    const count = long(100_000, 2_000);
    withDatabase(path, (database) => fill(database, count));
    let at = now;
    const { eventStore } = files.open(path, () => at);
    const held = rowsOf(path).filter(({ lease }) => lease === "held");
    const handled = new Map<string, number[]>();
    const laneOf = new Map(rowsOf(path).map(({ id, lane }) => [String(id), lane]));
    const letters = [
      ...(await eventStore.deadLetters(count)),
      ...(await eventStore.deadLetters(count, "other")),
    ];

    for (;;) {
      const events: ClaimedEvent[] = [];
      for (const namespace of ["default", "other"]) {
        events.push(...(await eventStore.claim(5_000, 60_000, namespace)));
      }
      if (events.length === 0 && at > now) break;
      // Until then the lanes of those that are held, or wait, stand still.
      if (events.length === 0) at = now + 700;
      for (const { id, index } of events) {
        const lane = String(laneOf.get(id) ?? id);
        handled.set(lane, [...(handled.get(lane) ?? []), index]);
      }
      await eventStore.completeMany?.(events);
    }

    expect(held.length).toBeGreaterThan(0);
    const all = [...handled.values()].flat();
    expect(all.length + letters.length).toBe(count);
    expect(new Set([...all, ...letters.map(({ index }) => index)]).size).toBe(count);
    for (const indexes of handled.values()) {
      expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
    }
  });

  it("hands out nothing of a lane of which a later event is held, until that is done", async () => {
    withDatabase(path, (database) => fill(database, 40));
    const { eventStore } = files.open(path, () => now);
    const [held] = rowsOf(path).filter(({ lease }) => lease === "held");

    const events = await eventStore.claim(100, 1_000, "other");
    expect(placesOf(events)).toEqual(["a:29", "a:39"]);

    const claim = { id: String(held?.id), lease: "held" } as ClaimedEvent;
    expect(await eventStore.complete(claim)).toBe(true);
    expect(placesOf(await eventStore.claim(100, 1_000, "other"))).toEqual(["a:20"]);
  });

  it("is as it was when the step is interrupted, and is brought up to date the next time", () => {
    withDatabase(path, (database) => fill(database, 200));
    const before = sumOf(path);
    const last = migrations[2] ?? "";
    for (const from of ["CREATE INDEX", "CREATE TRIGGER enode_events_bury", "END;"]) {
      const broken = `${last.slice(0, last.lastIndexOf(from))} SELECT missing();`;
      withDatabase(path, (database) => {
        expect(() => migrate(database, [...steps, broken])).toThrow();
        expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
        expect(() => database.prepare("SELECT is_head FROM enode_events")).toThrow(
          /no such column/,
        );
      });
    }
    expect(sumOf(path)).toEqual(before);

    files.close(files.open(path));

    expect(sumOf(path)).toEqual(before);
    const rows = rowsOf(path);
    expect(rows.filter(({ is_head }) => is_head === 1).map(({ id }) => id)).toEqual(headsOf(rows));
  });
});
