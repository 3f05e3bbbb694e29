import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { expectFixture } from "../support/expect-fixture.ts";

withPostgres("a PostgreSQL schema that version 1 of the tables has written", (postgres) => {
  const pool = postgres.pool();

  it("gives back every record", async () => {
    expect.hasAssertions();
    await pool.query(readFileSync(new URL("../fixtures/postgres-1.sql", import.meta.url), "utf8"));
    await postgresStorage({ pool }).migrate();

    await expectFixture((time) => postgresStorage({ pool, now: () => time }));
  });
});
