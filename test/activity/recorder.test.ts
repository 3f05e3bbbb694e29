import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ActivityFilter, ActivityRecorder, combineHooks } from "../../src/activity/index.ts";
import { Enode } from "../../src/index.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.ts";
import { type ActivityLog, type DeviceRecord, memoryStorage } from "../../src/storage/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { eventOf, send } from "./support/activity-events.ts";
import "../support/lazy-modules.ts";

const NAMESPACE = "sandbox:client";
const SECRET = "a-secret-of-the-tests";
const TUESDAY = Date.UTC(2026, 2, 3);
const HOUR = 3_600_000;

beforeEach(() => {
  // Not the immediates and ticks by which bodies move.
  vi.useFakeTimers({ now: TUESDAY, toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A log that notes how it is used. */
function spyLog(record: ActivityLog["record"] = async () => {}) {
  const log = { ...memoryStorage().activityLog, record: vi.fn(record) };
  return log;
}

function setUp(log: ActivityLog = memoryStorage().activityLog, more: object = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const recorder = new ActivityRecorder({ log, namespace: NAMESPACE, onError, ...more });
  return { recorder, errors };
}

function clientOf(sandbox: Sandbox, recorder: ActivityRecorder): Enode {
  return new Enode({
    environment: "sandbox",
    ...sandbox.credentials,
    fetch: sandbox.fetch,
    hooks: recorder.hooks,
    maxRetries: 0,
  });
}

function call(
  recorder: ActivityRecorder,
  parameters: Record<string, string> = { vehicleId: "car" },
) {
  recorder.hooks.onResponse?.({
    operation: "refreshVehicle",
    method: "POST",
    path: "/vehicles/{vehicleId}/refresh-hint",
    parameters,
    attempt: 1,
    status: 204,
    durationMs: 12,
    requestId: "request-1",
  });
}

describe("activity", () => {
  it("lists what happened to a user's car on Tuesday", async () => {
    const storage = memoryStorage();
    const receiver = new WebhookReceiver({ secret: SECRET });
    const sandbox = createSandbox({
      clock: "manual",
      heartbeatInterval: Number.POSITIVE_INFINITY,
      fleet: [
        { id: "anna", vehicles: [{ vendor: "TESLA", isPluggedIn: true, batteryLevel: 20 }] },
        { id: "ben", vehicles: [{ vendor: "TESLA", isPluggedIn: true, batteryLevel: 20 }] },
      ],
      deliver: (request) => receiver.handle(request),
    });
    const [bens, annas] = sandbox.devices.list();
    if (bens?.userId !== "ben" || annas?.userId !== "anna") throw new Error("the fleet is another");
    await storage.deviceStore.upsert([recordOf(annas.id, "anna")]);
    const { recorder, errors } = setUp(storage.activityLog, { store: storage.deviceStore });
    recorder.attach(receiver);
    const enode = clientOf(sandbox, recorder);
    await enode.webhooks.create({ url: "https://hooks.example.com/enode", secret: SECRET });

    const pass = async (milliseconds: number) => {
      await sandbox.deliver();
      sandbox.clock.advance(milliseconds);
      vi.setSystemTime(sandbox.clock.now());
      await sandbox.deliver();
    };

    // On Tuesday at one: charging is begun, and the car does not answer.
    await pass(17 * HOUR);
    sandbox.devices.update(annas.id, { isReachable: false });
    await pass(60_000);
    const { id: actionId } = await enode.vehicles.startCharging(annas.id);
    await enode.vehicles.get(annas.id);
    await pass(HOUR);
    // At two: an invalid command, and one for the car of somebody else.
    await expect(enode.vehicles.stopCharging(annas.id)).rejects.toThrow();
    await enode.vehicles.startCharging(bens.id);
    // On Wednesday.
    await pass(24 * HOUR);
    sandbox.devices.update(annas.id, { isReachable: true });
    await pass(0);

    const tuesday = { from: new Date("2025-01-07"), to: new Date("2025-01-08") };
    const found = await recorder.activity({ userId: "anna", ...tuesday });
    expect(
      found.map(
        ({ at, name, type, details: { status, state, failureReason, code, updatedFields } }) => [
          at.toISOString().slice(11, 16),
          type,
          name,
          state ?? status ?? updatedFields,
          failureReason ?? code,
        ],
      ),
    ).toEqual([
      [
        "01:00",
        "event",
        "user:vehicle:updated",
        expect.arrayContaining(["isReachable"]),
        undefined,
      ],
      ["01:01", "call", "controlVehicleCharging", 200, undefined],
      ["01:01", "event", "user:vendor-action:updated", "FAILED", "NO_RESPONSE"],
      ["02:01", "error", "controlVehicleCharging", 400, "bad_request"],
    ]);
    expect(found.every(({ deviceId }) => deviceId === annas.id)).toBe(true);
    expect(await recorder.activity({ deviceId: annas.id, ...tuesday })).toEqual(found);
    const [ofAction] = await recorder.activity({ actionId });
    expect(ofAction).toMatchObject({ userId: "anna", details: { state: "FAILED" } });
    expect(await recorder.activity({ userId: "anna", from: tuesday.to })).toHaveLength(1);
    expect(await recorder.activity({ userId: "anna", limit: 1 })).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it("notes reads only when they fail", async () => {
    const sandbox = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const { recorder } = setUp();
    const enode = clientOf(sandbox, recorder);
    await enode.vehicles.list().toArray({ limit: 10 });
    expect(await recorder.activity({ userId: "user-1" })).toEqual([]);
    sandbox.faults.next({
      operation: "listUserVehicles",
      status: 503,
      headers: { "x-request-id": "r-7" },
    });
    await expect(enode.vehicles.list({ userId: "user-1" })).rejects.toThrow();
    const [failed, ...others] = await recorder.activity({ userId: "user-1" });
    expect(failed).toMatchObject({
      type: "error",
      name: "listUserVehicles",
      details: {
        status: 503,
        code: "server_error",
        requestId: "r-7",
        durationMs: expect.any(Number),
      },
    });
    expect(others).toEqual([]);
  });

  it("notes an answer with a status of failure that is none", async () => {
    const sandbox = createSandbox({ clock: "manual", fleet: { users: 1, vehiclesPerUser: 1 } });
    const { recorder } = setUp();
    const enode = clientOf(sandbox, recorder);
    const [vehicle] = sandbox.devices.list();
    const action = await enode.vehicles.startCharging(vehicle?.id ?? "");
    sandbox.clock.advance(10_000);
    await enode.vehicles.actions.cancel(action.id);
    expect(await recorder.activity({ actionId: action.id })).toMatchObject([
      { type: "call", name: "cancelVehicleAction", details: { status: 409 } },
    ]);
  });

  it("keeps what else a call was about", async () => {
    const { recorder } = setUp();
    call(recorder, { userId: "anna", vendor: "TESLA" });
    const [entry] = await recorder.activity({ userId: "anna" });
    expect(entry).toEqual({
      at: new Date(TUESDAY),
      type: "call",
      name: "refreshVehicle",
      userId: "anna",
      deviceId: null,
      actionId: null,
      details: {
        status: 204,
        durationMs: 12,
        requestId: "request-1",
        parameters: { vendor: "TESLA" },
      },
    });
  });

  it("keeps namespaces and users apart", async () => {
    const { activityLog: log } = memoryStorage();
    const { recorder } = setUp(log);
    const other = new ActivityRecorder({ log, namespace: "production:client" });
    call(recorder, { userId: "anna" });
    call(other, { userId: "anna" });
    call(recorder, { userId: "ben" });
    await other.flush();
    expect(await recorder.activity({ userId: "anna" })).toHaveLength(1);
  });

  it("forgets what is older than asked for", async () => {
    const { recorder } = setUp();
    call(recorder);
    await recorder.flush();
    await vi.advanceTimersByTimeAsync(HOUR);
    call(recorder);
    await recorder.flush();
    expect(await recorder.prune(new Date(TUESDAY + 1))).toBe(1);
    expect(await recorder.activity({ deviceId: "car" })).toHaveLength(1);
  });
});

describe("recorded events", () => {
  it("hold nothing but what is named", async () => {
    const sentinel = "SENTINEL";
    const { recorder, errors } = setUp();
    const receiver = new WebhookReceiver({ secret: SECRET });
    recorder.attach(receiver);
    const entries = vi.fn();
    await send(receiver, SECRET, [
      eventOf("user:vehicle:updated", {
        vehicle: {
          id: "car",
          vendor: "TESLA",
          information: { vin: sentinel, displayName: sentinel },
          location: { latitude: sentinel, longitude: sentinel },
        },
        updatedFields: ["location.latitude"],
      }),
      eventOf("user:inverter:discovered", {
        inverter: { id: "roof", vendor: "SMA", information: { sn: sentinel } },
        linkUrl: sentinel,
        token: sentinel,
      }),
      eventOf("user:vendor-action:updated", {
        vendorAction: {
          id: "action",
          targetId: "car",
          state: "FAILED",
          failureReason: { type: "NO_RESPONSE", detail: sentinel },
          secret: sentinel,
        },
        updatedFields: ["state", { sentinel }],
      }),
    ]);
    recorder.hooks.onError?.({
      operation: "relinkAsset",
      path: "/assets/{assetId}/relink",
      parameters: { assetId: "car" },
      attempt: 1,
      durationMs: 1,
      error: Object.assign(new TypeError(sentinel), {
        code: "bad_request",
        stack: sentinel,
      }) as never,
    });
    entries(
      await recorder.activity({ userId: "anna" }),
      await recorder.activity({ deviceId: "car" }),
    );
    expect(entries.mock.calls[0]?.[0]).toMatchObject([
      { deviceId: "car", details: { vendor: "TESLA", updatedFields: ["location.latitude"] } },
      { deviceId: "roof", details: { vendor: "SMA" } },
      {
        deviceId: "car",
        actionId: "action",
        details: { state: "FAILED", failureReason: "NO_RESPONSE", updatedFields: ["state"] },
      },
    ]);
    expect(entries.mock.calls[0]?.[1]).toHaveLength(3);
    expect(JSON.stringify(entries.mock.calls)).not.toContain(sentinel);
    expect(errors).toEqual([]);
  });

  it("are noted once, though they are handled again, and heartbeats are not", async () => {
    const { recorder } = setUp();
    const receiver = new WebhookReceiver({ secret: SECRET, onError: () => {} });
    const end = recorder.attach(receiver);
    let failures = 1;
    receiver.on("*", () => {
      if (failures-- > 0) throw new Error("not yet");
    });
    const events = [
      eventOf("user:vehicle:updated", { vehicle: { id: "car" }, updatedFields: [] }),
      eventOf("system:heartbeat", { pendingEvents: 0 }),
    ];
    expect((await send(receiver, SECRET, events)).status).toBe(500);
    expect((await send(receiver, SECRET, events)).status).toBe(200);
    expect(await recorder.activity({ userId: "anna" })).toHaveLength(1);
    end();
    await send(receiver, SECRET, [eventOf("user:vehicle:deleted", { vehicle: { id: "car" } })]);
    expect(await recorder.activity({ userId: "anna" })).toHaveLength(1);
  });

  it("are not taken from a receiver of another client", () => {
    const { recorder } = setUp();
    const receiver = new WebhookReceiver({ secret: SECRET, namespace: "production:client" });
    expect(() => recorder.attach(receiver)).toThrow("production:client");
  });
});

describe("a recorder", () => {
  it("is connected to one client, and refuses another one", async () => {
    const log = spyLog();
    const recorder = new ActivityRecorder({ log });
    recorder.connect({ namespace: NAMESPACE });
    recorder.connect({ namespace: NAMESPACE });
    expect(() => recorder.connect({ namespace: "production:client" })).toThrow(
      `enode is of production:client, and this recorder of ${NAMESPACE}`,
    );
    call(recorder);
    await recorder.flush();
    expect(log.record.mock.calls).toMatchObject([[[{ namespace: NAMESPACE }]]]);
  });

  it("writes together what comes within a second, one write at a time", async () => {
    const open: (() => void)[] = [];
    const log = spyLog(() => new Promise((resolve) => open.push(resolve)));
    const { recorder } = setUp(log);
    for (let nth = 0; nth < 3; nth++) call(recorder);
    expect(log.record).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.record.mock.calls.map(([entries]) => entries.length)).toEqual([3]);
    for (let nth = 0; nth < 1_500; nth++) call(recorder);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(log.record).toHaveBeenCalledTimes(1);
    open.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(log.record.mock.calls.map(([entries]) => entries.length)).toEqual([3, 1_000]);
    open.shift()?.();
    const flushed = recorder.flush();
    await vi.advanceTimersByTimeAsync(0);
    open.shift()?.();
    await flushed;
    expect(log.record.mock.calls.map(([entries]) => entries.length)).toEqual([3, 1_000, 500]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tries again what the log did not take, and reports it", async () => {
    const broken = new Error("disk full");
    let failures = 2;
    const written: number[] = [];
    const log = spyLog(async (entries) => {
      if (failures-- > 0) throw broken;
      written.push(entries.length);
    });
    const { recorder, errors } = setUp(log);
    call(recorder);
    await vi.advanceTimersByTimeAsync(1_000);
    call(recorder);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(written).toEqual([2]);
    expect(errors).toEqual([
      expect.objectContaining({ store: "activityLog", method: "record" }),
      expect.objectContaining({ code: "store_failed" }),
    ]);
  });

  it("gives up a batch that the log never takes", async () => {
    const log = spyLog(() => Promise.reject(new Error("no")));
    const { recorder, errors } = setUp(log);
    call(recorder);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(log.record).toHaveBeenCalledTimes(8);
    expect(String(errors.at(-1))).toContain("1 entries were dropped");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives up at once and reports once when its storage was closed", async () => {
    const storage = sqliteStorage({ path: ":memory:" });
    const { recorder, errors } = setUp(storage.activityLog, { store: storage.deviceStore });
    call(recorder);
    call(recorder);
    storage.close();
    await vi.advanceTimersByTimeAsync(HOUR);
    call(recorder);
    await vi.advanceTimersByTimeAsync(HOUR);
    await recorder.flush();
    expect(errors).toHaveLength(1);
    expect(errors).toMatchObject([
      {
        name: "StoreError",
        message:
          "activityLog.record failed: the storage was closed, and 2 entries were dropped. Call recorder.flush() before you close it.",
      },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds up no process with what the log does not take", async () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, "setTimeout");
    const { recorder } = setUp(spyLog(() => Promise.reject(new Error("no"))));
    call(recorder);
    await recorder.flush();
    // It is tried again.
    const again = timers.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(again.hasRef()).toBe(false);
    clearTimeout(again);
    timers.mockRestore();
  });

  it("is bounded when the log hangs, and lives on when it no longer does", async () => {
    let hangs = true;
    const kept: string[] = [];
    const log = spyLog(async (entries) => {
      if (hangs) await new Promise(() => {});
      kept.push(...entries.map(({ userId }) => String(userId)));
    });
    const { recorder, errors } = setUp(log);
    for (let nth = 0; nth < 25_000; nth++) call(recorder, { userId: String(nth) });
    const flushed = recorder.flush();
    await vi.advanceTimersByTimeAsync(10_000);
    await flushed;
    expect(String(errors[0])).toContain("took more than 10000 ms");
    hangs = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(kept).toHaveLength(10_000);
    expect(kept.at(-1)).toBe("24999");
    expect(String(errors[1])).toContain("15000 entries were dropped");
    expect(errors).toHaveLength(2);
  });

  it("neither fails nor delays a call or an event when its log or its onError does", async () => {
    const sandbox = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const log = spyLog(() => {
      throw new Error("at once");
    });
    const onError = vi.fn(() => {
      throw new Error("onError");
    });
    const recorder = new ActivityRecorder({ log, namespace: NAMESPACE, onError });
    const enode = clientOf(sandbox, recorder);
    const [vehicle] = sandbox.devices.list();
    await enode.vehicles.startCharging(vehicle?.id ?? "");
    const receiver = new WebhookReceiver({ secret: SECRET });
    recorder.attach(receiver);
    const event = eventOf("user:vehicle:updated", { vehicle: { id: "car" }, updatedFields: [] });
    expect((await send(receiver, SECRET, [event])).status).toBe(200);
    await recorder.flush();
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it("records without users when the store of devices fails, hangs or knows nothing", async () => {
    const getMany = vi.fn();
    const store = { ...memoryStorage().deviceStore, getMany };
    const { recorder, errors } = setUp(undefined, { store });
    getMany.mockRejectedValueOnce(new Error("down"));
    call(recorder);
    await recorder.flush();
    getMany.mockReturnValueOnce(new Promise(() => {}));
    call(recorder);
    const flushed = recorder.flush();
    await vi.advanceTimersByTimeAsync(10_000);
    await flushed;
    getMany.mockResolvedValueOnce("nonsense");
    call(recorder);
    await recorder.flush();
    getMany.mockResolvedValueOnce([]);
    call(recorder);
    expect(await recorder.activity({ deviceId: "car" })).toHaveLength(4);
    expect(errors).toHaveLength(3);
    for (const error of errors) {
      expect(error).toMatchObject({
        store: "deviceStore",
        method: "getMany",
        code: "store_failed",
      });
    }
  });

  it("prints errors when there is no onError", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const log = spyLog(() => Promise.reject(new Error("no")));
    call(new ActivityRecorder({ log, namespace: NAMESPACE }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(print.mock.calls).toEqual([[expect.stringContaining("activityLog.record failed")]]);
  });

  it.each<[string, object]>([
    ["no ID", { from: 0 }],
    ["an ID that is undefined", { userId: undefined }],
    ["an ID that is undefined beside one that is not", { userId: undefined, deviceId: "car" }],
    ["a member that there is not", { userId: "anna", until: 0 }],
    ["a date that is null", { userId: "anna", from: null }],
    ["a date that is empty", { userId: "anna", to: "" }],
    ["an empty ID", { userId: "" }],
    ["a limit of 0", { userId: "anna", limit: 0 }],
    ["a date that is none", { userId: "anna", from: new Date("Tuesday") }],
    ["an end that is none", { userId: "anna", to: Number.NaN }],
  ])("refuses a filter with %s", async (_, filter) => {
    // As from JavaScript.
    const activity = setUp().recorder.activity(filter as ActivityFilter);
    await expect(activity).rejects.toMatchObject({ name: "ConfigurationError" });
  });

  it("refuses invalid options and times", async () => {
    const { activityLog: log } = memoryStorage();
    expect(() => new ActivityRecorder({ log, namespace: "" })).toThrow("namespace");
    const missing = undefined as unknown as ActivityLog;
    expect(() => new ActivityRecorder({ log: missing, namespace: "a" })).toThrow("log");
    for (const time of [Number.NaN, null, undefined, "", "2026-03-03"]) {
      // As from JavaScript.
      await expect(setUp().recorder.prune(time as number)).rejects.toThrow("olderThan");
    }
  });

  it("names the store and method with an invalid answer", async () => {
    const list = vi.fn();
    const { recorder } = setUp({ ...memoryStorage().activityLog, list });
    const expected = { code: "store_failed", store: "activityLog", method: "list" };
    list.mockResolvedValueOnce("nonsense");
    await expect(recorder.activity({ userId: "anna" })).rejects.toMatchObject(expected);
    list.mockResolvedValueOnce([{ details: "nonsense" }]);
    await expect(recorder.activity({ userId: "anna" })).rejects.toMatchObject(expected);
    list.mockRejectedValueOnce(new Error("down"));
    await expect(recorder.activity({ userId: "anna" })).rejects.toMatchObject(expected);
  });
});

describe("combined hooks", () => {
  it("all hear of everything, whatever one of them does", async () => {
    const sandbox = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const { recorder } = setUp();
    const heard: string[] = [];
    const hooks = combineHooks(
      {
        onResponse() {
          throw new Error("a hook");
        },
        onError: async () => {
          throw new Error("a late hook");
        },
      },
      recorder.hooks,
      { onResponse: ({ operation }) => heard.push(operation) },
    );
    expect(hooks.onRequest).toBeUndefined();
    const enode = new Enode({
      environment: "sandbox",
      ...sandbox.credentials,
      fetch: sandbox.fetch,
      hooks,
    });
    const [vehicle] = sandbox.devices.list();
    await enode.vehicles.refresh(vehicle?.id ?? "");
    await expect(enode.vehicles.refresh("nothing")).rejects.toThrow();
    expect(heard).toEqual(["refreshVehicle", "refreshVehicle"]);
    expect(await recorder.activity({ deviceId: vehicle?.id ?? "" })).toHaveLength(1);
    expect(await recorder.activity({ deviceId: "nothing" })).toMatchObject([{ type: "error" }]);
  });
});

function recordOf(id: string, userId: string): DeviceRecord {
  return {
    namespace: NAMESPACE,
    collection: "devices",
    id,
    kind: "vehicle",
    userId,
    vendor: "TESLA",
    identity: null,
    payload: "{}",
    partial: false,
    observedAt: TUESDAY,
    receivedAt: TUESDAY,
    source: "webhook",
  };
}
