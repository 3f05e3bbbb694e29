import { inspect } from "node:util";
import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";

const sentinel = "a-secret-sentinel";

withPostgres("tables in PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 10 });
  const pools = Array.from({ length: 10 }, () => postgres.pool({ max: 1 }));
  /** Hostile, and not the one that the search path names. */
  const schema = `${postgres.schema} "';--$$ Ü`;
  afterEach(async () => {
    await pool.query(`
      DROP SCHEMA ${postgres.schema} CASCADE; CREATE SCHEMA ${postgres.schema};
      DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
  });

  async function tablesIn(name: string): Promise<string[]> {
    const sql = `SELECT table_name FROM information_schema.tables WHERE table_schema = $1`;
    return (await pool.query(sql, [name])).rows.map((row) => String(row.table_name));
  }

  async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
  }

  it("are made once by ten connections at the same time", async () => {
    await Promise.all(pools.map((own) => postgresStorage({ pool: own }).migrate()));

    expect((await tablesIn(postgres.schema)).toSorted()).toEqual([
      "enode_activity",
      "enode_deliveries",
      "enode_events",
      "enode_records",
      "enode_schema",
      "enode_token_leases",
      "enode_tokens",
      "enode_users",
    ]);
    const { rows } = await pool.query("SELECT version FROM enode_schema");
    expect(rows).toHaveLength(1);
  });

  it("keep what is in them when they are migrated again", async () => {
    const storage = postgresStorage({ pool });
    await storage.migrate();
    await storage.tokenStore.set("key", "token", { expiresAt: 1 });

    await storage.migrate();

    expect(await storage.tokenStore.get("key")).toEqual({ token: "token", expiresAt: 1 });
  });

  it("stand in the schema that was asked for, whatever its name", async () => {
    const storages = pools.map((own) => postgresStorage({ pool: own, schema }));
    await Promise.all(storages.map((storage) => storage.migrate()));
    await storages[0]?.tokenStore.set("key", "token", { expiresAt: 1 });

    expect(await tablesIn(postgres.schema)).toEqual([]);
    expect(await tablesIn(schema)).toHaveLength(8);
    expect(await storages[1]?.tokenStore.get("key")).toMatchObject({ token: "token" });
  });

  it("of a newer version are refused, and left alone", async () => {
    await postgresStorage({ pool }).migrate();
    await pool.query("INSERT INTO enode_schema VALUES (99)");

    const error = await reasonOf(postgresStorage({ pool }).migrate());

    expect(String(error)).toMatch(/version 99.*up to \d+\. Update enode-sdk/);
  });

  it("that are missing are asked for", async () => {
    const error = await reasonOf(postgresStorage({ pool }).tokenStore.get("key"));

    expect(error).toMatchObject({ name: "PostgresError", code: "42P01" });
    expect(String(error)).toContain("migrate()");
  });

  it("refuse IDs that would come back as others", async () => {
    const { tokenStore, userStore, deviceStore, activityLog } = postgresStorage({ pool });
    for (const id of ["a\u0000b", "a\ud800b"]) {
      const about = / has a (NUL|lone surrogate), which PostgreSQL cannot keep/;
      await expect(tokenStore.get(id)).rejects.toThrow(about);
      await expect(userStore.get("namespace", id)).rejects.toThrow(about);
      await expect(deviceStore.get("namespace", "devices", id)).rejects.toThrow(about);
      await expect(activityLog.erase("namespace", [id])).rejects.toThrow(about);
    }
  });

  it("show no value and no address in errors, wherever one fails", async () => {
    const storage = postgresStorage({ pool });
    await storage.migrate();
    const failures = [
      // A number that is none, in the driver's detail and message.
      storage.tokenStore.set(sentinel, sentinel, { expiresAt: sentinel as unknown as number }),
      // Too long for an index.
      storage.deviceStore.get(sentinel, "devices", sentinel).then(() =>
        storage.userStore.link({
          namespace: sentinel,
          hostUserId: Array.from({ length: 9_000 }, () => crypto.randomUUID()).join() + sentinel,
          enodeUserId: sentinel,
          createdAt: 1,
          erasingSince: undefined,
        }),
      ),
      postgresStorage({
        pool: new pg.Pool({ connectionString: `postgres://user:${sentinel}@127.0.0.1:1/db` }),
      }).tokenStore.get("key"),
      postgresStorage({
        pool: new pg.Pool({ connectionString: `postgres://user:${sentinel}@[broken/db` }),
      }).tokenStore.get("key"),
    ];
    for (const error of await Promise.all(failures.map(reasonOf))) {
      expect(error).toMatchObject({ name: "PostgresError" });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(sentinel);
    }
  });

  it("are left to the caller when another statement is in the way all the time", async () => {
    let tries = 0;
    const unlucky: PostgresPool = {
      query: async () => {
        tries += 1;
        throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
      },
    };

    const error = await reasonOf(postgresStorage({ pool: unlucky }).tokenStore.get("key"));

    expect(error).toMatchObject({ code: "40P01" });
    expect(tries).toBe(10);
  });
});
