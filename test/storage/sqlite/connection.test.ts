import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import type {
  ClaimedEvent,
  DeviceRecord,
  EventRecord,
} from "../../../src/storage/contracts/index.ts";
import type { SqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { deliveryOf } from "../support/event-store-cases.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const namespace = "default";
const files = new SqliteFiles();
let path = "";

beforeEach(() => {
  path = files.path();
});

afterEach(() => {
  vi.restoreAllMocks();
  files.clear();
});

function recordOf(id: string, change: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    namespace,
    collection: "devices",
    id,
    kind: "vehicle",
    userId: "user",
    vendor: "TESLA",
    identity: null,
    payload: "{}",
    partial: false,
    observedAt: 1,
    receivedAt: 2,
    source: "webhook",
    ...change,
  };
}

const link = {
  namespace,
  hostUserId: "h",
  enodeUserId: "e",
  createdAt: 1,
  erasingSince: undefined,
};
const entry = {
  namespace,
  at: 1,
  type: "event",
  name: "n",
  userId: "u",
  deviceId: null,
  actionId: null,
  details: "{}",
};

const series = { userId: "u", deviceId: "d", metric: "m" };
const reading = { ...series, kind: "vehicle", at: 1, value: 1, observedAt: 1 };
const rolledDay = { ...series, day: 0, mark: "1", content: "{}" };

/** With which durability each transaction is committed, from the opening of the file on. */
function watchCommits(): string[] {
  const { exec } = DatabaseSync.prototype;
  const commits: string[] = [];
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (sql === "COMMIT") {
      const [level] = Object.values(this.prepare("PRAGMA synchronous").get() ?? {});
      commits.push(level === 2 ? "FULL" : level === 1 ? "NORMAL" : String(level));
    }
    exec.call(this, sql);
  });
  return commits;
}

/** Has a statement fail once. */
function failOnce(statement: string, message: string): { asked: () => number } {
  const { exec } = DatabaseSync.prototype;
  let asked = 0;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (sql === statement && ++asked === 1) throw new Error(message);
    exec.call(this, sql);
  });
  return { asked: () => asked };
}

const claimed: ClaimedEvent = {
  id: "1",
  lease: "none",
  payload: "",
  index: 0,
  digest: "",
  deliveryId: undefined,
  receivedAt: 0,
  attempt: 1,
};

const writes: readonly [string, "FULL" | "NORMAL", (storage: SqliteStorage) => Promise<unknown>][] =
  [
    ["eventStore.append", "FULL", ({ eventStore }) => eventStore.append(deliveryOf("a", ["x"]))],
    ["eventStore.claim", "NORMAL", ({ eventStore }) => eventStore.claim(1, 1)],
    ["eventStore.complete", "NORMAL", ({ eventStore }) => eventStore.complete(claimed)],
    ["eventStore.fail", "NORMAL", ({ eventStore }) => eventStore.fail(claimed, "no", 1)],
    ["eventStore.fail for good", "NORMAL", ({ eventStore }) => eventStore.fail(claimed, "no")],
    ["eventStore.revive", "FULL", ({ eventStore }) => eventStore.revive(["1"])],
    ["eventStore.prune", "NORMAL", ({ eventStore }) => eventStore.prune(1)],
    ["eventStore.erase", "FULL", ({ eventStore }) => eventStore.erase("u")],
    ["tokenStore.set", "FULL", ({ tokenStore }) => tokenStore.set("k", "t", { expiresAt: 1 })],
    ["tokenStore.delete", "FULL", ({ tokenStore }) => tokenStore.delete("k")],
    ["userStore.link", "FULL", ({ userStore }) => userStore.link(link)],
    ["userStore.beginErasure", "FULL", ({ userStore }) => userStore.beginErasure("n", "h", 1)],
    ["userStore.remove", "FULL", ({ userStore }) => userStore.remove("n", "h")],
    ["deviceStore.upsert", "NORMAL", ({ deviceStore }) => deviceStore.upsert([recordOf("a")])],
    ["deviceStore.remove", "FULL", ({ deviceStore }) => deviceStore.remove("n", { ids: ["a"] })],
    ["activityLog.record", "NORMAL", ({ activityLog }) => activityLog.record([entry])],
    ["activityLog.prune", "NORMAL", ({ activityLog }) => activityLog.prune("n", 1)],
    ["activityLog.erase", "FULL", ({ activityLog }) => activityLog.erase("n", ["u"])],
    ["readingStore.append", "NORMAL", ({ readingStore }) => readingStore.append("n", [reading])],
    ["readingStore.rollUp", "NORMAL", ({ readingStore }) => readingStore.rollUp("n", 0)],
    [
      "readingStore.saveDays",
      "NORMAL",
      ({ readingStore }) => readingStore.saveDays("n", [rolledDay]),
    ],
    ["readingStore.erase", "FULL", ({ readingStore }) => readingStore.erase("n", "u")],
  ];

describe("writes to an SQLite file", () => {
  it.each(writes)("%s is committed with synchronous = %s", async (_name, durability, write) => {
    const storage = files.open(path);
    const commits = watchCommits();

    // Before and after one of the other kind, and twice in a row.
    await storage.activityLog.record([]);
    await write(storage);
    await storage.tokenStore.delete("other");
    await write(storage);
    await write(storage);

    expect(commits).toEqual(["NORMAL", durability, "FULL", durability, durability]);
  });

  it("share one transaction when they are asked for together, of the strictest durability", async () => {
    const { eventStore, deviceStore } = files.open(path);
    const commits = watchCommits();

    const outcomes = await Promise.all([
      deviceStore.upsert([recordOf("d")]),
      ...Array.from({ length: 100 }, (_, n) => eventStore.append(deliveryOf(`${n % 60}`, ["x"]))),
    ]);

    expect(commits).toEqual(["FULL"]);
    expect(outcomes.filter((outcome) => outcome === "new")).toHaveLength(60);
    expect(outcomes.filter((outcome) => outcome === "duplicate")).toHaveLength(40);
    expect(outcomes[0]).toEqual(["added"]);
  });

  it("have nothing to do with one among them that fails", async () => {
    const { eventStore, userStore } = files.open(path);
    const broken = { index: 1, lane: "x", payload: null } as unknown as EventRecord;
    const [whole] = deliveryOf("b", ["x"]).events;
    const events = [whole as EventRecord, broken];

    const outcomes = await Promise.allSettled([
      userStore.link(link),
      eventStore.append(deliveryOf("b", [], { events })),
      userStore.link({ ...link, hostUserId: "other" }),
      eventStore.append(deliveryOf("a", ["x"])),
    ]);

    expect(outcomes).toMatchObject([
      { status: "fulfilled", value: link },
      { status: "rejected", reason: { message: expect.stringMatching(/NOT NULL/) } },
      {
        status: "rejected",
        reason: { message: expect.stringMatching(/another user of the host/) },
      },
      { status: "fulfilled", value: "new" },
    ]);
    expect(await eventStore.claim(10, 1_000)).toMatchObject([{ digest: "a" }]);
  });

  it("fail together, and are not tried one by one, when the file cannot be written", async () => {
    const { eventStore } = files.open(path);
    const begin = failOnce("BEGIN IMMEDIATE", "disk I/O error");

    const outcomes = await Promise.allSettled([
      eventStore.append(deliveryOf("a", ["x"])),
      eventStore.append(deliveryOf("b", ["x"])),
    ]);

    expect(outcomes).toMatchObject([
      { status: "rejected", reason: { message: "disk I/O error" } },
      { status: "rejected", reason: { message: "disk I/O error" } },
    ]);
    expect(begin.asked()).toBe(1);
    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
  });

  it("leave nothing behind when they cannot be committed", async () => {
    const { eventStore } = files.open(path);
    failOnce("COMMIT", "database or disk is full");

    await expect(eventStore.append(deliveryOf("a", ["x"]))).rejects.toThrow("disk is full");

    expect(await eventStore.append(deliveryOf("a", ["x"]))).toBe("new");
    expect(await eventStore.claim(10, 1_000)).toHaveLength(1);
  });

  it("that are under way when the file is closed are in it", async () => {
    const storage = files.open(path);
    const append = storage.eventStore.append(deliveryOf("a", ["x"]));
    files.close(storage);

    expect(await append).toBe("new");
    expect(await files.open(path).eventStore.append(deliveryOf("a", []))).toBe("duplicate");
  });

  it("are refused when the file is closed", async () => {
    const storage = files.open(path);
    files.close(storage);

    await expect(storage.eventStore.append(deliveryOf("a", ["x"]))).rejects.toThrow(/was closed/);
  });
});

describe("IDs in an SQLite file", () => {
  const lone = "\ud800";
  const calls: readonly [string, (storage: SqliteStorage) => Promise<unknown>][] = [
    ["key", ({ tokenStore }) => tokenStore.get(lone)],
    ["key", ({ tokenStore }) => tokenStore.set(lone, "t", { expiresAt: 1 })],
    ["token", ({ tokenStore }) => tokenStore.set("k", lone, { expiresAt: 1 })],
    ["key", ({ tokenStore }) => tokenStore.delete(lone)],
    ["key", ({ tokenStore }) => Promise.resolve(tokenStore.lease?.(lone, 1))],
    ["namespace", ({ userStore }) => userStore.link({ ...link, namespace: lone })],
    ["hostUserId", ({ userStore }) => userStore.link({ ...link, hostUserId: lone })],
    ["enodeUserId", ({ userStore }) => userStore.link({ ...link, enodeUserId: lone })],
    ["hostUserId", ({ userStore }) => userStore.get(namespace, lone)],
    ["enodeUserId", ({ userStore }) => userStore.getByEnodeUserId(namespace, lone)],
    ["hostUserId", ({ userStore }) => userStore.beginErasure(namespace, lone, 1)],
    ["namespace", ({ userStore }) => userStore.listErasing(lone, 1)],
    ["hostUserId", ({ userStore }) => userStore.remove(namespace, lone)],
    ["id", ({ deviceStore }) => deviceStore.upsert([recordOf(lone)])],
    ["userId", ({ deviceStore }) => deviceStore.upsert([recordOf("a", { userId: lone })])],
    ["identity", ({ deviceStore }) => deviceStore.upsert([recordOf("a", { identity: lone })])],
    ["id", ({ deviceStore }) => deviceStore.get(namespace, "devices", lone)],
    ["id", ({ deviceStore }) => deviceStore.getMany(namespace, "devices", ["a", lone])],
    [
      "userId",
      ({ deviceStore }) =>
        deviceStore.listByUser(namespace, lone, { collection: "devices", limit: 1 }),
    ],
    [
      "after",
      ({ deviceStore }) =>
        deviceStore.list(namespace, { collection: "devices", after: lone, limit: 1 }),
    ],
    ["id", ({ deviceStore }) => deviceStore.remove(namespace, { ids: [lone] })],
    ["userId", ({ deviceStore }) => deviceStore.remove(namespace, { userId: lone })],
    ["namespace", ({ deviceStore }) => deviceStore.findDuplicates(lone, 1)],
    ["digest", ({ eventStore }) => eventStore.append(deliveryOf(lone, ["x"]))],
    ["namespace", ({ eventStore }) => eventStore.claim(1, 1, lone)],
    ["namespace", ({ eventStore }) => eventStore.deadLetters(1, lone)],
    ["namespace", ({ eventStore }) => eventStore.prune(1, lone)],
    ["namespace", ({ eventStore }) => eventStore.erase("u", lone)],
    ["deviceId", ({ activityLog }) => activityLog.record([{ ...entry, deviceId: lone }])],
    ["userId", ({ activityLog }) => activityLog.list(namespace, { userId: lone, limit: 1 })],
    ["namespace", ({ activityLog }) => activityLog.prune(lone, 1)],
    ["id", ({ activityLog }) => activityLog.erase(namespace, [lone])],
  ];

  it.each(calls)("are refused as %s when they have a lone surrogate", async (name, call) => {
    const refusal = call(files.open(path));

    await expect(refusal).rejects.toThrow(expect.toSatisfy(isConfigurationError));
    await expect(refusal).rejects.toThrow(`${name} has a lone surrogate`);
  });

  it("come back whole when they have a NUL", async () => {
    const { deviceStore } = files.open(path);
    const ids = ["with", "with\0", "with\0NUL", "\0"];
    await deviceStore.upsert(ids.map((id) => recordOf(id, { payload: JSON.stringify(id) })));

    const records = await deviceStore.list(namespace, { collection: "devices", limit: 9 });

    expect(new Set(records.map(({ id }) => id))).toEqual(new Set(ids));
    for (const { id, payload } of records) expect(payload).toBe(JSON.stringify(id));
  });

  it("are refused when they have a NUL and this version of Node cuts texts off there", async () => {
    const { prepare } = DatabaseSync.prototype;
    vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
      this: DatabaseSync,
      sql,
    ) {
      return prepare.call(this, sql.includes("char(0)") ? "SELECT 'a' AS text" : sql);
    });
    const { deviceStore } = files.open(path);

    await expect(deviceStore.upsert([recordOf("with\0NUL")])).rejects.toThrow("id has a NUL");

    expect(await deviceStore.upsert([recordOf("with")])).toEqual(["added"]);
  });
});
