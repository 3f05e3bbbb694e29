import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isConfigurationError, isStoreError } from "../../src/errors/index.ts";
import { History, type HistoryOptions } from "../../src/history/index.ts";
import { memoryStorage, type ReadingStore } from "../../src/storage/index.ts";
import { createClient, stubFetch } from "../support/stub.ts";
import { createWorld, day, hour, start, vehicleAt } from "./support/world.ts";
import "../support/lazy-modules.ts";

const metric = "chargeState.batteryLevel";
const query = { deviceId: "car", metric, from: start, to: start + hour, every: "1h" } as const;

/** A store of which some methods are others. */
function storeWith(methods: Partial<ReadingStore>): ReadingStore {
  return Object.assign(Object.create(memoryStorage().readingStore), methods);
}

describe("new History", () => {
  it.each<[string, unknown]>([
    ["options", undefined],
    ["options", createClient({ fetch: stubFetch() })],
    ["enode", { enode: undefined }],
    ["store", { store: {} }],
    ["maxAge", { maxAge: 25 * hour }],
    ["maxAge", { maxAge: 1 }],
    ["keepRaw", { keepRaw: 1 }],
    ["keepRaw", { keepRaw: 3.5 }],
    ["onError", { onError: "log" }],
    ["now", { now: 5 }],
    ["metrics", { metrics: [1] }],
    ["metrics", { metrics: { vehicle: ["chargeState.fuel"] } }],
    ["metrics", { metrics: { toaster: [] } }],
    ["keepDays", { keepDays: 5 }],
  ])("refuses an invalid %s", (parameter, change) => {
    const { enode, store } = createWorld();
    const isWhole = parameter === "options";
    const options = isWhole ? change : { enode, store, ...(change as object) };
    const create = () => new History(options as HistoryOptions);
    expect(create).toThrow(expect.objectContaining({ name: "ConfigurationError", parameter }));
  });

  it("refuses a client without a clientId", () => {
    const enode = createClient({ fetch: stubFetch() });
    Object.defineProperty(enode, "namespace", { value: "sandbox:" });
    expect(() => new History({ enode, store: memoryStorage().readingStore })).toThrow("clientId");
  });
});

describe("maintain", () => {
  it("refuses a signal that is none", async () => {
    const { history } = createWorld();
    await expect(history.maintain({ signal: {} as never })).rejects.toMatchObject({
      name: "ConfigurationError",
      parameter: "signal",
    });
  });
});

describe("what is asked", () => {
  it.each<[string, object]>([
    ["deviceId", { deviceId: undefined }],
    ["deviceId", { deviceId: " " }],
    ["userId", { userId: undefined }],
    ["metric", { metric: "chargeState.fuel" }],
    ["from", { from: "yesterday" }],
    ["from", { from: "2026-06-01T00:00:00" }],
    ["from", { from: Number.NaN }],
    ["to", { to: start }],
    ["every", { every: "7m" }],
    ["timeZone", { timeZone: "Mars/Olympus" }],
    ["timezone", { timezone: "UTC" }],
    ["every", { every: "1m", to: start + 30 * day }],
  ])("is refused for its %s", async (parameter, change) => {
    const { history } = createWorld();
    const failure = history.series({ ...query, ...change } as never);
    await expect(failure).rejects.toMatchObject({ name: "ConfigurationError", parameter });
  });

  it.each(["batteryLevel", "chargestate.batterylevel", "chargeState.batteryLevle"])(
    "is asked which reading is meant by %s",
    async (metric) => {
      const { history } = createWorld();
      const query = { deviceId: "car", metric: metric as never, from: start, to: start + hour };
      await expect(history.series({ ...query, every: "1h" })).rejects.toThrow(
        "did you mean chargeState.batteryLevel?",
      );
      expect(() => createWorld({ metrics: { vehicle: [metric as never] } })).toThrow(
        "did you mean chargeState.batteryLevel?",
      );
    },
  );

  it("has dates, texts and numbers as times", async () => {
    const { history } = createWorld();
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    const { points } = await history.series(query);
    const to = new Date(start + hour);
    expect((await history.series({ ...query, from: "2026-06-01", to })).points).toEqual(points);
    const local = "2026-06-01T02:00:00+02:00";
    expect((await history.series({ ...query, from: local, to: to.toISOString() })).points).toEqual(
      points,
    );
  });

  it("is refused for energy of nothing, or of a kind that does not exist", async () => {
    const { history } = createWorld();
    const span = { from: start, to: start + hour, every: "1h" } as const;
    await expect(history.energy({ kind: "vehicle", ...span } as never)).rejects.toThrow(
      "deviceId or a userId",
    );
    const unknown = history.energy({ kind: "toaster", userId: "anna", ...span } as never);
    await expect(unknown).rejects.toThrow("kind must be one of vehicle");
  });
});

describe("the store of a history", () => {
  it.each<[string, Partial<ReadingStore>]>([
    [
      "another device",
      { series: async () => [{ userId: "a", deviceId: "b", metric, kind: "vehicle", lastAt: 1 }] },
    ],
    ["no list", { series: async () => undefined as never }],
    ["a failure", { series: async () => Promise.reject(new Error("password=hunter2")) }],
  ])("is not trusted when it gives %s", async (_, methods) => {
    const { history } = createWorld({ store: storeWith(methods) });
    const failure = await history.series(query).catch((error: unknown) => error);
    expect(isStoreError(failure)).toBe(true);
    expect(String(failure)).not.toContain("hunter2");
  });

  it.each<[string, Partial<ReadingStore>]>([
    [
      "points in disorder",
      {
        read: async () => [
          { at: start + 2, value: 1 },
          { at: start + 1, value: 1 },
        ],
      },
    ],
    ["points of another time", { read: async () => [{ at: start + 10 * day, value: 1 }] }],
    [
      "a day of another version",
      {
        rolledDays: async () => ({
          until: start + 5 * day,
          days: [{ day: start, content: '{"v":2}' }],
          stale: [],
        }),
      },
    ],
    [
      "a day that is no text of a history",
      {
        rolledDays: async () => ({
          until: start + 5 * day,
          days: [{ day: start, content: "{" }],
          stale: [],
        }),
      },
    ],
  ])("is not trusted when it has %s", async (_, methods) => {
    const { history } = createWorld({ store: storeWith(methods) });
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    expect(isStoreError(await history.series(query).catch((error: unknown) => error))).toBe(true);
  });

  it("keeps nothing more of a user who was erased", async () => {
    const { history, store, enode } = createWorld();
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    await store.erase(enode.namespace, "anna");
    await history.apply(vehicleAt(start + 1, { batteryLevel: 50 }));
    expect((await history.series(query)).userId).toBeUndefined();
  });

  it("does not show one client what belongs to another", async () => {
    const store = memoryStorage().readingStore;
    const one = createWorld({ store });
    await one.history.apply(vehicleAt(start, { batteryLevel: 50 }));
    const enode = createClient({ fetch: stubFetch(), clientId: "another-client" });
    const other = createWorld({ store, enode });
    expect((await other.history.series(query)).userId).toBeUndefined();
  });
});

describe("history.maintain", () => {
  it("ends when its signal is aborted, and the next call goes on", async () => {
    const { history } = createWorld();
    await history.apply(
      Array.from({ length: 200 }, (_, index) =>
        vehicleAt(start, { batteryLevel: 50 }, { id: `car-${index}` }),
      ),
    );
    const controller = new AbortController();
    const { signal } = controller;
    let polls = 0;
    Object.defineProperty(signal, "throwIfAborted", {
      value() {
        polls++;
        if (polls === 3) controller.abort();
        if (signal.aborted) throw signal.reason;
      },
    });
    await expect(history.maintain({ signal })).rejects.toMatchObject({ name: "AbortError" });
    const { rolledDays } = await history.maintain();
    expect(rolledDays).toBe(350);
    expect(await history.maintain()).toEqual({ rolledDays: 0, removedReadings: 0 });
  });

  it("is done by any number of processes", async () => {
    const world = createWorld({ keepRaw: 3 });
    const other = createWorld({ store: world.store, enode: world.enode, keepRaw: 3 });
    const events = Array.from({ length: 40 }, (_, index) =>
      vehicleAt(start + index * 3 * hour, { batteryLevel: index }),
    );
    await world.history.apply(events);
    const whole = { ...query, to: start + 6 * day } as const;
    const before = await world.history.series(whole);
    await Promise.all([world.history.maintain(), other.history.maintain()]);
    expect(await world.history.series(whole)).toEqual(before);
  });

  it("rolls up again what late readings change", async () => {
    const { history } = createWorld();
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    await history.maintain();
    await history.apply(vehicleAt(start + hour / 2, { batteryLevel: 60 }));
    expect((await history.series(query)).points[0]?.mean).toBe(55);
    expect((await history.maintain()).rolledDays).toBeGreaterThan(0);
    expect((await history.series(query)).points[0]?.mean).toBe(55);
  });

  it("is given up for a store that does not save", async () => {
    const { history } = createWorld({ store: storeWith({ saveDays: async () => undefined }) });
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    await expect(history.maintain()).rejects.toThrow("gave days again that were saved");
  });

  it("happens by itself from start to stop, each hour", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let calls = 0;
    const rollUp = async () => {
      calls++;
      throw new Error("not now");
    };
    const { history, errors } = createWorld({ store: storeWith({ rollUp }) });
    history.start();
    history.start();
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    vi.advanceTimersByTime(hour);
    await vi.waitFor(() => expect(errors).toHaveLength(2));
    await history.stop();
    vi.advanceTimersByTime(3 * hour);
    expect(calls).toBe(2);
    expect(errors.every(isStoreError)).toBe(true);
  });
});

it("knows what it refuses", async () => {
  const { history } = createWorld();
  expect(
    isConfigurationError(await history.series({} as never).catch((error: unknown) => error)),
  ).toBe(true);
});
