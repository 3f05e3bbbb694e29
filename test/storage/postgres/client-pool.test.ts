import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import pg from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ClientPool,
  type FullPool,
  fullPoolOf,
} from "../../../src/storage/postgres/client-pool.ts";
import { withPostgres } from "../../support/services.ts";
import { HandTimers } from "../support/hand-timers.ts";
import { SilentProxy } from "../support/silent-proxy.ts";

const limit = 10_000;
const handshake = 20_000;
const patience = { timeout: 30_000 };

withPostgres("the connections of a pool", (postgres) => {
  let proxy: SilentProxy;
  let url: string;
  let timers: HandTimers;
  let pools: pg.Pool[];
  beforeEach(async () => {
    ({ proxy, url } = await SilentProxy.to(postgres.url));
    timers = new HandTimers();
    pools = [];
  });
  afterEach(async () => {
    await proxy.close();
    await Promise.all(pools.map((pool) => pool.end()));
  });

  function clientsOf(options: pg.PoolConfig): { pool: pg.Pool; clients: ClientPool } {
    const pool = new pg.Pool({ ...options, connectionString: url });
    pool.on("error", () => undefined);
    pools.push(pool);
    return { pool, clients: new ClientPool(pool as unknown as FullPool, { handshake, timers }) };
  }

  const ask = (clients: ClientPool, n = 1) =>
    clients.run("SELECT $1::int AS n", [n], limit).then(({ rows }) => rows[0]?.["n"]);
  const askMany = (clients: ClientPool, count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => ask(clients, n)));

  it("answer many statements over as many as there are, each its own", async () => {
    const { pool, clients } = clientsOf({ max: 3 });
    expect(await askMany(clients, 100)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(pool.totalCount).toBeLessThanOrEqual(3);
    expect(pool.idleCount).toBe(pool.totalCount);
    expect(timers.pending).toEqual([]);
  });

  it("that were cut off in silence are closed, all after the first that is found out", async () => {
    const { pool, clients } = clientsOf({ max: 4 });
    await askMany(clients, 20);
    expect(pool.idleCount).toBe(4);
    proxy.silence({ newOnes: false });

    const lost = ask(clients);
    const outcome = expect(lost).rejects.toMatchObject({ code: "stalled" });
    // Not before the statement has left the queue.
    await vi.waitUntil(() => pool.idleCount === 3, patience);
    expect(timers.fire(limit)).toBe(1);
    await outcome;
    // The others have not answered since, so that none of these statements waits for one of them.
    expect(await askMany(clients, 20)).toHaveLength(20);
    await vi.waitUntil(() => timers.pending.length === 0, patience);
    await vi.waitUntil(() => proxy.open <= 4, patience);
    expect(proxy.connections).toBeGreaterThan(4);
    expect(pool.waitingCount).toBe(0);
  });

  it("hold few statements during a partition, send none of them later, and work when it is over", async () => {
    const { pool, clients } = clientsOf({ max: 2 });
    const mark = randomUUID();
    await clients.run(`CREATE TABLE "${mark}" (n integer)`, [], limit);
    proxy.silence({ newOnes: true });

    for (let round = 0; round < 20; round++) {
      const outcomes = Promise.allSettled(
        Array.from({ length: 10 }, () =>
          clients.run(`INSERT INTO "${mark}" VALUES ($1)`, [round], limit),
        ),
      );
      await new Promise(setImmediate);
      expect(timers.fire(limit)).toBeGreaterThanOrEqual(10);
      const settled = await outcomes;
      expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(["rejected"]));
      expect(pool.waitingCount).toBeLessThanOrEqual(2);
      expect(pool.totalCount).toBeLessThanOrEqual(2);
    }

    proxy.heal();
    // Those that are being made never come, and are given up.
    for (const client of clientsIn(pool)) client.connection?.stream.destroy();
    await vi.waitUntil(() => {
      timers.fire(limit);
      return pool.totalCount === 0;
    }, patience);
    expect(await ask(clients, 5)).toBe(5);
    const { rows } = await clients.run(`SELECT FROM "${mark}"`, [], limit);
    expect(rows).toEqual([]);
  });

  it("may take only so long to be made, whatever the host's own statements may wait for a free one", async () => {
    const { pool } = clientsOf({ max: 1 });
    await pool.query("SELECT 1");
    expect(pool.options.connectionTimeoutMillis ?? 0).toBe(0);
    const [client] = clientsIn(pool);
    expect(client?._connectionTimeoutMillis).toBe(handshake);
    // And not where the host has said how long.
    const { pool: own } = clientsOf({ max: 1, connectionTimeoutMillis: 4_321 });
    await own.query("SELECT 1");
    expect(clientsIn(own)[0]?._connectionTimeoutMillis).toBe(4_321);
  });

  it("keep their password where it is hidden", async () => {
    const { username, hostname, port, pathname } = new URL(url);
    const pool = new pg.Pool({
      host: hostname,
      port: Number(port),
      user: username,
      database: pathname.slice(1),
      password: "swordfish",
    });
    pools.push(pool);
    const clients = new ClientPool(pool as unknown as FullPool, { handshake, timers });
    expect(await ask(clients)).toBe(1);
    expect(clientsIn(pool)[0]?.password).toBe("swordfish");
  });

  it("are kept after an error of a statement, and closed after their end", async () => {
    const { pool, clients } = clientsOf({ max: 1 });
    const pid = async () => (await clients.run("SELECT pg_backend_pid() AS pid", [], limit)).rows;
    const before = await pid();
    await expect(clients.run("SELECT 1 / $1::int", [0], limit)).rejects.toMatchObject({
      code: "22012",
    });
    expect(await pid()).toEqual(before);
    await expect(
      clients.run("SELECT pg_terminate_backend(pg_backend_pid())", [], limit),
    ).rejects.toMatchObject({ code: "57P01" });
    expect(pool.totalCount).toBeLessThanOrEqual(1);
    expect(await pid()).not.toEqual(before);
  });

  it("cancel a statement that is too slow, so that nothing of it takes effect", async () => {
    const { clients } = clientsOf({ max: 2 });
    const table = randomUUID();
    await clients.run(`CREATE TABLE "${table}" (n integer PRIMARY KEY)`, [], limit);
    const pool = postgres.pool({ max: 2 });
    const other = await pool.connect();
    await other.query(`BEGIN; LOCK TABLE "${table}"`);
    const slow = clients.run(`INSERT INTO "${table}" VALUES ($1)`, [1], limit);
    const outcome = expect(slow).rejects.toMatchObject({ code: "stalled" });
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO "${table}%'`;
    // Not within the transaction, which would see the same statements each time.
    while ((await pool.query(waiting)).rowCount === 0) await new Promise(setImmediate);
    expect(timers.fire(limit)).toBe(1);
    await outcome;
    // PostgreSQL would not look whether anybody still waits for it.
    while ((await pool.query(waiting)).rowCount !== 0) await new Promise(setImmediate);
    await other.query("COMMIT");
    expect((await other.query(`SELECT FROM "${table}"`)).rowCount).toBe(0);
    other.release();
  });

  it("that the host has used before are used, too", async () => {
    const pool = new pg.Pool({ max: 2, connectionString: url });
    pools.push(pool);
    const sql = "SELECT pg_backend_pid() AS pid";
    const { rows } = await pool.query(sql);
    const clients = new ClientPool(pool as unknown as FullPool, { handshake, timers });

    expect((await clients.run(sql, [], limit)).rows).toEqual(rows);
    expect(proxy.connections).toBe(1);
  });

  it("that nobody waits for any more are given back unused", async () => {
    const { pool, clients } = clientsOf({ max: 1 });
    const host = await pool.connect();
    const late = expect(ask(clients)).rejects.toMatchObject({ code: "stalled" });
    expect(timers.fire(limit)).toBe(1);
    await late;
    host.release();
    await vi.waitUntil(() => pool.idleCount === 1, patience);
    expect(await ask(clients, 3)).toBe(3);
  });

  it("are not asked for without end while the host has them all", async () => {
    const { pool, clients } = clientsOf({ max: 1 });
    const host = await pool.connect();
    const asked = askMany(clients, 50);
    expect(pool.waitingCount).toBe(1);
    host.release();
    expect(await asked).toHaveLength(50);
  });
});

it("a connection that is ready and goes down in one packet fails the statement, and not the process", async () => {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const lastWords = Buffer.concat([
    message("R", Buffer.alloc(4)),
    message("Z", Buffer.from("I")),
    message("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection\0\0")),
  ]);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(lastWords));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const pool = new pg.Pool({ host: "127.0.0.1", port, user: "u", database: "d", max: 1 });
  pool.on("error", () => undefined);
  const clients = new ClientPool(pool as unknown as FullPool);
  const uncaught = vi.fn();
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", uncaught);
  try {
    await expect(clients.run("SELECT 1", [], limit)).rejects.toThrow();
    await new Promise(setImmediate);
  } finally {
    process.off("uncaughtException", uncaught);
    for (const other of others) process.on("uncaughtException", other);
    await pool.end();
    server.close();
  }

  expect(uncaught).not.toHaveBeenCalled();
});

it("a pool that only does queries has no connections to give", () => {
  const query = async () => ({ rows: [], rowCount: 0 });
  expect(fullPoolOf({ query })).toBeUndefined();
  expect(fullPoolOf({ query, connect: async () => ({}) })).toBeUndefined();
  expect(fullPoolOf({ query, connect: async () => ({}), on: () => 0 })).toBeUndefined();
  const pool = new pg.Pool();
  expect(fullPoolOf(pool)).toBe(pool);
});

/** What the tests look at, of the connections that a pool has or is making. */
interface InnerClient {
  readonly connection?: { readonly stream: { destroy(): void } };
  readonly password?: unknown;
  readonly _connectionTimeoutMillis?: number;
}

function clientsIn(pool: pg.Pool): InnerClient[] {
  return [...(pool as unknown as { _clients: InnerClient[] })._clients];
}
