import { describe, expect, it } from "vitest";
import type {
  ActivityEntry,
  ClaimedEvent,
  DeviceRecord,
  UserLink,
} from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { deliveryOf } from "../support/event-store-cases.ts";

const day = 86_400_000;

function linkOf(n: number): UserLink {
  return {
    namespace: "n",
    hostUserId: `host ${n}`,
    enodeUserId: `enode ${n}`,
    createdAt: 1,
    erasingSince: undefined,
  };
}

function recordOf(id: string, observedAt = 1): DeviceRecord {
  return {
    namespace: "n",
    collection: "devices",
    id,
    kind: "vehicle",
    userId: "user",
    vendor: null,
    identity: null,
    payload: "{}",
    partial: false,
    observedAt,
    receivedAt: 1,
    source: "webhook",
  };
}

function entryOf(at: number): ActivityEntry {
  return {
    namespace: "n",
    at,
    type: "call",
    name: "getVehicle",
    userId: null,
    deviceId: null,
    actionId: null,
    details: "{}",
  };
}

it("names itself as memory", () => {
  expect(memoryStorage().describe()).toBe("memory");
});

it("goes by the clock of the machine unless told otherwise", async () => {
  const { eventStore } = memoryStorage();
  await eventStore.append(deliveryOf("a", ["x"]));
  const [event] = await eventStore.claim(1, day);
  const before = Date.now();
  await eventStore.fail(event as ClaimedEvent, "no");
  const [letter] = await eventStore.deadLetters();

  expect(letter?.failedAt).toBeGreaterThanOrEqual(before);
  expect(letter?.failedAt).toBeLessThanOrEqual(Date.now());
});

describe("memory for tokens", () => {
  it("is bounded: the ones written longest ago go first", async () => {
    const { tokenStore } = memoryStorage();
    for (let n = 0; n < 1_000; n++) await tokenStore.set(`key-${n}`, "t", { expiresAt: 1 });
    await tokenStore.set("key-0", "again", { expiresAt: 1 });

    await tokenStore.set("one more", "t", { expiresAt: 1 });

    expect(await tokenStore.get("key-1")).toBeUndefined();
    expect((await tokenStore.get("key-0"))?.token).toBe("again");
    expect(await tokenStore.get("key-2")).toBeDefined();
    expect(await tokenStore.get("one more")).toBeDefined();
  });

  it("refuses a lease while 1,000 are held, and forgets those that have ended", async () => {
    let at = 0;
    const { tokenStore } = memoryStorage({ now: () => at });
    for (let n = 0; n < 1_000; n++) await tokenStore.lease?.(`key-${n}`, 10);

    await expect(tokenStore.lease?.("one more", 10)).rejects.toThrow(/1000 leases/);
    at = 10;
    expect(await tokenStore.lease?.("one more", 10)).toBeDefined();
  });
});

describe("memory for users", () => {
  it("refuses more than 100,000 links, and forgets none", async () => {
    const { userStore } = memoryStorage();
    for (let n = 0; n < 100_000; n++) await userStore.link(linkOf(n));

    await expect(userStore.link(linkOf(100_000))).rejects.toThrow(/100000 links/);

    expect(await userStore.link(linkOf(0))).toEqual(linkOf(0));
    expect(await userStore.get("n", "host 100000")).toBeUndefined();
    await userStore.remove("n", "host 7");
    expect(await userStore.link(linkOf(100_000))).toEqual(linkOf(100_000));
  });
});

describe("memory for devices", () => {
  it("refuses more than 200,000 records as a whole, and still takes news of those it has", async () => {
    const { deviceStore } = memoryStorage();
    for (let n = 0; n < 200; n++) {
      const ids = Array.from({ length: 1_000 }, (_, i) => `id ${n * 1_000 + i}`);
      await deviceStore.upsert(ids.map((id) => recordOf(id)));
    }

    const update = recordOf("id 0", 2);
    await expect(deviceStore.upsert([update, recordOf("more")])).rejects.toThrow(/200000/);
    expect((await deviceStore.get("n", "devices", "id 0"))?.observedAt).toBe(1);
    expect(await deviceStore.upsert([update, update])).toEqual(["replaced", "replaced"]);

    await deviceStore.remove("n", { ids: ["id 1"] });
    expect(await deviceStore.upsert([recordOf("more"), recordOf("more", 2)])).toEqual([
      "added",
      "replaced",
    ]);
  });
});

describe("memory for activities", () => {
  it("keeps the latest 100,000 entries", async () => {
    const { activityLog } = memoryStorage();
    for (let n = 0; n < 100; n++) {
      const entries = Array.from({ length: 1_000 }, (_, i) => entryOf(n * 1_000 + i));
      await activityLog.record(entries);
    }
    await activityLog.record([entryOf(100_000)]);

    const [oldest] = await activityLog.list("n", { limit: 200_000 });
    expect(oldest?.at).toBe(1);
    expect(await activityLog.prune("n", 200_000)).toBe(100_000);
  });
});

describe("memory for readings", () => {
  it("refuses more than 500,000 as a whole, and still takes news of those it has", async () => {
    const { readingStore } = memoryStorage();
    const series = { userId: "user", deviceId: "car", metric: "power" };
    const readingAt = (at: number, value = 1) => {
      return { ...series, kind: "meter", at, value, observedAt: at + value };
    };
    for (let n = 0; n < 500; n++) {
      const readings = Array.from({ length: 1_000 }, (_, i) => readingAt(n * 1_000 + i));
      await readingStore.append("n", readings);
    }
    const read = (at: number) => readingStore.read("n", series, { from: at, to: at + 1, limit: 1 });

    const more = readingAt(500_000);
    await expect(readingStore.append("n", [readingAt(7, 2), more])).rejects.toThrow(/500000/);
    expect(await read(7)).toEqual([{ at: 7, value: 1 }]);
    await readingStore.append("n", [readingAt(7, 2)]);
    expect(await read(7)).toEqual([{ at: 7, value: 2 }]);

    // In another namespace too.
    await expect(readingStore.append("other", [more])).rejects.toThrow(/500000/);
    expect(await readingStore.erase("n", "user")).toBe(500_000);
    await readingStore.append("other", [more]);
    expect(await readingStore.series("other", { userId: "user" })).toHaveLength(1);
  });

  it("has room again after a pruning", async () => {
    const { readingStore } = memoryStorage();
    const series = { userId: "user", deviceId: "car", metric: "power" };
    for (let n = 0; n < 500; n++) {
      const readings = Array.from({ length: 1_000 }, (_, i) => {
        const at = n * 1_000 + i;
        return { ...series, kind: "meter", at, value: 1, observedAt: at };
      });
      await readingStore.append("n", readings);
    }
    await readingStore.rollUp("n", day);
    for (const stale of await readingStore.staleDays("n", 9)) {
      await readingStore.saveDays("n", [
        { ...series, day: stale.day, mark: stale.mark, content: "{}" },
      ]);
    }
    expect(await readingStore.prune("n", day, 600_000)).toBe(499_999);
    const next = { ...series, kind: "meter", at: day, value: 1, observedAt: day };
    expect(await readingStore.append("n", [next])).toEqual({ tooLate: 0 });
  });
});

describe("memory for events", () => {
  it("takes no more than 10,000 that wait, and more when some are done", async () => {
    const { eventStore } = memoryStorage();
    const lanes = Array.from({ length: 100 }, () => null);
    for (let n = 0; n < 100; n++) await eventStore.append(deliveryOf(`full ${n}`, lanes));

    await expect(eventStore.append(deliveryOf("more", [null]))).rejects.toThrow(/10000/);
    expect(await eventStore.append(deliveryOf("full 0", lanes))).toBe("duplicate");

    const [event] = await eventStore.claim(1, 1_000);
    await eventStore.complete(event as ClaimedEvent);
    expect(await eventStore.append(deliveryOf("more", [null]))).toBe("new");
  });

  it("refuses a delivery as a whole", async () => {
    const { eventStore } = memoryStorage();
    const lanes = Array.from({ length: 9_999 }, () => null);
    await eventStore.append(deliveryOf("a", lanes));

    await expect(eventStore.append(deliveryOf("b", [null, null]))).rejects.toThrow();

    expect(await eventStore.claim(20_000, 1_000)).toHaveLength(9_999);
    expect(await eventStore.append(deliveryOf("b", [null]))).toBe("new");
  });

  it("remembers the latest 10,000 deliveries, and those with events that wait", async () => {
    const { eventStore } = memoryStorage();
    await eventStore.append(deliveryOf("waits", ["x"]));
    for (let n = 0; n < 10_000; n++) await eventStore.append(deliveryOf(`done ${n}`, []));

    expect(await eventStore.append(deliveryOf("waits", ["x"]))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 1", []))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 9999", []))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 0", []))).toBe("new");
  });

  it("keeps the latest 10,000 dead letters", async () => {
    const { eventStore } = memoryStorage();
    for (let n = 0; n <= 10_000; n++) {
      await eventStore.append(deliveryOf(`${n}`, [null]));
      const [event] = await eventStore.claim(1, 1_000);
      await eventStore.fail(event as ClaimedEvent, "no");
    }

    const letters = await eventStore.deadLetters(20_000);
    expect(letters).toHaveLength(10_000);
    expect(letters.at(-1)).toMatchObject({ digest: "1" });
  });
});

it("shares nothing with another memory", async () => {
  const one = memoryStorage();
  await one.tokenStore.set("key", "t", { expiresAt: 1 });
  await one.userStore.link(linkOf(1));
  await one.deviceStore.upsert([recordOf("a")]);
  await one.eventStore.append(deliveryOf("a", ["x"]));
  await one.activityLog.record([entryOf(1)]);
  const other = memoryStorage();

  expect(await other.tokenStore.get("key")).toBeUndefined();
  expect(await other.userStore.get("n", "host 1")).toBeUndefined();
  expect(await other.deviceStore.get("n", "devices", "a")).toBeUndefined();
  expect(await other.eventStore.claim(1, day)).toEqual([]);
  expect(await other.activityLog.list("n", { limit: 1 })).toEqual([]);
});
