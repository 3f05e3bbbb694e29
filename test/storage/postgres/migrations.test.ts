import { readdirSync } from "node:fs";
import { inspect } from "node:util";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import {
  type Migration,
  migrate,
  migrations,
} from "../../../src/storage/postgres/migrations/index.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf } from "../support/event-store-cases.ts";

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

  const connection = (own: pg.Pool = pool) => new PostgresConnection(own, undefined, undefined);

  async function tablesIn(name: string): Promise<string[]> {
    // Not the partitions, whose names are those of months.
    const sql = `
      SELECT relname AS table_name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = $1 AND relkind IN ('r', 'p') AND NOT relispartition`;
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
      "enode_reading_days",
      "enode_reading_erased",
      "enode_reading_namespaces",
      "enode_reading_points",
      "enode_reading_scans",
      "enode_reading_series",
      "enode_reading_stale",
      "enode_records",
      "enode_schema",
      "enode_token_leases",
      "enode_tokens",
      "enode_users",
    ]);
    const { rows } = await pool.query("SELECT version FROM enode_schema");
    expect(rows).toHaveLength(migrations.length);
  });

  it("keep what is in them when they are migrated again", async () => {
    const storage = postgresStorage({ pool });
    await storage.migrate();
    await storage.tokenStore.set("key", "token", { expiresAt: 1 });

    await storage.migrate();

    expect(await storage.tokenStore.get("key")).toEqual({ token: "token", expiresAt: 1 });
  });

  it("are made anew where all tables were dropped", async () => {
    const storage = postgresStorage({ pool });
    await storage.migrate();
    await pool.query(`DROP TABLE ${(await tablesIn(postgres.schema)).join(", ")}`);
    await storage.migrate();
    await storage.eventStore.append(deliveryOf("a", ["x", "x"]));

    expect(await storage.eventStore.claim(2, 1_000)).toHaveLength(1);
  });

  it("stand in the schema that was asked for, whatever its name", async () => {
    const storages = pools.map((own) => postgresStorage({ pool: own, schema }));
    await Promise.all(storages.map((storage) => storage.migrate()));
    await storages[0]?.tokenStore.set("key", "token", { expiresAt: 1 });

    expect(await tablesIn(postgres.schema)).toEqual([]);
    expect(await tablesIn(schema)).toHaveLength(15);
    expect(await storages[1]?.tokenStore.get("key")).toMatchObject({ token: "token" });
  });

  it("of a newer version are refused, and left alone", async () => {
    await postgresStorage({ pool }).migrate();
    await pool.query(`INSERT INTO enode_schema VALUES (${migrations.length + 2})`);

    const error = await reasonOf(postgresStorage({ pool }).migrate());

    expect(error).toMatchObject({
      name: "StoreError",
      code: "store_failed",
      store: "storage",
      method: "migrate",
      cause: { code: "newer_tables" },
    });
    const versions = `version ${migrations.length + 2}.*up to ${migrations.length + 1}`;
    expect(String(error)).toMatch(new RegExp(`${versions}\\. Update enode-sdk`));
  });

  it("one step ahead are served, as while servers are replaced and after a rollback", async () => {
    const older = postgresStorage({ pool });
    await older.migrate();
    await older.tokenStore.set("key", "token", { expiresAt: 1 });
    await migrate(connection(), [
      ...migrations,
      (table) => `
        ALTER TABLE ${table("enode_tokens")} ADD COLUMN note text;
        ALTER TABLE ${table("enode_events")} ADD COLUMN priority integer NOT NULL DEFAULT 0;
        CREATE TABLE ${table("enode_more")} (id bigint PRIMARY KEY);`,
    ]);
    const after = postgresStorage({ pool });
    await after.migrate();

    for (const { tokenStore, eventStore } of [older, after]) {
      expect(await tokenStore.get("key")).toEqual({ token: "token", expiresAt: 1 });
      expect(await eventStore.append(deliveryOf(crypto.randomUUID(), ["x"]))).toBe("new");
    }
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

  describe("by steps", () => {
    /** Each leaves a row, after a pause, so that others come in between if they can. */
    const steps: readonly Migration[] = [1, 2, 3].map(
      (step) => (table) =>
        `
      PERFORM pg_sleep(0.05);
      ${step === 1 ? `CREATE TABLE ${table("taken")} (step integer);` : ""}
      INSERT INTO ${table("taken")} VALUES (${step});`,
    );
    const taken = async () =>
      (await pool.query("SELECT step FROM taken")).rows.map(({ step }) => step);
    const recorded = async () =>
      (await pool.query("SELECT version FROM enode_schema ORDER BY 1")).rows.map(
        (row) => row.version,
      );

    it("that stand in files with their numbers, in their order", async () => {
      const folder = new URL("../../../src/storage/postgres/migrations/", import.meta.url);
      const names = readdirSync(folder).filter((name) => name !== "index.ts");
      const found = await Promise.all(
        names
          .toSorted()
          .map(async (name) => Object.values(await import(new URL(name, folder).href))),
      );

      expect(names.toSorted().map((name) => Number(name.slice(0, 4)))).toEqual(
        migrations.map((_, at) => at + 1),
      );
      expect(found.flat()).toEqual(migrations);
    });

    it("of which ten connections at the same time run each one once", async () => {
      await Promise.all(pools.map((own) => migrate(connection(own), steps)));
      await migrate(connection(), steps);

      expect(await taken()).toEqual([1, 2, 3]);
      expect(await recorded()).toEqual([1, 2, 3]);
    });

    it("also where transactions usually see the moment in which they began", async () => {
      const url = new URL(postgres.url);
      const options = `${url.searchParams.get("options")} -c default_transaction_isolation=serializable`;
      url.searchParams.set("options", options);
      const strict = pools.map(() => new pg.Pool({ connectionString: url.href, max: 1 }));
      try {
        await Promise.all(strict.map((own) => migrate(connection(own), steps)));
      } finally {
        await Promise.all(strict.map((own) => own.end()));
      }

      expect(await taken()).toEqual([1, 2, 3]);
    });

    it("of which one that fails leaves nothing, and the next try goes on there", async () => {
      const broken: Migration = (table) => `${steps[1]?.(table)} SELECT * FROM nowhere;`;
      const error = await reasonOf(
        migrate(connection(), [...steps.slice(0, 1), broken, ...steps.slice(2)]),
      );
      expect(error).toMatchObject({ store: "storage", method: "migrate" });
      expect(await taken()).toEqual([1]);
      expect(await recorded()).toEqual([1]);

      await migrate(connection(), steps);

      expect(await taken()).toEqual([1, 2, 3]);
    });

    it("none of which an up-to-date schema asks for, in one statement", async () => {
      await migrate(connection(), steps);
      const asked: string[] = [];
      const counted: PostgresPool = {
        query: (text, values) => {
          asked.push(text);
          return pool.query(text, values);
        },
      };

      await migrate(new PostgresConnection(counted, undefined, undefined), steps);

      expect(asked).toEqual(["SELECT max(version) AS version FROM enode_schema"]);
    });
  });
});
