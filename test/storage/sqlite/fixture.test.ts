import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { expectFixture } from "../support/expect-fixture.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const files = new SqliteFiles();

afterEach(() => files.clear());

describe("an SQLite file that version 2 of the tables has written", () => {
  it("gives back every record", async () => {
    expect.hasAssertions();
    const path = files.path();
    writeFileSync(
      path,
      gunzipSync(readFileSync(new URL("../fixtures/sqlite-2.db.gz", import.meta.url))),
    );

    await expectFixture((time) => files.open(path, () => time));
  });
});
