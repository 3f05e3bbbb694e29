import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { expectFixture } from "../support/expect-fixture.ts";

withPostgres("a PostgreSQL schema that commit 6809c22 has written", (postgres) => {
  const pool = postgres.pool();
  beforeAll(async () => {
    const fixture = new URL("../fixtures/postgres-1.sql", import.meta.url);
    await pool.query(readFileSync(fixture, "utf8"));
    await postgresStorage({ pool }).migrate();
  });

  /** All tables and indexes of a schema, column by column in their order. */
  async function shapeOf(schema: string): Promise<unknown[]> {
    const { rows } = await pool.query(
      `SELECT c.relname, c.relkind, c.reloptions, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
         a.attnotnull, a.attidentity, coll.collname, pg_get_expr(d.adbin, d.adrelid) AS preset
       FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
         LEFT JOIN pg_collation AS coll ON coll.oid = a.attcollation
         LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = $1::regnamespace ORDER BY c.relname, a.attnum`,
      [schema],
    );
    const definitions = await pool.query(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = $1
       UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = $1::regnamespace ORDER BY 1, 2`,
      [schema],
    );
    const { rows: versions } = await pool.query(`SELECT version FROM ${schema}.enode_schema`);
    const unqualified = JSON.stringify(definitions.rows).replaceAll(`${schema}.`, "");
    return [...rows, ...JSON.parse(unqualified), ...versions];
  }

  it("gives back every record", async () => {
    expect.hasAssertions();
    await expectFixture((time) => postgresStorage({ pool, now: () => time }));
  });

  it("has the tables of a new schema", async () => {
    const other = `${postgres.schema}_new`;
    try {
      await postgresStorage({ pool, schema: other }).migrate();

      const shape = await shapeOf(postgres.schema);
      expect(shape.length).toBeGreaterThan(100);
      expect(shape).toEqual(await shapeOf(other));
    } finally {
      await pool.query(`DROP SCHEMA IF EXISTS ${other} CASCADE`);
    }
  });
});
