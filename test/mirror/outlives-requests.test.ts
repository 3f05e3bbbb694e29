import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it, vi } from "vitest";
import { ActivityRecorder } from "../../src/mirror/index.ts";
import { type ActivityLog, memoryStorage } from "../../src/storage/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { json } from "../support/stub.ts";
import { event, mirrorOf, stubbedWorld, updated } from "./support/world.ts";

useFakeClock();

/** Ends what a request has begun, as Workers do with its answer: its timers never fire. */
function endRequest() {
  vi.clearAllTimers();
}

function record(recorder: ActivityRecorder, vehicleId: string) {
  recorder.hooks.onResponse?.({
    operation: "refreshVehicle",
    method: "POST",
    path: "/vehicles/{vehicleId}/refresh-hint",
    parameters: { vehicleId },
    attempt: 1,
    status: 204,
    durationMs: 1,
    requestId: undefined,
  });
}

function recording(record?: ActivityLog["record"]) {
  const log = memoryStorage().activityLog;
  const errors: unknown[] = [];
  const recorder = new ActivityRecorder({
    log: { ...log, record: record ?? log.record },
    namespace: "sandbox:client-1",
    onError: (error) => errors.push(error),
  });
  return { log, recorder, errors };
}

describe("a recorder whose request has ended", () => {
  it("writes what was noted, once something is noted in another request", async () => {
    const { recorder, log } = recording();
    record(recorder, "one");
    endRequest();
    await pass(120_000);
    record(recorder, "two");
    await pass(2_000);
    expect(await log.list("sandbox:client-1", { limit: 9 })).toHaveLength(2);
  });

  it("writes again what was being written", async () => {
    const whole = memoryStorage().activityLog;
    let isDead = true;
    const { recorder } = recording((entries) =>
      isDead ? new Promise(() => undefined) : whole.record(entries),
    );
    record(recorder, "one");
    await pass(1_500);
    endRequest();
    isDead = false;
    await pass(120_000);
    record(recorder, "two");
    await pass(2_000);
    expect(await whole.list("sandbox:client-1", { limit: 9 })).toHaveLength(2);
  });

  it("does not keep a flush waiting for ever", async () => {
    const whole = memoryStorage().activityLog;
    let isDead = true;
    const { recorder } = recording((entries) =>
      isDead ? new Promise(() => undefined) : whole.record(entries),
    );
    record(recorder, "one");
    await pass(1_500);
    endRequest();
    isDead = false;
    const flushed = recorder.flush();
    await pass(60_000);
    await flushed;
    expect(await whole.list("sandbox:client-1", { limit: 9 })).toHaveLength(1);
  });
});

describe("reading a user whose request has ended", () => {
  it("is done again for the events that come after", async () => {
    let isDead = true;
    const world = stubbedWorld({
      "/users/u1": () =>
        isDead ? new Promise(() => undefined) : json({ id: "u1", linkedVendors: [] }),
    });
    const invalidated = event("user:credentials:invalidated", 1);
    void world.mirror.apply(invalidated).catch(() => undefined);
    await pass(100);
    // A second one waits for what follows the first.
    void world.mirror.apply(invalidated).catch(() => undefined);
    await pass(100);
    endRequest();
    isDead = false;
    const waiting = world.mirror.apply(invalidated);
    await pass(30_000);
    await waiting;
    expect(await world.mirror.users.get("u1")).toBeDefined();
    const after = world.mirror.apply(invalidated);
    await pass(5_000);
    await after;
  });
});

describe("what serves many requests", () => {
  const als = new AsyncLocalStorage<string>();

  it("is written in the context of none of them", async () => {
    const seen: unknown[] = [];
    const { recorder } = recording(async () => {
      seen.push(als.getStore());
    });
    als.run("first", () => record(recorder, "one"));
    await pass(1_000);
    await als.run("second", async () => {
      record(recorder, "two");
      await recorder.flush();
    });
    expect(seen).toEqual([undefined, undefined]);
  });

  it("is kept, read and reported in the context of none of them", async () => {
    const seen: unknown[] = [];
    const note = () => seen.push(als.getStore());
    const store = memoryStorage().deviceStore;
    const { enode } = stubbedWorld({
      "/users/u1": () => {
        note();
        return json({ id: "u1", linkedVendors: [] });
      },
    });
    const { mirror } = mirrorOf(enode, {
      ...store,
      async upsert(records) {
        note();
        return store.upsert(records);
      },
    });
    mirror.devices.watch(note);
    await als.run("first", () =>
      mirror.apply([updated(1), event("user:credentials:invalidated", 1)]),
    );
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("functions of the host", () => {
  it("may return any kind of promise, and are called with nothing of ours as this", async () => {
    const errors: unknown[] = [];
    const these: unknown[] = [];
    const { enode, store } = stubbedWorld({
      "/vehicles": () => json({ data: [], pagination: { after: null, before: null } }),
    });
    const rejecting = {
      // biome-ignore lint/suspicious/noThenProperty: a promise of another kind, as of another realm.
      then(_: unknown, reject: (error: unknown) => void) {
        reject(new Error("of the host"));
      },
    };
    const { mirror } = mirrorOf(enode, store, {
      onError(this: unknown, error: unknown) {
        these.push(this);
        errors.push(error);
        return rejecting;
      },
    });
    mirror.devices.watch(function (this: unknown) {
      these.push(this);
      return rejecting;
    });
    await mirror.apply(updated(1));
    await mirror.backfill({
      kinds: ["vehicle"],
      onProgress(this: unknown) {
        these.push(this);
        return rejecting;
      },
    });
    await pass(10);
    expect(errors).toHaveLength(2);
    expect(new Set(these)).toEqual(new Set([undefined]));
  });
});
