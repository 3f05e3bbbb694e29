import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ClaimedEvent, type EventStore, memoryStorage } from "../../src/storage/index.ts";
import { type WebhookErrorContext, WebhookReceiver } from "../../src/webhooks/index.ts";
import { deliver, heartbeat, SECRET, textOf, vehicleEvent } from "./support/deliveries.ts";
// Loaded here, as loading it when it is needed waits for no clock of a test.
import "../../src/webhooks/worker.ts";

interface Told {
  error: unknown;
  context: WebhookErrorContext;
}

function setUp(change: (store: EventStore) => Partial<EventStore>, maxAttempts = 8) {
  const kept = memoryStorage().eventStore;
  const store = { ...kept, ...change(kept) };
  const told: Told[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store,
    maxAttempts,
    onError: (error, context) => {
      told.push({ error, context });
    },
  });
  return { receiver, kept, told };
}

describe("a store that is broken", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([[undefined], [null], [{}], [{ id: "1" }], ["an event"]])(
    "and hands out [%j] is asked again once a second, and reported as what it is",
    async (garbage) => {
      const claim = vi.fn(async () => [garbage] as never);
      const { receiver, told } = setUp(() => ({ claim }));
      receiver.start();
      await vi.advanceTimersByTimeAsync(4_500);
      await receiver.stop();
      expect(claim).toHaveBeenCalledTimes(5);
      expect(told).toHaveLength(5);
      expect(told[0]).toMatchObject({
        error: { name: "StoreError", method: "claim" },
        context: { stage: "store" },
      });
    },
  );

  it("and never takes back what it hands out is asked again once a second", async () => {
    const handler = vi.fn();
    let held: ClaimedEvent[] = [];
    const claim = vi.fn(async () => held);
    const { receiver, kept } = setUp(() => ({ claim, complete: async () => false }));
    receiver.on("*", handler);
    await deliver(receiver, [heartbeat()]);
    held = await kept.claim(1, 1);
    receiver.start();
    await vi.advanceTimersByTimeAsync(4_500);
    await receiver.stop();
    expect(claim).toHaveBeenCalledTimes(5);
    expect(handler).toHaveBeenCalledTimes(5);
    expect(receiver.health().handled).toBe(0);
  });

  it("and takes no event for dead has none counted or told of as dead", async () => {
    const { receiver, kept, told } = setUp(
      () => ({ fail: () => Promise.reject(new Error("disk full")) }),
      1,
    );
    receiver.on("*", () => {
      throw new Error("no");
    });
    await deliver(receiver, [heartbeat()]);
    receiver.start();
    await vi.advanceTimersByTimeAsync(0);
    await receiver.stop();
    expect(receiver.health()).toMatchObject({ failed: 1, deadLetters: 0 });
    expect(told).toMatchObject([
      { error: { message: "no" }, context: { stage: "event", willRetry: true } },
      { error: { name: "StoreError", method: "fail" }, context: { stage: "store" } },
    ]);
    expect(await kept.deadLetters()).toEqual([]);
  });
});

describe("a long backlog in a store of this process", () => {
  it("leaves the event loop its turns", async () => {
    const { receiver } = setUp(() => ({}));
    const events = Array.from({ length: 100 }, (_, at) => vehicleEvent("one", `${at}`));
    const handledBefore = Promise.withResolvers<number>();
    const all = Promise.withResolvers<void>();
    let handled = 0;
    receiver.on("*", (event) => {
      handled++;
      if (textOf(event) === "99") all.resolve();
    });
    await deliver(receiver, events);
    receiver.start();
    setTimeout(() => handledBefore.resolve(handled), 0);
    expect(await handledBefore.promise).toBeLessThan(100);
    await all.promise;
    await receiver.stop();
    expect(handled).toBe(100);
  });
});
