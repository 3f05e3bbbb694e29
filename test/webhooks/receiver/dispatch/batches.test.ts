import { describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../../../src/errors/index.ts";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import {
  type BatchOptions,
  type WebhookBatchContext,
  type WebhookErrorContext,
  WebhookReceiver,
  type WebhookReceiverOptions,
} from "../../../../src/webhooks/index.ts";
import { pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, gate, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

/** A receiver, the batches that its handler got, and what was reported. */
function setUp(
  options: Partial<WebhookReceiverOptions> = {},
  work: (texts: string[], context: WebhookBatchContext) => unknown = () => undefined,
  batching?: BatchOptions,
) {
  const reports: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    onError: (error: unknown, context: WebhookErrorContext) => reports.push({ error, context }),
    ...options,
  } as WebhookReceiverOptions);
  const batches: string[][] = [];
  const contexts: WebhookBatchContext[] = [];
  receiver.onBatch(
    "user:*",
    (events, context) => {
      const texts = events.map(textOf);
      batches.push(texts);
      contexts.push(context);
      return work(texts, context);
    },
    batching,
  );
  return { receiver, batches, contexts, reports };
}

function failOn(...bad: string[]) {
  return async (texts: string[]) => {
    if (texts.some((text) => bad.includes(text))) throw new Error(`cannot take ${texts.join()}`);
  };
}

const failed = (reports: ReturnType<typeof setUp>["reports"]) =>
  reports.map(({ context: { event, attempt, willRetry } }) => [textOf(event), attempt, willRetry]);

async function read(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  return [response.status, await response.text()];
}

/** Events of as many vehicles, named by their numbers. */
const fleet = (size: number) =>
  Array.from({ length: size }, (_, n) => vehicleEvent(`car ${n}`, String(n)));

describe("a batch handler without a store", () => {
  it("gets all events of a delivery, of every name, with what single handlers get", async () => {
    const { receiver, batches, contexts } = setUp();
    const events = [
      vehicleEvent("a", "1"),
      vehicleEvent("b", "2", "user:vehicle:deleted"),
      vehicleEvent("a", "3"),
    ];
    expect(await read(deliver(receiver, events, { deliveryId: "d" }))).toEqual([200, "handled"]);

    expect(batches).toEqual([["1", "2", "3"]]);
    const [{ contexts: each, signal } = { contexts: [], signal: undefined }] = contexts;
    expect(each.map(({ id }) => id.split("-").at(-1))).toEqual(["0", "1", "2"]);
    expect(each[1]).toMatchObject({ attempt: 1, deliveryId: "d", receivedAt: new Date() });
    expect(each.every((context) => context.signal === signal)).toBe(true);
    expect(receiver.health()).toMatchObject({ handled: 3, failed: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gets no more than maxSize, and waits for no other delivery", async () => {
    const { receiver, batches } = setUp({}, undefined, { maxSize: 2, maxWait: 1_000 });
    expect((await deliver(receiver, fleet(5))).status).toBe(200);
    expect(batches).toEqual([["0", "1"], ["2", "3"], ["4"]]);
  });

  it("has the events of a device in order, also when they fill several batches", async () => {
    const opened: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => opened.push(resolve));
    const { receiver, batches } = setUp({}, work, { maxSize: 2 });
    const answer = deliver(receiver, [
      ...["1", "2", "3"].map((text) => vehicleEvent("a", text)),
      vehicleEvent("b", "4"),
    ]);
    await pass(0);
    // The third event of a waits for the first two; that of b does not.
    expect(batches).toEqual([["1", "2"], ["4"]]);
    opened[1]?.();
    await pass(0);
    expect(batches).toHaveLength(2);
    opened[0]?.();
    await pass(0);
    expect(batches).toEqual([["1", "2"], ["4"], ["3"]]);
    opened[2]?.();
    expect((await answer).status).toBe(200);
  });

  it("that fails gets each event alone at once, and only those fail that fail alone", async () => {
    const { receiver, batches, reports } = setUp({}, failOn("2"));
    const events = [
      vehicleEvent("a", "1"),
      vehicleEvent("b", "2"),
      vehicleEvent("c", "3"),
      vehicleEvent("b", "4"),
    ];
    expect(await read(deliver(receiver, events))).toEqual([500, "failed"]);
    // The later event of b waits for the one that has failed.
    expect(batches).toEqual([["1", "2", "3", "4"], ["1"], ["2"], ["3"]]);
    expect(failed(reports)).toEqual([["2", 1, true]]);
    expect(receiver.health()).toMatchObject({ handled: 2, failed: 1 });

    batches.length = 0;
    expect((await deliver(receiver, events)).status).toBe(500);
    expect(batches).toEqual([["2"]]);
  });

  it("has handlerTimeout for the batch, and gets nothing alone while it goes on", async () => {
    const { receiver, batches, contexts, reports } = setUp({}, () => new Promise(() => undefined));
    const answer = read(deliver(receiver, fleet(2)));
    await pass(3_999);
    expect(contexts[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(await answer).toEqual([500, "failed"]);
    expect(contexts[0]?.signal.aborted).toBe(true);
    expect(batches).toEqual([["0", "1"]]);
    expect(reports).toMatchObject([0, 1].map(() => ({ error: { code: "handler_timeout" } })));
  });

  it("shares the time for the batch with the events alone", async () => {
    const work = async (texts: string[]) => {
      await pause(texts.length > 1 ? 3_000 : 900);
      if (texts.length > 1) throw new Error("not all of them");
    };
    const { receiver, batches, reports } = setUp({}, work);
    const answer = read(deliver(receiver, fleet(3)));
    await pass(10_000);
    expect(await answer).toEqual([500, "failed"]);
    expect(batches).toEqual([["0", "1", "2"], ["0"], ["1"]]);
    expect(failed(reports)).toEqual([
      ["1", 1, true],
      ["2", 1, true],
    ]);
  });

  it("runs in the order of registration with handlers of single events and other batches", async () => {
    const { receiver, batches } = setUp();
    const seen: unknown[] = [];
    receiver.on("user:vehicle:updated", (event) =>
      seen.push(["single", textOf(event), batches.length]),
    );
    receiver.onBatch("user:vehicle:*", (events) => seen.push(["second", events.map(textOf)]));
    const events = [...fleet(2), vehicleEvent("z", "9", "user:vehicle:deleted")];
    // No time passes, as hosts have clocks of their own in their tests.
    expect((await deliver(receiver, events)).status).toBe(200);
    expect(batches.flat().sort()).toEqual(["0", "1", "9"]);
    // Those of one name have a single handler in between; the batch of it is joined by what comes with it.
    expect(seen).toContainEqual(["second", ["9"]]);
    expect(seen).toContainEqual(["single", "0", 2]);
    expect(seen).toContainEqual(["second", ["0", "1"]]);
  });

  it("gets the events of a device one by one when another batch handler follows", async () => {
    const { receiver, batches } = setUp();
    const seen: string[] = [];
    receiver.onBatch("user:vehicle:updated", (events) => {
      for (const event of events) seen.push(`${textOf(event)} after ${batches.length}`);
    });
    await deliver(receiver, [
      vehicleEvent("a", "1"),
      vehicleEvent("b", "2"),
      vehicleEvent("a", "3"),
    ]);
    expect(batches).toEqual([["1", "2"], ["3"]]);
    expect(seen).toEqual(["1 after 1", "2 after 1", "3 after 2"]);
  });

  it("is called no longer once it is removed", async () => {
    const receiver = new WebhookReceiver({ secret: SECRET });
    const handler = vi.fn();
    const stop = receiver.onBatch("*", handler);
    stop();
    expect((await deliver(receiver, fleet(1))).status).toBe(200);
    expect(handler).not.toHaveBeenCalled();
  });

  it("is called without a this", async () => {
    const receiver = new WebhookReceiver({ secret: SECRET });
    const seen: unknown[] = [];
    receiver.onBatch("*", function (this: unknown) {
      seen.push(this);
    });
    await deliver(receiver, fleet(1));
    expect(seen).toEqual([undefined]);
  });

  it("leaves forgiven events handled", async () => {
    const { receiver, reports } = setUp({}, failOn("0", "1"));
    receiver.forgive(async (event) => textOf(event) === "0");
    expect((await deliver(receiver, fleet(2))).status).toBe(500);
    expect(failed(reports)).toEqual([["1", 1, true]]);
  });
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

describe("the options of a batch handler", () => {
  it.each([
    ["maxSize", { maxSize: 0 }],
    ["maxSize", { maxSize: 1.5 }],
    ["maxWait", { maxWait: -1 }],
    ["maxWait", { maxWait: "1s" }],
    ["maxWait", { maxWait: 4_000 }],
    ["size", { size: 5 }],
  ])("are refused for %s: %j", (parameter, options) => {
    const { receiver } = setUp();
    const add = () => receiver.onBatch("*", () => undefined, options as BatchOptions);
    let error: unknown;
    try {
      add();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toSatisfy(isConfigurationError);
    expect(error).toMatchObject({ parameter });
  });

  it("go with a handler that is one, and a pattern that matches", () => {
    const { receiver } = setUp();
    expect(() => receiver.onBatch("*", "handler" as never)).toThrow("handler must be a function");
    expect(() => receiver.onBatch("user:vehicle:updatd" as "*", () => 1)).toThrow("did you mean");
  });
});

describe("a batch handler with a store", () => {
  it("gets more events than concurrency, which are completed by one call", async () => {
    const store = memoryStorage().eventStore;
    const completed: number[] = [];
    const completeMany = vi.fn<NonNullable<EventStore["completeMany"]>>(async (events) => {
      completed.push(events.length);
      return (await store.completeMany?.(events)) ?? [];
    });
    const complete = vi.fn(store.complete);
    const { receiver, batches } = setUp({
      store: { ...store, complete, completeMany },
      concurrency: 2,
    });
    await deliver(receiver, fleet(50));
    receiver.start();
    await pass(0);
    await deliver(receiver, [vehicleEvent("late", "late")]);
    await pass(0);

    expect(batches.map(({ length }) => length)).toEqual([50, 1]);
    expect(completed).toEqual([50]);
    expect(complete).toHaveBeenCalledOnce();
    expect(receiver.health()).toMatchObject({ handled: 51, failed: 0 });
    await receiver.stop();
  });

  it("works on a store that completes one event at a time", async () => {
    const store = { ...memoryStorage().eventStore, completeMany: undefined };
    const { receiver } = setUp({ store });
    receiver.start();
    await deliver(receiver, fleet(5));
    await pass(0);
    expect(receiver.health()).toMatchObject({ handled: 5 });
    expect(await store.claim(10, 1_000)).toEqual([]);
    await receiver.stop();
  });

  it("counts what such a store has completed, also when it fails to complete another one, and frees its place", async () => {
    const { eventStore } = memoryStorage();
    const complete: EventStore["complete"] = async (event) => {
      if (event.index === 0) throw new Error("too busy");
      if (event.index === 1) await new Promise(() => undefined);
      return eventStore.complete(event);
    };
    const store = { ...eventStore, complete, completeMany: undefined };
    const { receiver, batches, reports } = setUp({ store, concurrency: 1 }, undefined, {
      maxSize: 4,
    });
    receiver.start();
    await deliver(receiver, fleet(4));
    await pass(10);
    expect(receiver.health().handled).toBe(2);
    // Three of the four places are free, although one call of the store goes on, and so are two of the next ones.
    await deliver(
      receiver,
      [2, 3, 4, 5].map((n) => vehicleEvent(`late ${n}`, `late ${n}`)),
    );
    await pass(10);
    expect(batches.map(({ length }) => length)).toEqual([4, 3, 1]);
    await pass(5_000);

    expect(reports).toMatchObject(
      Array(4).fill({ error: { method: "complete" }, context: { stage: "store" } }),
    );
    await receiver.stop();
  });

  it("has the events of a device one after the other", async () => {
    const { receiver, batches } = setUp({ store: memoryStorage().eventStore });
    receiver.start();
    await deliver(receiver, [
      vehicleEvent("a", "1"),
      vehicleEvent("b", "2"),
      vehicleEvent("a", "3"),
    ]);
    await pass(0);
    expect(batches).toEqual([["1", "2"], ["3"]]);
    await receiver.stop();
  });

  it("waits maxWait for others, and not when a batch is full", async () => {
    const { receiver, batches } = setUp({ store: memoryStorage().eventStore }, undefined, {
      maxSize: 3,
      maxWait: 500,
    });
    receiver.start();
    await pass(0);
    await deliver(receiver, [vehicleEvent("a", "1")]);
    await pass(499);
    expect(batches).toEqual([]);
    await deliver(receiver, [vehicleEvent("b", "2")]);
    await pass(1);
    expect(batches).toEqual([["1", "2"]]);
    await deliver(receiver, fleet(3));
    await pass(0);
    expect(batches[1]).toEqual(["0", "1", "2"]);
    await receiver.stop();
  });

  it("gets nothing alone while it goes on, also where an event that came later has time left", async () => {
    const { receiver, batches } = setUp(
      { store: memoryStorage().eventStore, handlerTimeout: 3_000 },
      () => new Promise(() => undefined),
      { maxSize: 10, maxWait: 2_000 },
    );
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await pass(1_500);
    await deliver(receiver, [vehicleEvent("b", "b1")]);
    await pass(3_000);

    expect(batches).toEqual([["a1", "b1"]]);
    const stopped = receiver.stop();
    await pass(15_000);
    await stopped;
  });

  it("that fails loses nothing: what fails alone is tried again alone, later", async () => {
    let isBad = true;
    const { receiver, batches, reports } = setUp(
      { store: memoryStorage().eventStore },
      async (texts) => {
        if (isBad) await failOn("1")(texts);
      },
    );
    await deliver(receiver, fleet(3));
    receiver.start();
    await pass(0);
    expect(batches).toEqual([["0", "1", "2"], ["0"], ["1"], ["2"]]);
    expect(failed(reports)).toEqual([["1", 1, true]]);
    expect(receiver.health()).toMatchObject({ handled: 2, failed: 1 });

    isBad = false;
    batches.length = 0;
    await pass(60_000);
    expect(batches).toEqual([["1"]]);
    expect(receiver.health()).toMatchObject({ handled: 3 });
    await receiver.stop();
  });

  it("has what has failed before alone, whatever comes with it", async () => {
    let isBad = true;
    const { receiver, batches } = setUp({ store: memoryStorage().eventStore }, async (texts) => {
      if (isBad) await failOn("0")(texts);
    });
    receiver.start();
    await deliver(receiver, fleet(1));
    await pass(0);
    await receiver.stop();
    isBad = false;
    batches.length = 0;
    await pass(60_000);
    await deliver(receiver, [vehicleEvent("b", "1"), vehicleEvent("c", "2")]);
    receiver.start();
    await pass(0);
    expect(batches.sort()).toEqual([["0"], ["1", "2"]]);
    await receiver.stop();
  });

  it("has it alone also when a circuit has given its attempt back", async () => {
    const { receiver, batches } = setUp(
      { store: memoryStorage().eventStore, handlerTimeout: 1_000, circuit: { failures: 3 } },
      (texts, { signal }) =>
        texts.includes("4") &&
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    await deliver(receiver, fleet(8));
    receiver.start();
    await pass(5 * 60_000);

    expect(batches[0]).toHaveLength(8);
    expect(batches.slice(1).filter(({ length }) => length > 1)).toEqual([]);
    expect(receiver.health()).toMatchObject({ handled: 7, deadLetters: 1, circuit: "closed" });
    await receiver.stop();
  });

  it("has no more batches at work than concurrency; the others grow meanwhile", async () => {
    const { opened, open } = gate();
    const { receiver, batches } = setUp(
      { store: memoryStorage().eventStore, concurrency: 1 },
      () => opened,
    );
    receiver.start();
    await pass(0);
    for (let n = 0; n < 4; n++) {
      await deliver(receiver, [vehicleEvent(`car ${n}`, String(n))]);
      await pass(0);
    }
    expect(batches).toEqual([["0"]]);
    open();
    await pass(0);
    expect(batches).toEqual([["0"], ["1", "2", "3"]]);
    await receiver.stop();
  });

  it("has no more events than concurrency beside a handler of single events", async () => {
    const { opened, open } = gate();
    const { receiver, batches } = setUp(
      { store: memoryStorage().eventStore, concurrency: 2 },
      () => opened,
    );
    receiver.on("system:heartbeat", () => undefined);
    await deliver(receiver, fleet(5));
    receiver.start();
    await pass(10);
    expect(batches.flat()).toHaveLength(2);
    open();
    await pass(10);
    expect(batches.flat()).toHaveLength(5);
    await receiver.stop();
  });

  it("is drained like others", async () => {
    const { receiver, batches } = setUp({ store: memoryStorage().eventStore }, failOn("1"));
    await deliver(receiver, fleet(3));
    const drained = receiver.drain();
    await pass(5_000);
    expect(await drained).toMatchObject({ handled: 2, failed: 1 });
    expect(batches).toHaveLength(4);
  });
});
