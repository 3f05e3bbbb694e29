import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoreError } from "../../../src/errors/index.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import {
  type UnknownWebhookEvent,
  type WebhookContext,
  type WebhookErrorContext,
  WebhookReceiver,
  type WebhookReceiverOptions,
  webhookRequest,
} from "../../../src/webhooks/index.ts";
import "../../support/lazy-modules.ts";

const secret = "a-secret-of-the-tests";
const otherSecret = "the-secret-before-it";

type Payload = UnknownWebhookEvent["payload"];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function vehicleEvent(vehicleId: string, more: Payload = {}): Payload {
  return {
    event: "user:vehicle:updated",
    createdAt: new Date().toISOString(),
    version: "2024-10-01",
    user: { id: "user-1" },
    vehicle: { id: vehicleId },
    updatedFields: [],
    ...more,
  };
}

function heartbeat(pendingEvents: number): Payload {
  const createdAt = new Date().toISOString();
  return { event: "system:heartbeat", createdAt, version: "2024-10-01", pendingEvents };
}

/** A receiver that notes its errors, and a way to hand deliveries to it. */
function setUp(options: Partial<WebhookReceiverOptions> = {}) {
  const errors: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret,
    onError: (error: unknown, context: WebhookErrorContext) => {
      errors.push({ error, context });
    },
    ...options,
  } as WebhookReceiverOptions);
  const deliver = async (events: readonly Payload[], deliveryId?: string) =>
    receiver.handle(await webhookRequest(events, { secret, ...(deliveryId && { deliveryId }) }));
  return { receiver, errors, deliver };
}

/** What stands in an answer. */
async function read(answer: Response | Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  return [response.status, await response.text()];
}

/** A handler that waits until it is let go. */
function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, open: () => resolve(), fail: (error: Error) => reject(error) };
}

/** Lets everything happen that needs no time to pass. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("a delivery to a receiver without a store", () => {
  it("is answered when all its handlers are done", async () => {
    const { receiver, deliver } = setUp();
    const { promise, open } = gate();
    const done: string[] = [];
    receiver.on("user:vehicle:updated", ({ vehicle }) => {
      done.push(vehicle.id);
    });
    receiver.on("user:vehicle:updated", () => promise);
    let answered = false;
    const answer = read(deliver([vehicleEvent("a"), vehicleEvent("b")])).finally(() => {
      answered = true;
    });
    await settle();
    expect([done, answered]).toEqual([["a", "b"], false]);
    open();
    expect(await answer).toEqual([200, "handled"]);
  });

  it("gives its handlers what they need beside the event", async () => {
    const { receiver, deliver } = setUp();
    const contexts: WebhookContext[] = [];
    receiver.on("*", (_, context) => {
      contexts.push(context);
    });
    await deliver([heartbeat(0), vehicleEvent("a")], "delivery-1");
    const [first, second] = contexts.map(({ id }) => id.split("-"));
    expect(first?.[0]).toMatch(/^[\da-f]{64}$/);
    expect([first?.[1], second]).toEqual(["0", [first?.[0], "1"]]);
    expect(contexts[1]).toMatchObject({ deliveryId: "delivery-1", attempt: 1 });
    expect(contexts[1]?.receivedAt).toEqual(new Date());
    expect(contexts[1]?.signal.aborted).toBe(false);
  });

  it("has only what failed handled again when Enode repeats it", async () => {
    const { receiver, errors, deliver } = setUp();
    const handled: string[] = [];
    let isBroken = true;
    receiver.on("user:vehicle:updated", ({ vehicle }, { attempt }) => {
      handled.push(`${vehicle.id} ${attempt}`);
      if (vehicle.id === "b" && isBroken) throw new Error("database down");
    });
    const events = ["a", "b", "c"].map((id) => vehicleEvent(id));
    expect(await read(deliver(events))).toEqual([500, "failed"]);
    isBroken = false;
    expect(await read(deliver(events))).toEqual([200, "handled"]);
    expect(await read(deliver(events))).toEqual([200, "duplicate"]);
    expect(handled).toEqual(["a 1", "b 1", "c 1", "b 2"]);
    expect(errors).toMatchObject([
      {
        error: { message: "database down" },
        context: { stage: "event", attempt: 1, willRetry: true, event: events[1] },
      },
    ]);
  });

  it("is postponed when a store has failed that a handler uses, such as a mirror's", async () => {
    const { receiver, deliver } = setUp();
    const failures = [
      new StoreError("down", { store: "deviceStore", method: "upsert" }),
      new Error("something else"),
    ];
    receiver.on("*", () => {
      const failure = failures.shift();
      if (failure) throw failure;
    });
    const events = [vehicleEvent("a")];
    const answer = await deliver(events);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await read(answer)).toEqual([503, "store_failed"]);
    expect(receiver.health()).toMatchObject({ postponed: 1, failed: 1 });
    expect(await read(deliver(events))).toEqual([500, "failed"]);
    expect(await read(deliver(events))).toEqual([200, "handled"]);
  });

  it("has later events of a device wait for one that failed, and those of others not", async () => {
    const { receiver, deliver } = setUp();
    const handled: string[] = [];
    let isBroken = true;
    receiver.on("user:vehicle:updated", ({ vehicle, updatedFields: [step] }) => {
      handled.push(vehicle.id + step);
      if (vehicle.id + step === "a1" && isBroken) throw new Error("not yet");
    });
    const events = ["a1", "a2", "b1", "b2"].map(([id = "", step = ""]) =>
      vehicleEvent(id, { updatedFields: [step] }),
    );
    await deliver(events);
    expect(handled.toSorted()).toEqual(["a1", "b1", "b2"]);
    isBroken = false;
    await deliver(events);
    expect(handled.slice(3)).toEqual(["a1", "a2"]);
  });

  it("fails after 4 s, when its handlers take longer, and aborts their signal", async () => {
    const { receiver, errors, deliver } = setUp();
    const signals: AbortSignal[] = [];
    receiver.on("*", (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    let status = 0;
    const answer = deliver([vehicleEvent("a")]).then((response) => {
      status = response.status;
    });
    await vi.advanceTimersByTimeAsync(3_999);
    expect([status, signals[0]?.aborted]).toEqual([0, false]);
    await vi.advanceTimersByTimeAsync(1);
    await answer;
    expect([status, signals[0]?.aborted]).toEqual([500, true]);
    expect(errors).toMatchObject([{ error: { code: "handler_timeout" } }]);
  });

  it("does not begin with what there is no time left for", async () => {
    const { receiver, deliver } = setUp({ concurrency: 1 });
    const begun: string[] = [];
    receiver.on("user:vehicle:updated", ({ vehicle }) => {
      begun.push(vehicle.id);
      return new Promise(() => undefined);
    });
    const answer = deliver([vehicleEvent("a"), vehicleEvent("b")]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await answer).status).toBe(500);
    expect(begun).toEqual(["a"]);
  });

  it("leaves no timer behind", async () => {
    const { receiver, deliver } = setUp();
    receiver.on("*", () => undefined);
    await deliver([vehicleEvent("a")]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("runs devices side by side, but no more than allowed, and each device in order", async () => {
    const { receiver, deliver } = setUp({ concurrency: 2 });
    const running = new Set<string>();
    const seen: string[][] = [];
    const gates = new Map<string, ReturnType<typeof gate>>();
    receiver.on("user:vehicle:updated", async ({ vehicle, updatedFields: [step] }) => {
      const name = vehicle.id + step;
      running.add(name);
      seen.push([...running].sort());
      const own = gate();
      gates.set(name, own);
      await own.promise;
      running.delete(name);
    });
    const names = ["a1", "a2", "b1", "c1"];
    const answer = deliver(
      names.map(([id = "", step = ""]) => vehicleEvent(id, { updatedFields: [step] })),
    );
    while (gates.size < names.length) {
      await settle();
      expect(running.size).toBeGreaterThan(0);
      const [next = ""] = running;
      gates.get(next)?.open();
      await settle();
    }
    for (const { open } of gates.values()) open();
    expect((await answer).status).toBe(200);
    expect(Math.max(...seen.map(({ length }) => length))).toBe(2);
    expect(seen.some((each) => each.includes("a1") && each.includes("a2"))).toBe(false);
  });

  it("is handled once however many copies come at the same time", async () => {
    const { receiver, deliver } = setUp();
    const handler = vi.fn(() => Promise.resolve());
    receiver.on("*", handler);
    const events = [vehicleEvent("a")];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => read(deliver(events, `delivery-${at}`))),
    );
    expect(handler).toHaveBeenCalledTimes(1);
    expect(answers.map(([status]) => status)).toEqual(Array(20).fill(200));
    expect(receiver.health()).toMatchObject({ deliveries: 20, duplicates: 19, handled: 1 });
  });

  it("that fails makes its copies fail alike", async () => {
    const { receiver, deliver } = setUp();
    receiver.on("*", () => Promise.reject(new Error("no")));
    const events = [vehicleEvent("a")];
    const answers = await Promise.all([read(deliver(events)), read(deliver(events))]);
    expect(answers).toEqual(Array(2).fill([500, "failed"]));
  });

  it("is recognised among the latest 10,000", async () => {
    const { receiver, deliver } = setUp();
    const handler = vi.fn();
    receiver.on("*", handler);
    const first = [heartbeat(-1)];
    await deliver(first);
    for (let at = 0; at < 9_999; at++) await deliver([heartbeat(at)]);
    expect(await read(deliver(first))).toEqual([200, "duplicate"]);
    // One more, and the first is the one to be forgotten: memory is bounded.
    await deliver([heartbeat(10_000)]);
    expect(await read(deliver(first))).toEqual([200, "handled"]);
  });
});

describe("2,000 deliveries of 10 events with a slow handler", () => {
  it("never put more than 100 in work; the rest is to come again later", async () => {
    const { receiver, deliver } = setUp();
    let most = 0;
    let running = 0;
    receiver.on("*", async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 100));
      running--;
    });
    const answers: Promise<Response>[] = [];
    for (let delivery = 0; delivery < 2_000; delivery++) {
      answers.push(
        deliver(Array.from({ length: 10 }, (_, at) => vehicleEvent(`${delivery}-${at}`))),
      );
    }
    await vi.advanceTimersByTimeAsync(60_000);
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    const count = (status: number) => statuses.filter((each) => each === status).length;
    expect(most).toBe(10);
    // All of them came before the first was done.
    expect(count(200) + count(500)).toBe(100);
    expect(count(503)).toBe(1_900);
    expect(receiver.health().postponed).toBe(1_900);
    const busy = (await Promise.all(answers)).find(({ status }) => status === 503);
    expect(busy?.headers.get("retry-after")).toBe("5");
  });
});

describe("events that no handler expects", () => {
  it("of an unknown name reach onUnknown, and are acknowledged", async () => {
    const unknown: UnknownWebhookEvent[] = [];
    const known: string[] = [];
    const { receiver, deliver } = setUp({
      onUnknown: (event: UnknownWebhookEvent) => {
        unknown.push(event);
      },
    });
    receiver.on("*", ({ event }) => {
      known.push(event);
    });
    const payload = { event: "user:toaster:popped", slices: 2 };
    expect(await read(deliver([payload, vehicleEvent("a")]))).toEqual([200, "handled"]);
    expect(unknown).toEqual([{ event: "user:toaster:popped", payload }]);
    expect(known).toEqual(["user:vehicle:updated"]);
  });

  it("of an unknown name are acknowledged without onUnknown too", async () => {
    const { deliver } = setUp();
    expect(await read(deliver([{ event: "user:toaster:popped" }]))).toEqual([200, "handled"]);
  });

  it("come again when onUnknown fails", async () => {
    const { deliver } = setUp({ onUnknown: () => Promise.reject(new Error("no")) });
    expect(await read(deliver([{ event: "user:toaster:popped" }]))).toEqual([500, "failed"]);
  });

  it("with a broken envelope are reported on their own, once, and sink nothing", async () => {
    const { receiver, errors, deliver } = setUp();
    const handler = vi.fn();
    receiver.on("*", handler);
    const broken = vehicleEvent("b", { user: null });
    const events = [vehicleEvent("a"), broken, vehicleEvent("c")];
    expect(await read(deliver(events))).toEqual([200, "handled"]);
    expect(await read(deliver(events))).toEqual([200, "duplicate"]);
    expect(handler).toHaveBeenCalledTimes(2);
    expect(errors).toMatchObject([
      { error: { code: "invalid_event" }, context: { event: broken, willRetry: false } },
    ]);
  });
});

describe("answers", () => {
  const post = (body: string | null, headers: Record<string, string> = {}) =>
    new Request("https://localhost/", { method: "POST", body, headers });

  it("are 405 to other methods than POST", async () => {
    const { receiver } = setUp();
    const answer = await receiver.handle(new Request("https://localhost/"));
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("are 401 to what Enode did not sign", async () => {
    const { receiver } = setUp();
    expect(await read(receiver.handle(post("[]")))).toEqual([401, "missing_signature"]);
    const forged = post("[]", { "x-enode-signature": `sha1=${"0".repeat(40)}` });
    expect(await read(receiver.handle(forged))).toEqual([401, "signature_mismatch"]);
    const odd = post("[]", { "x-enode-signature": "sha256=00" });
    expect(await read(receiver.handle(odd))).toEqual([401, "unsupported_algorithm"]);
    expect(receiver.health()).toMatchObject({ refused: 3, deliveries: 0 });
  });

  it("are 400 to what is signed but no list of events", async () => {
    const { receiver } = setUp();
    const request = await webhookRequest({ length: 0 } as unknown as Payload[], { secret });
    expect(await read(receiver.handle(request))).toEqual([400, "not_an_array"]);
  });

  it("are 413 to more than maxBodyBytes, whatever the body is", async () => {
    const { receiver } = setUp({ maxBodyBytes: 10 });
    const headers = { "x-enode-signature": `sha1=${"0".repeat(40)}` };
    const body = "x".repeat(11);
    const bytes = new TextEncoder().encode(body);
    for (const delivery of [post(body, headers), { body, headers }, { body: bytes, headers }]) {
      expect(await read(receiver.handle(delivery))).toEqual([413, "body_too_large"]);
    }
  });

  it("are 500, with the cure for onError, when the body was parsed before", async () => {
    const { receiver, errors } = setUp();
    const headers = { "x-enode-signature": `sha1=${"0".repeat(40)}` };
    const answer = read(receiver.handle({ body: [vehicleEvent("a")], headers }));
    expect(await answer).toEqual([500, "body_already_parsed"]);
    expect(String(errors[0]?.error)).toContain("express.raw");
  });

  it("never reject, whatever is handed over", async () => {
    const { receiver } = setUp();
    const nothing = receiver.handle(null as unknown as Request);
    expect((await nothing).status).toBe(500);
  });

  it("need no receiver in front of handle", async () => {
    const { handle } = setUp().receiver;
    expect((await handle(await webhookRequest([heartbeat(0)], { secret }))).status).toBe(200);
  });

  it("are given to both secrets while one is being replaced", async () => {
    const { receiver } = setUp({ secret: [secret, otherSecret] });
    for (const each of [secret, otherSecret]) {
      const request = await webhookRequest([vehicleEvent(each)], { secret: each });
      expect((await receiver.handle(request)).status).toBe(200);
    }
  });

  it("refuse what is older than maxAge, by the times that are signed", async () => {
    const { errors, deliver } = setUp({ maxAge: 60_000 });
    const at = (age: number) => new Date(Date.now() - age).toISOString();
    const old = { createdAt: at(60_001) };
    expect(await read(deliver([vehicleEvent("a", old)]))).toEqual([400, "stale_delivery"]);
    const odd = { createdAt: "2026-99-99T99:99" };
    expect(await read(deliver([vehicleEvent("b", odd)]))).toEqual([400, "stale_delivery"]);
    const mixed = [vehicleEvent("c", old), vehicleEvent("d", { createdAt: at(59_999) })];
    expect(await read(deliver(mixed))).toEqual([200, "handled"]);
    expect(await read(deliver([]))).toEqual([200, "handled"]);
    expect(errors).toHaveLength(2);
  });

  it("say nothing of body or secret, and neither do errors and health", async () => {
    const bodySentinel = "BODY-SENTINEL";
    const { receiver, errors } = setUp({ secret: "SECRET-SENTINEL" });
    const body = JSON.stringify([vehicleEvent(bodySentinel)]);
    const answered: unknown[] = [];
    for (const [text, key] of [
      [body, "a-wrong-secret"],
      [`${body}x`, "SECRET-SENTINEL"],
      [`{"a":"${bodySentinel}"}`, "SECRET-SENTINEL"],
    ] as const) {
      const { signWebhook } = await import("../../../src/webhooks/index.ts");
      const headers = { "x-enode-signature": await signWebhook(text, key) };
      const answer = await receiver.handle(post(text, headers));
      answered.push([...answer.headers], await answer.text(), answer.statusText);
    }
    const texts = [
      ...errors.map(({ error }) => error),
      ...answered,
      receiver,
      receiver.health(),
    ].map(
      (each) =>
        `${inspect(each, { depth: 9, showHidden: true })} ${JSON.stringify(each)} ${(each as Error).stack}`,
    );
    expect(errors).toHaveLength(3);
    expect(texts.join("\n")).not.toMatch(/BODY-SENTINEL|SECRET-SENTINEL/);
  });
});

describe("onError", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("in onError");
      },
    ],
    ["rejects", () => Promise.reject(new Error("in onError"))],
  ])("changes nothing when it %s", async (_, onError) => {
    const { receiver, deliver } = setUp({ onError });
    receiver.on("*", () => {
      throw new Error("no");
    });
    expect(await read(deliver([vehicleEvent("a")]))).toEqual([500, "failed"]);
  });

  it("left out is a line on the console, without the event", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const receiver = new WebhookReceiver({ secret });
    receiver.on("*", () => {
      throw new TypeError("database down");
    });
    await receiver.handle(await webhookRequest([vehicleEvent("SENTINEL")], { secret }));
    await settle();
    expect(print.mock.calls).toEqual([
      ["enode-sdk: a webhook event failed. TypeError: database down"],
    ]);
  });
});

describe("on", () => {
  it.each([
    ["user:vehicle:updated", ["user:vehicle:updated"]],
    ["user:*:updated", ["user:charger:updated", "user:vehicle:updated"]],
    ["system:*", ["system:heartbeat"]],
    ["*", ["system:heartbeat", "user:charger:updated", "user:vehicle:updated"]],
  ] as const)("takes %s", async (pattern, expected) => {
    const { receiver, deliver } = setUp();
    const seen: string[] = [];
    receiver.on(pattern, ({ event }) => {
      seen.push(event);
    });
    const charger = { event: "user:charger:updated", charger: { id: "c" }, vehicle: undefined };
    await deliver([heartbeat(0), vehicleEvent("a"), vehicleEvent("", charger)]);
    expect(seen.toSorted()).toEqual(expected);
  });

  it.each(["user:vehicle:exploded", "user:*:exploded", "vehicle", "", "user:vehicle.updated"])(
    "refuses %j, which would never be called",
    (pattern) => {
      const { receiver } = setUp();
      expect(() => receiver.on(pattern as "*", () => undefined)).toThrow(
        expect.objectContaining({ name: "ConfigurationError", parameter: "event" }),
      );
    },
  );

  it("gives the function that takes the handler away again, that one alone", async () => {
    const { receiver, deliver } = setUp();
    const handler = vi.fn();
    const off = receiver.on("*", handler);
    receiver.on("*", handler);
    off();
    off();
    await deliver([vehicleEvent("a")]);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("refuses what is no function", () => {
    const { receiver } = setUp();
    expect(() => receiver.on("*", undefined as never)).toThrow(
      expect.objectContaining({ parameter: "handler" }),
    );
  });
});

describe("options", () => {
  it.each([
    ["secret", undefined],
    ["secret", ""],
    ["secret", " padded "],
    ["secret", []],
    ["store", {}],
    ["store", null],
    ["handlerTimeout", 0],
    ["handlerTimeout", 2 ** 31],
    ["concurrency", 0],
    ["concurrency", 2.5],
    ["maxAttempts", "3"],
    ["maxBodyBytes", Number.NaN],
    ["silenceAfter", -1],
  ])("%s cannot be %j", (parameter, value) => {
    const make = () => setUp({ [parameter]: value });
    expect(make).toThrow(expect.objectContaining({ name: "ConfigurationError", parameter }));
  });

  it("may name a store", () => {
    expect(() => setUp({ store: memoryStorage().eventStore })).not.toThrow();
  });
});

describe("health", () => {
  it("reports deliveries and heartbeats", async () => {
    const { receiver, deliver } = setUp();
    expect(receiver.health()).toEqual({
      deliveries: 0,
      duplicates: 0,
      refused: 0,
      postponed: 0,
      handled: 0,
      failed: 0,
      deadLetters: 0,
      circuit: "closed",
    });
    await deliver([heartbeat(7)]);
    const heartbeatAt = new Date();
    await vi.advanceTimersByTimeAsync(1_000);
    await deliver([vehicleEvent("a")]);
    expect(receiver.health()).toMatchObject({
      lastDeliveryAt: new Date(),
      lastHeartbeatAt: heartbeatAt,
      pendingEvents: 7,
      deliveries: 2,
      handled: 2,
      failed: 0,
    });
  });

  it("is a copy, which changes nothing", () => {
    const { receiver } = setUp();
    receiver.health().deliveries = 9;
    expect(receiver.health().deliveries).toBe(0);
  });
});

describe("onSilence", () => {
  it("is called once when no heartbeat came for an hour after the last one", async () => {
    const onSilence = vi.fn();
    const { receiver, deliver } = setUp({ onSilence });
    receiver.start();
    await vi.advanceTimersByTimeAsync(3_000_000);
    await deliver([heartbeat(1)]);
    await vi.advanceTimersByTimeAsync(3_599_999);
    // Other events are no heartbeat.
    await deliver([vehicleEvent("a")]);
    expect(onSilence).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(onSilence).toHaveBeenCalledExactlyOnceWith(receiver.health());
    await vi.advanceTimersByTimeAsync(100_000_000);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it("begins to wait with the first delivery where nobody calls start", async () => {
    const onSilence = vi.fn();
    const { deliver } = setUp({ onSilence, silenceAfter: 1_000 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onSilence).not.toHaveBeenCalled();
    await deliver([vehicleEvent("a")]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it("is not called after stop", async () => {
    const onSilence = vi.fn();
    const { receiver } = setUp({ onSilence, silenceAfter: 1_000 });
    receiver.start();
    await receiver.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onSilence).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that fails is reported to onError", async () => {
    const { receiver, errors } = setUp({
      onSilence: () => Promise.reject(new Error("no pager")),
      silenceAfter: 1_000,
    });
    receiver.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(errors).toMatchObject([
      { error: { message: "no pager" }, context: { stage: "callback" } },
    ]);
  });
});

describe("validate", () => {
  it("reports what departs from the description, and handles it all the same", async () => {
    const { errors, deliver } = setUp({ validate: "report" });
    expect(await read(deliver([vehicleEvent("a")]))).toEqual([200, "handled"]);
    await settle();
    expect(errors).toMatchObject([
      { error: { code: "schema_mismatch" }, context: { stage: "delivery" } },
    ]);
  });

  it("refuses it when it is to throw", async () => {
    const { deliver } = setUp({ validate: "throw" });
    expect(await read(deliver([vehicleEvent("a")]))).toEqual([400, "schema_mismatch"]);
  });
});
