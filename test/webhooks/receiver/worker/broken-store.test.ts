import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withSafeMessage } from "../../../../src/shared/store-reason.ts";
import {
  type ClaimedEvent,
  deliverySink,
  type EventStore,
  memoryStorage,
} from "../../../../src/storage/index.ts";
import { type WebhookErrorContext, WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { deliver, heartbeat, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";
import "../../../support/lazy-modules.ts";

interface Reported {
  error: unknown;
  context: WebhookErrorContext;
}

function setUp(change: (store: EventStore) => Partial<EventStore>, maxAttempts = 8) {
  const kept = memoryStorage().eventStore;
  const store = { ...kept, ...change(kept) };
  const reported: Reported[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store,
    maxAttempts,
    onError: (error, context) => {
      reported.push({ error, context });
    },
  });
  return { receiver, kept, reported };
}

describe("a store that is broken", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    // Each poll after just a second.
    vi.spyOn(Math, "random").mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each([[undefined], [null], [{}], [{ id: "1" }], ["an event"]])(
    "and hands out [%j] is asked again once a second, and reported as what it is",
    async (garbage) => {
      const claim = vi.fn(async () => [garbage] as never);
      const { receiver, reported } = setUp(() => ({ claim }));
      receiver.start();
      await vi.advanceTimersByTimeAsync(4_500);
      await receiver.stop();
      expect(claim).toHaveBeenCalledTimes(5);
      expect(reported).toHaveLength(5);
      expect(reported[0]).toMatchObject({
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

  it("and takes no event for dead has none counted or reported as dead", async () => {
    const { receiver, kept, reported } = setUp(
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
    expect(reported).toMatchObject([
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

describe("what a store or queue of the host's says when it fails", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const words = (given: unknown) =>
    new Error(`amqp://user:PASSWORD@host took not ${JSON.stringify(given)}`, {
      cause: new TypeError(`PASSWORD and ${JSON.stringify(given)}`),
    });
  const fails = async (given: unknown): Promise<never> => {
    throw Object.assign(words(given), { code: "ECONNRESET", delivery: given });
  };
  const kept = memoryStorage().eventStore;
  const guard = (claim: unknown) =>
    deliverySink(async () => undefined, { replayGuard: claim as never });

  it.each<[string, EventStore, string]>([
    ["append", { ...kept, append: fails }, "eventStore.append failed."],
    ["a deliverySink", deliverySink(fails), "eventStore.append failed."],
    ["a replayGuard", guard({ claim: fails }), "eventStore.append failed."],
    [
      "a replayGuard without claims",
      guard({ claim: async () => ({}) }),
      "eventStore.append failed: the replayGuard gave nonsense.",
    ],
    [
      "an answer that is none",
      { ...kept, append: async (given) => [given] as never },
      "eventStore.append returned an invalid answer.",
    ],
    [
      "a store of this package",
      {
        ...kept,
        append: async () => {
          throw withSafeMessage(new Error("The disk is full."));
        },
      },
      "eventStore.append failed: The disk is full.",
    ],
  ])("reaches neither onError nor the log: %s", async (_, store, message) => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const onError = vi.fn();
    for (const settings of [{ onError }, {}]) {
      const receiver = new WebhookReceiver({ secret: SECRET, store, ...settings });
      const answer = await deliver(receiver, [vehicleEvent("a", "PRIVATE")]);
      expect(answer.status).toBe(503);
    }
    await vi.waitFor(() => expect(logged).toHaveBeenCalledOnce());

    const [error] = onError.mock.calls[0] ?? [];
    expect(error).toMatchObject({ name: "StoreError", message });
    expect(String(logged.mock.calls)).toContain(message);
    const all = inspect([onError.mock.calls[0], logged.mock.calls], { depth: 9, showHidden: true });
    expect(all).not.toMatch(/PASSWORD|PRIVATE/);
    if (message.endsWith("failed.")) {
      expect(error.cause).toMatchObject({ name: "Error", code: "ECONNRESET" });
      expect(error.cause.cause).toMatchObject({ name: "TypeError" });
    }
  });

  it.each(["claim", "complete", "fail"] as const)("is not reported of %s", async (method) => {
    const { receiver, reported } = setUp(() => {
      // Without this method a worker calls the one that every store has.
      return { postpone: undefined, [method]: (given: unknown) => fails(given) };
    });
    receiver.on("*", () => {
      if (method === "fail") throw new Error("of the handler");
    });
    await deliver(receiver, [vehicleEvent("a", "PRIVATE")]);
    receiver.start();
    await vi.waitFor(() => {
      expect(reported.find(({ context }) => context.stage === "store")).toBeDefined();
    });
    await receiver.stop();

    const { error } = reported.find(({ context }) => context.stage === "store") ?? {};
    expect(error).toMatchObject({ message: `eventStore.${method} failed.` });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/PASSWORD|PRIVATE/);
  });
});
