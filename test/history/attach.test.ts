import { describe, expect, it } from "vitest";
import { isStoreError } from "../../src/errors/index.ts";
import { Mirror, type ReadDevice } from "../../src/mirror/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { memoryStorage } from "../../src/storage/index.ts";
import type { WebhookReceiver } from "../../src/webhooks/index.ts";
import { createClient } from "../support/stub.ts";
import { createWorld, hour, start, vehicleAt } from "./support/world.ts";

const level = { deviceId: "car", metric: "chargeState.batteryLevel" } as const;
const span = { from: start, to: start + hour, every: "1h" } as const;

type Receiver = Pick<WebhookReceiver, "on" | "namespace">;

/** A receiver whose events a test hands out. */
function receiverOf(namespace: string) {
  const handlers: ((event: never, context: never) => unknown)[] = [];
  const receiver: Receiver = {
    namespace,
    on(_pattern, handler) {
      handlers.push(handler as never);
      return () => {
        handlers.splice(handlers.indexOf(handler as never), 1);
      };
    },
  };
  return { receiver, handlers };
}

describe("history.attach", () => {
  it("keeps the readings in the event's handling, so that the event of a failed one comes again", async () => {
    const { readingStore } = memoryStorage();
    let isBroken = true;
    const append: typeof readingStore.append = async (...values) => {
      if (isBroken) throw new Error("full of secrets");
      return readingStore.append(...values);
    };
    const store = Object.assign(Object.create(readingStore), { append });
    const { history, enode } = createWorld({ store });
    const { receiver, handlers } = receiverOf(enode.namespace);
    const detach = history.attach(receiver);
    expect(handlers).toHaveLength(3);
    const deliver = async () =>
      handlers[1]?.(vehicleAt(start, { batteryLevel: 50 }) as never, {} as never);
    const failure = await deliver().catch((error: unknown) => error);
    expect(isStoreError(failure)).toBe(true);
    expect(String(failure)).not.toContain("secrets");
    isBroken = false;
    await deliver();
    const { points } = await history.series({ ...level, ...span });
    expect(points[0]?.mean).toBe(50);
    detach();
    expect(handlers).toHaveLength(0);
  });

  it("refuses a receiver and a mirror of another client", () => {
    const { history } = createWorld();
    expect(() => history.attach(receiverOf("production:other").receiver)).toThrow("namespace");
    const mirror = { namespace: "production:other", onRead: () => () => undefined };
    expect(() => history.attach(mirror)).toThrow("The mirror is of production:other");
    expect(() => history.attach(undefined as never)).toThrow("a WebhookReceiver");
  });

  it("takes what a mirror reads, of devices with a user", async () => {
    const sandbox = createSandbox({
      seed: 1,
      clock: "manual",
      fleet: { users: 2, vehiclesPerUser: 1 },
    });
    const enode = createClient({ ...sandbox.credentials, fetch: sandbox.fetch, maxRetries: 0 });
    const { history } = createWorld({ enode, now: () => sandbox.clock.now().getTime() + 1 });
    const mirror = new Mirror({ enode, store: memoryStorage().deviceStore });
    const detach = history.attach(mirror);
    await mirror.backfill();
    const [vehicle] = sandbox.devices.list("user-1", "vehicle");
    const now = sandbox.clock.now().getTime();
    const { points, userId } = await history.series({
      deviceId: vehicle?.id ?? "",
      metric: "chargeState.batteryLevel",
      from: now - 1,
      to: now + 1,
      every: "day",
    });
    expect(points[0]?.last).toBe(vehicle?.chargeState.batteryLevel);
    expect(userId).toBe("user-1");
    detach();
  });

  it("skips a device of which nobody knows the user", async () => {
    const { history, enode } = createWorld();
    let read: (devices: readonly ReadDevice[]) => unknown = () => undefined;
    history.attach({
      namespace: enode.namespace,
      onRead(listener) {
        read = listener;
        return () => undefined;
      },
    });
    const device = { kind: "vehicle", id: "car", userId: null, observedAt: new Date(start) };
    await read([{ ...device, data: { isReachable: true } } as unknown as ReadDevice]);
    expect((await history.series({ ...level, ...span })).userId).toBeUndefined();
  });
});
