import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { fill, lease, writtenAt } from "../fixtures/records.ts";
import { expectFixture } from "../support/expect-fixture.ts";

withPostgres("tables that one role makes and another one uses", (postgres) => {
  const { schema } = postgres;
  const admin = postgres.pool({ max: 1 });
  const pools: pg.Pool[] = [];
  const id = randomUUID().replaceAll("-", "");
  const owner = `enode_owner_${id}`;
  const app = `enode_app_${id}`;

  function poolOf(role: string): pg.Pool {
    const url = new URL(postgres.url);
    url.username = role;
    url.password = id;
    const pool = new pg.Pool({ connectionString: url.href });
    pools.push(pool);
    return pool;
  }

  beforeAll(async () => {
    await admin.query(`
      CREATE ROLE ${owner} LOGIN PASSWORD '${id}'; CREATE ROLE ${app} LOGIN PASSWORD '${id}';
      GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${owner};
      GRANT USAGE ON SCHEMA ${schema} TO ${app};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema}
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`);
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    // One after the other, as both are in the privileges that the tables have by default.
    for (const role of [owner, app]) await admin.query(`DROP OWNED BY ${role} CASCADE`);
    await admin.query(`DROP ROLE ${owner}, ${app}`);
  });

  it("are not made by the one that may only use them, which says why", async () => {
    const storage = postgresStorage({ pool: poolOf(app) });

    await expect(storage.migrate()).rejects.toMatchObject({
      store: "storage",
      method: "migrate",
      message: `storage.migrate failed: PostgreSQL refused a statement: permission denied for schema ${schema} (42501).`,
    });
  });

  it("serve every store of the one that may only use them, which may call migrate(), too", async () => {
    expect.hasAssertions();
    await postgresStorage({ pool: poolOf(owner) }).migrate();
    const pool = poolOf(app);
    await postgresStorage({ pool }).migrate();
    await fill(postgresStorage({ pool, now: () => writtenAt }));
    // Claims in place of random ones that the fixture has.
    await admin.query("UPDATE enode_events SET lease = $1 WHERE lease IS NOT NULL", [lease]);

    const { rows } = await admin.query(
      "SELECT id FROM enode_events ORDER BY delivery, place LIMIT 1",
    );
    await expectFixture((time) => postgresStorage({ pool, now: () => time }), rows[0]?.id);
  });

  it("keep readings of a month that only the owner may make, which migrate() of the owner makes afterwards", async () => {
    let now = Date.UTC(2031, 0, 15);
    const storageOf = (role: string) => postgresStorage({ pool: poolOf(role), now: () => now });
    await storageOf(owner).migrate();
    const storage = storageOf(app);
    await storage.migrate();
    const store = storage.readingStore;
    const series = { userId: "user", deviceId: "car", metric: "level" };
    const append = () =>
      store.append("namespace", [
        { ...series, kind: "vehicle", at: now, value: 1, observedAt: now },
      ]);
    await append();
    now = Date.UTC(2031, 5, 15);
    await storage.migrate();
    await append();
    const partitions = async () => {
      const { rows } = await admin.query(
        "SELECT DISTINCT tableoid::regclass::text AS name FROM enode_reading_points ORDER BY 1",
      );
      return rows.map(({ name }) => name.replace("enode_reading_points_", ""));
    };
    expect(await partitions()).toEqual(["2031_01", "rest"]);

    await storageOf(owner).migrate();
    await append();

    expect(await partitions()).toEqual(["2031_01", "2031_06"]);
    const days = [Date.UTC(2031, 0, 15), Date.UTC(2031, 0, 16), now];
    expect(await store.read("namespace", series, { from: 0, to: 1e15, limit: 10 })).toHaveLength(2);
    await store.rollUp("namespace", Date.UTC(2031, 6, 1));
    const stale = await store.staleDays("namespace", 10);
    expect(stale.map(({ day }) => day)).toEqual([...days, now + 86_400_000]);
    await store.saveDays(
      "namespace",
      stale.map(({ day, mark }) => ({ ...series, day, mark, content: "{}" })),
    );
    // It may not drop a month, and removes its readings one by one.
    expect(await store.prune("namespace", Date.UTC(2031, 6, 1), 10)).toBe(1);
    expect(await partitions()).toEqual(["2031_06"]);
    expect(await store.erase("namespace", "user")).toBe(5);
  });
});
