import { describe, expect, it, vi } from "vitest";
import { isConfigurationError, isStoreError } from "../../../../src/errors/index.ts";
import { type EventStore, memoryStorage } from "../../../../src/storage/index.ts";
import { type ReceiverSettings, WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

function setUp(
  work: (text: string, signal: AbortSignal) => unknown = () => undefined,
  settings: ReceiverSettings = {},
) {
  const store: EventStore = memoryStorage().eventStore;
  const onError = vi.fn();
  const receiver = new WebhookReceiver({ secret: SECRET, store, onError, ...settings });
  const texts: string[] = [];
  receiver.on("*", (event, { signal }) => {
    texts.push(textOf(event));
    return work(textOf(event), signal);
  });
  return { receiver, store: settings.store ?? store, texts, onError };
}

/** Each of a device of its own. */
const events = (count: number) =>
  Array.from({ length: count }, (_, n) => vehicleEvent(`device ${n}`, `${n}`));

describe("drain", () => {
  it("handles all that is due, in the order of each device, and leaves no timer", async () => {
    const { receiver, store, texts } = setUp(() => later(10), { concurrency: 2 });
    await deliver(receiver, [
      vehicleEvent("a", "a1"),
      vehicleEvent("b", "b1"),
      vehicleEvent("a", "a2"),
      vehicleEvent("a", "a3"),
    ]);
    const drained = receiver.drain();
    await pass(100);

    expect(await drained).toEqual({ handled: 4, failed: 0, isDone: true });
    expect(texts.filter((text) => text.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(await store.claim(9, 1)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not wait for what comes again after its pause", async () => {
    let failures = 1;
    const { receiver, texts } = setUp(() => {
      if (failures-- > 0) throw new Error("not yet");
    });
    await deliver(receiver, events(2));

    expect(await receiver.drain()).toEqual({ handled: 1, failed: 1, isDone: true });
    expect(await receiver.drain()).toEqual({ handled: 0, failed: 0, isDone: true });
    await pass(2_000);
    expect(await receiver.drain()).toEqual({ handled: 1, failed: 0, isDone: true });
    expect(texts).toEqual(["0", "1", "0"]);
  });

  it("begins no event for which not enough time is left, and ends in time", async () => {
    const { receiver, texts } = setUp(() => later(900), { handlerTimeout: 1_000, concurrency: 1 });
    await deliver(receiver, events(9));
    const settled = vi.fn();
    const drained = receiver.drain({ deadline: 4_000 });
    drained.then(settled);

    await pass(4_000);
    expect(settled).toHaveBeenCalledExactlyOnceWith({ handled: 3, failed: 0, isDone: false });
    expect(texts).toEqual(["0", "1", "2"]);
    await pass(60_000);
    expect(texts).toHaveLength(3);
  });

  it("gives an event half of a deadline that is shorter than its time", async () => {
    const { receiver } = setUp((_text, signal) => {
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    });
    await deliver(receiver, events(1));
    const drained = receiver.drain({ deadline: 5_000 });
    await pass(2_499);
    const settled = vi.fn();
    drained.then(settled);
    await pass(0);
    expect(settled).not.toHaveBeenCalled();
    await pass(1);

    expect(await drained).toMatchObject({ handled: 0, failed: 1 });
  });

  it("resolves by its deadline when the store no longer answers", async () => {
    const { eventStore } = memoryStorage();
    const complete = () => new Promise<boolean>(() => undefined);
    const { receiver } = setUp(undefined, { store: { ...eventStore, complete } });
    await deliver(receiver, events(1));
    const drained = receiver.drain({ deadline: 3_000 });
    await pass(3_000);

    expect(await drained).toEqual({ handled: 0, failed: 0, isDone: false });
  });

  it.each([500, 1_000, 3_000])(
    "rejects by its deadline of %s ms when the store does not hand out events",
    async (deadline) => {
      const { eventStore } = memoryStorage();
      const claim = () => new Promise<never>(() => undefined);
      const { receiver } = setUp(undefined, { store: { ...eventStore, claim } });
      const settled = vi.fn();
      receiver.drain({ deadline }).catch(settled);
      await pass(deadline);

      expect(settled).toHaveBeenCalledOnce();
      expect(settled.mock.calls[0]?.[0]).toSatisfy(isStoreError);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("gives back what the store hands out too late, to be handled by the next call", async () => {
    const { eventStore } = memoryStorage();
    let delay = 3_000;
    const claim: EventStore["claim"] = async (...given) => {
      await later(delay);
      return eventStore.claim(...given);
    };
    const { receiver, texts } = setUp(undefined, { store: { ...eventStore, claim } });
    await deliver(receiver, events(3));
    const failed = receiver.drain({ deadline: 500 }).catch((error: unknown) => error);
    await pass(3_000);
    expect(await failed).toSatisfy(isStoreError);
    expect(texts).toEqual([]);

    // After the pause of a first failure.
    delay = 0;
    await pass(1_000);
    const drained = receiver.drain();
    await pass(100);
    expect(await drained).toEqual({ handled: 3, failed: 0, isDone: true });
    expect(texts).toEqual(["0", "1", "2"]);
  });

  it("leaves a claim so much time that its events have half of theirs", async () => {
    const { eventStore } = memoryStorage();
    const claim: EventStore["claim"] = async (...given) => {
      await later(320);
      return eventStore.claim(...given);
    };
    const { receiver } = setUp(() => later(120), { store: { ...eventStore, claim } });
    await deliver(receiver, events(1));
    const drained = receiver.drain({ deadline: 500 });
    await pass(500);

    expect(await drained).toMatchObject({ handled: 1, failed: 0 });
  });

  it("rejects when the store cannot be asked", async () => {
    const { eventStore } = memoryStorage();
    const claim = () => Promise.reject(new Error("away"));
    const { receiver } = setUp(undefined, { store: { ...eventStore, claim } });

    await expect(receiver.drain()).rejects.toSatisfy(isStoreError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("works beside start, and waits for what that has taken", async () => {
    const { receiver, texts } = setUp(() => later(1_000), { concurrency: 2 });
    receiver.start();
    await pass(0);
    await deliver(receiver, events(3));
    const drained = receiver.drain({ deadline: 10_000 });
    await pass(2_100);

    expect(await drained).toMatchObject({ failed: 0, isDone: true });
    expect(texts.toSorted()).toEqual(["0", "1", "2"]);
    expect(receiver.health().handled).toBe(3);
    await receiver.stop();
  });

  it("handles each event once when it is called twice", async () => {
    const { receiver, texts } = setUp(() => later(10), { concurrency: 3 });
    await deliver(receiver, events(9));
    const drained = Promise.all([receiver.drain(), receiver.drain()]);
    await pass(1_000);

    const results = await drained;
    expect(results.map(({ isDone }) => isDone)).toEqual([true, true]);
    expect(results.reduce((sum, { handled }) => sum + handled, 0)).toBe(9);
    expect(texts).toHaveLength(9);
  });

  it("is not kept from it by events of a request that has ended", async () => {
    const { receiver, texts } = setUp(
      (text) => (texts.length <= 2 ? new Promise(() => undefined) : text),
      { handlerTimeout: 1_000, concurrency: 2 },
    );
    await deliver(receiver, events(2));
    const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
    receiver.drain();
    for (let n = 0; n < 200; n++) await Promise.resolve();
    timers.mockRestore();
    expect(texts).toHaveLength(2);
    await pass(12_000);

    const drained = receiver.drain({ deadline: 10_000 });
    await pass(10_000);
    expect(await drained).toEqual({ handled: 2, failed: 0, isDone: true });
  });

  it("waits in steps for a deadline that is longer than a timer can take, which would fire at once", async () => {
    const { receiver } = setUp(() => later(5_000), { concurrency: 1 });
    await deliver(receiver, events(1));
    const timers = vi.spyOn(globalThis, "setTimeout");
    const drained = receiver.drain({ deadline: 2 ** 33 });
    await pass(5_000);

    expect(await drained).toEqual({ handled: 1, failed: 0, isDone: true });
    expect(timers.mock.calls.length).toBeLessThan(20);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, "5000" as never])(
    "refuses a deadline of %s",
    async (deadline) => {
      await expect(setUp().receiver.drain({ deadline })).rejects.toMatchObject({
        parameter: "deadline",
      });
    },
  );

  it("refuses a receiver that has nothing to drain", async () => {
    const receiver = new WebhookReceiver({ secret: SECRET });
    await expect(receiver.drain()).rejects.toSatisfy(isConfigurationError);
  });
});
