import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isStoreError, isWebhookVerificationError } from "../../../../src/errors/index.ts";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import {
  type ReceiverSettings,
  type WebhookContext,
  type WebhookErrorContext,
  WebhookReceiver,
} from "../../../../src/webhooks/index.ts";
import { later } from "../../../support/clock.ts";
import { deliver, gate, heartbeat, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

/** What a lease has beyond the time of the handlers, in ms. */
const leaseMargin = 10_000;

beforeEach(() => {
  vi.useFakeTimers({
    now: new Date("2026-01-01T00:00:00Z"),
    toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
  });
  // The pauses at their longest.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
});

interface Report {
  error: unknown;
  context: WebhookErrorContext;
}

interface Call {
  text: string;
  context: WebhookContext;
}

function storeWith(faults: Partial<EventStore> = {}): EventStore {
  return { ...memoryStorage().eventStore, ...faults };
}

/** A store of a host that has only what each store must have. */
function plainStore(): EventStore {
  return storeWith({
    appendAndClaim: undefined,
    completeMany: undefined,
    postpone: undefined,
    renew: undefined,
    counts: undefined,
    listen: undefined,
  });
}

/** A receiver with a store, and what it reports. */
function receiverOn(store: EventStore, settings: ReceiverSettings = {}) {
  const reports: Report[] = [];
  const onError = (error: unknown, context: WebhookErrorContext) =>
    reports.push({ error, context });
  const receiver = new WebhookReceiver({ secret: SECRET, store, onError, ...settings });
  return { receiver, reports };
}

/** Has a receiver handle every event with `work`, and keeps what it was called with. */
function record(
  receiver: WebhookReceiver,
  work: (text: string, context: WebhookContext) => unknown = () => undefined,
): Call[] {
  const calls: Call[] = [];
  receiver.on("*", (event, context) => {
    const text = textOf(event);
    calls.push({ text, context });
    return work(text, context);
  });
  return calls;
}

function textsOf(calls: readonly Call[]): string[] {
  return calls.map(({ text }) => text);
}

function pass(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

/** Lets everything happen that waits for no timer. */
function settle(): Promise<unknown> {
  return pass(0);
}

function fail(): never {
  throw new Error("the database is away");
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

describe("a delivery to a receiver with a store", () => {
  it("is answered before its handlers are done", async () => {
    const { receiver } = receiverOn(storeWith());
    const { opened, open } = gate();
    const done: string[] = [];
    receiver.on("*", async (event) => {
      await opened;
      done.push(textOf(event));
    });
    receiver.start();

    const response = await deliver(receiver, [vehicleEvent("a", "first")]);

    expect(response.status).toBe(200);
    expect(await response.text()).toBe("stored");
    await settle();
    expect(done).toEqual([]);
    open();
    await settle();
    expect(done).toEqual(["first"]);
  });

  it("is kept without start, and handled once there is one", async () => {
    const { receiver } = receiverOn(storeWith());
    const calls = record(receiver);

    expect((await deliver(receiver, [vehicleEvent("a", "first")])).status).toBe(200);
    await pass(60_000);
    expect(calls).toEqual([]);

    receiver.start();
    await settle();
    expect(textsOf(calls)).toEqual(["first"]);
  });

  it("is distinguished from its copies, which are answered 200 and not handled", async () => {
    const { receiver } = receiverOn(storeWith());
    const calls = record(receiver);
    const events = [vehicleEvent("a", "first")];
    receiver.start();

    await deliver(receiver, events);
    const whileInWork = await deliver(receiver, events);
    await settle();
    const afterwards = await deliver(receiver, events);
    await pass(60_000);

    expect(whileInWork.status).toBe(200);
    expect(await whileInWork.text()).toBe("duplicate");
    expect(afterwards.status).toBe(200);
    expect(await afterwards.text()).toBe("duplicate");
    expect(textsOf(calls)).toEqual(["first"]);
  });

  it.each<{ what: string; append: EventStore["append"] }>([
    { what: "throws", append: fail },
    { what: "rejects", append: async () => fail() },
    { what: "resolves with nothing", append: async () => undefined as never },
    { what: "resolves with a text of another meaning", append: async () => "old" as never },
    { what: "resolves with true", append: async () => true as never },
  ])("is answered 503 when append $what", async ({ append }) => {
    const { receiver, reports } = receiverOn(storeWith({ append }));
    const calls = record(receiver);
    receiver.start();

    const response = await deliver(receiver, [vehicleEvent("a")]);
    await pass(60_000);

    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.text()).not.toContain("database");
    expect(reports).toHaveLength(1);
    expect(reports[0]?.error).toSatisfy(isStoreError);
    expect(reports[0]).toMatchObject({
      error: { code: "store_failed", store: "eventStore", method: "append" },
      context: { stage: "store" },
    });
    expect(calls).toEqual([]);
  });

  it("is answered 503 after 4 s when append hangs, in time for Enode", async () => {
    const asked = gate();
    const append = () => {
      asked.open();
      return never();
    };
    const { receiver, reports } = receiverOn(storeWith({ append }));
    const calls = record(receiver);
    receiver.start();
    let status: number | undefined;
    const answered = deliver(receiver, [vehicleEvent("a")]).then((response) => {
      status = response.status;
      return response;
    });
    await asked.opened;

    await pass(3_999);
    expect(status).toBeUndefined();
    await pass(1);
    expect(status).toBe(503);

    expect((await answered).headers.get("retry-after")).toBe("5");
    expect(reports).toMatchObject([
      { error: { store: "eventStore", method: "append" }, context: { stage: "store" } },
    ]);
    expect(reports[0]?.error).toSatisfy(isStoreError);
    expect(calls).toEqual([]);
  });

  it("is taken when Enode sends it again after the store has come back", async () => {
    const store = storeWith();
    const append = vi.fn(store.append).mockImplementationOnce(fail);
    const { receiver } = receiverOn({ ...store, append });
    const calls = record(receiver);
    const events = [vehicleEvent("a", "first")];
    receiver.start();

    expect((await deliver(receiver, events)).status).toBe(503);
    expect(await (await deliver(receiver, events)).text()).toBe("stored");
    await settle();
    expect(textsOf(calls)).toEqual(["first"]);
  });
});

describe("a handler of a receiver with a store", () => {
  it("gets the event with what is known of it", async () => {
    const { receiver } = receiverOn(storeWith());
    const calls = record(receiver);
    const events = [vehicleEvent("a", "first"), heartbeat(3, "second")];
    const digest = createHash("sha256").update(JSON.stringify(events)).digest("hex");
    await deliver(receiver, events, { deliveryId: "delivery-1" });
    const receivedAt = new Date();

    await pass(5_000);
    receiver.start();
    await settle();

    const known = { deliveryId: "delivery-1", receivedAt, attempt: 1 };
    expect(calls).toEqual([
      { text: "first", context: { ...known, id: `${digest}-0`, signal: expect.any(AbortSignal) } },
      { text: "second", context: { ...known, id: `${digest}-1`, signal: expect.any(AbortSignal) } },
    ]);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
  });

  it("gets events that were kept by another receiver while it waits for some", async () => {
    const store = storeWith();
    const { receiver: intake } = receiverOn(store);
    const { receiver } = receiverOn(store);
    const calls = record(receiver);
    receiver.start();
    await pass(10_000);

    await deliver(intake, [vehicleEvent("a", "first")]);
    await pass(1_000);
    expect(textsOf(calls)).toEqual(["first"]);
  });

  it("gets an event that no handler was there for as one that is done", async () => {
    const { receiver, reports } = receiverOn(storeWith());
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await settle();

    expect(reports).toEqual([]);
    expect(receiver.health().handled).toBe(1);
  });

  it("is called again after it failed, after pauses that grow", async () => {
    const { receiver, reports } = receiverOn(storeWith());
    const start = Date.now();
    const times: number[] = [];
    const calls = record(receiver, (_text, { attempt }) => {
      times.push(Date.now() - start);
      if (attempt < 4) throw new Error(`failure ${attempt}`);
    });
    receiver.start();

    await deliver(receiver, [vehicleEvent("a", "first")], { deliveryId: "delivery-1" });
    await pass(3_600_000);

    expect(times).toEqual([0, 1_000, 3_000, 7_000]);
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4]);
    expect(new Set(calls.map(({ context }) => context.id)).size).toBe(1);
    expect(reports).toMatchObject(
      [1, 2, 3].map((attempt) => ({
        error: { message: `failure ${attempt}` },
        context: {
          stage: "event",
          attempt,
          willRetry: true,
          deliveryId: "delivery-1",
          event: { text: "first" },
        },
      })),
    );
  });

  it.each([
    { random: 0, attempt: 1, pause: 1_000 },
    { random: 0.5, attempt: 1, pause: 750 },
    { random: 1, attempt: 1, pause: 500 },
    { random: 0, attempt: 9, pause: 256_000 },
    { random: 0, attempt: 10, pause: 300_000 },
    { random: 1, attempt: 10, pause: 150_000 },
    { random: 0, attempt: 5_000, pause: 300_000 },
  ])(
    "is called again $pause ms after failure $attempt, when the dice show $random, also where a store cannot postpone",
    async (dice) => {
      vi.spyOn(Math, "random").mockReturnValue(dice.random);
      const pauses: unknown[] = [];
      const postponing = storeWith({
        postpone: async ([postponement]) => {
          pauses.push(postponement?.pause, postponement?.attempts);
          return [true];
        },
      });
      const { receiver: other } = receiverOn(
        {
          ...postponing,
          claim: async (...args) =>
            (await postponing.claim(...args)).map((event) => ({
              ...event,
              attempt: dice.attempt,
            })),
        },
        { maxAttempts: 10_000 },
      );
      record(other, fail);
      other.start();
      await deliver(other, [vehicleEvent("a")]);
      await settle();
      expect(pauses).toEqual([dice.pause, dice.attempt]);

      const store = plainStore();
      const retries: unknown[] = [];
      const { receiver } = receiverOn(
        {
          ...store,
          claim: async (...args) =>
            (await store.claim(...args)).map((event) => ({ ...event, attempt: dice.attempt })),
          fail: (event, reason, retryAt) => {
            retries.push(retryAt);
            return store.fail(event, reason, retryAt);
          },
        },
        { maxAttempts: 10_000 },
      );
      record(receiver, fail);
      receiver.start();

      await deliver(receiver, [vehicleEvent("a")]);
      await settle();
      expect(retries).toEqual([Date.now() + dice.pause]);
    },
  );

  it("has its time, after which its signal is aborted and the event comes again", async () => {
    const { receiver, reports } = receiverOn(storeWith(), { handlerTimeout: 700 });
    const calls = record(receiver, (_text, { attempt }) => (attempt === 1 ? never() : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);

    await pass(699);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([false]);
    expect(reports).toEqual([]);
    await pass(1);
    expect(calls.map(({ context }) => context.signal.aborted)).toEqual([true]);
    expect(reports).toMatchObject([
      {
        error: { code: "handler_timeout" },
        context: { stage: "event", attempt: 1, willRetry: true },
      },
    ]);

    await pass(60_000);
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
    expect(calls[1]?.context.signal.aborted).toBe(false);
    expect(receiver.health()).toMatchObject({ handled: 1, failed: 1 });
  });

  it("has 30 s by default", async () => {
    const { receiver, reports } = receiverOn(storeWith());
    record(receiver, never);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);

    await pass(29_999);
    expect(reports).toEqual([]);
    await pass(1);
    expect(reports).toMatchObject([{ error: { code: "handler_timeout" } }]);
  });
});

describe("an event in the store", () => {
  it("becomes a dead letter after its last attempt, and is handled when revived", async () => {
    const store = storeWith();
    const { receiver, reports } = receiverOn(store, { maxAttempts: 2 });
    let isBroken = true;
    const calls = record(receiver, () => {
      if (isBroken) throw new TypeError("no such vehicle");
    });
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);
    await pass(3_600_000);

    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
    expect(reports.map(({ context }) => context.willRetry)).toEqual([true, false]);
    const letters = await store.deadLetters();
    expect(letters).toMatchObject([{ attempts: 2, reason: "TypeError: no such vehicle" }]);

    isBroken = false;
    await store.revive(letters.map(({ id }) => id));
    await pass(1_000);
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2, 1]);
    expect(await store.deadLetters()).toEqual([]);
    expect(receiver.health()).toMatchObject({ handled: 1, failed: 2, deadLetters: 1 });
  });

  it("is tried eight times by default", async () => {
    const store = storeWith();
    const { receiver } = receiverOn(store);
    const calls = record(receiver, fail);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await pass(600_000);

    expect(calls).toHaveLength(8);
    expect(await store.deadLetters()).toMatchObject([{ attempts: 8 }]);
  });

  it.each([
    { what: "a text", thrown: "no", reason: "no" },
    { what: "nothing", thrown: undefined, reason: "undefined" },
    { what: "a long text", thrown: "x".repeat(10_000), reason: "x".repeat(500) },
    { what: "half a character", thrown: "no\ud800", reason: "no\ufffd" },
    {
      what: "a text whose 500th place is within a character",
      thrown: `${"x".repeat(499)}😀`,
      reason: `${"x".repeat(499)}\ufffd`,
    },
  ])("becomes a dead letter with its reason when $what is thrown", async ({ thrown, reason }) => {
    const store = storeWith();
    const { receiver } = receiverOn(store, { maxAttempts: 1 });
    record(receiver, () => Promise.reject(thrown));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await settle();

    expect(await store.deadLetters()).toMatchObject([{ reason }]);
  });

  it("becomes a dead letter at once with a broken envelope, and the others are handled", async () => {
    const store = storeWith();
    const { receiver, reports } = receiverOn(store);
    const calls = record(receiver);
    const { createdAt, ...broken } = vehicleEvent("a", "broken");
    receiver.start();

    await deliver(receiver, [vehicleEvent("a", "first"), broken, vehicleEvent("a", "third")]);
    await settle();

    expect(createdAt).toBeDefined();
    expect(textsOf(calls)).toEqual(["first", "third"]);
    expect(reports).toMatchObject([
      {
        error: { code: "invalid_event" },
        context: { stage: "event", attempt: 1, willRetry: false, event: { text: "broken" } },
      },
    ]);
    expect(reports[0]?.error).toSatisfy(isWebhookVerificationError);
    expect(await store.deadLetters()).toMatchObject([
      { index: 1, attempts: 1, reason: expect.stringContaining("createdAt") },
    ]);
  });

  it("becomes a dead letter when the store gives it back as no JSON", async () => {
    const store = storeWith();
    const { receiver, reports } = receiverOn({
      ...store,
      claim: async (...args) =>
        (await store.claim(...args)).map((event) => ({ ...event, payload: "{" })),
    });
    const calls = record(receiver);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await settle();

    expect(calls).toEqual([]);
    expect(reports).toMatchObject([{ error: { code: "invalid_event" } }]);
    expect(await store.deadLetters()).toHaveLength(1);
  });

  it("reaches onUnknown when its name is not known", async () => {
    const unknown: unknown[] = [];
    const { receiver, reports } = receiverOn(storeWith(), {
      onUnknown: (event, { attempt }) => unknown.push([event, attempt]),
    });
    const calls = record(receiver);
    const payload = vehicleEvent("a", "new", "user:vehicle:washed");
    receiver.start();
    await deliver(receiver, [payload]);
    await settle();

    expect(unknown).toEqual([[{ event: "user:vehicle:washed", payload }, 1]]);
    expect(calls).toEqual([]);
    expect(reports).toEqual([]);
  });

  it("comes again when onUnknown fails", async () => {
    const attempts: number[] = [];
    const { receiver } = receiverOn(storeWith(), {
      onUnknown: async (_event, { attempt }) => {
        attempts.push(attempt);
        await Promise.resolve();
        if (attempt === 1) throw new Error("not yet");
      },
    });
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "new", "user:vehicle:washed")]);
    await pass(60_000);

    expect(attempts).toEqual([1, 2]);
  });
});

describe("the order of events in the store", () => {
  it("is kept for each device, while other devices go on", async () => {
    const { receiver } = receiverOn(storeWith());
    const first = gate();
    const calls = record(receiver, (text) => (text === "a1" ? first.opened : undefined));
    receiver.start();

    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
    await deliver(receiver, [vehicleEvent("a", "a2"), vehicleEvent("b", "b2")]);
    await pass(5_000);
    expect(textsOf(calls)).toEqual(["a1", "b1", "b2"]);

    first.open();
    await settle();
    expect(textsOf(calls)).toEqual(["a1", "b1", "b2", "a2"]);
  });

  it("is kept for each device also over retries", async () => {
    const { receiver } = receiverOn(storeWith());
    const calls = record(receiver, (text, { attempt }) => {
      if (text === "a1" && attempt < 3) throw new Error("not yet");
    });
    receiver.start();

    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
    await deliver(receiver, [vehicleEvent("b", "b1")]);
    await settle();
    expect(textsOf(calls)).toEqual(["a1", "b1"]);

    await pass(60_000);
    expect(textsOf(calls)).toEqual(["a1", "b1", "a1", "a1", "a2"]);
  });

  it("lets a device go on after an event that was given up", async () => {
    const { receiver } = receiverOn(storeWith(), { maxAttempts: 1 });
    const calls = record(receiver, (text) => (text === "a1" ? fail() : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
    await settle();

    expect(textsOf(calls)).toEqual(["a1", "a2"]);
  });

  it("has no more events in work than concurrency says", async () => {
    const { receiver } = receiverOn(storeWith(), { concurrency: 2 });
    const gates = new Map<string, () => void>();
    const calls = record(receiver, (text) => {
      const { opened, open } = gate();
      gates.set(text, open);
      return opened;
    });
    const devices = ["a", "b", "c", "d", "e"];
    receiver.start();
    await deliver(
      receiver,
      devices.map((device) => vehicleEvent(device, device)),
    );

    for (const [done, device] of devices.entries()) {
      await pass(1_500);
      expect(textsOf(calls)).toEqual(devices.slice(0, done + 2));
      gates.get(device)?.();
    }
    await settle();
    expect(receiver.health().handled).toBe(5);
  });
});

describe("a worker", () => {
  it("asks the store again only when it has answered, so that it never holds too much", async () => {
    const store = storeWith();
    const slow = gate();
    const claim = vi.fn<EventStore["claim"]>(async (...args) => {
      await slow.opened;
      return store.claim(...args);
    });
    const { receiver } = receiverOn({ ...store, claim }, { concurrency: 2 });
    const calls = record(receiver, never);
    receiver.start();
    receiver.start();
    for (const device of ["a", "b", "c", "d"]) {
      await deliver(receiver, [vehicleEvent(device, device)]);
    }
    expect(claim).toHaveBeenCalledTimes(1);

    slow.open();
    await settle();
    expect(textsOf(calls)).toEqual(["a", "b"]);
  });

  it("asks for what came while the store was answering that there is nothing", async () => {
    const store = storeWith();
    const slow = gate();
    const claim = vi.fn(store.claim).mockImplementationOnce(async () => {
      await slow.opened;
      return [];
    });
    const { receiver } = receiverOn({ ...store, claim });
    const calls = record(receiver);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);
    slow.open();
    await settle();

    expect(textsOf(calls)).toEqual(["first"]);
  });

  it("keeps its places for the events that it has, and asks for no more than it has free", async () => {
    const store = storeWith();
    const claim = vi.fn(store.claim);
    const { receiver } = receiverOn({ ...store, claim }, { concurrency: 3 });
    record(receiver, never);
    receiver.start();
    await settle();
    await deliver(receiver, [vehicleEvent("a"), vehicleEvent("b")]);
    await settle();

    expect(claim.mock.calls.map(([limit]) => limit)).toEqual([3, 3]);
    await pass(1_000);
    expect(claim).toHaveBeenLastCalledWith(1, expect.any(Number), "default");
  });

  it("sleeps until there is room, and does not look for it all the time", async () => {
    const { receiver } = receiverOn(storeWith(), { concurrency: 1 });
    const calls = record(receiver, (text) => (text === "first" ? later(20_000) : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first"), vehicleEvent("b", "second")]);
    await settle();
    const timers = vi.spyOn(globalThis, "setTimeout");
    await pass(10_000);
    expect(timers.mock.calls.length).toBeLessThan(50);
    const drained = receiver.drain({ deadline: 5_000 });
    await pass(5_000);
    expect(await drained).toMatchObject({ handled: 0, isDone: false });
    expect(timers.mock.calls.length).toBeLessThan(100);
    await pass(5_000);
    expect(textsOf(calls)).toEqual(["first", "second"]);
    await receiver.stop();
  });
});

describe("a worker whose events are completed together", () => {
  it("asks once for all the room that they make", async () => {
    const store = storeWith();
    const claim = vi.fn<EventStore["claim"]>((...args) => store.claim(...args));
    const { receiver } = receiverOn({ ...store, claim }, { concurrency: 5 });
    const calls = record(receiver);
    await deliver(
      receiver,
      Array.from({ length: 20 }, (_, n) => vehicleEvent(`device ${n}`, `event ${n}`)),
    );

    receiver.start();
    await settle();

    expect(calls).toHaveLength(20);
    expect(claim.mock.calls.map(([limit]) => limit)).toEqual([5, 5, 5, 5, 5]);
    await receiver.stop();
  });
});

describe("a worker that is stopped", () => {
  it("waits for the events in work, takes no more, and goes on when started again", async () => {
    const { receiver } = receiverOn(storeWith(), { concurrency: 1 });
    const first = gate();
    const calls = record(receiver, (text) => (text === "a1" ? first.opened : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
    await settle();

    let isStopped = false;
    const stopped = receiver.stop().then(() => {
      isStopped = true;
    });
    await pass(5_000);
    expect(isStopped).toBe(false);
    first.open();
    await stopped;
    expect((await deliver(receiver, [vehicleEvent("c", "c1")])).status).toBe(200);
    await pass(60_000);
    expect(textsOf(calls)).toEqual(["a1"]);
    expect(receiver.health().handled).toBe(1);

    receiver.start();
    await settle();
    expect(textsOf(calls)).toEqual(["a1", "b1", "c1"]);
  });

  it("does not lose events that the store was about to hand out", async () => {
    const store = storeWith();
    const slow = gate();
    const claim = vi.fn<EventStore["claim"]>(async (...args) => {
      await slow.opened;
      return store.claim(...args);
    });
    const { receiver } = receiverOn({ ...store, claim });
    const calls = record(receiver);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);

    const stopped = receiver.stop();
    slow.open();
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
    expect(textsOf(calls)).toEqual(["first"]);
    expect(receiver.health().handled).toBe(1);
    expect(claim).toHaveBeenCalledTimes(1);
  });

  it("asks the store for nothing and leaves no timer", async () => {
    const claim = vi.fn(async () => []);
    const { receiver } = receiverOn(storeWith({ claim }));
    receiver.start();
    await pass(10_000);
    expect(claim).toHaveBeenCalledTimes(11);

    await receiver.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(claim).toHaveBeenCalledTimes(11);
  });

  it("leaves no timer when the store has nothing to give it by then", async () => {
    const slow = gate();
    const claim = vi.fn(async () => {
      await slow.opened;
      return [];
    });
    const { receiver } = receiverOn(storeWith({ claim }));
    receiver.start();
    await settle();

    const stopped = receiver.stop();
    slow.open();
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(claim).toHaveBeenCalledTimes(1);
  });

  it("can be stopped without ever having been started", async () => {
    const { receiver } = receiverOn(storeWith());
    await expect(receiver.stop()).resolves.toBeUndefined();
  });

  it("takes at once what another receiver adds to the same store in its process, by one poll", async () => {
    const store = storeWith();
    const claim = vi.spyOn(store, "claim");
    const { receiver } = receiverOn(store);
    const calls = record(receiver);
    receiver.start();
    await settle();
    claim.mockClear();
    await deliver(receiverOn(store).receiver, [vehicleEvent("a", "of another receiver")]);
    await settle();
    expect(textsOf(calls)).toEqual(["of another receiver"]);
    const polls = claim.mock.calls.length;
    await deliver(receiver, [vehicleEvent("b", "its own")]);
    await settle();
    expect(textsOf(calls)).toEqual(["of another receiver", "its own"]);
    // No more for being told of its own.
    expect(claim.mock.calls.length - polls).toBe(polls);
  });

  it("polls for events at once when it is started again", async () => {
    const store = storeWith({ listen: undefined });
    const { receiver } = receiverOn(store);
    const calls = record(receiver);
    receiver.start();
    await settle();
    await deliver(receiverOn(store).receiver, [vehicleEvent("a", "of another process")]);
    await settle();
    expect(calls).toEqual([]);
    receiver.start();
    await settle();
    expect(textsOf(calls)).toEqual(["of another process"]);
  });

  it("asks no more often when it was started twice", async () => {
    const claim = vi.fn(async () => []);
    const { receiver } = receiverOn(storeWith({ claim }));
    receiver.start();
    receiver.start();
    await settle();
    receiver.start();
    await settle();
    claim.mockClear();
    await pass(10_000);
    expect(claim).toHaveBeenCalledTimes(10);
  });
});

describe("a worker whose store or process fails", () => {
  it("loses nothing to a worker that is never heard of again", async () => {
    const store = storeWith();
    const { receiver: intake } = receiverOn(store);
    await deliver(intake, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
    expect(await store.claim(10, 5_000)).toHaveLength(1);
    const { receiver } = receiverOn(store);
    const calls = record(receiver);
    receiver.start();

    await pass(4_999);
    expect(calls).toEqual([]);
    await pass(1);
    expect(calls).toMatchObject([
      { text: "a1", context: { attempt: 2 } },
      { text: "a2", context: { attempt: 1 } },
    ]);
  });

  it("holds an event for longer than its handlers have time", async () => {
    const store = storeWith();
    const claim = vi.fn(store.claim);
    const { receiver } = receiverOn({ ...store, claim }, { handlerTimeout: 7_000, concurrency: 3 });
    receiver.start();
    await settle();

    expect(claim).toHaveBeenCalledWith(3, 7_000 + leaseMargin, "default");
  });

  it.each<{ what: string; complete: EventStore["complete"]; passed: number }>([
    { what: "throws", complete: fail, passed: 0 },
    { what: "rejects", complete: async () => fail(), passed: 0 },
    { what: "hangs", complete: never, passed: 4_000 },
  ])("handles an event again after the lease when complete $what", async ({ complete, passed }) => {
    const store = storeWith();
    const faulty = vi.fn(store.complete).mockImplementationOnce(complete);
    const { receiver, reports } = receiverOn(
      { ...store, complete: faulty },
      { handlerTimeout: 1_000 },
    );
    const calls = record(receiver);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);

    await pass(passed);
    expect(reports).toMatchObject([
      { error: { store: "eventStore", method: "complete" }, context: { stage: "store" } },
    ]);
    expect(reports[0]?.error).toSatisfy(isStoreError);
    expect(receiver.health().handled).toBe(0);
    await pass(leaseMargin + 999 - passed);
    expect(calls).toHaveLength(1);
    await pass(1_000);
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
    expect(calls[1]?.context.id).toBe(calls[0]?.context.id);
    expect(receiver.health()).toMatchObject({ handled: 1, failed: 0 });
  });

  it("handles an event again after the lease when fail throws", async () => {
    const store = plainStore();
    const faulty = vi.fn(store.fail).mockImplementationOnce(fail);
    const { receiver, reports } = receiverOn({ ...store, fail: faulty }, { handlerTimeout: 1_000 });
    const calls = record(receiver, (_text, { attempt }) => (attempt === 1 ? fail() : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);

    await pass(leaseMargin + 999);
    expect(calls).toHaveLength(1);
    expect(reports).toMatchObject([
      { context: { stage: "event", willRetry: true } },
      { error: { store: "eventStore", method: "fail" }, context: { stage: "store" } },
    ]);
    await pass(1_000);
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
  });

  it("does not count an event as handled that another worker has by then", async () => {
    const { receiver, reports } = receiverOn(storeWith({ complete: async () => false }));
    record(receiver);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "first")]);
    await settle();

    expect(receiver.health().handled).toBe(0);
    expect(reports).toEqual([]);
  });

  it.each<{ what: string; claim: EventStore["claim"]; passed: number }>([
    { what: "throws", claim: fail, passed: 0 },
    { what: "rejects", claim: async () => fail(), passed: 0 },
    { what: "hangs", claim: never, passed: 4_000 },
    { what: "resolves with nothing", claim: async () => undefined as never, passed: 0 },
    { what: "resolves with a text", claim: async () => "events" as never, passed: 0 },
    { what: "resolves with an object", claim: async () => ({ length: 1 }) as never, passed: 0 },
  ])("asks again later when claim $what", async ({ claim, passed }) => {
    const store = storeWith();
    const { receiver: intake } = receiverOn(store);
    await deliver(intake, [vehicleEvent("a", "first")]);
    const faulty = vi.fn(store.claim).mockImplementationOnce(claim);
    const { receiver, reports } = receiverOn({ ...store, claim: faulty });
    const calls = record(receiver);
    receiver.start();

    await pass(passed);
    expect(reports).toMatchObject([
      { error: { store: "eventStore", method: "claim" }, context: { stage: "store" } },
    ]);
    expect(reports[0]?.error).toSatisfy(isStoreError);
    await pass(999);
    expect(calls).toEqual([]);
    await pass(1);
    expect(textsOf(calls)).toEqual(["first"]);
    expect(reports).toHaveLength(1);
  });

  it("does not try for ever an event whose attempts never ended", async () => {
    const store = storeWith();
    const { receiver, reports } = receiverOn(store, { maxAttempts: 2 });
    const calls = record(receiver);
    await deliver(receiver, [vehicleEvent("a", "deadly"), vehicleEvent("a", "next")]);
    for (let died = 0; died < 2; died++) {
      await store.claim(1, 10);
      await pass(10);
    }
    receiver.start();
    await settle();

    expect(textsOf(calls)).toEqual(["next"]);
    expect(reports).toMatchObject([
      { context: { stage: "event", attempt: 3, willRetry: false, event: { text: "deadly" } } },
    ]);
    expect(await store.deadLetters()).toMatchObject([
      { index: 0, attempts: 3, reason: "Error: No attempt came to an end." },
    ]);
  });

  it("gives an event that comes for the last time that very attempt", async () => {
    const store = storeWith();
    const { receiver } = receiverOn(store, { maxAttempts: 2 });
    const calls = record(receiver);
    await deliver(receiver, [vehicleEvent("a", "first")]);
    await store.claim(1, 10);
    await pass(10);
    receiver.start();
    await settle();

    expect(calls).toMatchObject([{ text: "first", context: { attempt: 2 } }]);
  });

  it("goes on when onError fails itself", async () => {
    const { receiver } = receiverOn(storeWith(), { onError: fail });
    const calls = record(receiver, (_text, { attempt }) => (attempt === 1 ? fail() : undefined));
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await pass(60_000);

    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
  });
});

describe("several receivers on one store", () => {
  it("handle each event once between them", async () => {
    const store = storeWith();
    const receivers = [1, 2].map(() => receiverOn(store, { concurrency: 3 }).receiver);
    const perReceiver = receivers.map((receiver) =>
      record(receiver, () => new Promise((resolve) => setTimeout(resolve, 50))),
    );
    const texts = Array.from({ length: 40 }, (_, index) => String(index));
    for (const receiver of receivers) receiver.start();
    for (const [index, text] of texts.entries()) {
      const receiver = receivers[index % 2] as WebhookReceiver;
      await deliver(receiver, [vehicleEvent(`device ${index % 8}`, text)]);
    }
    await pass(120_000);

    const handled = perReceiver.flatMap(textsOf);
    expect(handled.sort((a, b) => Number(a) - Number(b))).toEqual(texts);
    for (const calls of perReceiver) expect(calls).not.toEqual([]);
  });

  it("keep the order of a device between them", async () => {
    const store = storeWith();
    const order: string[] = [];
    const receivers = [1, 2].map(() => receiverOn(store).receiver);
    for (const receiver of receivers) {
      record(receiver, async (text) => {
        order.push(`${text} begins`);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        order.push(`${text} ends`);
      });
      receiver.start();
    }
    await deliver(receivers[0] as WebhookReceiver, [vehicleEvent("a", "1")]);
    await deliver(receivers[1] as WebhookReceiver, [vehicleEvent("a", "2")]);
    await pass(60_000);

    expect(order).toEqual(["1 begins", "1 ends", "2 begins", "2 ends"]);
  });

  it("never see each other's events when their namespaces differ", async () => {
    const store = storeWith();
    const [here, there] = ["here", "there"].map((namespace) => {
      const { receiver, reports } = receiverOn(store, { namespace, maxAttempts: 1 });
      const calls = record(receiver, (text) => (text === "bad" ? fail() : undefined));
      receiver.start();
      return { receiver, reports, calls };
    });
    const both = [vehicleEvent("a", "both")];

    for (const side of [here, there]) {
      const response = await deliver(side?.receiver as WebhookReceiver, both);
      expect(await response.text()).toBe("stored");
    }
    await deliver(here?.receiver as WebhookReceiver, [vehicleEvent("a", "bad")]);
    await deliver(there?.receiver as WebhookReceiver, [vehicleEvent("a", "good")]);
    await pass(60_000);

    expect(textsOf(here?.calls ?? [])).toEqual(["both", "bad"]);
    expect(textsOf(there?.calls ?? [])).toEqual(["both", "good"]);
    expect(here?.reports).toHaveLength(1);
    expect(there?.reports).toEqual([]);
    expect(await store.deadLetters(10, "here")).toHaveLength(1);
    expect(await store.deadLetters(10, "there")).toEqual([]);
    expect(await store.deadLetters()).toEqual([]);
  });
});

describe("health of a receiver with a store", () => {
  it("counts what came and what became of it", async () => {
    const store = storeWith();
    const append = vi.fn(store.append);
    const { receiver } = receiverOn({ ...store, append }, { maxAttempts: 2 });
    record(receiver, (text) => (text === "bad" ? fail() : undefined));
    const good = [vehicleEvent("a", "good"), vehicleEvent("b", "good")];
    receiver.start();

    await deliver(receiver, good);
    await deliver(receiver, good);
    await deliver(receiver, [vehicleEvent("c", "bad"), heartbeat(7)]);
    append.mockImplementationOnce(fail);
    await deliver(receiver, [vehicleEvent("d", "postponed")]);
    const lastDeliveryAt = new Date();
    await pass(60_000);
    await receiver.counts();

    expect(receiver.health()).toEqual({
      lastDeliveryAt,
      lastHeartbeatAt: lastDeliveryAt,
      pendingEvents: 7,
      deliveries: 4,
      duplicates: 1,
      refused: 0,
      postponed: 1,
      handled: 3,
      failed: 2,
      deadLetters: 1,
      circuit: "closed",
      events: {
        ...{ waiting: 0, due: 0, held: 0, dead: 1, oldestAge: 0 },
        countedAt: new Date(),
      },
    });
  });
});
