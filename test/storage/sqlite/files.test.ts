import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimedEvent, EventRecord } from "../../../src/storage/contracts/index.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const lease = 3_600_000;
const files = new SqliteFiles();
let folder = "";
let path = "";

beforeEach(() => {
  folder = files.folder();
  path = join(folder, "enode.db");
});

afterEach(() => files.clear());

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error("the process ended too early"))),
  ]);
  return message;
}

describe("an SQLite file", () => {
  it("has everything that it had when it is opened again", async () => {
    const before = files.open(path);
    await before.eventStore.append(deliveryOf("a", ["x", "x", "y", "z", null]));
    const [held, dead, failed, done] = await before.eventStore.claim(4, lease);
    await before.eventStore.fail(dead as ClaimedEvent, "because");
    await before.eventStore.fail(failed as ClaimedEvent, "not yet", Date.now() + lease);
    await before.eventStore.complete(done as ClaimedEvent);
    files.close(before);

    const { eventStore } = files.open(path);

    expect(await eventStore.append(deliveryOf("a", []))).toBe("duplicate");
    expect(await eventStore.claim(10, lease)).toEqual([]);
    expect(await eventStore.deadLetters()).toMatchObject([{ index: 2, reason: "because" }]);
    expect(await eventStore.complete(held as ClaimedEvent)).toBe(true);
    expect(placesOf(await eventStore.claim(10, lease))).toEqual(["a:1"]);
  });

  it("never uses an ID twice, so that no late claim can hit another event", async () => {
    const { eventStore } = files.open(path);
    await eventStore.append(deliveryOf("a", ["x"]));
    const [first] = await eventStore.claim(1, lease);
    await eventStore.complete(first as ClaimedEvent);
    await eventStore.prune(2_000);

    await eventStore.append(deliveryOf("b", ["x"]));

    const [second] = await eventStore.claim(1, lease);
    expect(second?.id).not.toBe(first?.id);
  });

  it("is shared by two connections, and each event handed out by one of them", async () => {
    const one = files.open(path).eventStore;
    const two = files.open(path).eventStore;
    const lanes = Array.from({ length: 40 }, (_, n) => `lane ${n}`);
    expect(await one.append(deliveryOf("a", lanes))).toBe("new");
    expect(await two.append(deliveryOf("a", lanes))).toBe("duplicate");

    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).claim(3, lease)),
    );

    const places = placesOf(claims.flat());
    expect(places).toHaveLength(40);
    expect(new Set(places).size).toBe(40);
    const [event] = claims.flat();
    expect(await two.complete(event as ClaimedEvent)).toBe(true);
    expect(await one.complete(event as ClaimedEvent)).toBe(false);
  });

  it("is shared by processes that make it and use it at the same time", async () => {
    const program = fileURLToPath(new URL("../support/claimer.ts", import.meta.url));
    const children = [1, 2, 3, 4].map(() => fork(program, [path], { execArgv: [] }));
    try {
      // All of them have started before any of them begins.
      await Promise.all(children.map(nextMessage));
      const answers = children.map(nextMessage);
      for (const child of children) child.send("begin");
      const results = (await Promise.all(answers)).map((answer) => Object(answer));

      const outcomes = results.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual(["duplicate", "duplicate", "duplicate", "new"]);
      const places = results.flatMap((result) => result.places);
      expect(places).toHaveLength(60);
      expect(new Set(places).size).toBe(60);
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }
  });

  it("is waited for while another process makes it", () => {
    const { exec } = DatabaseSync.prototype;
    let refusals = 3;
    vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
      if (!sql.includes("journal_mode") || refusals-- <= 0) return exec.call(this, sql);
      throw Object.assign(new Error("database is locked"), { errcode: 5 });
    });

    files.open(path);

    expect(refusals).toBe(-1);
  });

  it("may have a name of any letters", async () => {
    const file = join(folder, "Ladesäule 充電 🔌 '%20?#.db");
    const before = files.open(file);
    await before.eventStore.append(deliveryOf("a", ["x"]));
    files.close(before);

    expect(await files.open(file).eventStore.append(deliveryOf("a", ["x"]))).toBe("duplicate");
  });

  it("keeps nothing of a delivery that cannot be kept as a whole", async () => {
    const { eventStore } = files.open(path);
    const broken = { index: 1, lane: "x", payload: null } as unknown as EventRecord;
    const [whole] = deliveryOf("a", ["x"]).events;

    await expect(
      eventStore.append(deliveryOf("a", [], { events: [whole as EventRecord, broken] })),
    ).rejects.toThrow(/NOT NULL/);

    expect(await eventStore.claim(10, lease)).toEqual([]);
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
    expect(placesOf(await eventStore.claim(10, lease))).toEqual(["a:0"]);
  });

  it("of a newer version is refused, and left as it is", () => {
    files.close(files.open(path));
    withDatabase(path, (database) =>
      database.exec("PRAGMA user_version = 99; DROP TABLE enode_events"),
    );

    expect(() => files.open(path)).toThrow(/version 99.*Update enode-sdk/);

    withDatabase(path, (database) => {
      expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
      expect(
        database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'enode_events'").get(),
      ).toBeUndefined();
    });
  });

  it("that is no database is refused, and left as it is", () => {
    writeFileSync(path, "no database ".repeat(1_000));

    expect(() => files.open(path)).toThrow(/no SQLite database/);

    expect(() => files.open(path)).toThrow(/no SQLite database/);
  });

  it("in a folder that is not there is refused", () => {
    expect(() => files.open(join(folder, "none", "enode.db"))).toThrow(
      /folder that does not exist/,
    );
  });

  it("is written ahead, so that readers do not stop writers", () => {
    files.open(path);

    withDatabase(path, (database) => {
      expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    });
  });

  it("may hold tables of the host", async () => {
    withDatabase(path, (database) =>
      database.exec("CREATE TABLE mine (id INTEGER); INSERT INTO mine VALUES (7)"),
    );

    await files.open(path).eventStore.append(deliveryOf("a", ["x"]));

    withDatabase(path, (database) => {
      expect(database.prepare("SELECT id FROM mine").all()).toEqual([{ id: 7 }]);
    });
  });
});
