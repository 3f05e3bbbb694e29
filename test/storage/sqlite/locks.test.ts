import { AsyncLocalStorage } from "node:async_hooks";
import { fork } from "node:child_process";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { safeReason } from "../../../src/shared/store-reason.ts";
import type { SqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const files = new SqliteFiles();
const program = fileURLToPath(new URL("../support/locker.ts", import.meta.url));
let path = "";
let storage: SqliteStorage;

beforeEach(() => {
  path = files.path();
  storage = files.open(path);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  files.clear();
});

/** A lock of another connection, and how to end it. */
function lock(begin = "BEGIN IMMEDIATE"): { release: () => void } {
  const other = new DatabaseSync(path);
  other.exec(begin);
  return {
    release() {
      other.exec("COMMIT");
      other.close();
    },
  };
}

describe("a call of an SQLite file that another process has locked", () => {
  it.each(["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])(
    "lets this process go on, and is done when the lock has gone (%s)",
    async (begin) => {
      const child = fork(program, [path, begin], { execArgv: [] });
      try {
        await once(child, "message");
        const outcomes: unknown[] = [];
        const calls = [
          storage.eventStore.append(deliveryOf("a", ["x"])),
          storage.tokenStore.set("k", "t", { expiresAt: 1 }),
          storage.tokenStore.get("k"),
        ].map((call) => call.then((outcome) => outcomes.push(outcome)));

        // Timers and turns go on: each of them would take all the time there is if SQLite waited.
        for (let turns = 0; turns < 20; turns++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          await new Promise(setImmediate);
        }
        // What was there could be read all the time, but the token was not.
        expect(outcomes).toEqual([undefined]);

        child.send("release");
        await Promise.all(calls);
        expect(outcomes).toHaveLength(3);
        expect(outcomes).toEqual(expect.arrayContaining(["new", true]));
      } finally {
        child.kill("SIGKILL");
      }
    },
  );

  it("never stops the process: no try waits inside SQLite", () => {
    const { release } = lock();
    const { exec } = DatabaseSync.prototype;
    const timeouts: unknown[] = [];
    vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
      if (sql === "BEGIN IMMEDIATE") timeouts.push(this.prepare("PRAGMA busy_timeout").get());
      exec.call(this, sql);
    });
    void storage.eventStore.append(deliveryOf("a", ["x"])).catch(() => {});
    files.close(storage);
    expect(timeouts).toEqual([{ timeout: 0 }]);
    release();
  });

  it("waits with all others in one line, and fails with them in the order in which they came", async () => {
    vi.useFakeTimers();
    const { exec } = DatabaseSync.prototype;
    let tries = 0;
    vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
      if (sql === "BEGIN IMMEDIATE") tries++;
      exec.call(this, sql);
    });
    const { release } = lock();
    tries = 0;

    const failed: number[] = [];
    const errors: unknown[] = [];
    for (let n = 0; n < 50; n++) {
      storage.eventStore.append(deliveryOf(`${n}`, ["x"])).catch((error) => {
        failed.push(n);
        errors.push(error);
      });
    }
    await vi.advanceTimersByTimeAsync(100);
    // One loop for all 50, which tries every 2.5 to 7.5 ms.
    expect(tries).toBeLessThanOrEqual(42);
    expect(tries).toBeGreaterThanOrEqual(13);
    expect(vi.getTimerCount()).toBe(1);

    await vi.advanceTimersByTimeAsync(2_890);
    expect(failed).toEqual([]);
    await vi.advanceTimersByTimeAsync(30);
    expect(failed).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(errors[0]).toMatchObject({ name: "SqliteError", code: "SQLITE_BUSY" });
    expect(safeReason(errors[0])).toBe(
      "The SQLite file is locked by another process, for more than 3 s",
    );
    expect(vi.getTimerCount()).toBe(0);

    release();
    vi.useRealTimers();
    expect(await storage.eventStore.append(deliveryOf("0", ["x"]))).toBe("new");
  });

  it("is done in the order in which it was asked for, with those that came while it waited", async () => {
    const { release } = lock();
    const first = storage.eventStore.append(deliveryOf("a", ["x"]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = storage.eventStore.append(deliveryOf("b", ["x"]));
    release();
    expect(await Promise.all([first, second])).toEqual(["new", "new"]);
    expect(placesOf(await storage.eventStore.claim(9, 1_000))).toEqual(["a:0"]);
  });

  it("waits for a lock that stops readers, too", async () => {
    const prototype = Object.getPrototypeOf(new DatabaseSync(":memory:").prepare("SELECT 1"));
    const { get } = prototype;
    let refusals = 3;
    await storage.tokenStore.set("k", "t", { expiresAt: 1 });
    vi.spyOn(prototype, "get").mockImplementation(function (this: unknown, ...values: unknown[]) {
      if (refusals-- <= 0) return get.apply(this, values);
      // SQLITE_BUSY_RECOVERY: another process is repairing the log of one that died.
      throw Object.assign(new Error("database is locked"), { errcode: 5 | (1 << 8) });
    });

    expect(await storage.tokenStore.get("k")).toEqual({ token: "t", expiresAt: 1 });
    expect(refusals).toBe(-1);
  });

  it("fails when the file is closed meanwhile", async () => {
    const { release } = lock();
    const append = storage.eventStore.append(deliveryOf("a", ["x"]));
    await Promise.resolve();
    await Promise.resolve();
    files.close(storage);
    await expect(append).rejects.toThrow("locked by another process");
    release();
  });
});

describe("a transaction that several calls share", () => {
  it("runs in the context of none of them, and each call goes on in its own", async () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { eventStore } = files.open(files.path(), () => {
      seen.push(requests.getStore());
      return Date.now();
    });
    const { release } = lock();
    release();

    const after = await Promise.all(
      ["request 0", "request 1"].map((request) =>
        requests.run(request, async () => {
          await eventStore.claim(1, 1_000);
          return requests.getStore();
        }),
      ),
    );

    expect(seen).toEqual([undefined, undefined]);
    expect(after).toEqual(["request 0", "request 1"]);
  });
});
