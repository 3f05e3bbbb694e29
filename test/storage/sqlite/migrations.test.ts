import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimedEvent } from "../../../src/storage/contracts/index.ts";
import { migrate, migrations } from "../../../src/storage/sqlite/migrations/index.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
let path = "";
const latest = migrations.length;

beforeEach(() => {
  path = files.path();
});

afterEach(() => files.clear());

/** A file as version 1 made it: a waiting event, one that is held, one for a retry and a dead one. */
const versionOne = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE enode_deliveries (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, digest TEXT NOT NULL, delivery_id TEXT,
    received_at INTEGER NOT NULL, UNIQUE (namespace, digest)
  ) STRICT;
  CREATE TABLE enode_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL REFERENCES enode_deliveries (id),
    namespace TEXT NOT NULL, place INTEGER NOT NULL, lane TEXT, payload TEXT NOT NULL,
    due_at INTEGER NOT NULL DEFAULT 0, lease TEXT, attempt INTEGER NOT NULL DEFAULT 0,
    failed_at INTEGER, reason TEXT
  ) STRICT;
  CREATE INDEX enode_events_lane ON enode_events (namespace, lane, id) WHERE failed_at IS NULL;
  CREATE INDEX enode_events_due ON enode_events (namespace, id) WHERE failed_at IS NULL;
  CREATE INDEX enode_events_held ON enode_events (namespace, lane) WHERE lease IS NOT NULL;
  CREATE INDEX enode_events_delivery ON enode_events (delivery);
  INSERT INTO enode_deliveries VALUES (1, 'default', 'a', 'id of a', 1000);
  INSERT INTO enode_events (id, delivery, namespace, place, lane, payload, due_at, lease, attempt, failed_at, reason)
  VALUES
    (1, 1, 'default', 0, 'x', '"0"', 5000, 'lease of 0', 2, NULL, NULL),
    (2, 1, 'default', 1, 'x', '"1"', 0, NULL, 0, NULL, NULL),
    (3, 1, 'default', 2, 'y', '"2"', 6000, NULL, 1, NULL, NULL),
    (4, 1, 'default', 3, 'y', '"3"', 0, NULL, 10, 900, 'because'),
    (5, 1, 'default', 4, NULL, '"4"', 0, NULL, 0, NULL, NULL),
    (99, 1, 'default', 5, NULL, '"5"', 0, NULL, 0, NULL, NULL);
  DELETE FROM enode_events WHERE id = 99;
  PRAGMA user_version = 1;`;

function shapeOf(file: string): unknown[] {
  return withDatabase(file, (database) =>
    database.prepare("SELECT type, name FROM sqlite_schema ORDER BY type, name").all(),
  );
}

function versionOf(file: string): unknown {
  return withDatabase(file, (database) => database.prepare("PRAGMA user_version").get());
}

/** A step as a later version may have it. */
const additive = `
  ALTER TABLE enode_tokens ADD COLUMN note TEXT;
  ALTER TABLE enode_events ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE enode_more (id INTEGER PRIMARY KEY) STRICT;`;

/** Lets another process come in between. */
function beforeFirst(statement: string, work: () => void): void {
  const { exec } = DatabaseSync.prototype;
  let isFirst = true;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (isFirst && sql === statement) {
      isFirst = false;
      work();
    }
    exec.call(this, sql);
  });
}

describe("an SQLite file of version 1", () => {
  beforeEach(() => withDatabase(path, (database) => database.exec(versionOne)));

  it("keeps its events, where they were", async () => {
    const { eventStore } = files.open(path, () => 4_999);

    expect(await eventStore.append(deliveryOf("a", []))).toBe("duplicate");
    const [free, ...others] = await eventStore.claim(10, 1_000);
    expect(others).toEqual([]);
    expect(free).toEqual({
      id: "5",
      payload: '"4"',
      index: 4,
      digest: "a",
      deliveryId: "id of a",
      receivedAt: 1_000,
      lease: expect.any(String),
      attempt: 1,
    });
    expect(await eventStore.deadLetters()).toMatchObject([
      { id: "4", attempts: 10, reason: "because", failedAt: 900 },
    ]);
    const held = { id: "1", lease: "lease of 0" } as ClaimedEvent;
    expect(await eventStore.complete(held)).toBe(true);
    expect(placesOf(await eventStore.claim(10, 1_000))).toEqual(["a:1"]);
  });

  it("never uses one of its IDs again", async () => {
    const { eventStore } = files.open(path);
    await eventStore.append(deliveryOf("b", ["z"]));

    const ids = (await eventStore.claim(10, 1_000)).map(({ id }) => Number(id));

    expect(Math.max(...ids)).toBe(100);
  });

  it("has all that a new file has", () => {
    files.close(files.open(path));
    const other = files.path();
    files.close(files.open(other));

    expect(shapeOf(path)).toEqual(shapeOf(other));
    expect(versionOf(path)).toEqual({ user_version: latest });
  });

  it("stays as it is when it cannot be brought to a later version", () => {
    const before = shapeOf(path);
    const { exec } = DatabaseSync.prototype;
    vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
      if (sql === "COMMIT") throw new Error("disk I/O error");
      exec.call(this, sql);
    });

    expect(() => files.open(path)).toThrow("disk I/O error");

    vi.restoreAllMocks();
    expect(versionOf(path)).toEqual({ user_version: 1 });
    expect(shapeOf(path)).toEqual(before);
    expect(files.open(path).describe()).toBe("sqlite");
  });
});

describe("an SQLite file of this version", () => {
  it("is opened without a lock, while another process writes", () => {
    files.close(files.open(path));

    withDatabase(path, (database) => {
      database.exec("BEGIN IMMEDIATE");
      expect(files.open(path).describe()).toBe("sqlite");
    });
  });

  it("is served one step ahead, as while servers are replaced and after a rollback", async () => {
    const older = files.open(path);
    withDatabase(path, (database) => migrate(database, [...migrations, additive]));
    const after = files.open(path);

    for (const { tokenStore, eventStore } of [older, after]) {
      expect(await tokenStore.set("key", "token", { expiresAt: 1 })).toBe(true);
      expect(await tokenStore.get("key")).toEqual({ token: "token", expiresAt: 1 });
      expect(await eventStore.append(deliveryOf(crypto.randomUUID(), ["x"]))).toBe("new");
    }
    expect(versionOf(path)).toEqual({ user_version: migrations.length + 1 });
  });

  it("is refused one step ahead without tables of this package, and left as it is", () => {
    const number = migrations.length + 1;
    withDatabase(path, (database) => database.exec(`PRAGMA user_version = ${number}`));

    expect(() => files.open(path)).toThrow(
      expect.objectContaining({
        name: "StoreError",
        message: expect.stringMatching(
          new RegExp(`no tables of enode-sdk.*user_version of ${number}.*a file of its own`),
        ),
      }),
    );
    expect(versionOf(path)).toEqual({ user_version: number });
    expect(shapeOf(path)).toEqual([]);
  });

  it("is refused two steps ahead, by an error with a code", () => {
    withDatabase(path, (database) => migrate(database, [...migrations, additive, "SELECT 1;"]));

    expect(() => files.open(path)).toThrow(
      expect.objectContaining({
        name: "StoreError",
        code: "store_failed",
        store: "storage",
        method: "migrate",
        message: expect.stringMatching(
          new RegExp(`version ${latest + 2}.*up to ${latest + 1}\\. Update enode-sdk`),
        ),
        cause: expect.objectContaining({ code: "newer_tables" }),
      }),
    );
  });

  it("is refused when another process has made it newer meanwhile, and left as it is", () => {
    beforeFirst("BEGIN IMMEDIATE", () =>
      withDatabase(path, (other) => other.exec(`PRAGMA user_version = ${latest + 2}`)),
    );

    expect(() => files.open(path)).toThrow(new RegExp(`version ${latest + 2}.*Update enode-sdk`));

    vi.restoreAllMocks();
    expect(versionOf(path)).toEqual({ user_version: latest + 2 });
    expect(shapeOf(path)).toEqual([]);
  });
});

describe("the steps of an SQLite file", () => {
  /** Each leaves a row. The first makes the table by which a file is known. */
  const steps: readonly string[] = [
    "CREATE TABLE enode_deliveries (step); INSERT INTO enode_deliveries VALUES (1);",
    "INSERT INTO enode_deliveries VALUES (2);",
    "INSERT INTO enode_deliveries VALUES (3);",
  ];
  const taken = (): unknown[] =>
    withDatabase(path, (database) =>
      database
        .prepare("SELECT step FROM enode_deliveries")
        .all()
        .map(({ step }) => step),
    );

  it("stand in files with their numbers, in their order", async () => {
    const folder = new URL("../../../src/storage/sqlite/migrations/", import.meta.url);
    const names = readdirSync(folder).filter((name) => name !== "index.ts");
    const texts = await Promise.all(
      names.toSorted().map(async (name) => Object.values(await import(new URL(name, folder).href))),
    );

    expect(names.toSorted().map((name) => Number(name.slice(0, 4)))).toEqual(
      migrations.map((_, at) => at + 1),
    );
    expect(texts.flat()).toEqual(migrations);
  });

  it("run in their order, and once, however often a file is opened", () => {
    for (let opened = 0; opened < 3; opened++) {
      withDatabase(path, (database) => migrate(database, steps));
    }

    expect(taken()).toEqual([1, 2, 3]);
    expect(versionOf(path)).toEqual({ user_version: 3 });
  });

  it("are left out when another process has run them while this one waited for the lock", () => {
    beforeFirst("BEGIN IMMEDIATE", () => withDatabase(path, (other) => migrate(other, steps)));

    withDatabase(path, (database) => migrate(database, steps));

    vi.restoreAllMocks();
    expect(taken()).toEqual([1, 2, 3]);
  });

  it("run under the lock of the file", () => {
    withDatabase(path, (database) => migrate(database, steps.slice(0, 2)));
    withDatabase(path, (other) => {
      other.exec("BEGIN IMMEDIATE");
      withDatabase(path, (database) => {
        expect(() => migrate(database, steps)).toThrow("database is locked");
      });
    });

    expect(taken()).toEqual([1, 2]);
  });

  it("go on where one has failed, which leaves nothing behind", () => {
    const broken = [...steps.slice(0, 1), `${steps[1]} CREATE TABLE enode_deliveries (again);`];
    withDatabase(path, (database) => {
      expect(() => migrate(database, broken)).toThrow("already exists");
    });
    expect(taken()).toEqual([1]);
    expect(versionOf(path)).toEqual({ user_version: 1 });

    withDatabase(path, (database) => migrate(database, steps));

    expect(taken()).toEqual([1, 2, 3]);
  });

  it("all run for a file of the host's own, which has a number for other reasons", async () => {
    withDatabase(path, (database) =>
      database.exec("CREATE TABLE notes (text); PRAGMA user_version = 1;"),
    );

    const { eventStore } = files.open(path);

    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
  });
});
