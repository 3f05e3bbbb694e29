import { describe, expect, it, vi } from "vitest";
import { isConfigurationError, isStoreError } from "../../../../src/errors/index.ts";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import {
  type WebhookErrorContext,
  WebhookReceiver,
  type WebhookReceiverOptions,
} from "../../../../src/webhooks/index.ts";
import { pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

const day = 86_400_000;
const hour = 3_600_000;

function setUp(options: Partial<WebhookReceiverOptions> = {}) {
  const reports: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    onError: (error: unknown, context: WebhookErrorContext) => reports.push({ error, context }),
    ...options,
  } as WebhookReceiverOptions);
  return { receiver, reports };
}

async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error) => error,
  );
}

/** Two receivers of two namespaces on one store, each with a dead letter and an event that waits. */
async function twoOnOneStore() {
  const store = memoryStorage().eventStore;
  const receivers = [];
  for (const namespace of ["sandbox:one", "sandbox:two"]) {
    const { receiver } = setUp({ store, namespace, maxAttempts: 1 });
    receiver.on("*", () => {
      throw new Error(`of ${namespace}`);
    });
    await deliver(receiver, [vehicleEvent("a", namespace)]);
    await receiver.drain();
    await deliver(receiver, [vehicleEvent("b", namespace)]);
    receivers.push(receiver);
  }
  const [one, two] = receivers;
  if (!one || !two) throw new Error("There are two.");
  return { one, two, store };
}

describe("the store of a receiver", () => {
  it("is asked for dead letters, counts and revival of the receiver's own namespace", async () => {
    const { one, two } = await twoOnOneStore();
    const letters = await one.deadLetters();
    expect(letters).toMatchObject([{ reason: "Error: of sandbox:one", attempts: 1 }]);
    expect(await one.counts()).toMatchObject({ waiting: 1, due: 1, held: 0, dead: 1 });

    expect(await one.revive(letters.map(({ id }) => id))).toBe(1);
    expect(await one.counts()).toMatchObject({ waiting: 2, dead: 0 });
    expect(one.health().events).toMatchObject({ waiting: 2, dead: 0, countedAt: new Date() });
    expect(await two.counts()).toMatchObject({ waiting: 1, dead: 1 });
    expect(await two.deadLetters(1)).toHaveLength(1);
  });

  it("is pruned of the receiver's own deliveries", async () => {
    const { one, two } = await twoOnOneStore();
    await pass(10);
    expect(await one.prune(Date.now())).toBe(1);
    expect(await one.deadLetters()).toEqual([]);
    expect(await two.deadLetters()).toHaveLength(1);
  });

  it.each(["deadLetters", "revive", "prune", "counts", "drain"] as const)(
    "is missed by %s when there is none",
    async (method) => {
      const { receiver } = setUp();
      const call = receiver[method] as (argument?: unknown) => Promise<unknown>;
      const error = await errorOf(() => call.call(receiver, undefined));
      expect(error).toSatisfy(isConfigurationError);
      expect(error).toMatchObject({
        parameter: "store",
        message: `${method} needs a receiver with a store.`,
      });
    },
  );

  it("without counts is named", async () => {
    const store = { ...memoryStorage().eventStore, counts: undefined };
    const { receiver } = setUp({ store });
    const error = await errorOf(() => receiver.counts());
    expect(error).toSatisfy(isStoreError);
    expect(error).toMatchObject({ method: "counts", store: "eventStore" });
    expect(String(error)).toContain("is not a method of the store");
    receiver.start();
    await pass(hour);
    expect(receiver.health().events).toBeUndefined();
    await receiver.stop();
  });

  it.each<[keyof EventStore, unknown, (receiver: WebhookReceiver) => Promise<unknown>]>([
    ["deadLetters", "none", (receiver) => receiver.deadLetters()],
    ["revive", undefined, (receiver) => receiver.revive([])],
    ["prune", null, (receiver) => receiver.prune(1)],
    ["counts", { waiting: 1 }, (receiver) => receiver.counts()],
  ])("that answers %s with something else fails", async (method, answer, call) => {
    const store = { ...memoryStorage().eventStore, [method]: async () => answer };
    const error = await errorOf(() => call(setUp({ store }).receiver));
    expect(error).toSatisfy(isStoreError);
    expect(String(error)).toContain(`eventStore.${method} returned an invalid answer`);
  });

  it.each<[string, (receiver: WebhookReceiver) => Promise<unknown>]>([
    ["limit", (receiver) => receiver.deadLetters(0)],
    ["limit", (receiver) => receiver.deadLetters("5" as never)],
    ["ids", (receiver) => receiver.revive("id" as never)],
    ["ids", (receiver) => receiver.revive([5 as never])],
    ["before", (receiver) => receiver.prune(Number.NaN)],
    ["before", (receiver) => receiver.prune(new Date() as never)],
  ])("is not called with an invalid %s", async (parameter, call) => {
    const error = await errorOf(() => call(setUp({ store: memoryStorage().eventStore }).receiver));
    expect(error).toSatisfy(isConfigurationError);
    expect(error).toMatchObject({ parameter });
  });
});

describe("counting in the background", () => {
  it("begins with start, and ends with stop", async () => {
    const { receiver } = setUp({ store: memoryStorage().eventStore });
    await deliver(receiver, [vehicleEvent("a"), vehicleEvent("b")]);
    await pass(hour);
    expect(receiver.health().events).toBeUndefined();
    receiver.start();
    await pass(1);
    const first = receiver.health().events;
    expect(first).toMatchObject({ dead: 0, countedAt: expect.any(Date) });
    await pass(10_000);
    const second = receiver.health().events;
    expect(second?.countedAt.getTime()).toBeGreaterThan(first?.countedAt.getTime() ?? 0);
    await receiver.stop();
    await pass(hour);
    expect(receiver.health().events).toEqual(second);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes 1 % of the time at most", async () => {
    const store = memoryStorage().eventStore;
    let calls = 0;
    const counts = async () => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { waiting: 0, due: 0, held: 0, dead: 0, oldestAge: 0 };
    };
    const { receiver } = setUp({ store: { ...store, counts } });
    receiver.start();
    await pass(100_900);
    expect(calls).toBe(1);
    await pass(1_000);
    expect(calls).toBe(2);
    await receiver.stop();
  });

  it("reports that it fails once, until it has worked again", async () => {
    const store = memoryStorage().eventStore;
    const counts = vi.fn(async () => store.counts?.() ?? Promise.reject());
    const { receiver, reports } = setUp({ store: { ...store, counts } });
    counts.mockRejectedValueOnce(new Error("down")).mockRejectedValueOnce(new Error("down"));
    receiver.start();
    await pass(15_000);
    expect(counts).toHaveBeenCalledTimes(2);
    expect(reports).toMatchObject([{ error: { method: "counts" }, context: { stage: "store" } }]);
    await pass(10_000);
    counts.mockRejectedValueOnce(new Error("down"));
    await pass(10_000);
    expect(reports).toHaveLength(2);
    await receiver.stop();
  });
});

describe("retention", () => {
  it("deletes what is older, soon after start and every hour, in the namespace", async () => {
    const prune = vi.fn(async (_before: number, _namespace?: string) => 0);
    const store = { ...memoryStorage().eventStore, prune };
    const { receiver } = setUp({ store, namespace: "sandbox:one", retention: 2 * day });
    await pass(day);
    expect(prune).not.toHaveBeenCalled();
    receiver.start();
    await pass(20_000);
    expect(prune).toHaveBeenCalledTimes(1);
    const [before, namespace] = prune.mock.calls[0] ?? [];
    expect(Date.now() - 2 * day - Number(before)).toBeLessThanOrEqual(10_000);
    expect(namespace).toBe("sandbox:one");
    await pass(1.2 * hour);
    expect(prune.mock.calls.length).toBe(2);
    await receiver.stop();
    await pass(day);
    expect(prune.mock.calls.length).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is none by default", async () => {
    const prune = vi.fn(async () => 0);
    const { receiver } = setUp({ store: { ...memoryStorage().eventStore, prune } });
    receiver.start();
    await pass(3 * hour);
    expect(prune).not.toHaveBeenCalled();
    await receiver.stop();
  });

  it("that fails is reported, and tried again", async () => {
    const prune = vi.fn(async () => 0).mockRejectedValueOnce(new Error("down"));
    const store = { ...memoryStorage().eventStore, prune };
    const { receiver, reports } = setUp({ store, retention: day });
    receiver.start();
    await pass(20_000);
    expect(reports).toMatchObject([{ error: { method: "prune" }, context: { stage: "store" } }]);
    await pass(1.2 * hour);
    expect(prune).toHaveBeenCalledTimes(2);
    await receiver.stop();
  });

  it.each([
    ["less than a day", { retention: day - 1 }],
    ["no number", { retention: "7d" }],
    ["without a store", { retention: day, store: undefined }],
  ])("is refused: %s", (_, options) => {
    let error: unknown;
    try {
      setUp({ store: memoryStorage().eventStore, ...options } as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toSatisfy(isConfigurationError);
    expect(error).toMatchObject({ parameter: "retention" });
  });

  it("may be longer than a timer can be", () => {
    expect(() => setUp({ store: memoryStorage().eventStore, retention: 90 * day })).not.toThrow();
  });
});

describe("start that nobody calls, with nothing delivered", () => {
  it("is reported once, 30 s after the first handler was added", async () => {
    const { receiver, reports } = setUp({ store: memoryStorage().eventStore });
    await pass(100_000);
    receiver.on("*", () => undefined);
    await pass(20_000);
    receiver.onBatch("*", () => undefined);
    await pass(9_999);
    expect(reports).toEqual([]);
    await pass(1);
    expect(reports).toMatchObject([{ context: { stage: "setup" } }]);
    await pass(hour);
    expect(reports).toHaveLength(1);
  });

  it.each<[string, (receiver: WebhookReceiver) => unknown]>([
    ["started", (receiver) => receiver.start()],
    ["drained", (receiver) => receiver.drain()],
    ["stopped", (receiver) => receiver.stop()],
  ])("is not missed by a receiver that is %s at once", async (_, act) => {
    const { receiver, reports } = setUp({ store: memoryStorage().eventStore });
    receiver.on("*", () => undefined);
    await act(receiver);
    await pass(hour);
    receiver.on("*", () => undefined);
    await pass(hour);
    expect(reports).toEqual([]);
    await receiver.stop();
  });

  it("sets no timer where a runtime allows none, or an app is being built", () => {
    vi.stubEnv("NEXT_PHASE", "phase-production-build");
    const { receiver } = setUp({ store: memoryStorage().eventStore });
    receiver.on("*", () => undefined);
    vi.unstubAllEnvs();
    expect(vi.getTimerCount()).toBe(0);
  });
});
