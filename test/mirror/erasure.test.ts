import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Vehicle } from "../../generated/types.ts";
import { Enode } from "../../src/index.ts";
import { ActivityRecorder, Mirror } from "../../src/mirror/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { type DeviceStore, memoryStorage } from "../../src/storage/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { send } from "../activity/support/activity-events.ts";
import { session } from "../identity/support/hosted.ts";
import "../support/lazy-modules.ts";

const secret = "a-secret-of-the-tests";
const hostUserId = "anna@example.com";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A host with all that there is, and one user with a car. */
async function host(wrap: (own: DeviceStore) => DeviceStore = (own) => own) {
  const sandbox = createSandbox({ seed: 3 });
  const memory = memoryStorage();
  const storage = { ...memory, deviceStore: wrap(memory.deviceStore) };
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const recorder = new ActivityRecorder({
    log: storage.activityLog,
    store: storage.deviceStore,
    onError,
  });
  const enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    fetch: sandbox.fetch,
    hooks: recorder.hooks,
    maxRetries: 0,
    storage,
  });
  recorder.connect(enode);
  const receiver = new WebhookReceiver({
    secret,
    store: storage.eventStore,
    namespace: enode.namespace,
    maxAttempts: 1,
    onError: () => undefined,
  });
  const mirror = new Mirror({ enode, store: storage.deviceStore, onError });
  mirror.attach(receiver);
  recorder.attach(receiver);
  const { linkToken } = await enode.users.link({ hostUserId }, session);
  const [car] = await sandbox.completeLink(linkToken, { vendor: "TESLA", devices: 1 });
  const userId = (await enode.users.resolve(hostUserId)) ?? "";
  const event = {
    event: "user:vehicle:updated",
    createdAt: new Date().toISOString(),
    version: "2024-10-01",
    user: { id: userId },
    vehicle: car,
    updatedFields: ["odometer"],
  };
  return { sandbox, storage, recorder, enode, receiver, mirror, userId, event, errors };
}

async function pass(milliseconds: number) {
  for (let turn = 0; turn < 20; turn++) {
    await vi.advanceTimersByTimeAsync(milliseconds / 20);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** All that is kept anywhere, but the mark. */
async function leftovers({ storage, enode }: Awaited<ReturnType<typeof host>>): Promise<string> {
  const { deviceStore, eventStore, activityLog } = storage;
  const all = { includeDeleted: true, limit: 100 };
  return JSON.stringify([
    await deviceStore.list(enode.namespace, { collection: "devices", ...all }),
    await deviceStore.list(enode.namespace, { collection: "actions", ...all }),
    await eventStore.deadLetters(100, enode.namespace),
    await eventStore.claim(100, 1_000, enode.namespace),
    await activityLog.list(enode.namespace, { limit: 1_000 }),
  ]);
}

describe("late events of a user that was erased", () => {
  it("leave nothing behind, though a handler fails on them", async () => {
    const home = await host();
    const { enode, receiver, recorder, event, errors } = home;
    receiver.on("user:*:updated", async ({ user }) => {
      // As a host does that knows the user no more.
      throw new Error(`unknown user ${user.id}`);
    });
    receiver.start();
    await recorder.flush();
    await enode.users.erase(hostUserId);
    expect((await send(receiver, secret, [event])).status).toBe(200);
    await pass(5_000);
    await recorder.flush();
    await receiver.stop();
    expect(await leftovers(home)).toBe("[[],[],[],[],[]]");
    expect(errors).toEqual([]);
  });

  it("still are dead letters when the user is there", async () => {
    const { receiver, storage, enode, event } = await host();
    receiver.on("user:*:updated", () => {
      throw new Error("a bug");
    });
    receiver.start();
    await send(receiver, secret, [event]);
    await pass(3_000);
    await receiver.stop();
    expect(await storage.eventStore.deadLetters(100, enode.namespace)).toHaveLength(1);
  });

  it("do not fail a receiver without a store either, and are not sent again", async () => {
    const { enode, mirror, event } = await host();
    const receiver = new WebhookReceiver({ secret, onError: () => undefined });
    const detach = mirror.attach(receiver);
    receiver.on("user:*:updated", () => {
      throw new Error("unknown user");
    });
    expect((await send(receiver, secret, [event])).status).toBe(500);
    await enode.users.erase(hostUserId);
    const later = { ...event, updatedFields: [] };
    expect((await send(receiver, secret, [later])).status).toBe(200);
    detach();
    expect((await send(receiver, secret, [{ ...later, version: "2024-11-01" }])).status).toBe(500);
  });
});

describe("the transitions of a user that is erased", () => {
  /** What is noted of them. */
  async function notes({ storage, enode }: Awaited<ReturnType<typeof host>>) {
    const query = { collection: "bookmarks", includeDeleted: true, limit: 100 } as const;
    return storage.deviceStore.list(enode.namespace, query);
  }

  it("are erased, also those that are still to be told", async () => {
    const home = await host();
    const { enode, mirror, event } = home;
    mirror.onTransition("vehicle:unplugged", () => {
      throw new Error("down");
    });
    await mirror.apply(event as never);
    const vehicle = structuredClone(event.vehicle) as Vehicle;
    vehicle.chargeState.isPluggedIn = false;
    vi.setSystemTime(Date.now() + 1_000);
    const next = { ...event, createdAt: new Date().toISOString(), vehicle };
    await expect(mirror.apply(next as never)).rejects.toThrow("down");
    expect(await notes(home)).toHaveLength(1);
    await enode.users.erase(hostUserId);
    expect(await notes(home)).toEqual([]);
    await mirror.apply(next as never);
    expect(await notes(home)).toEqual([]);
  });

  it("leave nothing behind when the user is erased while a handler runs", async () => {
    const home = await host();
    const { enode, mirror, event } = home;
    mirror.onTransition("vehicle:unplugged", async () => {
      await enode.users.erase(hostUserId);
    });
    await mirror.apply(event as never);
    const vehicle = structuredClone(event.vehicle) as Vehicle;
    vehicle.chargeState.isPluggedIn = false;
    vi.setSystemTime(Date.now() + 1_000);
    const next = { ...event, createdAt: new Date().toISOString(), vehicle };
    await mirror.apply(next as never);
    expect(await notes(home)).toEqual([]);
  });
});

describe("the activity of a user that is erased", () => {
  it("is not even written for a short time", async () => {
    const { enode, recorder, storage, receiver, event, userId } = await host();
    await recorder.flush();
    await enode.users.erase(hostUserId);
    const written = vi.spyOn(storage.activityLog, "record");
    receiver.start();
    await send(receiver, secret, [event]);
    await pass(5_000);
    await recorder.flush();
    await receiver.stop();
    expect(JSON.stringify(written.mock.calls)).not.toContain(userId);
  });

  it("does not keep the call that deletes the user", async () => {
    const home = await host();
    await home.enode.users.erase(hostUserId);
    await home.recorder.flush();
    expect(await leftovers(home)).not.toContain(home.userId);
  });

  it("is removed again when it was written while the erasure ran", async () => {
    let during: (() => Promise<void>) | undefined;
    const home = await host((own) => ({
      ...own,
      async getMany(of, collection, ids) {
        const found = await own.getMany(of, collection, ids);
        // The user is read, is found not to be erased, and is erased before the entry is written.
        const run = collection === "users" ? during : undefined;
        if (run) during = undefined;
        await run?.();
        return found;
      },
    }));
    await home.recorder.flush();
    during = async () => {
      await home.enode.users.erase(hostUserId);
    };
    home.recorder.hooks.onResponse?.({
      operation: "deauthorizeUser",
      method: "DELETE",
      path: "/users/{userId}/authorization",
      parameters: { userId: home.userId },
      attempt: 1,
      status: 204,
      durationMs: 1,
      requestId: undefined,
    });
    await home.recorder.flush();
    await home.recorder.flush();
    expect(await leftovers(home)).not.toContain(home.userId);
  });

  it("is removed with the next write when the store of devices could not be asked", async () => {
    let isDown = false;
    const home = await host((own) => ({
      ...own,
      async getMany(...given) {
        if (isDown) throw new Error("down");
        return own.getMany(...given);
      },
    }));
    await home.enode.users.erase(hostUserId);
    isDown = true;
    await home.recorder.flush();
    expect(await leftovers(home)).toContain(home.userId);
    isDown = false;
    await home.enode.webhooks.create({ url: "https://example.com/hook", secret });
    await home.recorder.flush();
    expect(await leftovers(home)).not.toContain(home.userId);
  });
});

describe("the mark of a user that was erased", () => {
  it("stays when a read in flight returns an answer that seems newer", async () => {
    const home = await host();
    const { enode, storage, mirror, userId, sandbox } = home;
    const user = await enode.users.get(userId);
    await enode.users.erase(hostUserId);
    const mark = await storage.deviceStore.get(enode.namespace, "users", userId);
    // A list that was made before the user went.
    const world = new Enode({
      ...sandbox.credentials,
      environment: "sandbox",
      maxRetries: 0,
      async fetch(request) {
        const { pathname } = new URL(request.url);
        const headers = { date: new Date(Date.now() + 172_800_000).toUTCString() };
        if (pathname === "/users") {
          return Response.json(
            { data: [{ id: userId }], pagination: { after: null, before: null } },
            { headers },
          );
        }
        if (pathname === `/users/${userId}`) return Response.json(user, { headers });
        return sandbox.fetch(request);
      },
    });
    await new Mirror({ enode: world, store: storage.deviceStore }).backfill({ kinds: ["user"] });
    expect(await storage.deviceStore.get(enode.namespace, "users", userId)).toEqual(mark);
    expect(await mirror.users.get(userId)).toBeUndefined();
  });
});
