import { execFile } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError, isStoreError } from "../../../src/errors/index.ts";
import { safeReason } from "../../../src/shared/store-reason.ts";
import { sqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { deliveryOf } from "../support/event-store-cases.ts";
import { SqliteFiles, withDatabase } from "../support/sqlite-files.ts";

const files = new SqliteFiles();

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  files.clear();
});

describe("sqliteStorage refuses", () => {
  it.each([
    ["nothing", undefined, "options", /\{ path \}/],
    ["a path without its name", "enode.db", "options", /\{ path \}/],
    ["no path", {}, "path", /path of a file/],
    ["an empty path, which is a database that nobody finds again", { path: "" }, "path", /path of/],
    ["a blank path", { path: " \t" }, "path", /path of a file/],
    ["a URL", { path: new URL("file:///tmp/enode.db") }, "path", /path of a file/],
    ["an address of SQLite that names no file", { path: "file::memory:" }, "path", /":memory:"/],
    ["an address of SQLite that is empty", { path: "file:" }, "path", /":memory:"/],
    ["a time in place of a clock", { path: ":memory:", now: 5 }, "now", /function/],
    ["an option of another name", { filename: "x" }, "filename", /did you mean path\?/],
    ["a misspelt option", { path: ":memory:", noww: () => 1 }, "noww", /did you mean now\?/],
  ])("%s", (_what, options, parameter, message) => {
    // No TypeScript in the way of the host.
    const attempt = () => sqliteStorage(options as unknown as { path: string });
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_option", parameter }));
    expect(attempt).toThrow(message);
  });

  it("a disk on which SQLite cannot write ahead", () => {
    // This file system of SQLite's has no shared memory, as network disks have none.
    const path = `file:${files.path()}?vfs=unix-dotfile`;
    const attempt = () => files.open(path);
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(/network disk \(it stays in the mode "delete"\).*disk of this machine/);
  });

  it.each([
    [
      "in a folder that does not exist",
      (path: string) => join(path, "enode.db"),
      /make the folder/,
    ],
    [
      "that is a folder",
      (path: string) => {
        mkdirSync(path);
        return path;
      },
      /is a folder, .*a file in it/,
    ],
    [
      "of a file that is no database",
      (path: string) => {
        writeFileSync(path, "a text that is long enough to be looked at by SQLite. ".repeat(20));
        return path;
      },
      /no SQLite database, .*move that file away/,
    ],
  ])("a path %s, and says what to do", (_what, pathOf, advice) => {
    const path = pathOf(files.path());
    const attempt = () => files.open(path);
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_option", parameter: "path" }));
    expect(attempt).toThrow(advice);
    expect(attempt).toThrow(JSON.stringify(path));
  });

  it("a runtime without node:sqlite, by the versions that have it", () => {
    for (const found of [undefined, {}]) {
      vi.spyOn(process, "getBuiltinModule").mockReturnValue(found as never);
      const attempt = () => sqliteStorage({ path: ":memory:" });
      expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
      expect(attempt).toThrow(expect.objectContaining({ code: "unsupported_runtime" }));
      expect(attempt).toThrow(/Node 22\.13, Bun 1\.4/);
    }
  });

  it("a runtime that has node:sqlite by name only", () => {
    class NotImplemented {
      constructor() {
        throw new Error("[unenv] DatabaseSync is not implemented yet!");
      }
    }
    vi.spyOn(process, "getBuiltinModule").mockReturnValue({
      DatabaseSync: NotImplemented,
    } as never);
    expect(() => sqliteStorage({ path: ":memory:" })).toThrow(
      expect.objectContaining({ code: "unsupported_runtime" }),
    );
  });

  it("a file of a newer version, with a typed error that may be shown", () => {
    const path = files.path();
    withDatabase(path, (database) => database.exec("PRAGMA user_version = 99"));
    const attempt = () => files.open(path);
    expect(attempt).toThrow(expect.toSatisfy(isStoreError));
    expect(attempt).toThrow(
      expect.toSatisfy((error) => /version 99.*Update enode-sdk$/.test(safeReason(error) ?? "")),
    );
  });
});

describe("sqliteStorage", () => {
  it("takes a database in memory by its name", async () => {
    const { eventStore } = files.open(":memory:");
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
  });

  it("says why in words of SQLite's own, which whoever wraps the error may show", async () => {
    const path = files.path();
    const { tokenStore } = files.open(path);
    withDatabase(path, (database) => database.exec("DROP TABLE enode_tokens"));
    const error = await tokenStore.get("k").catch((reason: unknown) => reason);
    expect(safeReason(error)).toBe("no such table: enode_tokens");
  });

  it("says that it was closed, whatever is asked of it", async () => {
    const storage = files.open(files.path());
    const { tokenStore, userStore, deviceStore, eventStore, activityLog, readingStore } = storage;
    // Once before, so that statements are prepared.
    await tokenStore.get("k");
    const write = eventStore.append(deliveryOf("a", ["x"]));
    storage.close();
    storage.close();
    expect(await write).toBe("new");
    for (const use of [
      () => tokenStore.get("k"),
      () => tokenStore.set("k", "t", { expiresAt: 1 }),
      () => userStore.get("n", "u"),
      () => deviceStore.list("n", { collection: "devices", limit: 1 }),
      () => eventStore.append(deliveryOf("b", ["x"])),
      () => eventStore.claim(1, 1),
      () => activityLog.list("n", { userId: "u", limit: 1 }),
      () => readingStore.series("n", { userId: "u" }),
      () => readingStore.erase("n", "u"),
    ]) {
      const error = await use().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "SqliteError", code: "closed" });
      expect(safeReason(error)).toMatch(/^The SQLite storage was closed/);
    }
  });

  it("shows no words of a trigger of the host's", async () => {
    const path = files.path();
    const { tokenStore } = files.open(path);
    withDatabase(path, (database) =>
      database.exec(`CREATE TRIGGER mine BEFORE INSERT ON enode_tokens
        BEGIN SELECT RAISE(ABORT, 'jane may not'); END`),
    );
    const error = await tokenStore
      .set("k", "t", { expiresAt: 1 })
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain("jane may not");
    expect(safeReason(error)).toBeUndefined();
  });
});

describe("an SQLite file that is open", () => {
  it.each([
    ["deleted", (path: string) => rmSync(path)],
    ["moved", (path: string) => renameSync(path, `${path}.old`)],
    [
      "replaced",
      (path: string) => {
        renameSync(path, `${path}.old`);
        new DatabaseSync(path).close();
      },
    ],
  ])("and is %s takes nothing more, rather than what would be lost", async (_what, change) => {
    vi.useFakeTimers();
    const path = files.path();
    const { eventStore } = files.open(path);
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
    change(path);
    vi.advanceTimersByTime(1_000);

    for (const digest of ["b", "c"]) {
      const error = await eventStore
        .append(deliveryOf(digest, ["x"]))
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "SQLITE_READONLY_DBMOVED" });
      expect(safeReason(error)).toMatch(/was deleted, moved or replaced while it was open/);
    }
  });

  it("goes on while it is where it was, by whatever path it was opened", async () => {
    vi.useFakeTimers();
    const { eventStore } = files.open(join(files.path(), "..", ".", "enode.db"));
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
    vi.advanceTimersByTime(1_000);
    expect(await eventStore.append(deliveryOf("b", ["x"]))).toBe("new");
  });
});

describe("importing the stores", () => {
  it.each(["index", "sqlite/index", "postgres/index", "redis/index", "conformance/index"])(
    "%s reads no global, and needs no module of the runtime",
    async (entry) => {
      const url = new URL(`../../../src/storage/${entry}.ts`, import.meta.url);
      const code = `
        for (const name of ["setImmediate", "queueMicrotask", "TextEncoder", "TextDecoder", "crypto", "performance"])
          delete globalThis[name];
        process.getBuiltinModule = () => { throw new Error("asked for a module") };
        await import(${JSON.stringify(url.href)});
        console.log("imported");`;
      const { stdout } = await promisify(execFile)(process.execPath, [
        "--input-type=module",
        "--eval",
        code,
      ]);
      expect(stdout).toBe("imported\n");
    },
  );
});
