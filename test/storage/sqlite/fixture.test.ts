import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectFixture } from "../support/expect-fixture.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
let path = "";

beforeEach(() => {
  path = files.path();
  const fixture = new URL("../fixtures/sqlite-2.db.gz", import.meta.url);
  writeFileSync(path, gunzipSync(readFileSync(fixture)));
});

afterEach(() => files.clear());

/** All tables and indexes, as they were made. */
function schemaOf(file: string): unknown[] {
  return withDatabase(file, (database) => [
    ...database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").all(),
    database.prepare("PRAGMA user_version").get(),
  ]);
}

describe("an SQLite file that commit 6809c22 has written", () => {
  it("gives back every record", async () => {
    expect.hasAssertions();
    await expectFixture((time) => files.open(path, () => time));
  });

  it("has the tables of a new file", () => {
    const other = files.path();
    files.close(files.open(other));
    files.close(files.open(path));

    expect(schemaOf(path)).toEqual(schemaOf(other));
  });
});
