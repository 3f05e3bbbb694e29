import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { Job } from "bullmq";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Enode } from "../../../src/enode.ts";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { deliverySink, type EventStore, memoryStorage } from "../../../src/storage/index.ts";
import {
  type ReceiverSettings,
  signWebhook,
  type WebhookErrorContext,
  WebhookReceiver,
  type WebhookReceiverOptions,
  webhookRequest,
} from "../../../src/webhooks/index.ts";
import { pass, useFakeClock } from "../../support/clock.ts";
import { deliver, heartbeat, SECRET, vehicleEvent } from "./support/deliveries.ts";

useFakeClock();

/** A receiver, and what `onError` got. */
function setUp(options: Partial<WebhookReceiverOptions> = {}) {
  const reports: { error: unknown; context: WebhookErrorContext }[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    onError: (error: unknown, context: WebhookErrorContext) => reports.push({ error, context }),
    ...options,
  } as WebhookReceiverOptions);
  return { receiver, reports };
}

/** What a receiver is refused for. */
function refusal(options: unknown): unknown {
  try {
    new WebhookReceiver(options as WebhookReceiverOptions);
  } catch (error) {
    return error;
  }
  return undefined;
}

async function read(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  return [response.status, await response.text()];
}

describe("a secret that a function gives", () => {
  it("is asked for with each delivery, so that it can be replaced", async () => {
    const given: (string | string[] | Promise<string>)[] = [
      SECRET,
      Promise.resolve(SECRET),
      ["another", SECRET],
    ];
    const secret = vi.fn(() => given.shift());
    const { receiver } = setUp({ secret });
    expect(secret).not.toHaveBeenCalled();

    for (const device of ["a", "b", "c"]) {
      expect((await deliver(receiver, [vehicleEvent(device)])).status).toBe(200);
    }
    expect(secret).toHaveBeenCalledTimes(3);
  });

  it.each([
    ["undefined", undefined, "missing_secret"],
    ["an empty text", "", "missing_secret"],
    ["none at all", [], "missing_secret"],
    ["a list with undefined", [undefined], "missing_secret"],
    ["a number", 5, "missing_secret"],
    ["a text with white space around it", `${SECRET}\n`, "secret_whitespace"],
  ])("is missed with the first delivery when it is %s", async (_, given, code) => {
    const { receiver, reports } = setUp({ secret: async () => given as string });

    expect(await read(deliver(receiver, [vehicleEvent("a")]))).toEqual([500, code]);
    expect(reports).toMatchObject([{ error: { code }, context: { stage: "delivery" } }]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no vault at 10.0.0.1");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no vault at 10.0.0.1"))],
  ])("that %s is answered 500, without a word of its own", async (_, secret) => {
    const { receiver, reports } = setUp({ secret });

    expect(await read(deliver(receiver, [vehicleEvent("a")]))).toEqual([500, "failed"]);
    expect(reports).toMatchObject([
      { error: { message: "The function given as secret failed.", cause: { name: "Error" } } },
    ]);
    // What parses secrets quotes them when it cannot.
    expect(inspect(reports, { depth: 9, showHidden: true })).not.toContain("no vault");
  });

  describe("that hangs", () => {
    const hang = () => new Promise<string>(() => undefined);

    it("is left after 4 s, and Enode asked to send the delivery again", async () => {
      const { receiver, reports } = setUp({ secret: hang });
      const answer = deliver(receiver, [vehicleEvent("a")]);
      const settled = vi.fn();
      answer.then(settled);
      await pass(3_999);
      expect(settled).not.toHaveBeenCalled();
      await pass(1);

      expect((await answer).headers.get("retry-after")).toBe("5");
      expect(await read(answer)).toEqual([503, "secret_timeout"]);
      expect(reports).toMatchObject([
        { error: { code: "secret_timeout" }, context: { stage: "delivery" } },
      ]);
      expect(receiver.health()).toMatchObject({ postponed: 1, refused: 0 });
      expect(vi.getTimerCount()).toBe(0);
    });

    it("has no body read meanwhile, and no more than 100 deliveries wait for it", async () => {
      const { receiver } = setUp({ secret: hang });
      const request = await webhookRequest([vehicleEvent("a")], { secret: SECRET });
      const read = vi.spyOn(request, "body", "get");
      const first = receiver.handle(request);
      const others = Array.from({ length: 99 }, () => deliver(receiver, [vehicleEvent("b")]));
      await pass(3_999);

      const more = await deliver(receiver, [vehicleEvent("c")]);
      expect([more.status, await more.text()]).toEqual([503, "too_busy"]);
      await pass(1);
      expect((await first).status).toBe(503);
      await Promise.all(others);
      expect(read).not.toHaveBeenCalled();
      expect(request.bodyUsed).toBe(false);
    });
  });
});

describe("options", () => {
  it.each([undefined, null, "text", {}])("that are %j are refused for their secret", (options) => {
    expect(refusal(options)).toSatisfy(isConfigurationError);
    expect(refusal(options)).toMatchObject({ parameter: "secret" });
  });

  it.each([
    ["concurency", "concurrency"],
    ["maxBodySize", "maxBodyBytes"],
    ["eventStore", "store"],
    ["onerror", "onError"],
  ])("that do not exist are refused, with what was meant: %s", (name, meant) => {
    const error = refusal({ secret: SECRET, [name]: 1 });
    expect(error).toSatisfy(isConfigurationError);
    expect(error).toMatchObject({ parameter: name, message: expect.stringContaining(meant) });
  });

  it.each(["secretKey", "webhookSecret"])("that name the secret %s get its real name", (name) => {
    expect(refusal({ secret: SECRET, [name]: SECRET })).toMatchObject({
      parameter: name,
      message: expect.stringContaining("did you mean secret?"),
    });
  });

  it("may all be there and undefined, but for the namespace", () => {
    const settings: ReceiverSettings = {
      store: undefined,
      maxBodyBytes: undefined,
      handlerTimeout: undefined,
      concurrency: undefined,
      maxAttempts: undefined,
      maxAge: undefined,
      onUnknown: undefined,
      onError: undefined,
      onSilence: undefined,
      silenceAfter: undefined,
    };
    expect(new WebhookReceiver({ secret: SECRET, ...settings })).toMatchObject({
      namespace: "default",
      hasStore: false,
    });
  });

  it.each([undefined, null, "", "  ", 5])("refuse %j as a namespace", (namespace) => {
    expect(refusal({ secret: SECRET, namespace })).toMatchObject({ parameter: "namespace" });
  });

  it("refuse the namespace of a client without a clientId beside a store, and say what is missing", () => {
    const tokenProvider = async () => ({ token: "t", expiresAt: Date.now() + 1_000_000 });
    const { namespace } = new Enode({ environment: "sandbox", tokenProvider });
    const store = memoryStorage().eventStore;
    const error = refusal({ secret: SECRET, store, namespace });

    expect(error).toSatisfy(isConfigurationError);
    expect(error).toMatchObject({
      parameter: "namespace",
      message: expect.stringContaining("needs a clientId"),
    });
    // Nothing of one meets another in the memory of a receiver.
    expect(refusal({ secret: SECRET, namespace })).toBeUndefined();
    expect(refusal({ secret: SECRET, store, namespace: `${namespace}mine` })).toBeUndefined();
  });

  it.each([0, -1, 1.5, Number.NaN, "1d"])("refuse %j as maxAge", (maxAge) => {
    expect(refusal({ secret: SECRET, maxAge })).toMatchObject({ parameter: "maxAge" });
  });

  it("say whether there is a store", () => {
    const store = memoryStorage().eventStore;
    expect(setUp({ store, namespace: "sandbox:c" }).receiver).toMatchObject({
      hasStore: true,
      namespace: "sandbox:c",
    });
  });
});

describe("the name of an event", () => {
  it("that no event has is refused with what was meant", () => {
    const on = (name: string) => () => setUp().receiver.on(name as "*", () => undefined);
    expect(on("user:vehicle:update")).toThrow(
      'No event is named "user:vehicle:update"; did you mean user:vehicle:updated?',
    );
    expect(on("User:Charger:Deleted")).toThrow("did you mean user:charger:deleted?");
    expect(on("payment_intent.succeeded")).toThrow(/named "payment_intent.succeeded"\.$/);
  });

  it("is found by a pattern of many stars as fast as by one of few", () => {
    const { receiver } = setUp();
    const stars = "*".repeat(10_000);
    expect(() => receiver.on(`u${stars}d` as "*", () => undefined)).not.toThrow();
    const halves = Array.from({ length: 40 }, () => "*e").join("");
    expect(() => receiver.on(`${halves}*!` as "*", () => undefined)).toThrow("No event is named");
  });

  it.each([
    ["user:*:updated*", "user:vehicle:updated", true],
    ["*updated", "user:vehicle:updated", true],
    ["user:vehicle:upd*ated", "user:vehicle:updated", true],
    ["user:vehicle:upda*dated", "user:vehicle:updated", false],
    ["*vehicle*vehicle*", "user:vehicle:updated", false],
    ["user:vehicle", "user:vehicle:updated", false],
    ["vehicle*", "user:vehicle:updated", false],
  ])("%s: whether it stands for %s is %j", async (pattern, event, isMeant) => {
    const { receiver } = setUp();
    const handler = vi.fn();
    try {
      receiver.on(pattern as "*", handler);
    } catch {
      // It stands for no event at all.
    }
    await deliver(receiver, [vehicleEvent("a", "", event)]);
    expect(handler).toHaveBeenCalledTimes(isMeant ? 1 : 0);
  });
});

describe("start that nobody calls", () => {
  const store = (): EventStore => memoryStorage().eventStore;
  const warnings = (reports: ReturnType<typeof setUp>["reports"]) =>
    reports.filter(({ context }) => context.stage === "setup");

  it("is reported once, 30 s after the first event was kept for a handler", async () => {
    const { receiver, reports } = setUp({ store: store() });
    receiver.on("*", () => undefined);
    await deliver(receiver, [vehicleEvent("a")]);
    await pass(29_999);
    expect(warnings(reports)).toEqual([]);
    await pass(1);
    expect(warnings(reports)).toMatchObject([
      { error: { message: expect.stringContaining("call start()") } },
    ]);

    for (let n = 0; n < 3; n++) {
      await deliver(receiver, [heartbeat(n)]);
      await pass(60_000);
    }
    expect(reports).toHaveLength(1);
  });

  it("is reported with a later delivery where timers end with requests", async () => {
    const { receiver, reports } = setUp({ store: store() });
    receiver.on("*", () => undefined);
    const timers = vi.spyOn(globalThis, "setTimeout");
    timers.mockImplementation(() => 1 as never);
    await deliver(receiver, [vehicleEvent("a")]);
    timers.mockRestore();
    await pass(30_001);
    expect(reports).toEqual([]);

    await deliver(receiver, [vehicleEvent("b")]);
    await pass(0);
    expect(warnings(reports)).toHaveLength(1);
  });

  it.each<[string, (receiver: WebhookReceiver) => unknown]>([
    ["start was called", (receiver) => receiver.start()],
    ["it is drained", (receiver) => receiver.drain()],
    ["it was stopped", (receiver) => receiver.stop()],
  ])("is not missed when %s", async (_, act) => {
    const { receiver, reports } = setUp({ store: store() });
    receiver.on("*", () => undefined);
    await deliver(receiver, [vehicleEvent("a")]);
    await act(receiver);
    await pass(120_000);
    await deliver(receiver, [vehicleEvent("b")]);
    await pass(120_000);

    expect(reports).toEqual([]);
    await receiver.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["there are no handlers", { store: deliverySink(async () => undefined) }, false],
    ["there is no store", {}, true],
  ])("is not missed when %s", async (_, options, hasHandler) => {
    const { receiver, reports } = setUp(options);
    if (hasHandler) receiver.on("*", () => undefined);
    await deliver(receiver, [vehicleEvent("a")]);
    await pass(120_000);

    expect(reports).toEqual([]);
  });
});

describe("start while an app is being built", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("does nothing", async () => {
    vi.stubEnv("NEXT_PHASE", "phase-production-build");
    const claim = vi.fn(async () => []);
    const onSilence = vi.fn();
    const { receiver } = setUp({ store: { ...memoryStorage().eventStore, claim }, onSilence });
    receiver.start();
    await pass(10_000_000);

    expect(claim).not.toHaveBeenCalled();
    expect(onSilence).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("start where the runtime refuses to read the environment", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  // As Deno does without --allow-env.
  it("begins all the same", async () => {
    const env = new Proxy(
      {},
      {
        get() {
          throw new Error("NotCapable: Requires env access");
        },
      },
    );
    vi.stubGlobal("process", { versions: process.versions, env });
    const claim = vi.fn(async () => []);
    const { receiver } = setUp({ store: { ...memoryStorage().eventStore, claim } });
    receiver.start();
    await pass(10_000);
    vi.unstubAllGlobals();

    expect(claim).toHaveBeenCalled();
    await receiver.stop();
  });
});

describe("functions of the host", () => {
  it("are called without a this, and their promises may be of any kind", async () => {
    const seen: unknown[] = [];
    const thenable = (value?: unknown) => ({
      // biome-ignore lint/suspicious/noThenProperty: as promises of other libraries are.
      then: (resolve: (value: unknown) => void) => resolve(value),
    });
    function note(this: unknown) {
      seen.push(this);
      return thenable();
    }
    const { receiver } = setUp({
      secret: function (this: unknown) {
        seen.push(this);
        return thenable(SECRET) as Promise<string>;
      },
      onUnknown: note,
      onError: function (this: unknown) {
        seen.push(this);
        throw new Error("never out");
      },
      onSilence: note,
      silenceAfter: 1_000,
    });
    receiver.on("user:vehicle:updated", note);
    receiver.on("user:vehicle:deleted", () => {
      throw new Error("for onError");
    });
    await deliver(receiver, [
      vehicleEvent("a"),
      vehicleEvent("b", "", "user:vehicle:unheard-of"),
      vehicleEvent("c", "", "user:vehicle:deleted"),
    ]);
    await pass(1_000);

    expect(seen).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it("may throw errors of another realm, whose words are kept", async () => {
    const { eventStore: store } = memoryStorage();
    const { receiver } = setUp({ store, maxAttempts: 1 });
    receiver.on("*", () => {
      throw runInNewContext("new RangeError('from elsewhere')");
    });
    receiver.start();
    await deliver(receiver, [vehicleEvent("a")]);
    await pass(0);

    expect(await store.deadLetters()).toMatchObject([{ reason: "RangeError: from elsewhere" }]);
    await receiver.stop();
  });

  it("of a store may do so, too", async () => {
    const append = () => Promise.reject(runInNewContext("new RangeError('from elsewhere')"));
    const { receiver, reports } = setUp({ store: { ...memoryStorage().eventStore, append } });
    expect((await deliver(receiver, [vehicleEvent("a")])).status).toBe(503);
    expect(reports).toMatchObject([
      { error: { message: "eventStore.append failed.", cause: { name: "RangeError" } } },
    ]);
  });
});

describe("bytes of another realm", () => {
  it("are signed like any others", async () => {
    const bytes = runInNewContext("new Uint8Array([91, 93])");
    expect(await signWebhook(bytes, SECRET)).toBe(await signWebhook("[]", SECRET));
  });
});

describe("the ID of an event", () => {
  it("is one that a queue takes for a job", async () => {
    const { receiver } = setUp();
    const ids: string[] = [];
    receiver.on("*", (_, { id }) => ids.push(id));
    await deliver(receiver, [vehicleEvent("a"), heartbeat()]);

    expect(ids).toHaveLength(2);
    expect(ids[1]?.slice(0, -1)).toBe(ids[0]?.slice(0, -1));
    for (const jobId of ids) {
      expect(jobId).toMatch(/^[\w-]*[A-Za-z_-][\w-]*$/);
      // Its own check, which needs no Redis.
      const job = Object.assign(Object.create(Job.prototype), { opts: { jobId } });
      expect(() => job.validateOptions({})).not.toThrow();
      job.opts = { jobId: jobId.replace("-", ":") };
      expect(() => job.validateOptions({})).toThrow("Custom Id cannot contain :");
    }
  });
});

describe("a signed body that is nested without end", () => {
  const nested = (levels: number) => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return { ...vehicleEvent("a"), value };
  };

  it.each([
    ["with a store", () => ({ store: memoryStorage().eventStore })],
    ["without one", () => ({})],
  ])("is refused %s, so that Enode does not send it for ever", async (_, options) => {
    const { receiver, reports } = setUp(options());
    for (const levels of [100, 500, 3_000]) {
      expect(await read(deliver(receiver, [nested(levels)]))).toEqual([400, "invalid_json"]);
    }
    expect(reports).toMatchObject(
      [1, 2, 3].map(() => ({ error: { message: expect.stringContaining("100 levels deep") } })),
    );
    expect((await deliver(receiver, [nested(98)])).status).toBe(200);
  });
});

describe("maxAge", () => {
  const hour = 3_600_000;
  const at = (ahead: number) => new Date(Date.now() + ahead).toISOString();

  it.each([
    ["a known event", "user:vehicle:updated"],
    ["an unknown one", "user:vehicle:unheard-of"],
  ])("is checked for %s", async (_, event) => {
    const onUnknown = vi.fn();
    const { receiver } = setUp({ maxAge: hour, onUnknown });
    const send = (createdAt: unknown) =>
      read(deliver(receiver, [{ ...vehicleEvent("a", "", event), createdAt }]));

    expect(await send(at(-hour - 1))).toEqual([400, "stale_delivery"]);
    expect(await send(at(-hour))).toEqual([200, "handled"]);
    // As far as clocks may differ, but not for ever.
    expect(await send(at(300_000))).toEqual([200, "handled"]);
    expect(await send(at(300_001))).toEqual([400, "stale_delivery"]);
    expect(await send("9999-12-31T00:00:00Z")).toEqual([400, "stale_delivery"]);
  });

  it("refuses an unknown event that does not say when it was", async () => {
    const { receiver } = setUp({ maxAge: hour });
    expect(await read(deliver(receiver, [{ event: "enode:unheard-of" }]))).toEqual([
      400,
      "stale_delivery",
    ]);
  });
});
