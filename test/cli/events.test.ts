import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventStore } from "../../src/storage/contracts/index.ts";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { withPostgres } from "../support/services.ts";
import { run } from "./support/run.ts";

/** Fills a store with dead letters and an event that waits. */
async function fill(store: EventStore, namespace: string, dead: number): Promise<string[]> {
  const payload = (n: number) =>
    JSON.stringify({ event: "user:vehicle:updated", user: { id: `user\u001b-${n}` } });
  const events = Array.from({ length: dead }, (_, index) => ({
    index,
    lane: null,
    payload: payload(index),
  }));
  const about = { namespace, deliveryId: undefined, receivedAt: Date.now() - 3 * 86_400_000 };
  await store.append({ ...about, digest: "dead", events });
  for (const event of await store.claim(dead, 60_000, namespace)) {
    await store.fail(event, "no\n\u001b[31mroom");
  }
  await store.append({
    ...about,
    digest: "waiting",
    events: [{ index: 0, lane: null, payload: payload(99) }],
  });
  return (await store.deadLetters(dead, namespace)).map(({ id }) => id);
}

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
  file = join(folder, "enode.db");
});
afterEach(() => rm(folder, { recursive: true }));

function openFile() {
  return sqliteStorage({ path: file });
}

describe("enode-sdk events", () => {
  it("counts the events of a namespace, for people and for programs", async () => {
    const storage = openFile();
    await fill(storage.eventStore, "sandbox:me", 2);
    storage.close();
    const text = await run(["events", "counts", "--store", file, "--namespace", "sandbox:me"]);
    expect(text).toEqual({
      code: 0,
      // Three days and some seconds, as slow as the machine is.
      out: expect.stringMatching(
        /^namespace {2}sandbox:me\nwaiting {4}1\ndue {8}1\nheld {7}0\ndead {7}2\noldest {5}2592\d\d s\n$/,
      ),
      err: "",
    });
    const json = await run(["events", "counts", "--store", file, "--json"], {
      env: { ENODE_ENVIRONMENT: "sandbox", ENODE_CLIENT_ID: "me" },
    });
    expect(JSON.parse(json.out)).toMatchObject({ namespace: "sandbox:me", waiting: 1, dead: 2 });
    const other = await run(["events", "counts", "--store", file]);
    expect(other.out).toMatch(/^namespace {2}default\nwaiting {4}0$/m);
  });

  it("lists dead letters, without their payloads unless as JSON", async () => {
    const storage = openFile();
    const ids = await fill(storage.eventStore, "default", 2);
    storage.close();
    const { code, out, err } = await run(["events", "dead", "--store", file]);
    expect([code, err]).toEqual([0, ""]);
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^ID +EVENT +USER +ATTEMPTS +FAILED AT +REASON$/);
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(ids);
    expect(rows[0]).toMatch(
      /user:vehicle:updated +user\\x1b-1 +1 +\d{4}-\d\d-\d\dT\S+Z +no \\x1b\[31mroom$/,
    );
    const limited = await run(["events", "dead", "--store", file, "--json", "--limit", "1"]);
    expect(limited.out.split("\n")).toHaveLength(2);
    expect(JSON.parse(limited.out)).toMatchObject({
      id: ids[0],
      payload: { event: "user:vehicle:updated" },
    });
    const none = await run(["events", "dead", "--store", file, "--namespace", "other"]);
    expect(none).toEqual({ code: 0, out: "", err: "No dead letters in the namespace other.\n" });
  });

  it("revives and discards by ID, and says when one is none of a dead letter", async () => {
    const storage = openFile();
    const [first = "", second = "", third = ""] = await fill(storage.eventStore, "default", 3);
    try {
      expect(await run(["events", "revive", first, "--store", file])).toEqual({
        code: 0,
        out: "Revived 1 of 1.\n",
        err: "",
      });
      expect(await run(["events", "discard", first, second, "--store", file])).toEqual({
        code: 1,
        out: "Discarded 1 of 2.\n",
        err: "enode-sdk: The others are no dead letters of the namespace default.\n",
      });
      const letters = await storage.eventStore.deadLetters();
      expect(letters.map(({ id }) => id)).toEqual([third]);
      expect(await storage.eventStore.counts?.()).toMatchObject({ waiting: 2 });
    } finally {
      storage.close();
    }
  });

  it("revives all dead letters, also more than are read at once", async () => {
    const storage = openFile();
    await fill(storage.eventStore, "default", 1_001);
    try {
      const { code, out } = await run(["events", "revive", "--all", "--store", file]);
      expect([code, out]).toEqual([0, "Revived 1001.\n"]);
      expect(await storage.eventStore.counts?.()).toMatchObject({ waiting: 1_002, dead: 0 });
    } finally {
      storage.close();
    }
  });

  it("prunes what is old, and nothing that Enode may send again", async () => {
    const storage = openFile();
    await fill(storage.eventStore, "default", 1);
    storage.close();
    const prune = (text: string) => run(["events", "prune", "--before", text, "--store", file]);
    expect((await prune("4d")).out).toBe("Pruned 0.\n");
    for (const text of ["23h", new Date().toISOString()]) {
      const { code, err } = await prune(text);
      expect(code).toBe(2);
      expect(err).toContain("--before must be more than a day ago");
    }
    expect((await prune("2d")).out).toBe("Pruned 1.\n");
  });

  it("does not make a file, nor tables in that of another program", async () => {
    const missing = await run(["events", "counts", "--store", file]);
    expect(missing.code).toBe(1);
    expect(missing.err).toBe(
      `enode-sdk: There is no file ${file}; enode-sdk migrate --store ${file} makes it\n`,
    );
    const own = new DatabaseSync(file);
    own.exec("CREATE TABLE mine (id)");
    const other = await run(["events", "counts", "--store", file]);
    expect([other.code, other.out]).toEqual([1, ""]);
    expect(other.err).toContain(`${file} has no tables of enode-sdk`);
    expect(own.prepare("SELECT name FROM sqlite_schema").all()).toHaveLength(1);
    own.close();
    const text = join(folder, "text");
    await writeFile(text, "no database".repeat(100));
    expect((await run(["events", "counts", "--store", text])).err).toContain(
      `enode-sdk: ${text} cannot be read as an SQLite file: file is not a database`,
    );
  });

  it.each([
    [[], "What of the events? counts, dead, revive, discard, prune"],
    [["count"], 'There is no action "count"; did you mean counts?'],
    [["counts"], "Which store? --store must be an SQLite file or the URL of PostgreSQL"],
    [["counts", "--store", "mysql://root:hush@host/x"], "--store cannot be a URL of mysql"],
    [["counts", "--store", "x", "--schema", "y"], "--schema is for PostgreSQL only"],
    [["counts", "--store", "x", "--all"], "--all is for revive, not for counts"],
    [["dead", "--store", "x", "--before", "1d"], "--before is for prune, not for dead"],
    [["dead", "7", "--store", "x"], '"7" is one argument too many'],
    [
      ["revive", "--store", "x"],
      "Which ones? Give the IDs that enode-sdk events dead shows, or --all",
    ],
    [["discard", "--store", "x"], "Which ones? Give the IDs that enode-sdk events dead shows\n"],
    [["revive", "7", "--all", "--store", "x"], "Give IDs or --all, not both"],
    [["counts", "--store", "x", "--namespace", ""], "--namespace must not be empty"],
    [["counts", "--db", "x"], "Unknown option '--db'; did you mean --store?"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["events", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`enode-sdk: ${message}`);
    expect(err).not.toContain("hush");
  });
});

describe("enode-sdk migrate", () => {
  it("makes the tables in a file, once", async () => {
    for (let n = 0; n < 2; n++) {
      expect(await run(["migrate", "--store", file])).toEqual({
        code: 0,
        out: "The tables in SQLite are up to date.\n",
        err: "",
      });
    }
    expect((await run(["events", "counts", "--store", file])).code).toBe(0);
  });

  it("fails in a line", async () => {
    const { code, out, err } = await run(["migrate", "--store", join(folder, "no/enode.db")]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^enode-sdk: .*folder that does not exist.*\n$/);
  });

  it("fails without the password when PostgreSQL cannot be reached", async () => {
    const { code, err } = await run(["migrate", "--store", "postgres://me:hush@127.0.0.1:1/x"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^enode-sdk: .+\n$/);
    expect(err).toContain("PostgreSQL");
    expect(err).not.toContain("hush");
  });
});

withPostgres("a store in PostgreSQL, from the command line", (postgres) => {
  const storage = postgresStorage({ pool: postgres.pool() });

  it("has its tables made by migrate, and says so before", async () => {
    const empty = await run(["events", "counts", "--store", postgres.url]);
    expect([empty.code, empty.out]).toEqual([1, ""]);
    expect(empty.err).toContain("Tables of enode-sdk are missing");
    expect(empty.err).toContain("enode-sdk migrate");
    const { code, out, err } = await run(["migrate", "--store", postgres.url]);
    expect([code, out, err]).toEqual([0, "The tables in PostgreSQL are up to date.\n", ""]);
  });

  it("counts, lists, revives, discards and prunes", async () => {
    await storage.migrate();
    const [first = "", second = ""] = await fill(storage.eventStore, "one", 3);
    const on = async (...args: string[]) => {
      const { out } = await run(["events", ...args, "--store", postgres.url, "--namespace", "one"]);
      return out.trimEnd();
    };
    expect(JSON.parse(await on("counts", "--json"))).toMatchObject({ waiting: 1, dead: 3 });
    expect((await on("dead")).split("\n")).toHaveLength(4);
    expect(await on("revive", first)).toBe("Revived 1 of 1.");
    expect(await on("discard", second)).toBe("Discarded 1 of 1.");
    expect(await on("revive", "--all")).toBe("Revived 1.");
    expect(await on("prune", "--before", "1d")).toBe("Pruned 0.");
  });
});
