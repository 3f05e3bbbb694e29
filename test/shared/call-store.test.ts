import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type EnodeError, isStoreError, isTimeoutError } from "../../src/errors/index.ts";
import { ActivityRecorder } from "../../src/mirror/index.ts";
import { callStore } from "../../src/shared/call-store.ts";
import { storeFailure } from "../../src/shared/store-failure.ts";
import { withSafeMessage } from "../../src/shared/store-reason.ts";
import { memoryStorage, type Storage } from "../../src/storage/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { session } from "../identity/support/hosted.ts";
import { broken, stubbedWorld } from "../mirror/support/world.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";
import { deliver, SECRET, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";

type Fail = () => Promise<never>;

const hint = "Tables of enode-sdk are missing: call migrate() first";
const own: Fail = () => Promise.reject(withSafeMessage(new Error(`${hint}.`)));
/** As drivers do: the host's ID, an address with a password, in every corner of the error. */
const foreign: Fail = () => {
  const words = "anna@example.com is odd at postgres://app:PASSWORD@db";
  const error = new TypeError(words, { cause: new Error(words) });
  return Promise.reject(
    Object.assign(error, { code: "ECONNRESET", detail: words, query: [words] }),
  );
};
/** A store may throw before there is a promise. */
const foreignAtOnce: Fail = () => {
  throw new Error("anna@example.com is odd at postgres://app:PASSWORD@db");
};
const hanging: Fail = () => new Promise(() => {});

const memory = memoryStorage();

function clientWith(store: Partial<Storage>) {
  return createClient({
    fetch: stubFetch({ api: () => json({}) }),
    storage: { ...memory, ...store },
    maxRetries: 0,
  });
}

function withUserStore(method: string, fail: Fail) {
  return clientWith({ userStore: { ...memory.userStore, [method]: fail } });
}

function recorderWith(method: string, fail: Fail) {
  const log = { ...memory.activityLog, [method]: fail };
  return new ActivityRecorder({ log, namespace: "sandbox:c" });
}

/** What a client tells its hooks of a token store, which never fails a call. */
async function tokenFailure(method: string, fail: Fail): Promise<never> {
  const errors: EnodeError[] = [];
  const store = {
    get: async () => undefined,
    set: async () => true,
    delete: async () => undefined,
    [method]: fail,
  };
  const enode = createClient({
    fetch: stubFetch(),
    tokenStore: store,
    hooks: { onError: ({ error }) => errors.push(error) },
  });
  await enode.request("getUser", { path: { userId: "u-1" } });
  throw errors[0];
}

/** What a receiver tells of an event store. */
async function eventFailure(method: string, fail: Fail): Promise<never> {
  const errors: unknown[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store: { ...memoryStorage().eventStore, [method]: fail },
    onError: (error) => errors.push(error),
  });
  if (method === "claim") await receiver.drain();
  await deliver(receiver, [vehicleEvent("a")]);
  throw errors[0];
}

/** Each place that calls a store of the host: the store, its method, and the call with the store failing. */
const places: [store: string, method: string, use: (fail: Fail) => PromiseLike<unknown>][] = [
  ["tokenStore", "get", (fail) => tokenFailure("get", fail)],
  ["tokenStore", "set", (fail) => tokenFailure("set", fail)],
  ["tokenStore", "lease", (fail) => tokenFailure("lease", fail)],
  ["userStore", "get", (fail) => withUserStore("get", fail).users.resolve("anna")],
  [
    "userStore",
    "link",
    (fail) => withUserStore("link", fail).users.link({ hostUserId: "anna" }, session),
  ],
  ["userStore", "get", (fail) => withUserStore("get", fail).user({ hostUserId: "anna" }).get()],
  ["userStore", "beginErasure", (fail) => withUserStore("beginErasure", fail).users.erase("anna")],
  ["deviceStore", "get", (fail) => stubbedWorld({}, broken("get", fail)).mirror.devices.get("v1")],
  ["activityLog", "list", (fail) => recorderWith("list", fail).activity({ userId: "u1" })],
  ["activityLog", "prune", (fail) => recorderWith("prune", fail).prune(0)],
  ["eventStore", "append", (fail) => eventFailure("append", fail)],
  ["eventStore", "claim", (fail) => eventFailure("claim", fail)],
];

describe("a store that fails", () => {
  it.each(places)("says why when it is one of this package: %s.%s", async (store, method, use) => {
    const error = await failureOf(use(own), isStoreError);
    expect(error).toMatchObject({ store, method });
    expect(error.message).toContain(`${store}.${method} failed: ${hint}`);
    expect(Object(error.cause).message).toContain(hint);
  });

  it.each(places)("is not quoted when it is the host's: %s.%s", async (store, method, use) => {
    for (const fail of [foreign, foreignAtOnce]) {
      const error = await failureOf(use(fail), isStoreError);
      expect(error).toMatchObject({ store, method });
      expect(error.message).toMatch(new RegExp(`${store}\\.${method} failed(\\.$|; this client)`));
      const all = inspect(error, { depth: 9, showHidden: true });
      expect(all).not.toMatch(/anna|PASSWORD|odd at/);
    }
    // Of which kind it was, and where, is of use.
    const { cause } = await failureOf(use(foreign), isStoreError);
    expect(cause).toMatchObject({ name: "TypeError", code: "ECONNRESET" });
    expect(Object(cause).stack).toContain("call-store.test.ts");
  });
});

describe("a store that hangs", () => {
  useFakeClock();

  it.each(places)("is waited for no longer than its time: %s.%s", async (store, method, use) => {
    // What the host's users wait for has the deadline of their call.
    const isExpected = (error: unknown) =>
      store === "userStore" ? isTimeoutError(error) : isStoreError(error);
    const failure = failureOf(use(hanging), isExpected as typeof isStoreError);
    // In steps, as requests come in between.
    for (let round = 0; round < 8; round++) await pass(5_000);

    expect((await failure).message).toContain(`${store}.${method}`);
  });
});

describe("callStore", () => {
  const call = { store: "aStore", method: "get", timeout: 1_000 };
  const isText = (answer: unknown): answer is string => typeof answer === "string";
  const failures = () => ({ storeFailure });

  it("gives the answer", async () => {
    expect(await callStore(call, () => "answer", isText, failures)).toBe("answer");
  });

  it("refuses an answer that is none, without showing it", async () => {
    const error = await failureOf(
      callStore(call, async () => ({ of: "anna" }), isText, failures),
      isStoreError,
    );
    expect(error.message).toBe("aStore.get returned an invalid answer.");
    expect(error.cause).toBeUndefined();
  });

  it("tells the work that nobody waits any more", async () => {
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      given = signal;
      return new Promise(() => {});
    };
    const error = await failureOf(
      callStore({ ...call, timeout: 1 }, work, isText, failures),
      isStoreError,
    );
    expect(error.message).toBe("aStore.get took more than 1 ms.");
    expect(given?.aborted).toBe(true);
  });

  it("shows no secret, even where an engine of this package quotes one", () => {
    const error = withSafeMessage(new Error("Refused swordfish."));
    const failure = storeFailure({ ...call, secrets: ["swordfish"] }, "failed", error);
    expect(failure.message).toBe("aStore.get failed: Refused [redacted].");
  });
});
