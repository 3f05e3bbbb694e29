import { describe, expect, it, vi } from "vitest";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import { type WebhookErrorContext, WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

function setUp(
  work: (text: string) => unknown,
  change: Partial<EventStore> = {},
  handlerTimeout = 500,
) {
  const store = { ...memoryStorage().eventStore, ...change };
  const reports: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store,
    handlerTimeout,
    circuit: false,
    onError: (error, context) => reports.push({ error, context }),
  });
  const log: string[] = [];
  let running = 0;
  let overlaps = 0;
  receiver.on("*", async (event, { attempt }) => {
    log.push(`${textOf(event)} attempt ${attempt}`);
    if (running++ > 0) overlaps++;
    await work(textOf(event));
    running--;
  });
  receiver.start();
  return { receiver, store, reports, log, overlaps: () => overlaps };
}

describe("a handler that goes on after its time limit", () => {
  it.each([
    { what: "a store that renews leases", change: {} },
    { what: "a store that does not", change: { renew: undefined } },
  ])(
    "never runs beside its own repetition or the next event of its device, on $what",
    async ({ change }) => {
      const slow = { left: 3 };
      const { receiver, log, overlaps } = setUp(() => later(slow.left-- > 0 ? 4_000 : 10), change);
      await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
      await pass(60_000);

      expect(overlaps()).toBe(0);
      expect(log).toEqual([
        "a1 attempt 1",
        "a1 attempt 2",
        "a1 attempt 3",
        "a1 attempt 4",
        "a2 attempt 1",
      ]);
      await receiver.stop();
    },
  );

  it("keeps its lease, however long it takes within the limit", async () => {
    const { receiver, store, reports } = setUp(() => later(4_900));
    const renew = vi.spyOn(store as { renew: NonNullable<EventStore["renew"]> }, "renew");
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await pass(600);
    expect(reports).toMatchObject([
      { error: { code: "handler_timeout" }, context: { attempt: 1, willRetry: true } },
    ]);
    await pass(4_200);
    expect(renew).toHaveBeenCalled();
    expect(await store.claim(9, 1)).toEqual([]);
    const stopped = receiver.stop();
    await pass(200);
    await stopped;
  });

  it("renews it no more often on Workers, where it looks for their end all the time", async () => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    const { receiver, store } = setUp(() => later(4_900));
    const renew = vi.spyOn(store as { renew: NonNullable<EventStore["renew"]> }, "renew");
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await pass(4_800);
    expect(renew).toHaveBeenCalledOnce();
    const stopped = receiver.stop();
    await pass(200);
    await stopped;
    vi.unstubAllGlobals();
  });

  it("keeps its place, so that no more run than concurrency says, and is let go after ten times its time", async () => {
    const { receiver, reports, log } = setUp((text) =>
      text === "a1" && log.length === 1 ? new Promise(() => undefined) : undefined,
    );
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
    await pass(5_400);
    expect(log).toEqual(["a1 attempt 1"]);
    await pass(5_000);

    expect(log).toEqual(["a1 attempt 1", "a1 attempt 2", "a2 attempt 1"]);
    expect(reports.map(({ error }) => Object(error).code)).toEqual([
      "handler_timeout",
      "handler_stuck",
    ]);
    expect(reports[1]).toMatchObject({ context: { stage: "event", willRetry: true } });
    await receiver.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps its lane closed also when an earlier attempt at its event stops, which had been let go", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const times = [30_000, 19_000];
    const { receiver, log } = setUp(() => later(times.shift() ?? 0), { renew: undefined }, 2_000);
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    // The first attempt is let go after 22 s, and the second has begun.
    await pass(29_000);
    expect(log).toHaveLength(2);
    // The first one stops, and the lease of the second has ended, but not its handler.
    await pass(13_000);
    expect(log).toHaveLength(2);
    await pass(30_000);

    expect(log).toEqual(["a1 attempt 1", "a1 attempt 2", "a1 attempt 3"]);
    await receiver.stop();
  });

  it("does not keep a worker from being stopped, and leaves no timer", async () => {
    const { receiver } = setUp(() => new Promise(() => undefined));
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await pass(600);
    const stopped = receiver.stop();
    await pass(10_500);
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a worker of a shared store", () => {
  it("has retries wait by the store's clock, however wrong its own is", async () => {
    let skew = 0;
    const store = memoryStorage({ now: () => Date.now() - skew }).eventStore;
    const times: number[] = [];
    const { receiver, log } = setUp(() => {
      times.push(performance.now());
      throw new Error("no");
    }, store);
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    skew = 3_600_000;
    await pass(60_000);
    expect(log.length).toBeGreaterThan(4);
    for (const [n, time] of times.slice(1).entries()) {
      expect(time - (times[n] ?? 0)).toBeGreaterThanOrEqual(Math.min(500 * 2 ** n, 1_000));
    }
    await receiver.stop();
  });

  it("gives back in one call what comes too late, and it costs no attempt", async () => {
    const { eventStore } = memoryStorage();
    let delay = 5_000;
    const claim: EventStore["claim"] = async (...given) => {
      const claimed = await eventStore.claim(...given);
      await later(delay);
      return claimed;
    };
    const postpone = vi.fn(eventStore.postpone);
    const { receiver, log } = setUp(() => undefined, {
      ...eventStore,
      appendAndClaim: undefined,
      claim,
      postpone: postpone as never,
    });
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
    for (let n = 0; n < 12; n++) await pass(6_000);
    expect(log).toEqual([]);
    expect(postpone.mock.calls[0]?.[0]).toHaveLength(2);
    delay = 0;
    await pass(10_000);
    expect(log).toEqual(["a1 attempt 1", "b1 attempt 1"]);
    await receiver.stop();
  });

  it("is woken by the store, and ends that when it is stopped", async () => {
    const { eventStore } = memoryStorage();
    const heard: (() => void)[] = [];
    const end = vi.fn(async () => undefined);
    const { receiver, log } = setUp(() => undefined, {
      ...eventStore,
      listen: (onEvents) => {
        heard.push(onEvents);
        return end;
      },
    });
    await pass(10);
    const other = new WebhookReceiver({ secret: SECRET, store: eventStore });
    await deliver(other, [vehicleEvent("a", "a1")]);
    await pass(0);
    expect(log).toEqual([]);
    for (const onEvents of heard) onEvents();
    await pass(0);
    expect(log).toEqual(["a1 attempt 1"]);
    await receiver.stop();
    expect(end).toHaveBeenCalledOnce();
    await other.stop();
  });

  it("may be told how to end that a turn later, by a store whose methods were all wrapped alike", async () => {
    const end = vi.fn(async () => undefined);
    const { receiver, reports } = setUp(() => undefined, { listen: (async () => end) as never });
    await pass(10);
    await receiver.stop();

    expect(end).toHaveBeenCalledOnce();
    expect(reports).toEqual([]);
  });

  it("reports once that this cannot be ended, also while events in progress are waited for", async () => {
    const rejections = vi.fn();
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", rejections);
    const listen = () => () => Promise.reject(new Error("gone"));
    const { receiver, reports } = setUp(() => later(400), { listen });
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    const stopped = receiver.stop();
    await pass(100);
    // Node tells of them after a turn of the event loop.
    await new Promise(setImmediate);
    await pass(400);
    await stopped;
    process.off("unhandledRejection", rejections);
    for (const other of others) process.on("unhandledRejection", other);

    expect(rejections).not.toHaveBeenCalled();
    expect(reports).toMatchObject([{ error: { method: "listen" }, context: { stage: "store" } }]);
  });

  it.each([
    { what: "cannot listen", listen: () => expect.unreachable("no") },
    { what: "cannot listen after a while", listen: () => Promise.reject(new Error("no")) },
    { what: "never ends listening", listen: () => () => new Promise<void>(() => undefined) },
  ])("works with a store that $what", async ({ listen }) => {
    const { receiver, log, reports } = setUp(() => undefined, { listen: listen as never });
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await pass(1_500);
    expect(log).toEqual(["a1 attempt 1"]);
    const stopped = receiver.stop();
    await pass(4_000);
    await stopped;
    expect(reports).toMatchObject([{ context: { stage: "store" } }]);
  });
});
