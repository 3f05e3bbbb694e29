import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { DiscardError, RetryLaterError } from "../../../../src/errors/index.ts";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import {
  type ReceiverSettings,
  type WebhookContext,
  type WebhookErrorContext,
  WebhookReceiver,
} from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, gate, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

/** A receiver whose handlers do `work`, and what became of it. */
function setUp(
  work: (text: string, context: WebhookContext) => unknown,
  settings: ReceiverSettings = {},
) {
  const store: EventStore = { ...memoryStorage().eventStore };
  const reports: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store,
    onError: (error, context) => reports.push({ error, context }),
    ...settings,
  });
  const calls: string[] = [];
  receiver.on("*", (event, context) => {
    calls.push(`${textOf(event)} attempt ${context.attempt}`);
    return work(textOf(event), context);
  });
  receiver.start();
  const stages = () => reports.map(({ context }) => context.stage);
  return { receiver, store: settings.store ?? store, reports, calls, stages };
}

/** Events of devices, by texts like `a1`. */
const eventsOf = (...texts: string[]) => texts.map((text) => vehicleEvent(text.charAt(0), text));

function away(): never {
  throw new Error("away: Bearer abcdefghijklmnop");
}

describe("a circuit", () => {
  it("opens when three different events have failed, and reports that once", async () => {
    const { receiver, reports, stages } = setUp(away);
    await deliver(receiver, eventsOf("a1", "b1"));
    await pass(500);
    expect(receiver.health().circuit).toBe("closed");
    await deliver(receiver, eventsOf("c1", "d1", "e1"));
    await pass(10 * 60_000);

    expect(receiver.health()).toMatchObject({
      circuit: "open",
      circuitOpenedAt: new Date("2026-01-01T00:00:00.500Z"),
    });
    expect(stages().filter((stage) => stage === "circuit")).toHaveLength(1);
    const report = reports.find(({ context }) => context.stage === "circuit");
    expect(report?.error).toMatchObject({ code: "circuit_open", name: "EnodeError" });
    expect(report?.error).toMatchObject({ cause: { message: "away: Bearer [redacted]" } });
    expect(inspect(report?.error)).not.toContain("abcdefgh");
    await receiver.stop();
  });

  it("tries one event at a time while it is open, at growing intervals", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const times: number[] = [];
    const { receiver, store } = setUp(() => {
      times.push(Date.now());
      away();
    });
    const claim = vi.spyOn(store, "claim");
    await deliver(receiver, eventsOf("a1", "b1", "c1", "d1", "e1", "f1"));
    await pass(0);
    expect(receiver.health().circuit).toBe("open");
    claim.mockClear();
    const appendAndClaim = vi.fn();
    Object.assign(store, { appendAndClaim });
    times.length = 0;
    const start = Date.now();
    await deliver(receiver, eventsOf("g1", "h1"));
    await pass(200_000);

    expect(times.map((time) => (time - start) / 1_000)).toEqual([
      1, 3, 7, 15, 31, 63, 103, 143, 183,
    ]);
    expect(new Set(claim.mock.calls.map(([limit]) => limit))).toEqual(new Set([1]));
    expect(appendAndClaim).not.toHaveBeenCalled();
    await receiver.stop();
  });

  it.each([1, 2])("does so also where events have %s attempts", async (maxAttempts) => {
    const { receiver, store, calls } = setUp(away, { maxAttempts });
    const events = Array.from({ length: 90 }, (_, n) => vehicleEvent(`${n}`, `${n}`));
    await deliver(receiver, events);
    await pass(0);
    expect(receiver.health().circuit).toBe("open");
    calls.length = 0;
    await pass(60_000);

    expect(calls.length).toBeLessThan(20);
    expect(await store.deadLetters()).toEqual([]);
    await receiver.stop();
  });

  it("closes at the first success, also of an event in hand, and handles the others at once", async () => {
    const { opened, open } = gate();
    let isAway = true;
    const { receiver, calls } = setUp((text) => {
      if (text === "a1") return opened;
      return isAway ? away() : undefined;
    });
    await deliver(receiver, eventsOf("a1", "b1", "c1", "d1"));
    await pass(500);
    expect(receiver.health().circuit).toBe("open");
    await deliver(receiver, eventsOf("e1", "f1"));
    isAway = false;
    open();
    await pass(10);

    expect(receiver.health().circuit).toBe("closed");
    expect(receiver.health()).not.toHaveProperty("circuitOpenedAt");
    expect(calls).toEqual(expect.arrayContaining(["e1 attempt 1", "f1 attempt 1"]));
    await pass(10_000);
    expect(receiver.health().handled).toBe(6);
    await receiver.stop();
  });

  it("takes events as soon as it is closed, also while its last probe goes on", async () => {
    const { opened, open } = gate();
    let isAway = true;
    const { receiver, calls } = setUp((text) => {
      if (text === "a1") return opened;
      if (isAway) away();
      return calls.length === 5 && later(20_000);
    });
    await deliver(receiver, eventsOf("a1", "b1", "c1", "d1"));
    await pass(100);
    expect(receiver.health().circuit).toBe("open");
    isAway = false;
    await deliver(receiver, eventsOf("e1", "f1"));
    await pass(1_000);
    expect(calls).toHaveLength(5);
    open();
    await pass(2_000);

    expect(receiver.health()).toMatchObject({ circuit: "closed", handled: 5 });
    await pass(20_000);
    expect(receiver.health().handled).toBe(6);
    await receiver.stop();
  });

  it("gives back the attempts since the last success, and revives the dead letters in their order", async () => {
    let isAway = true;
    const { receiver, store, calls } = setUp(() => (isAway ? away() : undefined), {
      maxAttempts: 3,
      namespace: "one",
    });
    await deliver(receiver, eventsOf("a1", "a2", "a3", "a4"));
    while (receiver.health().circuit === "closed") await pass(100);
    await pass(0);
    expect(await store.deadLetters(100, "one")).toEqual([]);
    expect(receiver.health().deadLetters).toBe(0);
    calls.length = 0;
    isAway = false;
    await pass(5_000);

    expect(calls).toEqual(["a1 attempt 1", "a2 attempt 1", "a3 attempt 1", "a4 attempt 1"]);
    await receiver.stop();
  });

  it("gives no attempt back that was made before the last success", async () => {
    let isAway = false;
    const { receiver, calls } = setUp((text) => (isAway || text === "a1" ? away() : undefined));
    await deliver(receiver, eventsOf("a1"));
    await pass(900);
    await deliver(receiver, eventsOf("b1"));
    expect(calls.filter((call) => call.startsWith("a1")).length).toBeGreaterThan(0);
    const before = calls.filter((call) => call.startsWith("a1")).length;
    await pass(0);
    isAway = true;
    await deliver(receiver, eventsOf("c1", "d1"));
    await pass(60_000);

    const attempts = calls.filter((call) => call.startsWith("a1")).slice(before);
    expect(new Set(attempts)).toEqual(new Set([`a1 attempt ${before + 1}`]));
    await receiver.stop();
  });

  it("is not closed by an event that has no handler", async () => {
    const store = memoryStorage().eventStore;
    const circuit = { failures: 1 };
    const onError = () => undefined;
    const receiver = new WebhookReceiver({ secret: SECRET, store, circuit, onError });
    receiver.on("user:vehicle:updated", away);
    receiver.start();
    await deliver(receiver, eventsOf("a1"));
    await pass(0);
    await deliver(receiver, [vehicleEvent("z", "z1", "user:vehicle:deleted")]);
    await pass(120_000);

    expect(receiver.health()).toMatchObject({ circuit: "open", handled: 1 });
    await receiver.stop();
  });

  it("does not open when it is switched off, and opens after as many failures as it is told", async () => {
    for (const [circuit, isOpen] of [
      [false, false],
      [{ failures: 5 }, false],
      [{ failures: 4 }, true],
    ] as const) {
      const { receiver } = setUp(away, { circuit });
      await deliver(receiver, eventsOf("a1", "b1", "c1", "d1"));
      await pass(100);
      expect(receiver.health().circuit).toBe(isOpen ? "open" : "closed");
      await receiver.stop();
    }
  });

  it.each([{ failures: 0 }, { failures: "3" }, { maxInterval: -1 }, { maxInterval: 0.5 }])(
    "refuses the options %j",
    (circuit) => {
      expect(() => setUp(away, { circuit: circuit as never })).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          parameter: expect.stringMatching(/^circuit\./),
        }),
      );
    },
  );

  it("lets drain try one event, which says that it is not done", async () => {
    let isAway = true;
    const { receiver, calls } = setUp(() => (isAway ? away() : undefined));
    await receiver.stop();
    await deliver(receiver, eventsOf("a1", "b1", "c1", "d1", "e1"));
    expect(await receiver.drain()).toMatchObject({ handled: 0, isDone: false });
    calls.length = 0;
    await pass(10_000);
    expect(await receiver.drain()).toEqual({ handled: 0, failed: 1, isDone: false });
    expect(calls).toHaveLength(1);
    isAway = false;
    await pass(10_000);
    expect(await receiver.drain()).toEqual({ handled: 5, failed: 0, isDone: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets drain end in time, also while it compares an event with others", async () => {
    const { receiver } = setUp(
      (text) => {
        if (text.startsWith("r")) throw new RetryLaterError({ after: 1_000 });
        away();
      },
      { maxAttempts: 2, circuit: { failures: 1 } },
    );
    await receiver.stop();
    await deliver(receiver, eventsOf("a1"));
    for (let n = 0; n < 8; n++) {
      const begunAt = performance.now();
      let took = Number.POSITIVE_INFINITY;
      const drained = receiver.drain({ deadline: 5_000 }).then(({ isDone }) => {
        took = performance.now() - begunAt;
        return isDone;
      });
      await pass(60_000);
      expect(took).toBeLessThanOrEqual(5_000);
      expect(await drained).toBe(false);
      await deliver(receiver, [vehicleEvent(`r${n}`, `r${n}`)]);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets drain give up an event when there is nothing to compare it with but its own lane", async () => {
    const { receiver, store, calls } = setUp((text) => (text === "a1" ? away() : undefined), {
      maxAttempts: 2,
      circuit: { failures: 1 },
    });
    await receiver.stop();
    await deliver(receiver, eventsOf("a1", "a2"));
    for (let n = 0; n < 4; n++) {
      const drained = receiver.drain({ deadline: 120_000 });
      await pass(120_000);
      await drained;
    }
    expect(calls.at(-1)).toBe("a2 attempt 1");
    expect(await store.deadLetters()).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { what: "a moment", work: () => later(700) },
    { what: "ever", work: () => new Promise<never>(() => undefined) },
  ])(
    "gives up an event that alone is to blame also when its handlers go on for $what after their time",
    async ({ work }) => {
      let isAway = true;
      const { receiver, calls, reports } = setUp(
        (text) => (isAway || text === "a1" ? work() : undefined),
        { handlerTimeout: 500, maxAttempts: 2, circuit: { failures: 1 } },
      );
      await deliver(receiver, eventsOf("a1", "a2", "a3"));
      await pass(600);
      expect(receiver.health().circuit).toBe("open");
      isAway = false;
      await pass(120_000);

      // Once more before it makes way: what handlers need might have come back meanwhile.
      expect(calls).toEqual([...Array(4).fill("a1 attempt 1"), "a2 attempt 1", "a3 attempt 1"]);
      expect(receiver.health()).toMatchObject({ circuit: "closed", deadLetters: 1, failed: 4 });
      const outcomes = reports.filter(({ error }) => Object(error).code === "handler_timeout");
      expect(outcomes.map(({ context }) => context.willRetry)).toEqual([true, true, true, false]);
      await receiver.stop();
    },
  );

  it("counts no attempts of events that the store fails to take back", async () => {
    let isAway = false;
    let isBroken = false;
    const { eventStore } = memoryStorage();
    const store: EventStore = {
      ...eventStore,
      postpone: async (postponements) => {
        if (isBroken) throw new Error("too busy");
        return (await eventStore.postpone?.(postponements)) ?? [];
      },
    };
    const { receiver, calls } = setUp(
      (text) => (isAway || (text === "a1" && calls.length < 3) ? away() : undefined),
      { store, maxAttempts: 4, circuit: { failures: 2 } },
    );
    await deliver(receiver, eventsOf("a1"));
    await pass(1_500);
    await deliver(receiver, eventsOf("z1"));
    await pass(100);
    isAway = true;
    isBroken = true;
    await deliver(receiver, eventsOf("b1"));
    await pass(10 * 60_000);
    expect(receiver.health()).toMatchObject({ circuit: "open", deadLetters: 0 });
    expect(await store.deadLetters()).toEqual([]);
    isAway = false;
    isBroken = false;
    await pass(120_000);

    expect(receiver.health()).toMatchObject({ circuit: "closed", handled: 3, deadLetters: 0 });
    await receiver.stop();
  });

  it("closes also when the store fails to renew the lease of an event that it compares with others", async () => {
    let failing = "ab";
    const store = { ...memoryStorage().eventStore, renew: () => Promise.reject(new Error("no")) };
    const { receiver, calls } = setUp((text) => (failing.includes(text.charAt(0)) ? away() : 0), {
      store,
      maxAttempts: 2,
      circuit: { failures: 1 },
    });
    await deliver(receiver, eventsOf("a1"));
    await pass(6_000);
    expect(calls).toHaveLength(3);
    failing = "a";
    await deliver(receiver, eventsOf("b1"));
    await pass(10_000);
    expect(calls.slice(3, 5)).toEqual(["b1 attempt 1", "a1 attempt 2"]);
    // Where one failure opens it, the last attempt of the event does so as well.
    for (const next of ["b2", "b3", "b4", "b5"]) {
      await pass(60_000);
      await deliver(receiver, eventsOf(next));
    }
    await pass(60_000);

    expect(receiver.health()).toMatchObject({ circuit: "closed", deadLetters: 1 });
    await receiver.stop();
  });

  it("gives no event up that it compares with others while handlers that go on leave no place to try one", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { receiver, store, calls } = setUp(
      (text) => {
        const isSecond = calls.filter((call) => call.startsWith(text)).length === 2;
        return text === "b1" && isSecond ? later(20_000) : away();
      },
      {
        concurrency: 1,
        maxAttempts: 2,
        handlerTimeout: 2_000,
        circuit: { failures: 1, maxInterval: 1_500 },
      },
    );
    await deliver(receiver, eventsOf("a1", "b1"));
    while (calls.filter((call) => call.startsWith("b1")).length < 2) await pass(100);
    await deliver(receiver, eventsOf("c1"));
    for (let n = 0; n < 19; n++) {
      await pass(1_000);
      expect(await store.deadLetters()).toEqual([]);
    }
    expect(calls.at(-1)).toBe("b1 attempt 1");
    // The place is free again, and the other event is tried.
    await pass(2_500);

    expect(calls).toContain("c1 attempt 1");
    expect(await store.deadLetters()).toEqual([]);
    await receiver.stop();
  });

  it("takes up again an event that it has compared with others and that the store fails to take back", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    let isAway = true;
    let isBroken = false;
    const { eventStore } = memoryStorage();
    const store: EventStore = {
      ...eventStore,
      postpone: async (postponements) => {
        const isFirst = postponements.some(({ event }) => event.payload.includes('"a1"'));
        if (isBroken && isFirst) throw new Error("too busy");
        return (await eventStore.postpone?.(postponements)) ?? [];
      },
    };
    const { receiver, reports, calls } = setUp(() => isAway && away(), {
      store,
      maxAttempts: 2,
      circuit: { failures: 1 },
    });
    await deliver(receiver, eventsOf("a1", "b1"));
    // Each fails once and is probed twice.
    while (calls.length < 6) await pass(100);
    isBroken = true;
    reports.length = 0;
    await deliver(receiver, eventsOf("c1"));
    await pass(3_000);
    expect(reports).toMatchObject([
      { context: { stage: "event", event: { text: "c1" }, willRetry: true } },
      { error: { method: "postpone" }, context: { stage: "store" } },
      { context: { stage: "event", event: { text: "a1" }, willRetry: true } },
      { context: { stage: "event", event: { text: "b1" }, willRetry: true } },
    ]);
    isAway = false;
    isBroken = false;
    await pass(60_000);

    // When its lease has ended.
    expect(calls.slice(7)).toEqual(["b1 attempt 1", "c1 attempt 1", "a1 attempt 1"]);
    expect(receiver.health()).toMatchObject({ circuit: "closed", handled: 3, deadLetters: 0 });
    await receiver.stop();
  });

  it("leaves no dead letter and no timer when it is stopped while it compares an event with others", async () => {
    const { receiver, store } = setUp(away, { maxAttempts: 1, circuit: { failures: 1 } });
    await deliver(receiver, eventsOf("a1", "a2"));
    for (let n = 0; n < 200; n++) {
      await pass(100);
      await receiver.stop();
      expect(await store.deadLetters()).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
      receiver.start();
    }
    await receiver.stop();
  });
});

describe("a handler that speaks for its event", () => {
  it("has it handed out again after the pause that it asks for, and spends no attempt", async () => {
    const times: number[] = [];
    const { receiver, calls, reports } = setUp(
      () => {
        times.push(Date.now());
        if (times.length < 20) throw new RetryLaterError({ after: 90_000 });
      },
      { maxAttempts: 2 },
    );
    await deliver(receiver, eventsOf("a1", "a2"));
    await pass(20 * 91_500);

    expect(calls.slice(0, 20)).toEqual(Array(20).fill("a1 attempt 1"));
    expect(calls.slice(20)).toEqual(["a2 attempt 1"]);
    const pauses = times.slice(1, 20).map((time, n) => time - (times[n] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(90_000);
    expect(reports).toEqual([]);
    expect(receiver.health()).toMatchObject({ handled: 2, failed: 0, circuit: "closed" });
    await receiver.stop();
  });

  it("makes a dead letter of it at once, which opens no circuit", async () => {
    const { receiver, store, reports } = setUp(() => {
      throw new DiscardError("not ours");
    });
    await deliver(receiver, eventsOf("a1", "b1", "c1", "d1"));
    await pass(100);

    expect(await store.deadLetters()).toMatchObject(
      Array(4).fill({ attempts: 1, reason: "DiscardError: not ours" }),
    );
    expect(reports.map(({ context }) => context.willRetry)).toEqual([false, false, false, false]);
    expect(receiver.health().circuit).toBe("closed");
    await receiver.stop();
  });
});
