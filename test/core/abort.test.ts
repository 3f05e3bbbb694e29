import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import {
  isAbortError,
  isApiError,
  isConfigurationError,
  isRateLimitError,
} from "../../src/errors/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { listenersOn } from "../support/listeners.ts";
import { useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";

const getVehicle = (enode: Enode, signal: AbortSignal) =>
  enode.request("getVehicle", { path: { vehicleId: "v-1" } }, { signal });

const hang = () => new Promise<Response>(() => {});

describe("a caller's signal", () => {
  useFakeClock();

  it("that has already fired lets nothing be sent, not even for a token", async () => {
    const fetch = stubFetch();

    const error = await failureOf(
      getVehicle(createClient({ fetch }), AbortSignal.abort()),
      isAbortError,
    );

    expect(error).toMatchObject({ code: "aborted", operation: "getVehicle", attempts: 0 });
    expect(fetch.tokenRequests).toHaveLength(0);
    expect(fetch.apiRequests).toHaveLength(0);
  });

  it("that has already fired lets nothing be sent with a token at hand either", async () => {
    const fetch = stubFetch();
    const enode = createClient({ fetch });
    await getVehicle(enode, new AbortController().signal);

    const error = await failureOf(getVehicle(enode, AbortSignal.abort()), isAbortError);

    expect(error.attempts).toBe(0);
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it.each<[string, Parameters<typeof stubFetch>[0], number]>([
    ["while it waits for a token", { token: hang }, 0],
    ["in flight", { api: hang }, 1],
    ["in back-off", { api: () => problem(503, { "retry-after": "20" }) }, 1],
    ["in the wait after a 429", { api: () => problem(429, { "retry-after": "20" }) }, 1],
    [
      "while it reads the body",
      { api: () => new Response(new ReadableStream(), { headers: { "content-type": "a/json" } }) },
      1,
    ],
    [
      "while it waits for a second token",
      {
        token: ({ nth }) => (nth === 1 ? json({ access_token: "t", expires_in: 3600 }) : hang()),
        api: () => json({}, 401),
      },
      1,
    ],
  ])("ends a call %s", async (_when, answers, attempts) => {
    const fetch = stubFetch(answers);
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("user went away");
    const failure = failureOf(getVehicle(createClient({ fetch }), signal), isAbortError);
    await pass(1_000);
    expect(listenersOn(signal)).toBe(1);

    controller.abort(reason);

    const error = await failure;
    expect(error).toMatchObject({
      operation: "getVehicle",
      path: "/vehicles/{vehicleId}",
      attempts,
    });
    expect(error.cause).toBe(reason);
    expect(listenersOn(signal)).toBe(0);
    expect(fetch.apiRequests).toHaveLength(attempts);
    await pass(30_000);
    expect(fetch.apiRequests).toHaveLength(attempts);
  });

  it("ends a call that waits for the gate to open", async () => {
    const fetch = stubFetch({ api: () => problem(429, { "retry-after": "20" }) });
    const enode = createClient({ fetch, maxRetries: 0 });
    await failureOf(getVehicle(enode, new AbortController().signal), isRateLimitError);
    const controller = new AbortController();
    const failure = failureOf(getVehicle(enode, controller.signal), isAbortError);
    await pass(1_000);

    controller.abort();

    expect((await failure).attempts).toBe(0);
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("ends the request itself, in flight", async () => {
    const fetch = stubFetch({ api: hang });
    const controller = new AbortController();
    const failure = failureOf(getVehicle(createClient({ fetch }), controller.signal), isAbortError);
    await pass(0);

    controller.abort();
    await failure;

    expect(fetch.apiRequests[0]?.request.signal.aborted).toBe(true);
  });

  it("has no listener left after success", async () => {
    const { signal } = new AbortController();
    const enode = createClient({ fetch: stubFetch() });

    for (let call = 0; call < 20; call++) await getVehicle(enode, signal);

    expect(listenersOn(signal)).toBe(0);
  });

  it("has no listener left after a failure, nor after repetitions", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const statuses = [503, 401, 503, 404];
    const fetch = stubFetch({ api: ({ nth }) => problem(statuses[nth - 1] ?? 404) });
    const failure = failureOf(getVehicle(createClient({ fetch }), signal), isApiError);

    await pass(30_000);

    expect(await failure).toMatchObject({ status: 404, attempts: 4 });
    expect(listenersOn(signal)).toBe(0);
    expect(add.mock.calls.length).toBeGreaterThan(4);
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });

  it("has no listener left after the deadline", async () => {
    const { signal } = new AbortController();
    const fetch = stubFetch({ api: hang });
    const failure = failureOf(getVehicle(createClient({ fetch, deadline: 500 }), signal));

    await pass(500);

    expect((await failure).code).toBe("deadline_exceeded");
    expect(listenersOn(signal)).toBe(0);
  });

  it("that serves many calls has one listener for each that is under way, and none later", async () => {
    const { signal } = new AbortController();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const fetch = stubFetch({ api: () => gate.then(() => json({ id: "ok" })) });
    const enode = createClient({ fetch });
    const calls = Promise.all(Array.from({ length: 8 }, () => getVehicle(enode, signal)));
    await pass(0);
    expect(listenersOn(signal)).toBe(8);

    release();
    await calls;

    expect(listenersOn(signal)).toBe(0);
  });

  it("that is none is refused by name", async () => {
    const fetch = stubFetch();
    const call = getVehicle(createClient({ fetch }), {} as AbortSignal);

    expect((await failureOf(call, isConfigurationError)).parameter).toBe("signal");
    expect(fetch.tokenRequests).toHaveLength(0);
  });
});

describe("aborting over the wire", () => {
  const start = useLoopback();

  it("closes the connection in flight", async () => {
    let closed: () => void;
    const hungUp = new Promise<void>((resolve) => (closed = resolve));
    const controller = new AbortController();
    const { baseUrl, tokenUrl, requests } = await start({
      api: (_request, response) => {
        response.on("close", () => closed());
        controller.abort();
      },
    });

    await failureOf(
      getVehicle(createClient({ baseUrl, tokenUrl }), controller.signal),
      isAbortError,
    );
    await hungUp;

    expect(requests).toHaveLength(1);
  });
});
