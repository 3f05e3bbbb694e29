import { afterEach, beforeEach, expect, it } from "vitest";
import type { ClaimedEvent } from "../../../src/storage/contracts/index.ts";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { migrate, migrations } from "../../../src/storage/postgres/migrations/index.ts";
import { withPostgres } from "../../support/services.ts";

const lease = 3_600_000;

withPostgres("events that the version before has written to PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 4 });
  const connection = new PostgresConnection(pool, undefined, undefined);
  const store = postgresStorage({ pool }).eventStore;
  beforeEach(() => migrate(connection, migrations.slice(0, 1)));
  afterEach(async () => {
    await pool.query(`DROP SCHEMA ${postgres.schema} CASCADE; CREATE SCHEMA ${postgres.schema}`);
  });

  /** So many events in the form before, in lanes of 20; of every hundredth lane in other states. */
  async function fill(size: number): Promise<void> {
    await pool.query(`
      INSERT INTO enode_deliveries (namespace, digest, received_at)
        SELECT 'default', n, n FROM generate_series(1, ${size / 100}) AS n;
      INSERT INTO enode_events (delivery, namespace, place, lane, payload)
        SELECT 1 + n / 100, 'default', n % 100,
          CASE WHEN n % 20 < 19 THEN '["default","' || n / 20 || '"]' END, n
        FROM generate_series(0, ${size - 1}) AS n ORDER BY n`);
    const first = (lanes: string) => `lane IS NOT NULL AND place % 20 = 0 AND ${lanes}`;
    const lane = "payload::int / 20 % 100";
    await pool.query(`
      -- A dead letter, one that waits for its retry, one that is held, and one whose lease has ended.
      UPDATE enode_events SET failed_at = 5, reason = 'no', attempt = 8 WHERE ${first(`${lane} = 0`)};
      UPDATE enode_events SET due_at = 1e15, attempt = 1, reason = 'no' WHERE ${first(`${lane} = 1`)};
      UPDATE enode_events SET due_at = 1e15, lease = 'held', holds_lane = true, attempt = 1
        WHERE ${first(`${lane} = 2`)};
      UPDATE enode_events SET due_at = 5, lease = 'ended', holds_lane = true, attempt = 1
        WHERE ${first(`${lane} = 3`)};
      -- The second one is held, as the first one was dead before it was revived.
      UPDATE enode_events SET due_at = 1e15, lease = 'later', holds_lane = true, attempt = 1
        WHERE place % 20 = 1 AND ${lane} = 4`);
  }

  async function stateOf(): Promise<unknown[]> {
    const { rows } = await pool.query(`
      SELECT id, delivery, namespace, place, lane, payload, due_at, lease, holds_lane, attempt, failed_at, reason
      FROM enode_events ORDER BY id`);
    return rows;
  }

  it("are the same 100,000 afterwards, each lane with its one head", async () => {
    await fill(100_000);
    const before = await stateOf();
    await migrate(connection);

    expect(before).toHaveLength(100_000);
    expect(await stateOf()).toEqual(before);
    const { rows } = await pool.query(`
      SELECT count(*) FILTER (WHERE lane IS NULL)::int AS alone, count(DISTINCT lane)::int AS lanes,
        count(lane)::int AS of_lanes, count(failed_at)::int AS dead,
        count(*) FILTER (WHERE payload::int / 20 % 100 = 4 AND lease IS DISTINCT FROM 'later' AND lane IS NOT NULL)::int
          AS revived
      FROM enode_events WHERE is_head`);
    expect(rows).toEqual([{ alone: 5_000, lanes: 5_000, of_lanes: 5_000, dead: 0, revived: 0 }]);
    expect(await store.counts?.()).toMatchObject({ dead: 50, held: 100, due: 9_850 });
  });

  it("are handed out in the order of their lanes, none twice and none left out", async () => {
    const size = 4_000;
    await fill(size);
    await migrate(connection);
    const seen: number[] = [];
    const settle = async (events: ClaimedEvent[]) => {
      seen.push(...events.map(({ payload }) => Number(payload)));
      await Promise.all(events.map((event) => store.complete(event)));
    };
    for (;;) {
      const events = await store.claim(500, lease);
      if (events.length === 0) break;
      await settle(events);
    }
    // What was held, or waits for its retry, is due in the end, and the dead letters are revived.
    await pool.query("UPDATE enode_events SET due_at = 5 WHERE due_at > 5 AND failed_at IS NULL");
    const dead = await store.deadLetters();
    expect(await store.revive(dead.map(({ id }) => id))).toBe(2);
    for (;;) {
      const events = await store.claim(500, lease);
      if (events.length === 0) break;
      await settle(events);
    }

    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, n) => n));
    const last = new Map<number, number>();
    const deadLanes = new Set(dead.map(({ payload }) => Math.trunc(Number(payload) / 20)));
    for (const n of seen.filter((each) => each % 20 < 19)) {
      const lane = Math.trunc(n / 20);
      // A dead letter comes after those that did not wait for it.
      if (!(deadLanes.has(lane) && n % 20 === 0)) expect(last.get(lane) ?? -1).toBeLessThan(n);
      last.set(lane, n);
    }
  });

  it("are as before when the step is cut off in its middle, and the next try goes through", async () => {
    await fill(2_000);
    const before = await stateOf();
    const client = await pool.connect();
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    // Somebody else reads the tables, so the step has begun, and waits.
    const reader = await pool.connect();
    await reader.query("BEGIN; SELECT FROM enode_events LIMIT 1");
    const cut = new PostgresConnection(client, undefined, undefined);
    const attempt = migrate(cut).then(
      () => "done",
      () => "cut off",
    );
    client.on("error", () => undefined);
    const waits = "SELECT FROM pg_locks WHERE pid = $1 AND NOT granted";
    while ((await pool.query(waits, [rows[0]?.pid])).rowCount === 0) {
      await new Promise(setImmediate);
    }
    await pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    expect(await attempt).toBe("cut off");
    client.release(true);
    await reader.query("COMMIT");
    reader.release();

    const versions = "SELECT version FROM enode_schema";
    expect((await pool.query(versions)).rows).toEqual([{ version: 1 }]);
    expect(await stateOf()).toEqual(before);
    await migrate(connection);
    expect(await stateOf()).toEqual(before);
    expect(await store.claim(1, lease)).toHaveLength(1);
  });
});
