import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DiscardError } from "../../../src/errors/index.ts";
import { HandlerRegistry } from "../../../src/webhooks/receiver/dispatch/handler-registry.ts";
import { InlineProcessor } from "../../../src/webhooks/receiver/inline-processor.lazy.ts";
import { ErrorReporter } from "../../../src/webhooks/receiver/shared/error-reporter.ts";
import type { Incoming, WebhookContext } from "../../../src/webhooks/receiver/shared/handlers.ts";
import type { WebhookErrorContext } from "../../../src/webhooks/receiver/shared/options.ts";
import { later, pass, useFakeClock } from "../../support/clock.ts";
import { gate, heartbeat, textOf, vehicleEvent } from "./support/deliveries.ts";

useFakeClock();

type Handle = (text: string, context: { attempt: number; signal: AbortSignal }) => unknown;

const limit = 4_000;

function createInbox(handle: Handle, concurrency = 10) {
  const errors: { error: unknown; context: WebhookErrorContext }[] = [];
  const reporter = new ErrorReporter((error, context) => errors.push({ error, context }));
  const handlers = new HandlerRegistry({});
  handlers.add("*", (event: unknown, context: WebhookContext) => handle(textOf(event), context));
  const options = { handlerTimeout: limit, concurrency };
  return { inbox: new InlineProcessor(handlers, reporter, options), errors, reporter };
}

/** A delivery with one event for each device; null for an event that is about none. */
function deliveryOf(
  digest: string,
  devices: readonly (string | null)[],
): Omit<Incoming, "attempt">[] {
  return devices.map((device, index) => {
    const text = `${digest}${index}`;
    const value = device === null ? heartbeat(0, text) : vehicleEvent(device, text);
    return { value, index, digest, deliveryId: undefined, receivedAt: Date.now() };
  });
}

describe("a delivery", () => {
  it("is handled when all of its events are", async () => {
    const { opened, open } = gate();
    const seen: string[] = [];
    const { inbox, reporter } = createInbox(async (text) => {
      seen.push(text);
      if (text === "a1") await opened;
    });
    const settled = vi.fn();

    const outcome = inbox.receive("a", deliveryOf("a", ["x", "y", null]));
    outcome.then(settled);
    await pass(limit - 1);
    expect(settled).not.toHaveBeenCalled();

    open();
    expect(await outcome).toBe("handled");
    expect(seen.toSorted()).toEqual(["a0", "a1", "a2"]);
    expect(reporter.health.handled).toBe(3);
  });

  it("is done with an event that its handler gives up, and goes on with its device", async () => {
    const seen: string[] = [];
    const { inbox, errors, reporter } = createInbox((text) => {
      seen.push(text);
      if (text === "a0") throw new DiscardError("It cannot be handled.");
    });

    expect(await inbox.receive("a", deliveryOf("a", ["x", "x"]))).toBe("handled");
    expect(seen).toEqual(["a0", "a1"]);
    expect(errors.map(({ context }) => context.willRetry)).toEqual([false]);
    expect(reporter.health).toMatchObject({ handled: 1, failed: 1, deadLetters: 1 });
    expect(await inbox.receive("a", deliveryOf("a", ["x", "x"]))).toBe("duplicate");
  });

  it("is done with an event that a handler of batches gives up, and goes on with its device", async () => {
    const reporter = new ErrorReporter(() => undefined);
    const handlers = new HandlerRegistry({});
    const seen: string[] = [];
    const handle = (events: unknown[]) => {
      if (events.length > 1) throw new Error("one by one");
      seen.push(textOf(events[0]));
      if (textOf(events[0]) === "a0") throw new DiscardError();
    };
    handlers.add("*", handle, { maxSize: 10, maxWait: 0 });
    const options = { handlerTimeout: limit, concurrency: 10 };
    const inbox = new InlineProcessor(handlers, reporter, options);

    await inbox.receive("a", deliveryOf("a", ["x", "x"]));
    expect(await inbox.receive("a", deliveryOf("a", ["x", "x"]))).not.toBe("failed");
    expect(seen).toEqual(["a0", "a1"]);
  });

  it("without events is handled, and its copy a duplicate", async () => {
    const { inbox } = createInbox(() => undefined);

    expect(await inbox.receive("a", [])).toBe("handled");
    expect(await inbox.receive("a", [])).toBe("duplicate");
  });

  it("is handled once, of copies that come together, and each learns what became of it", async () => {
    const handle = vi.fn(() => later(100));
    const { inbox } = createInbox(handle);

    const outcomes = Array.from({ length: 20 }, () => inbox.receive("a", deliveryOf("a", ["x"])));
    await pass(100);

    const [first, ...others] = await Promise.all(outcomes);
    expect(first).toBe("handled");
    expect(new Set(others)).toEqual(new Set(["duplicate"]));
    expect(handle).toHaveBeenCalledTimes(1);
    expect(await inbox.receive("a", deliveryOf("a", ["x"]))).toBe("duplicate");
  });

  it("that fails fails all copies that came together", async () => {
    const handle = vi.fn(async () => {
      await later(100);
      throw new Error("no");
    });
    const { inbox } = createInbox(handle);

    const outcomes = Array.from({ length: 5 }, () => inbox.receive("a", deliveryOf("a", ["x"])));
    await pass(100);

    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 5 }, () => "failed"));
    expect(handle).toHaveBeenCalledTimes(1);
  });

  it("that comes again after a failure has only the rest of its events handled", async () => {
    const seen: string[] = [];
    const { inbox, errors } = createInbox((text, { attempt }) => {
      seen.push(`${text} attempt ${attempt}`);
      if (text === "a1" && attempt < 3) throw new Error("not yet");
    });
    const delivery = deliveryOf("a", ["x", "y", "z"]);

    expect(await inbox.receive("a", delivery)).toBe("failed");
    expect(await inbox.receive("a", delivery)).toBe("failed");
    expect(await inbox.receive("a", delivery)).toBe("handled");
    expect(await inbox.receive("a", delivery)).toBe("duplicate");

    expect(seen).toEqual([
      "a0 attempt 1",
      "a1 attempt 1",
      "a2 attempt 1",
      "a1 attempt 2",
      "a1 attempt 3",
    ]);
    expect(errors.map(({ context }) => context)).toMatchObject([
      { stage: "event", digest: "a", attempt: 1, willRetry: true },
      { stage: "event", digest: "a", attempt: 2, willRetry: true },
    ]);
  });

  it("that is another one is not its copy, whatever its events", async () => {
    const handle = vi.fn();
    const { inbox } = createInbox(handle);

    expect(await inbox.receive("a", deliveryOf("same", ["x"]))).toBe("handled");
    expect(await inbox.receive("b", deliveryOf("same", ["x"]))).toBe("handled");

    expect(handle).toHaveBeenCalledTimes(2);
  });

  it("is remembered until 10,000 others have come", async () => {
    const { inbox } = createInbox(() => undefined);
    await inbox.receive("first", []);
    await inbox.receive("second", []);
    for (let n = 0; n < 9_999; n++) await inbox.receive(`${n}`, []);

    expect(await inbox.receive("second", [])).toBe("duplicate");
    expect(await inbox.receive("first", [])).toBe("handled");
  });

  it("is not forgotten while it is being handled", async () => {
    const { opened, open } = gate();
    const handle = vi.fn(() => opened);
    const { inbox } = createInbox(handle);
    const outcome = inbox.receive("a", deliveryOf("a", ["x"]));
    for (let n = 0; n < 10_001; n++) await inbox.receive(`${n}`, []);

    const copy = inbox.receive("a", deliveryOf("a", ["x"]));
    open();

    expect(await Promise.all([outcome, copy])).toEqual(["handled", "duplicate"]);
    expect(handle).toHaveBeenCalledTimes(1);
  });
});

describe("events of one device", () => {
  it("are handled one after the other, beside those of other devices and of none", async () => {
    const running = new Set<string>();
    const seen: string[][] = [];
    const { inbox } = createInbox(async (text) => {
      running.add(text);
      seen.push([...running]);
      await later(10);
      running.delete(text);
    });

    const outcome = inbox.receive("a", deliveryOf("a", ["x", "x", "y", null, null]));
    await pass(20);

    expect(await outcome).toBe("handled");
    expect(seen.at(-2)?.toSorted()).toEqual(["a0", "a2", "a3", "a4"]);
    expect(seen.at(-1)?.at(-1)).toBe("a1");
    expect(seen.at(-1)).not.toContain("a0");
  });

  it("of two deliveries are handled in the order in which these came", async () => {
    const seen: string[] = [];
    const { inbox } = createInbox(async (text) => {
      await later(text === "a0" ? 100 : 1);
      seen.push(text);
    });

    const outcomes = [
      inbox.receive("a", deliveryOf("a", ["x", "x"])),
      inbox.receive("b", deliveryOf("b", ["x"])),
    ];
    await pass(limit);

    expect(await Promise.all(outcomes)).toEqual(["handled", "handled"]);
    expect(seen).toEqual(["a0", "a1", "b0"]);
  });

  it("wait for the repetition of one that failed before them", async () => {
    const seen: string[] = [];
    const { inbox } = createInbox((text, { attempt }) => {
      seen.push(text);
      if (text === "a0" && attempt === 1) throw new Error("no");
    });
    const delivery = deliveryOf("a", ["x", "x", "y", "x", null]);

    expect(await inbox.receive("a", delivery)).toBe("failed");
    expect(seen.splice(0).toSorted()).toEqual(["a0", "a2", "a4"]);

    expect(await inbox.receive("a", delivery)).toBe("handled");
    expect(seen).toEqual(["a0", "a1", "a3"]);
  });
});

describe("handlers", () => {
  it("run as many at a time as allowed, over all deliveries", async () => {
    let running = 0;
    let most = 0;
    const { inbox } = createInbox(async () => {
      most = Math.max(most, ++running);
      await later(10);
      running--;
    }, 3);

    const outcomes = ["a", "b", "c"].map((digest) =>
      inbox.receive(
        digest,
        deliveryOf(
          digest,
          ["x", "y", "z", null, null].map((d) => d && digest + d),
        ),
      ),
    );
    await pass(1_000);

    expect(await Promise.all(outcomes)).toEqual(["handled", "handled", "handled"]);
    expect(most).toBe(3);
  });

  it("have 4 s for the whole delivery; what is not done then is aborted and fails", async () => {
    const signals: AbortSignal[] = [];
    const { inbox, errors } = createInbox((text, { signal, attempt }) => {
      signals.push(signal);
      if (attempt === 2) return;
      return text === "a0" ? later(limit - 1_000) : new Promise(() => undefined);
    });
    const delivery = deliveryOf("a", ["x", "x", "x"]);
    const settled = vi.fn();

    const outcome = inbox.receive("a", delivery);
    outcome.then(settled);
    await pass(limit - 1);
    expect(settled).not.toHaveBeenCalled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);

    await pass(1);
    expect(await outcome).toBe("failed");
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    expect(errors).toMatchObject([{ error: { code: "handler_timeout" } }]);
    expect(errors[0]?.context.event).toMatchObject({ text: "a1" });

    expect(await inbox.receive("a", delivery)).toBe("handled");
  });

  it("that wait for a place do not make theirs wait beyond its time", async () => {
    const seen: string[] = [];
    const { inbox } = createInbox(async (text) => {
      seen.push(text);
      await later(text === "a0" ? limit - 100 : 500);
    }, 1);
    const settled = vi.fn();

    const early = inbox.receive("a", deliveryOf("a", ["x", "x"]));
    early.then(settled);
    await pass(limit - 200);
    const late = inbox.receive("b", deliveryOf("b", ["y"]));
    await pass(200);

    expect(settled).toHaveBeenCalledExactlyOnceWith("failed");
    await pass(500);
    expect(await late).toBe("handled");
    expect(seen).toEqual(["a0", "a1", "b0"]);
  });

  it("leave no timer behind when they are done", async () => {
    const { inbox } = createInbox(() => undefined);

    await inbox.receive("a", deliveryOf("a", ["x", "y"]));

    expect(vi.getTimerCount()).toBe(0);
  });

  it("that go on after their time keep no others from running", async () => {
    const { inbox } = createInbox(
      (text) => (text === "a0" ? new Promise(() => undefined) : undefined),
      1,
    );
    const outcome = inbox.receive("a", deliveryOf("a", ["x"]));
    await pass(limit);
    expect(await outcome).toBe("failed");

    expect(await inbox.receive("b", deliveryOf("b", ["x", "y", null]))).toBe("handled");
  });
});

/** As on Workers once a request has ended: nothing that was begun in it goes on, and its timers never fire. */
async function beginAndEnd(begin: () => unknown): Promise<void> {
  const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
  begin();
  for (let n = 0; n < 20; n++) await Promise.resolve();
  timers.mockRestore();
}

describe("after a request that ended while its handler ran", () => {
  const never = () => new Promise(() => undefined);

  it("the next delivery of its device is handled when that one's time is over", async () => {
    const { inbox } = createInbox((text) => (text === "a0" ? never() : undefined));
    await beginAndEnd(() => inbox.receive("a", deliveryOf("a", ["x"])));
    const settled = vi.fn();
    await pass(1_000);
    const next = inbox.receive("b", deliveryOf("b", ["x"]));
    next.then(settled);

    await pass(limit - 1_000);
    expect(settled).not.toHaveBeenCalled();
    await pass(100);
    expect(await next).toBe("handled");
  });

  it("a copy is handled when that one's time is over", async () => {
    const { inbox } = createInbox((_, { attempt }) => (attempt === 1 ? never() : undefined));
    const delivery = deliveryOf("a", ["x", "y"]);
    await beginAndEnd(() => inbox.receive("a", delivery));
    await pass(1_000);
    const copies = [inbox.receive("a", delivery), inbox.receive("a", delivery)];

    await pass(limit - 900);
    expect(await Promise.all(copies)).toEqual(["handled", "duplicate"]);
  });

  it("a copy that has no time left for it fails, and comes again", async () => {
    const { inbox } = createInbox((_, { attempt }) => (attempt === 1 ? never() : undefined));
    const delivery = deliveryOf("a", ["x"]);
    await beginAndEnd(() => inbox.receive("a", delivery));
    const copy = inbox.receive("a", delivery);

    await pass(limit);
    expect(await copy).toBe("failed");
    await pass(100);
    expect(await inbox.receive("a", delivery)).toBe("handled");
  });

  it("its place is another one's, however many there were", async () => {
    const { inbox } = createInbox((text) => (text.startsWith("dead") ? never() : undefined), 3);
    for (let n = 0; n < 12; n++) {
      await beginAndEnd(() => inbox.receive(`dead ${n}`, deliveryOf(`dead ${n}`, [`x ${n}`])));
    }
    await pass(1_000);
    const next = inbox.receive("b", deliveryOf("b", ["y"]));

    await pass(limit - 900);
    expect(await next).toBe("handled");
    expect(await inbox.receive("c", deliveryOf("c", ["x 1"]))).toBe("handled");
  });
});

describe("where nobody may be woken by the work of another request", () => {
  beforeEach(() => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("who waits polls with a timer of its own", async () => {
    const { opened, open } = gate();
    const seen: string[] = [];
    const { inbox } = createInbox(async (text) => {
      if (text === "a0") await opened;
      seen.push(text);
    }, 1);
    const outcomes = [
      inbox.receive("a", deliveryOf("a", ["x"])),
      inbox.receive("b", deliveryOf("b", ["x"])),
      inbox.receive("c", deliveryOf("c", ["y"])),
    ];
    await pass(1_000);
    open();
    await pass(0);
    expect(seen).toEqual(["a0"]);

    await pass(100);
    expect(await Promise.all(outcomes)).toEqual(["handled", "handled", "handled"]);
    expect(seen).toEqual(["a0", "b0", "c0"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
