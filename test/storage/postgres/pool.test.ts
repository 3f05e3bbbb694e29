import { AsyncLocalStorage } from "node:async_hooks";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { migrate } from "../../../src/storage/postgres/migrations/index.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf } from "../support/event-store-cases.ts";

describe("postgresStorage refuses", () => {
  const query = async () => ({ rows: [], rowCount: 0 });
  it.each([
    ["nothing", undefined, "options", /\{ pool \}/],
    ["null", null, "options", /\{ pool \}/],
    ["an address", "postgres://jane:swordfish@db/x", "options", /\{ pool \}/],
    ["options without a pool", {}, "pool", /new Pool/],
    ["an address as pool", { pool: "postgres://jane:swordfish@db/x" }, "pool", /new Pool/],
    ["a promise of a pool", { pool: Promise.resolve({ query }) }, "pool", /new Pool/],
    ["an empty schema", { pool: { query }, schema: "" }, "schema", /name of a schema/],
    ["a blank schema", { pool: { query }, schema: " " }, "schema", /name of a schema/],
    ["a schema that is null", { pool: { query }, schema: null }, "schema", /name of a schema/],
    ["a time in place of a clock", { pool: { query }, now: 5 }, "now", /function/],
    ["an option of another name", { connectionString: "x" }, "connectionString", /mean pool\?/],
    ["a misspelt option", { pool: { query }, shema: "x" }, "shema", /mean schema\?/],
  ])("%s, by name", (_what, options, parameter, message) => {
    // No TypeScript in the way of the host.
    const attempt = () => postgresStorage(options as unknown as { pool: PostgresPool });
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_option", parameter }));
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/swordfish/);
  });
});

describe("the errors of a pool", () => {
  it("are listened for once, whatever the number of storages", () => {
    const pool = new pg.Pool();
    postgresStorage({ pool });
    postgresStorage({ pool, schema: "other" });
    expect(pool.listenerCount("error")).toBe(1);
    expect(pool.emit("error", new Error("57P01"))).toBe(true);
  });

  it("are left to the host that listens for them", () => {
    const pool = new pg.Pool();
    const heard: Error[] = [];
    pool.on("error", (error) => heard.push(error));
    postgresStorage({ pool });
    expect(pool.listenerCount("error")).toBe(1);
    pool.emit("error", new Error("57P01"));
    expect(heard).toHaveLength(1);
  });

  it("are not asked for where a compatible library has none", () => {
    const query = async () => ({ rows: [], rowCount: 0 });
    expect(postgresStorage({ pool: { query } }).describe()).toBe("postgres");
  });
});

withPostgres("a program whose idle connection is ended by the server", (postgres) => {
  const program = fileURLToPath(new URL("../support/idle-program.ts", import.meta.url));

  it("lives on, and its next call is served", async () => {
    const child = fork(program, [postgres.url], { execArgv: [] });
    try {
      const ended = once(child, "exit").then(([code]) => `ended with ${code}`);
      const told = async () => {
        const message = once(child, "message").then(([told]) => told as unknown);
        return Promise.race([message, ended]);
      };
      const pid = await told();
      expect(pid).toEqual(expect.any(Number));
      const { rows } = await postgres.pool().query("SELECT pg_terminate_backend($1)", [pid]);
      expect(rows).toEqual([{ pg_terminate_backend: true }]);
      expect(await told()).toBe("the connection has gone");
      child.send("go on");
      expect(await told()).toBe("new");
    } finally {
      child.kill("SIGKILL");
    }
  });
});

withPostgres("a pool whose host limits the time of a query", (postgres) => {
  const pool = postgres.pool({ query_timeout: 10_000 });

  it("has no limit for the steps of the tables, which may go through all that is there", async () => {
    const query = vi.spyOn(pool, "query");
    await migrate(new PostgresConnection(pool, undefined, undefined), [() => "PERFORM 1;"]);
    expect((await pool.query("SELECT version FROM enode_schema")).rows).toEqual([{ version: 1 }]);
    const limits = query.mock.calls.map(([config]) => {
      const { text, query_timeout } = Object(config) as { text?: string; query_timeout?: number };
      return text?.includes("PERFORM 1;") && query_timeout;
    });
    expect(limits).toContain(2 ** 31 - 1);
  });
});

withPostgres("statements that several calls share", (postgres) => {
  const pool = postgres.pool();
  beforeAll(() => postgresStorage({ pool }).migrate());

  it("run in the context of none of them, and each call goes on in its own", async () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const instrumented: PostgresPool = {
      query(text, values) {
        seen.push(requests.getStore());
        return pool.query(text, values);
      },
    };
    const { eventStore, deviceStore } = postgresStorage({ pool: instrumented });
    await eventStore.append(deliveryOf("a", ["x", "y"]));
    const events = await eventStore.claim(2, 60_000);
    expect(events).toHaveLength(2);
    seen.length = 0;

    const after = await Promise.all(
      events.map((event, n) =>
        requests.run(`request ${n}`, async () => {
          await eventStore.complete(event);
          return requests.getStore();
        }),
      ),
    );
    const record = {
      namespace: "n",
      collection: "devices",
      id: "d",
      kind: "vehicle",
      userId: null,
      vendor: null,
      identity: null,
      payload: "{}",
      partial: false,
      observedAt: 1,
      receivedAt: 1,
      source: "webhook",
    } as const;
    await requests.run("request 2", () => deviceStore.upsert([record]));

    expect(seen).toEqual([undefined, undefined]);
    expect(after).toEqual(["request 0", "request 1"]);
  });
});
