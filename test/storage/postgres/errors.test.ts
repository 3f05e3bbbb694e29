import { inspect } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { isStoreError } from "../../../src/errors/index.ts";
import { safeReason } from "../../../src/shared/store-reason.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { failureOf } from "../../support/stub.ts";
import { deliveryOf } from "../support/event-store-cases.ts";

const secret = "jane@example.com at 10.1.2.3:5432";

function failingWith(error: unknown): Promise<unknown> {
  const { eventStore } = postgresStorage({ pool: { query: () => Promise.reject(error) } });
  return eventStore.claim(1, 1).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
}

describe("an error of PostgreSQL", () => {
  it.each([
    ["42P01", /^Tables of enode-sdk are missing: call migrate\(\) first$/],
    ["3D000", /no such database \(3D000\)/],
    ["28P01", /refuses the role, its password or the host \(28P01\)/],
    ["28000", /refuses the role, its password or the host \(28000\)/],
    ["22P02", /does not take the values \(22P02\)/],
    ["23514", /does not take the values \(23514\)/],
    ["P0001", /does not take the values \(P0001\)/],
    ["XX000", /failed \(XX000\)/],
    ["08006", /could not be reached \(08006\)/],
    ["ECONNREFUSED", /could not be reached: nothing listens at its address \(ECONNREFUSED\)/],
    ["ENOTFOUND", /host name was not found \(ENOTFOUND\)/],
    ["EPIPE", /the connection was cut off \(EPIPE\)/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /could not be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
  ])("%s says why, and holds no value and no address", async (code, reason) => {
    const error = await failingWith(Object.assign(new Error(secret), { code, detail: secret }));
    expect(error).toMatchObject({ name: "PostgresError", code });
    expect(safeReason(error)).toMatch(reason);
    expect(JSON.stringify([error, String(error)])).not.toContain("jane");
  });

  it.each([
    ["42501", "permission denied for table enode_events"],
    ["25006", "cannot execute UPDATE in a read-only transaction"],
    ["53300", "sorry, too many clients already"],
    ["57P01", "terminating connection due to administrator command"],
  ])("%s keeps what the server says of itself", async (code, message) => {
    const error = await failingWith(Object.assign(new Error(message), { code }));
    expect(safeReason(error)).toBe(`PostgreSQL refused a statement: ${message} (${code})`);
  });

  it.each([
    "Cannot use a pool after calling end on the pool",
    "timeout exceeded when trying to connect",
    "Connection terminated unexpectedly",
    "Query read timeout",
  ])("without a code keeps what pg says: %s", async (message) => {
    expect(safeReason(await failingWith(new Error(message)))).toBe(message);
  });

  it("of an unknown driver is not shown by those who wrap it", async () => {
    expect(safeReason(await failingWith(new Error(secret)))).toBeUndefined();
    expect(safeReason(await failingWith(undefined))).toBeUndefined();
  });
});

withPostgres("a database without tables", (postgres) => {
  it("says what to do", async () => {
    const { deviceStore } = postgresStorage({ pool: postgres.pool() });
    const error = await deviceStore.get("n", "devices", "d").catch((reason: unknown) => reason);
    expect(safeReason(error)).toBe("Tables of enode-sdk are missing: call migrate() first");
  });
});

withPostgres("a database with tables", (postgres) => {
  const pool = postgres.pool();
  beforeAll(() => postgresStorage({ pool }).migrate());

  it.each([
    [
      "ECONNREFUSED",
      "PostgreSQL could not be reached: nothing listens at its address (ECONNREFUSED)",
    ],
    ["28P01", "PostgreSQL refuses the role, its password or the host (28P01)"],
  ])("in migrate() is a StoreError that says why: %s", async (code, reason) => {
    const query = () => Promise.reject(Object.assign(new Error(`no ${secret}`), { code, secret }));
    const error = await failureOf(postgresStorage({ pool: { query } }).migrate(), isStoreError);
    expect(error).toMatchObject({ code: "store_failed", store: "storage", method: "migrate" });
    expect(error.message).toBe(`storage.migrate failed: ${reason}.`);
    expect(error.cause).toMatchObject({ name: "PostgresError", code });
    expect(inspect(error, { depth: null })).not.toContain("jane");
  });

  it("in migrate() is not quoted when the driver or the host wrote it", async () => {
    const query = () => Promise.reject(new Error(`no ${secret}`));
    const error = await failureOf(postgresStorage({ pool: { query } }).migrate(), isStoreError);
    expect(error.message).toBe("storage.migrate failed.");
    expect(inspect(error, { depth: null })).not.toContain("jane");
  });

  it("of a newer version fails with a typed error that may be shown", async () => {
    await pool.query("INSERT INTO enode_schema VALUES (99)");
    const error: unknown = await postgresStorage({ pool })
      .migrate()
      .catch((reason) => reason);
    expect(isStoreError(error)).toBe(true);
    expect(error).toMatchObject({ code: "store_failed", method: "migrate" });
    expect(safeReason(error)).toMatch(/version 99.*Update enode-sdk$/);
    await pool.query("DELETE FROM enode_schema WHERE version = 99");
  });

  it("gives the time of a dead letter in whole milliseconds", async () => {
    const { eventStore } = postgresStorage({ pool });
    await eventStore.append(deliveryOf("a", ["x"]));
    const [event] = await eventStore.claim(1, 60_000);
    if (event) await eventStore.fail(event, "no");
    await pool.query("UPDATE enode_events SET failed_at = 1000.25");
    expect(await eventStore.deadLetters()).toMatchObject([{ failedAt: 1_001 }]);
  });
});

describe("a PostgreSQL that does not answer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** A pool that answers when it is told to, and knows what waits in it. */
  function stalling() {
    const waiting: (() => void)[] = [];
    const pool: PostgresPool = {
      query: () => new Promise((resolve) => waiting.push(() => resolve({ rows: [], rowCount: 0 }))),
    };
    const answer = async (count = waiting.length) => {
      for (const done of waiting.splice(0, count)) done();
      await vi.advanceTimersByTimeAsync(0);
    };
    return { pool, waiting, answer };
  }

  it("holds a bounded number of statements, refuses others at once, and serves again when it is back", async () => {
    const { pool, waiting, answer } = stalling();
    const { eventStore } = postgresStorage({ pool });
    const refused: unknown[] = [];
    let done = 0;
    const ask = () =>
      eventStore.append(deliveryOf("a", ["x"])).then(
        () => done++,
        (error) => refused.push(error),
      );

    // 10 in a second, for a minute and a half.
    for (let n = 0; n < 900; n++) {
      void ask();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(waiting.length).toBeLessThanOrEqual(110);
    expect(refused.length + waiting.length).toBe(900);
    expect(refused[0]).toMatchObject({ name: "PostgresError", code: "stalled" });
    expect(safeReason(refused[0])).toMatch(
      /^PostgreSQL has not answered 50 calls for more than 5 s/,
    );

    await answer();
    refused.length = 0;
    done = 0;
    const next = ask();
    await answer();
    await next;
    expect({ done, refused }).toEqual({ done: 1, refused: [] });
  });

  it("refuses nothing because of one long statement, however many others there are", async () => {
    const { pool, waiting, answer } = stalling();
    const { eventStore } = postgresStorage({ pool });
    const pruned = eventStore.prune(1);
    const [long] = waiting.splice(0);
    await vi.advanceTimersByTimeAsync(60_000);

    const claims = Promise.all(Array.from({ length: 500 }, () => eventStore.claim(1, 1)));
    await vi.advanceTimersByTimeAsync(0);
    await answer();
    expect(await claims).toHaveLength(500);
    long?.();
    expect(await pruned).toBe(0);
  });
});
