import type { Pool, PoolClient } from "pg";
import { afterEach, beforeAll, expect, it } from "vitest";
import type { ClaimedEvent, EventStore } from "../../../src/storage/contracts/index.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";

/** Longer than any test. */
const long = 3_600_000;

function storeOf(pool: PostgresPool): EventStore {
  return postgresStorage({ pool }).eventStore;
}

withPostgres("events in PostgreSQL", (postgres) => {
  const pools = [postgres.pool({ max: 8 }), postgres.pool({ max: 8 })] as const;
  const [pool] = pools;
  const store = storeOf(pool);
  beforeAll(() => postgresStorage({ pool }).migrate());
  afterEach(async () => {
    await pool.query("DELETE FROM enode_events; DELETE FROM enode_deliveries");
  });

  /** Does something in a transaction that another one stays ahead of until this one is told to commit. */
  async function inTransaction(work: (client: PoolClient) => Promise<void>): Promise<PoolClient> {
    const client = await pools[1].connect();
    await client.query("BEGIN");
    await work(client);
    return client;
  }

  async function commit(client: PoolClient): Promise<void> {
    await client.query("COMMIT");
    client.release();
  }

  /** Resolves when a statement in this schema waits for another one. */
  async function someoneWaits(): Promise<void> {
    const sql = `SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid() AND pid IN (
      SELECT pid FROM pg_locks WHERE relation = 'enode_events'::regclass)`;
    while ((await pool.query(sql)).rowCount === 0) await new Promise(setImmediate);
  }

  it("prunes in portions, of which each takes what the one before it has left", async () => {
    await pool.query(`
      INSERT INTO enode_deliveries (namespace, digest, received_at)
        SELECT 'portions', n, 1 FROM generate_series(1, 2001) AS n;
      INSERT INTO enode_events (delivery, namespace, place, payload)
        SELECT id, namespace, 0, '' FROM enode_deliveries WHERE namespace = 'portions' AND digest = '1'`);
    const asked: string[] = [];
    const watched: PostgresPool = {
      query: (text, values) => {
        asked.push(text);
        return pool.query(text, values);
      },
    };
    const { eventStore } = postgresStorage({ pool: watched });

    expect(await eventStore.prune(2, "portions")).toBe(2_000);
    expect(asked).toHaveLength(3);
    expect(await eventStore.prune(2, "portions")).toBe(0);
  });

  it("never hands out two of a lane to many connections of two pools, nor one twice", async () => {
    const lanes = ["x", "y", "z"];
    const held = new Map<string, string>();
    const completed: string[] = [];
    const deliveries = 120;
    let claims = 0;
    let hasFailed = false;
    const append = async (from: Pool, first: number) => {
      for (let n = first; n < deliveries; n += 4) {
        await storeOf(from).append(deliveryOf(`${n}`, [...lanes, lanes[n % 3] ?? null]));
      }
    };
    const laneOf = ({ digest, index }: ClaimedEvent) => lanes[index] ?? lanes[Number(digest) % 3];
    const work = async (from: Pool, nth: number) => {
      const own = storeOf(from);
      while (completed.length < deliveries * 4 && !hasFailed) {
        for (const event of await own.claim(1 + (nth % 3), long)) {
          const lane = String(laneOf(event));
          expect(held.get(lane)).toBeUndefined();
          held.set(lane, event.id);
          await new Promise(setImmediate);
          held.delete(lane);
          claims += 1;
          if (claims % 5 === 0) {
            // Back to the first place of its lane, at the worst moment: while others look for the next one.
            expect(await own.fail(event, "no")).toBe(true);
            expect(await own.revive([event.id])).toBe(1);
          } else {
            completed.push(...placesOf([event]));
            expect(await own.complete(event)).toBe(true);
          }
        }
      }
    };

    await Promise.all([
      ...[0, 1, 2, 3].map((n) => append(pools[n % 2 === 0 ? 0 : 1], n)),
      ...Array.from({ length: 12 }, (_, n) =>
        work(pools[n % 2 === 0 ? 0 : 1], n).finally(() => {
          // The others would wait for what is missing.
          hasFailed = completed.length < deliveries * 4;
        }),
      ),
    ]);

    expect(new Set(completed).size).toBe(deliveries * 4);
    expect(completed).toHaveLength(deliveries * 4);
  });

  it("has who appends to an empty lane wait for another one who does, and come after it", async () => {
    const late = await inTransaction(async (client) => {
      await storeOf(client).append(deliveryOf("first", ["x"]));
    });
    const append = store.append(deliveryOf("second", ["x"]));
    await someoneWaits();
    expect(await store.claim(10, long)).toEqual([]);
    await commit(late);

    expect(await append).toBe("new");
    const events = await store.claim(10, long);
    expect(placesOf(events)).toEqual(["first:0"]);
    await store.complete(events[0] as ClaimedEvent);
    expect(placesOf(await store.claim(10, long))).toEqual(["second:0"]);
  });

  it("sees the next one of a lane that was appended while the one before it was completed", async () => {
    await store.append(deliveryOf("first", ["x"]));
    const [first] = await store.claim(10, long);
    const late = await inTransaction(async (client) => {
      await storeOf(client).append(deliveryOf("second", ["x"]));
    });
    const done = store.complete(first as ClaimedEvent);
    await someoneWaits();
    await commit(late);

    expect(await done).toBe(true);
    expect(placesOf(await store.claim(10, long))).toEqual(["second:0"]);
  });

  it("sees it also when that one has died, and was not the first of its lane any more", async () => {
    await store.append(deliveryOf("a", ["x", "x"]));
    const [dead] = await store.claim(1, long);
    await store.fail(dead as ClaimedEvent, "no");
    const [ended] = await store.claim(1, 0);
    await store.revive([String(dead?.id)]);
    const late = await inTransaction(async (client) => {
      await storeOf(client).append(deliveryOf("b", ["x"]));
    });
    const [again] = await store.claim(1, long);
    expect(placesOf([again as ClaimedEvent])).toEqual(["a:0"]);
    const burial = store.fail(ended as ClaimedEvent, "no");
    await someoneWaits();
    const done = store.complete(again as ClaimedEvent);
    await commit(late);

    expect(await Promise.all([burial, done])).toEqual([true, true]);
    expect(placesOf(await store.claim(10, long))).toEqual(["b:0"]);
  });

  it("has an event appended behind one that is completed meanwhile be the first", async () => {
    await store.append(deliveryOf("a", ["x"]));
    const [first] = await store.claim(10, long);
    const holder = await inTransaction(async (client) => {
      await storeOf(client).complete(first as ClaimedEvent);
    });
    const append = store.append(deliveryOf("b", ["x"]));
    await someoneWaits();
    await commit(holder);

    expect(await append).toBe("new");
    expect(placesOf(await store.claim(10, long))).toEqual(["b:0"]);
  });

  /** Two who append at the same time may get their places in the lane in the other order. */
  const appendEarlier = () =>
    pool.query(`
      INSERT INTO enode_events (id, delivery, namespace, place, lane, payload) OVERRIDING SYSTEM VALUE
      SELECT min(id) - 1, min(delivery), 'default', 7, min(lane), '' FROM enode_events`);

  it("hands out first what got the earlier place in a lane", async () => {
    await store.append(deliveryOf("a", ["x", "y"]));
    await appendEarlier();

    const events = await store.claim(10, long);

    expect(placesOf(events)).toEqual(["a:1", "a:7"]);
    await store.complete(events[1] as ClaimedEvent);
    expect(placesOf(await store.claim(10, long))).toEqual(["a:0"]);
  });

  it("keeps an event with an earlier place waiting for a later one that is held", async () => {
    await store.append(deliveryOf("a", ["x"]));
    const [held] = await store.claim(10, long);
    await appendEarlier();
    expect(await store.claim(10, long)).toEqual([]);

    expect(await store.fail(held as ClaimedEvent, "no", 1)).toBe(true);

    expect(placesOf(await store.claim(10, long))).toEqual(["a:7"]);
  });

  it("claims what others leave, without waiting for them", async () => {
    await store.append(deliveryOf("a", ["x", "y", null]));
    let held: ClaimedEvent[] = [];
    const holder = await inTransaction(async (client) => {
      held = await storeOf(client).claim(2, long);
    });

    expect(placesOf(await store.claim(10, long))).toEqual(["a:2"]);

    await commit(holder);
    expect(placesOf(held)).toEqual(["a:0", "a:1"]);
  });

  it("takes the lane of a later event whose lease has ended", async () => {
    await store.append(deliveryOf("a", ["x", "x"]));
    const [first] = await store.claim(1, long);
    await store.fail(first as ClaimedEvent, "no");
    const [second] = await store.claim(1, 0);
    await store.revive([String(first?.id)]);

    const again = await store.claim(10, long);

    expect(placesOf(again)).toEqual(["a:0"]);
    expect(await store.complete(again[0] as ClaimedEvent)).toBe(true);
    expect(await store.complete(second as ClaimedEvent)).toBe(true);
  });

  it("completes 100 events of one turn in one round trip", async () => {
    const lanes = Array.from({ length: 100 }, () => null);
    await store.append(deliveryOf("a", lanes));
    const statements: string[] = [];
    const counting: PostgresPool = {
      query: (text, values) => {
        statements.push(text);
        return pool.query(text, values);
      },
    };
    const own = storeOf(counting);
    const events = await own.claim(100, long);
    statements.length = 0;

    const done = await Promise.all(
      [...events, ...events.slice(0, 3)].map((event) => own.complete(event)),
    );

    expect(statements).toHaveLength(1);
    expect(done.filter(Boolean)).toHaveLength(100);
    expect(done.slice(100)).toEqual([false, false, false]);
  });

  it("waits for the disk with what is acknowledged, and only with that", async () => {
    const client = await pools[1].connect();
    const own = storeOf(client);
    const modeAfter = async <T>(work: () => Promise<T>): Promise<[unknown, T]> => {
      await client.query("BEGIN");
      const result = await work();
      const { rows } = await client.query("SHOW synchronous_commit");
      await client.query("COMMIT");
      return [rows[0]?.synchronous_commit, result];
    };

    const [appending] = await modeAfter(() => own.append(deliveryOf("a", ["x", "y"])));
    const [claiming, events] = await modeAfter(() => own.claim(2, long));
    const [completing] = await modeAfter(() => own.complete(events[0] as ClaimedEvent));
    const [failing] = await modeAfter(() => own.fail(events[1] as ClaimedEvent, "no"));
    const [reviving] = await modeAfter(() => own.revive([String(events[1]?.id)]));
    const [erasing] = await modeAfter(() => own.erase("nobody"));
    client.release();

    expect([claiming, completing, failing]).toEqual(["off", "off", "off"]);
    expect([appending, reviving, erasing]).toEqual(["on", "on", "on"]);
  });

  it("erases the events of a user among thousands, however the ID is written", async () => {
    const userId = 'a "b" \\ \u0000 ü';
    const own = JSON.stringify({ user: { id: userId } });
    const escaped = own.replace("ü", "\\u00fc");
    const other = JSON.stringify({ user: { id: "other" }, text: userId });
    const payloads = Array.from({ length: 2_500 }, (_, n) => (n % 1_000 === 999 ? own : other));
    payloads.push(escaped, "no JSON \\");
    const events = payloads.map((payload, index) => ({ index, lane: null, payload }));
    await store.append(deliveryOf("a", [], { events }));

    expect(await store.erase(userId)).toBe(3);
    expect(await store.claim(3_000, long)).toHaveLength(2_499);
  });

  it("keeps lanes and reasons apart that PostgreSQL has no letters for", async () => {
    await store.append(deliveryOf("a", ["x\u0000", "x\ud800", "x\ud801", "x\ufffd", ""]));
    const events = await store.claim(10, long);
    expect(events).toHaveLength(5);
    expect(await store.fail(events[0] as ClaimedEvent, "a\u0000b")).toBe(true);
    expect(await store.deadLetters()).toMatchObject([{ reason: "a\ufffdb" }]);
  });

  it("knows no event whose ID is none of its own", async () => {
    const claim = { lease: "x", attempt: 1, payload: "", index: 0, digest: "", receivedAt: 0 };
    for (const id of ["", "x", "-1", "1e3", "9".repeat(30), "1; DELETE"]) {
      const event = { ...claim, id, deliveryId: undefined };
      expect(await store.complete(event)).toBe(false);
      expect(await store.fail(event, "no")).toBe(false);
      expect(await store.revive([id])).toBe(0);
    }
  });

  it("goes by the clock of the server", async () => {
    await store.append(deliveryOf("a", ["x"]));
    const [event] = await store.claim(1, 0);
    expect(await store.fail(event as ClaimedEvent, "no")).toBe(true);
    const { rows } = await pool.query("SELECT extract(epoch FROM now())::float8 * 1000 AS now");
    const [letter] = await store.deadLetters();
    expect(Math.abs(Number(rows[0]?.now) - Number(letter?.failedAt))).toBeLessThan(long);
  });
});
