import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Telemetry } from "../../src/core/telemetry.ts";
import { isApiError, isTokenError } from "../../src/errors/index.ts";
import type { CallStartEvent, Hooks, Logger } from "../../src/hooks.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";

type Line = [level: string, ...values: unknown[]];

/** A logger that keeps its lines; shaped like pino's when it has bindings. */
function keepingLogger(extra: object = {}): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (...values: unknown[]) =>
      lines.push([level, ...values]);
  return {
    logger: {
      ...extra,
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
    },
    lines,
  };
}

/** Of all hooks but `onCall`, which is called before anything has happened. */
const names = ["onRequest", "onResponse", "onRetry", "onTokenRefresh", "onError"] as const;

/** Hooks that keep all events, in order. */
function keepingHooks() {
  const events: [name: string, event: Record<string, unknown>][] = [];
  const hooks: Hooks = Object.fromEntries(
    names.map((name) => [name, (event: Record<string, unknown>) => events.push([name, event])]),
  );
  return { hooks, events };
}

const client = { baseUrl: "https://api.test" };
const call = { operation: "getVehicle", method: "GET", path: "/vehicles/{vehicleId}" };

describe("hooks", () => {
  useFakeClock();

  it("report the whole life of a call, in order", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { hooks, events } = keepingHooks();
    const statuses = [503, 401, 200];
    const fetch = stubFetch({
      api: async ({ nth }) => {
        await new Promise((resolve) => setTimeout(resolve, 40));
        return json({ id: "v-1" }, statuses[nth - 1] ?? 200, { "x-request-id": `r-${nth}` });
      },
    });
    const result = createClient({ fetch, hooks }).request("getVehicle", {
      path: { vehicleId: "vehicle-of-others" },
    });

    await pass(1_000);
    await result;

    const token = { source: "endpoint", background: false, durationMs: 0, error: undefined };
    const getting = { ...call, parameters: { vehicleId: "vehicle-of-others" } };
    expect(events).toEqual([
      ["onTokenRefresh", { ...token, expiresAt: expect.any(Number) }],
      ["onRequest", { ...getting, attempt: 1 }],
      ["onResponse", { ...getting, attempt: 1, status: 503, durationMs: 40, requestId: "r-1" }],
      [
        "onRetry",
        { ...getting, attempt: 1, delayMs: 250, error: expect.objectContaining({ status: 503 }) },
      ],
      ["onRequest", { ...getting, attempt: 2 }],
      ["onResponse", { ...getting, attempt: 2, status: 401, durationMs: 40, requestId: "r-2" }],
      ["onTokenRefresh", { ...token, expiresAt: expect.any(Number) }],
      ["onRequest", { ...getting, attempt: 3 }],
      ["onResponse", { ...getting, attempt: 3, status: 200, durationMs: 40, requestId: "r-3" }],
    ]);
    // IDs are nowhere else, so that who logs events can leave them out.
    const others = events.map(([, event]) => ({ ...event, parameters: undefined }));
    expect(JSON.stringify(others)).not.toContain("vehicle-of-others");
  });

  it("report the events of one call with the same object of parameters, which no other call has", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { hooks, events } = keepingHooks();
    const fetch = stubFetch({ api: ({ nth }) => (nth === 1 ? problem(503) : problem(404)) });
    const enode = createClient({ fetch, hooks });
    const input = { path: { vehicleId: "v" } };
    const failure = failureOf(enode.request("getVehicle", input));
    await pass(1_000);
    await failure;
    await failureOf(enode.request("getVehicle", input));

    const all = events.flatMap(([, { parameters }]) => parameters ?? []);
    expect(all).toHaveLength(6 + 3);
    expect(new Set(all.slice(0, 6)).size).toBe(1);
    expect(new Set(all).size).toBe(2);
  });

  it("run a call in a context of their own, once", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const starts: Omit<CallStartEvent, "run">[] = [];
    const fetch = stubFetch();
    const see = () => seen.push(storage.getStore());
    const enode = createClient({
      fetch,
      baseUrl: "https://api.test",
      hooks: {
        onCall: ({ run, ...event }) => {
          starts.push(event);
          void storage.run("the call", run);
          void storage.run("again", run);
        },
        onRequest: see,
        onResponse: see,
        onTokenRefresh: see,
      },
    });

    await enode.request("getUser", { path: { userId: "u" } });

    expect(seen).toEqual(["the call", "the call", "the call"]);
    expect(starts).toEqual([{ operation: "getUser", baseUrl: "https://api.test" }]);
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("need not run a call themselves", async () => {
    const onCall = vi.fn();
    const fetch = stubFetch();

    await createClient({ fetch, hooks: { onCall } }).request("getUser", { path: { userId: "u" } });

    expect(onCall).toHaveBeenCalledOnce();
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("report a call that failed, once", async () => {
    const { hooks, events } = keepingHooks();
    const fetch = stubFetch({
      api: async () => {
        await new Promise((resolve) => setTimeout(resolve, 40));
        return problem(404);
      },
    });
    const failure = failureOf(
      createClient({ fetch, hooks }).request("getVehicle", { path: { vehicleId: "v" } }),
    );
    await pass(40);
    const error = await failure;

    expect(events.filter(([name]) => name === "onError")).toEqual([
      [
        "onError",
        {
          ...call,
          parameters: { vehicleId: "v" },
          attempt: 1,
          durationMs: 40,
          error,
        },
      ],
    ]);
    expect(events.at(-1)?.[0]).toBe("onError");
  });

  it.each<[string, () => unknown]>([
    [
      "throw",
      () => {
        throw new Error("broken hook");
      },
    ],
    ["reject", async () => Promise.reject(new Error("broken hook"))],
    ["throw nothing", () => Promise.reject()],
  ])("that %s break no call, and are logged", async (_how, hook) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { logger, lines } = keepingLogger();
    const hooks = Object.fromEntries(names.map((name) => [name, hook])) as Hooks;
    const fetch = stubFetch({
      api: ({ nth }) => (nth === 2 ? json({ id: "ok" }) : problem(nth === 1 ? 503 : 404)),
    });
    const enode = createClient({ fetch, hooks, logger });
    const result = enode.request("getVehicle", { path: { vehicleId: "v" } });
    await pass(1);
    expect(await result).toEqual({ id: "ok" });
    await failureOf(enode.request("getVehicle", { path: { vehicleId: "v" } }), isApiError);
    // Unhandled rejections are reported after the microtasks.
    await new Promise(setImmediate);
    process.off("unhandledRejection", unhandled);

    expect(unhandled).not.toHaveBeenCalled();
    for (const name of names)
      expect(lines).toContainEqual(["warn", `enode-sdk: ${name} threw`, {}]);
    expect(JSON.stringify(lines)).not.toContain("broken hook");
  });

  it("that are thenables of another kind and reject break no call", async () => {
    const kept = keepingLogger();
    const then = (_resolve: unknown, reject: (error: Error) => void) => reject(new Error("no"));
    const hooks = { onRequest: () => ({ then }) as never };
    const enode = createClient({ fetch: stubFetch(), hooks, logger: kept.logger });

    await enode.request("getUser", { path: { userId: "u" } });
    await new Promise(setImmediate);

    expect(kept.lines).toContainEqual(["warn", "enode-sdk: onRequest threw", {}]);
  });

  it("and onDrift get no this of ours", async () => {
    const seen: unknown[] = [];
    function onDrift(this: unknown) {
      seen.push(this);
    }

    new Telemetry({ ...client, onDrift }).drift({
      operation: "o",
      path: "/",
      status: 200,
      issues: [],
    });

    expect(seen).toEqual([undefined]);
  });

  it("keep their this", async () => {
    const hooks = {
      count: 0,
      onRequest() {
        this.count++;
      },
    };

    await createClient({ fetch: stubFetch(), hooks }).request("getUser", { path: { userId: "u" } });

    expect(hooks.count).toBe(1);
  });
});

describe("a logger", () => {
  const send = async (logger: Logger) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const statuses = [503, 200, 404];
    const fetch = stubFetch({
      api: ({ nth }) => json({ id: "secret-body" }, statuses[nth - 1], { "x-request-id": "r" }),
    });
    const enode = createClient({ fetch, logger, clientSecret: "secret-1" });
    await enode.request("getVehicle", { path: { vehicleId: "vehicle-of-others" } });
    await failureOf(enode.request("getVehicle", { path: { vehicleId: "vehicle-of-others" } }));
  };
  const ms = expect.any(Number);
  const lines: [string, string, object][] = [
    [
      "debug",
      "new access token",
      { source: "endpoint", background: false, durationMs: ms, code: undefined },
    ],
    ["debug", "getVehicle sent", { ...call, attempt: 1 }],
    [
      "debug",
      "getVehicle answered 503",
      { ...call, attempt: 1, status: 503, durationMs: ms, requestId: "r" },
    ],
    [
      "warn",
      "getVehicle failed (server_error), next try in 0 ms",
      { ...call, attempt: 1, delayMs: 0, code: "server_error" },
    ],
    ["debug", "getVehicle sent", { ...call, attempt: 2 }],
    [
      "debug",
      "getVehicle answered 200",
      { ...call, attempt: 2, status: 200, durationMs: ms, requestId: "r" },
    ],
    ["debug", "getVehicle sent", { ...call, attempt: 1 }],
    [
      "debug",
      "getVehicle answered 404",
      { ...call, attempt: 1, status: 404, durationMs: ms, requestId: "r" },
    ],
    [
      "info",
      "getVehicle failed (not_found)",
      { operation: "getVehicle", path: call.path, attempt: 1, durationMs: ms, code: "not_found" },
    ],
  ];

  it("of the shape of console gets the text first, and named fields only", async () => {
    const kept = keepingLogger();

    await send(kept.logger);

    // Strictly: not a field more.
    expect(kept.lines).toStrictEqual(
      lines.map(([level, text, fields]) => [level, `enode-sdk: ${text}`, fields]),
    );
  });

  it("of the shape of pino gets the fields first", async () => {
    const kept = keepingLogger({ bindings: () => ({}) });

    await send(kept.logger);

    expect(kept.lines).toStrictEqual(
      lines.map(([level, text, fields]) => [level, fields, `enode-sdk: ${text}`]),
    );
  });

  it("never gets IDs, bodies or credentials", async () => {
    const kept = keepingLogger();

    await send(kept.logger);

    const all = JSON.stringify(kept.lines);
    for (const secret of ["vehicle-of-others", "secret-body", "secret-1", "token-1"]) {
      expect(all).not.toContain(secret);
    }
  });

  it.each([
    [400, "info"],
    [401, "error"],
    [403, "warn"],
    [404, "info"],
    [409, "info"],
    [422, "info"],
    [429, "warn"],
    [500, "error"],
  ])("hears of a %i at level %s", async (status, level) => {
    const kept = keepingLogger();
    const fetch = stubFetch({ api: () => problem(status) });
    const enode = createClient({ fetch, logger: kept.logger, maxRetries: 0 });

    await failureOf(enode.request("getUser", { path: { userId: "u" } }), isApiError);

    expect(kept.lines.at(-1)?.slice(0, 2)).toEqual([
      level,
      expect.stringMatching(/^enode-sdk: getUser failed/),
    ]);
  });

  it("hears which store failed, how and why", async () => {
    const kept = keepingLogger();
    const tokenStore = {
      get: () => Promise.reject(Object.assign(new Error("hidden value"), { code: "ECONNREFUSED" })),
      set: async () => true,
      delete: async () => undefined,
    };
    const enode = createClient({ fetch: stubFetch(), logger: kept.logger, tokenStore });

    await enode.request("getUser", { path: { userId: "u" } });

    expect(kept.lines).toContainEqual([
      "error",
      "enode-sdk: tokenStore.get failed (store_failed)",
      {
        operation: undefined,
        store: "tokenStore",
        method: "get",
        reason: expect.stringContaining("access token of its own"),
        code: "store_failed",
        cause: "ECONNREFUSED",
      },
    ]);
    expect(JSON.stringify(kept.lines)).not.toContain("hidden value");
  });

  it.each([400, 404, 409, 422])(
    "hears of no %i of an end user above info, and in each line what it is about",
    async (status) => {
      const kept = keepingLogger();
      const fail = () => Promise.reject(new Error("the store is down"));
      const tokenStore = { get: fail, set: fail, delete: fail };
      const fetch = stubFetch({ api: () => problem(status) });
      const enode = createClient({ fetch, logger: kept.logger, tokenStore });

      await failureOf(enode.user("u").vehicles.get("v-1"), isApiError);
      await failureOf(enode.user("u").get(), isApiError);

      const fieldsOf = ([, , fields]: Line) =>
        ({ ...(fields as object) }) as Record<string, unknown>;
      const ofCalls = kept.lines.filter((line) => fieldsOf(line)["operation"] !== undefined);
      expect(ofCalls.map(([level]) => level)).toEqual(
        ["getVehicle", "getUser"].flatMap(() => ["debug", "debug", "info"]),
      );
      // Tokens, and the store that keeps them, are of no call.
      const others = kept.lines.filter((line) => !ofCalls.includes(line)).map(fieldsOf);
      expect(others.length).toBeGreaterThan(1);
      for (const fields of others) {
        expect(fields).toEqual(
          fields["store"] === undefined
            ? expect.objectContaining({ source: "endpoint" })
            : expect.objectContaining({ store: "tokenStore", method: expect.any(String) }),
        );
      }
    },
  );

  it("hears that there is no token", async () => {
    const kept = keepingLogger();
    const fetch = stubFetch({ token: () => json({ error: "invalid_client" }, 401) });

    await failureOf(
      createClient({ fetch, logger: kept.logger }).request("getUser", { path: { userId: "u" } }),
      isTokenError,
    );

    expect(kept.lines).toContainEqual([
      "warn",
      "enode-sdk: no access token",
      expect.objectContaining({ code: "token_refused" }),
    ]);
  });

  describe("that is broken", () => {
    const unhandled = vi.fn();
    beforeEach(() => {
      unhandled.mockReset();
      process.on("unhandledRejection", unhandled);
    });
    afterEach(() => {
      process.off("unhandledRejection", unhandled);
    });

    const fail = () => {
      throw new Error("broken logger");
    };
    const reject = async () => Promise.reject(new Error("broken logger"));

    it.each<[string, unknown]>([
      ["throws", { debug: fail, info: fail, warn: fail, error: fail }],
      ["rejects", { debug: reject, info: reject, warn: reject, error: reject }],
      ["has no methods", {}],
    ])("breaks no call when it %s", async (_how, logger) => {
      const enode = createClient({ fetch: stubFetch(), logger: logger as Logger });

      expect(await enode.request("getUser", { path: { userId: "u" } })).toEqual({ id: "ok" });
      await new Promise(setImmediate);

      expect(unhandled).not.toHaveBeenCalled();
    });
  });
});

describe("telemetry that nobody wants", () => {
  it("makes no events of answers", () => {
    expect(new Telemetry(client).observesResponses).toBe(false);
    expect(new Telemetry({ ...client, hooks: { onResponse: () => {} } }).observesResponses).toBe(
      true,
    );
    expect(new Telemetry({ ...client, logger: console }).observesResponses).toBe(true);
  });
});
