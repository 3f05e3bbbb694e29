import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ClaimedEvent, EventStore } from "../../../src/storage/contracts/index.ts";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { EventListener } from "../../../src/storage/postgres/listener.ts";
import { audible } from "../../../src/storage/shared/audible.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf } from "../support/event-store-cases.ts";
import { HandTimers } from "../support/hand-timers.ts";
import { SilentProxy } from "../support/silent-proxy.ts";

const patience = { timeout: 30_000 };

withPostgres("a store that listens", (postgres) => {
  const here = postgres.pool();
  const there = postgres.pool();
  const ends: (() => Promise<void>)[] = [];
  beforeAll(() => postgresStorage({ pool: here }).migrate());
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
    await here.query("DELETE FROM enode_events; DELETE FROM enode_deliveries");
  });

  const storeOf = (pool: PostgresPool, schema?: string) =>
    postgresStorage({ pool, schema }).eventStore;
  const listen = (store: EventStore, onEvents: () => void, namespace?: string) => {
    const end = store.listen?.(onEvents, ...(namespace === undefined ? [] : [namespace]));
    if (end === undefined) throw new Error("The store cannot listen");
    ends.push(end);
    return end;
  };
  let count = 0;
  const append = (store: EventStore, namespace?: string) =>
    store.append({ ...deliveryOf(`${++count}`, ["x"]), ...(namespace && { namespace }) });
  /** Listens until the connection stands: then what may have been missed is told. */
  async function hearing(store: EventStore, namespace?: string) {
    const heard = vi.fn();
    const end = listen(store, heard, namespace);
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
    heard.mockClear();
    return { heard, end };
  }

  /** What is sent over the channel of the tables from now on. */
  async function payloadsToCome(): Promise<readonly string[]> {
    const client = await there.connect();
    ends.push(async () => client.release(true));
    const payloads: string[] = [];
    client.on("notification", ({ payload }) => payloads.push(payload ?? ""));
    const { rows } = await client.query("SELECT to_regclass('enode_schema')::oid AS number");
    await client.query(`LISTEN enode_${rows[0].number}`);
    return payloads;
  }

  it("hears of events that another process has added, of its own namespace", async () => {
    const store = storeOf(here);
    const { heard } = await hearing(store);
    const others = vi.fn();
    listen(store, others, "other");

    await append(storeOf(there));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
    expect(others).not.toHaveBeenCalled();

    heard.mockClear();
    await append(storeOf(there), "other");
    await vi.waitUntil(() => others.mock.calls.length > 0, patience);
    expect(heard).not.toHaveBeenCalled();
  });

  it("hears of its own without the server, and so only once, and of no delivery that is there already", async () => {
    const store = storeOf(here);
    const { heard } = await hearing(store);
    const other = storeOf(there);
    const delivery = deliveryOf("own", ["x"]);
    await store.append(delivery);
    expect(heard).toHaveBeenCalledOnce();
    await other.append(delivery);
    await other.append({ ...deliveryOf("none", []), events: [] });
    // What is told later comes later.
    const last = vi.fn();
    listen(store, last, "last");
    await append(other, "last");
    await vi.waitUntil(() => last.mock.calls.length > 0, patience);
    expect(heard).toHaveBeenCalledOnce();
  });

  it("holds one connection, however many listen, and none when nobody does", async () => {
    const pool = postgres.pool();
    const store = storeOf(pool);
    const held = () => pool.totalCount - pool.idleCount;
    const first = await hearing(store);
    const second = listen(store, () => undefined, "other");
    await append(storeOf(there));
    await vi.waitUntil(() => first.heard.mock.calls.length > 0, patience);
    expect(held()).toBe(1);
    await first.end();
    await first.end();
    expect(held()).toBe(1);
    await second();
    expect(held()).toBe(0);
    await pool.end();
  });

  it("leaves two connections of a pool that several storages share", async () => {
    const pool = postgres.pool({ max: 3 });
    const held = () => pool.totalCount - pool.idleCount;
    const first = await hearing(storeOf(pool));
    const others = [listen(storeOf(pool), vi.fn()), listen(storeOf(pool), vi.fn())];
    expect(held()).toBe(1);
    await Promise.all([first.end(), ...others.map((end) => end())]);
    await (await hearing(storeOf(pool))).end();
    await pool.end();
  });

  it("listens as soon as another storage of its pool has stopped, unless it has stopped itself", async () => {
    const pool = postgres.pool({ max: 3 });
    const first = await hearing(storeOf(pool));
    const [gone, heard] = [vi.fn(), vi.fn()];
    const end = listen(storeOf(pool), gone);
    listen(storeOf(pool), heard);
    await end();
    await first.end();
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);

    heard.mockClear();
    await append(storeOf(there));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
    expect(gone).not.toHaveBeenCalled();
    expect(pool.totalCount - pool.idleCount).toBe(1);
  });

  it("listens again after nobody did", async () => {
    const store = storeOf(here);
    await (await hearing(store)).end();
    const { heard } = await hearing(store);
    await append(storeOf(there));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
  });

  it("lets a host end its pool, whether or not anybody listens still", async () => {
    const pool = postgres.pool();
    await hearing(storeOf(pool));
    await pool.end();
    expect(pool.totalCount).toBe(0);
  });

  it("ends while it connects, and gives back what comes later", async () => {
    const pool = postgres.pool();
    const store = storeOf(pool);
    const heard = vi.fn();
    await listen(store, heard)();
    await vi.waitUntil(() => pool.totalCount === pool.idleCount, patience);
    await pool.end();
    expect(heard).not.toHaveBeenCalled();
  });

  it("ends where connecting hangs", async () => {
    const pool = postgres.pool();
    const connect = vi.fn(() => new Promise<pg.PoolClient>(() => undefined));
    Object.assign(pool, { connect });
    await listen(storeOf(pool), () => undefined)();
    expect(connect).toHaveBeenCalled();
  });

  it("connects anew after its connection was ended, and tells that it may have missed something", async () => {
    const pool = postgres.pool();
    const { heard } = await hearing(storeOf(pool));
    const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE query LIKE 'LISTEN %' AND pid = ANY ($1)`;
    const pids = (pool as unknown as { _clients: { processID: number }[] })._clients;
    const { rowCount } = await there.query(sql, [pids.map(({ processID }) => processID)]);
    expect(rowCount).toBe(1);
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
    heard.mockClear();
    await append(storeOf(there));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
  });

  it("finds out that its connection was cut off in silence", async () => {
    const { proxy, url } = await SilentProxy.to(postgres.url);
    const pool = new pg.Pool({ connectionString: url });
    pool.on("error", () => undefined);
    const timers = new HandTimers();
    const listener = new EventListener(
      new PostgresConnection(pool, undefined, undefined),
      pool,
      timers,
    );
    try {
      const heard = vi.fn();
      const end = listener.listen(heard);
      ends.push(end);
      await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
      proxy.silence({ newOnes: false });
      heard.mockClear();
      // More and more slowly, as PostgreSQL is to answer between two of its time limits, also on a busy machine.
      for (let gap = 20; heard.mock.calls.length === 0; gap *= 1.05) {
        timers.fire();
        await sleep(gap);
      }
      heard.mockClear();
      await append(storeOf(there));
      await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
      await end();
    } finally {
      await proxy.close();
      await pool.end();
    }
  });

  it.each([1, 2])("does not take one of %s connections, and works", async (max) => {
    const pool = postgres.pool({ max });
    const store = storeOf(pool);
    const heard = vi.fn();
    const connect = vi.spyOn(pool, "connect");
    const end = listen(store, heard);
    expect(connect).not.toHaveBeenCalled();
    expect(await append(store)).toBe("new");
    const claimed = await store.claim(1, 60_000);
    expect(claimed).toHaveLength(1);
    await end();
    await vi.waitUntil(() => pool.idleCount === pool.totalCount, patience);
  });

  it("waits for its tables to be made", async () => {
    const schema = `${postgres.schema}_later`;
    const timers = new HandTimers();
    const listener = new EventListener(
      new PostgresConnection(here, schema, undefined),
      here,
      timers,
    );
    const heard = vi.fn();
    ends.push(listener.listen(heard));
    // It has looked, and rests.
    await vi.waitUntil(() => timers.pending.some((delay) => delay <= 500), patience);
    await postgresStorage({ pool: here, schema }).migrate();
    await vi.waitUntil(() => {
      timers.fire(500);
      for (const delay of timers.pending) if (delay < 500) timers.fire(delay);
      return heard.mock.calls.length > 0;
    }, patience);
    heard.mockClear();

    // The tables of another schema have a channel of their own.
    await append(storeOf(there));
    await append(storeOf(there, schema));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
    expect(heard).toHaveBeenCalledTimes(1);
    await here.query(`DROP SCHEMA ${schema} CASCADE`);
  });

  it("tells nothing of the namespace but that it is the same", async () => {
    const payloads = await payloadsToCome();
    await append(storeOf(here), "sandbox:jane@example.com");
    await vi.waitUntil(() => payloads.length > 0, patience);
    expect(payloads).toEqual([expect.stringMatching(/^[0-9a-f-]{36}:[0-9a-f]{32}$/)]);
  });

  it("tells of many additions with few statements, none of them in the way of an addition", async () => {
    const payloads = await payloadsToCome();
    const timers = new HandTimers();
    const listener = new EventListener(
      new PostgresConnection(here, undefined, undefined),
      here,
      timers,
    );
    for (let n = 0; n < 100; n++) listener.announce("a");
    for (let n = 0; n < 100; n++) listener.announce("b");
    await vi.waitUntil(() => timers.pending.length > 0, patience);
    timers.fire();
    await vi.waitUntil(() => timers.pending.length > 0, patience);
    // Nothing is left to tell, so nothing runs.
    timers.fire();
    await vi.waitUntil(() => payloads.length === 3, patience);
    // The first one was on its way when the others came.
    expect(new Set(payloads).size).toBe(2);
    expect(timers.pending).toEqual([]);
  });

  it("goes on when one of those who listen throws", async () => {
    const store = storeOf(here);
    listen(store, () => {
      throw new Error("no");
    });
    const { heard } = await hearing(store);
    await append(storeOf(there));
    await vi.waitUntil(() => heard.mock.calls.length > 0, patience);
  });

  it("adds events also where nobody can be told", async () => {
    const pool = postgres.pool();
    const connection = new PostgresConnection(pool, undefined, undefined);
    const query = vi.spyOn(connection, "query").mockRejectedValue(new Error("no"));
    const timers = new HandTimers();
    const listener = new EventListener(connection, pool, timers);
    listener.announce("a");
    await vi.waitUntil(() => timers.pending.length > 0, patience);
    listener.announce("a");
    timers.fire();
    await vi.waitUntil(() => query.mock.calls.length === 2, patience);
  });
});

describe("where notifications cannot be had", () => {
  it("a pool that only does queries is asked for nothing", async () => {
    const query = vi.fn(async () => ({ rows: [{}], rowCount: 1 }));
    const { eventStore } = postgresStorage({ pool: { query } });
    const end = eventStore.listen?.(() => undefined);
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
    await new Promise(setImmediate);
    expect(query).toHaveBeenCalledTimes(1);
    await end?.();
  });

  it("a pooler that swallows them is tried less and less often, and no connection is held", async () => {
    const connected: string[] = [];
    const pool = {
      options: { max: 10 },
      on: () => undefined,
      query: async () => ({ rows: [], rowCount: 0 }),
      async connect() {
        connected.push("connect");
        return {
          on: () => undefined,
          removeListener: () => undefined,
          query: async (text: string) => {
            connected.push(text.trim().split(" ")[0] ?? "");
            return { rows: [{ number: "1" }], rowCount: 1 };
          },
          release: () => connected.push("release"),
        };
      },
    };
    const timers = new HandTimers();
    const connection = new PostgresConnection(pool, undefined, undefined);
    vi.spyOn(connection, "query").mockResolvedValue({ rows: [], rowCount: 1 });
    const heard = vi.fn();
    const end = new EventListener(connection, pool, timers).listen(heard);
    const looksUntil = async (releases: number) => {
      let looks = 0;
      while (connected.filter((what) => what === "release").length < releases) {
        // Whatever answers, does so before the time is over.
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        looks += timers.fire();
      }
      return looks;
    };
    await looksUntil(1);
    expect(connected).toEqual(["connect", "SELECT", "LISTEN", "UNLISTEN", "SELECT", "release"]);
    const second = await looksUntil(2);
    await looksUntil(3);
    const fourth = await looksUntil(4);
    // Looks at half a second each: from half a minute on, and doubled twice.
    expect(second).toBeGreaterThan(60);
    expect(fourth).toBeGreaterThan(second * 1.5);
    expect(heard).not.toHaveBeenCalled();
    await end();
  });
});

describe("events that are added", () => {
  const event = {} as ClaimedEvent;
  it.each([
    ["and claimed in the same step, all of them, are told to nobody", [event, event], 0],
    ["and claimed in the same step, but for one, are told", [event], 1],
    ["and were there already, are told to nobody", "duplicate" as const, 0],
  ])("%s", async (_name, answer, told) => {
    const query = async () => ({ rows: [], rowCount: 0 });
    const listener = new EventListener(new PostgresConnection({ query }, undefined, undefined), {
      query,
    });
    const announce = vi.spyOn(listener, "announce");
    const { eventStore } = postgresStorage({ pool: { query } });
    const store = audible({ ...eventStore, appendAndClaim: async () => answer }, listener);
    expect(await store.appendAndClaim?.(deliveryOf("a", ["x", "y"]), 5, 1_000)).toBe(answer);
    expect(announce.mock.calls).toHaveLength(told);
  });
});
