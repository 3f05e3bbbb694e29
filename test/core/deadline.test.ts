import { describe, expect, it, vi } from "vitest";
import { Deadline } from "../../src/core/deadline.ts";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isRateLimitError, isTimeoutError } from "../../src/errors/index.ts";
import type { RequestOptions } from "../../src/options.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import { listenersOn } from "../support/listeners.ts";
import { useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";

const getVehicle = (enode: Enode, options?: RequestOptions) =>
  enode.request("getVehicle", { path: { vehicleId: "v-1" } }, options);

const hang = () => new Promise<Response>(() => {});

/** An answer whose body never ends. */
const endless = () =>
  new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array([123])) }), {
    headers: { "content-type": "application/json" },
  });

describe("a deadline", () => {
  useFakeClock();

  const context = { operation: "getThing", path: "/things", attempts: 2 };

  it("gives what the work gives", async () => {
    expect(await new Deadline(context, 100, undefined).run(async () => 5)).toBe(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails as the work fails", async () => {
    const deadline = new Deadline(context, 100, undefined);

    await expect(deadline.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves work that takes too long, and aborts its signal", async () => {
    const signals: AbortSignal[] = [];
    const failure = failureOf(
      new Deadline(context, 100, undefined).run((signal) => {
        signals.push(signal);
        return hang();
      }),
      isTimeoutError,
    );

    await pass(100);

    expect(await failure).toMatchObject({ code: "deadline_exceeded", ...context });
    expect(signals[0]?.aborted).toBe(true);
  });

  it("counts over all of its phases", async () => {
    const deadline = new Deadline(context, 100, undefined);
    const first = deadline.sleep(60);
    await pass(60);
    await first;
    const failure = failureOf(deadline.sleep(60), isTimeoutError);

    await pass(40);

    expect((await failure).code).toBe("deadline_exceeded");
    expect(deadline.remaining).toBe(0);
  });

  it("begins nothing when no time is left", async () => {
    const deadline = new Deadline(context, 100, undefined);
    await pass(100);
    const work = vi.fn(async () => 1);

    await failureOf(deadline.run(work), isTimeoutError);

    expect(work).not.toHaveBeenCalled();
  });

  it("distinguishes the limit of one phase from the time of the whole", async () => {
    const deadline = new Deadline(context, 100, undefined);
    const first = failureOf(deadline.run(hang, 60), isTimeoutError);
    await pass(60);
    const second = failureOf(deadline.run(hang, 60), isTimeoutError);
    await pass(60);

    expect((await first).code).toBe("attempt_timeout");
    expect((await second).code).toBe("deadline_exceeded");
  });

  it("begins nothing when the signal has fired", async () => {
    const work = vi.fn(async () => 1);
    const deadline = new Deadline(context, 100, AbortSignal.abort("why"));

    const error = await failureOf(deadline.run(work), isAbortError);

    expect(error.cause).toBe("why");
    expect(work).not.toHaveBeenCalled();
    expect(() => deadline.throwIfAborted()).toThrow("aborted by its signal");
  });

  it("listens on the caller's signal only while it runs", async () => {
    const { signal } = new AbortController();
    const deadline = new Deadline(context, 100, signal);
    const work = deadline.sleep(50);
    expect(listenersOn(signal)).toBe(1);

    await pass(50);
    await work;

    expect(listenersOn(signal)).toBe(0);
  });
});

describe("the deadline of a call", () => {
  useFakeClock();

  it.each<[string, Parameters<typeof stubFetch>[0], string]>([
    ["waits for a token", { token: hang }, "deadline_exceeded"],
    ["waits for an answer", { api: hang }, "deadline_exceeded"],
    ["reads a body that never ends", { api: endless }, "deadline_exceeded"],
    // A wait that cannot fit is not even begun: the call ends a little sooner, with what it has.
    ["is in back-off", { api: () => problem(503) }, "server_error"],
  ])("ends it while it %s", async (_phase, answers, code) => {
    vi.spyOn(Math, "random").mockReturnValue(0.4);
    const fetch = stubFetch(answers);
    const enode = createClient({ fetch, timeout: 60_000, maxRetries: 100 });
    const { signal } = new AbortController();
    const states: string[] = [];
    const failure = failureOf(getVehicle(enode, { deadline: 5_000, signal }));
    failure.then(() => states.push("failed"));

    await pass(1_000);
    expect(states).toEqual([]);
    await pass(4_000);

    expect((await failure).code).toBe(code);
    expect(listenersOn(signal)).toBe(0);
  });

  it.each([
    [
      "for an access token, if that is what it was",
      { token: hang },
      ", while it waited for an access token.",
    ],
    ["for nothing else than the answer", { api: hang }, " after 1 attempt(s)."],
  ])("says that the call waited %s", async (_phase, answers, ending) => {
    const fetch = stubFetch(answers);
    const call = getVehicle(createClient({ fetch, timeout: 60_000 }), { deadline: 5_000 });
    const failure = failureOf(call, isTimeoutError);

    await pass(5_000);

    expect((await failure).message.endsWith(ending)).toBe(true);
  });

  it("does not begin a wait that would outlast it", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const fetch = stubFetch({ api: () => problem(503) });

    const error = await failureOf(getVehicle(createClient({ fetch }), { deadline: 400 }));

    expect(error).toMatchObject({ code: "server_error", attempts: 1 });
  });

  it("ends a call that waits for the gate to open", async () => {
    const fetch = stubFetch({
      api: ({ nth }) => (nth === 1 ? problem(429, { "retry-after": "3" }) : hang()),
    });
    const enode = createClient({ fetch, maxRetries: 0, timeout: 60_000 });
    await failureOf(getVehicle(enode), isRateLimitError);
    const failure = failureOf(getVehicle(enode, { deadline: 5_000 }), isTimeoutError);

    await pass(5_000);

    expect((await failure).code).toBe("deadline_exceeded");
  });

  it("ends it when the fetch ignores its signal, attempt after attempt", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({ api: hang });
    const enode = createClient({ fetch, timeout: 2_000, deadline: 5_000 });
    const failure = failureOf(getVehicle(enode), isTimeoutError);

    await pass(5_010);

    expect(await failure).toMatchObject({ code: "deadline_exceeded", attempts: 3 });
  });

  it.each<[string, (enode: Enode) => Promise<unknown>, number]>([
    ["30 s", getVehicle, 30_000],
    [
      "120 s for statistics of HEM systems",
      (enode) =>
        enode.request("getHemSystemStatistics", {
          path: { hemSystemId: "h" },
          query: { interval: "2026-05" },
        }),
      120_000,
    ],
  ])("is %s by default", async (_what, call, expected) => {
    const fetch = stubFetch({ api: hang });
    const failure = failureOf(call(createClient({ fetch, timeout: 1_000_000 })), isTimeoutError);
    const ended = vi.fn();
    failure.then(ended);

    await pass(expected - 1);
    expect(ended).not.toHaveBeenCalled();
    await pass(1);

    expect((await failure).message).toContain(`within ${expected} ms`);
  });

  it.each<[number, RequestOptions]>([
    [7_000, {}],
    [3_000, { deadline: 3_000 }],
  ])("is %i ms when the client says 7,000 and the call %j", async (expected, options) => {
    const fetch = stubFetch({ api: hang });
    const enode = createClient({ fetch, timeout: 60_000, deadline: 7_000 });
    const failure = failureOf(getVehicle(enode, options), isTimeoutError);

    await pass(expected);

    expect((await failure).message).toContain(`within ${expected} ms`);
  });
});

describe("the time-out of an attempt", () => {
  useFakeClock();

  it.each<[string, () => Response | Promise<Response>]>([
    ["an answer that does not come", hang],
    ["a body that never ends", endless],
  ])("ends %s", async (_what, api) => {
    const fetch = stubFetch({ api });
    const enode = createClient({ fetch, timeout: 4_000, maxRetries: 0 });
    const failure = failureOf(getVehicle(enode), isTimeoutError);

    await pass(4_000);

    expect(await failure).toMatchObject({ code: "attempt_timeout", attempts: 1 });
    expect(fetch.apiRequests[0]?.request.signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[number, { timeout?: number }, RequestOptions]>([
    [10_000, {}, {}],
    [2_000, { timeout: 2_000 }, {}],
    [3_000, { timeout: 2_000 }, { timeout: 3_000 }],
  ])("is %i ms with %j for the client and %j for the call", async (expected, client, call) => {
    const fetch = stubFetch({ api: hang });
    const enode = createClient({ fetch, maxRetries: 0, ...client });
    const failure = failureOf(getVehicle(enode, call), isTimeoutError);

    await pass(expected);

    expect((await failure).message).toContain(`within ${expected} ms`);
  });

  it("begins again with each attempt", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({
      api: async () => {
        await later(900);
        return json({}, 503);
      },
    });
    const failure = failureOf(getVehicle(createClient({ fetch, timeout: 1_000 })));

    await pass(10_000);

    expect(await failure).toMatchObject({ code: "server_error", attempts: 4 });
  });
});

describe("a server that is too slow", () => {
  const start = useLoopback();
  useFakeClock();

  // Time passes once the server has got the request, so that no test waits for it.
  it.each<[string, Parameters<typeof start>[0]]>([
    ["never answers", { api: () => pass(30_000) }],
    [
      "stops in the middle of a body",
      {
        api: (_request, response) => {
          response.writeHead(200, { "content-type": "application/json" });
          response.write('{"id":', () => pass(30_000));
        },
      },
    ],
    ["never gives a token", { token: () => pass(30_000) }],
  ])("is left when it %s", async (_what, handlers) => {
    const { baseUrl, tokenUrl } = await start(handlers);
    const enode = createClient({ baseUrl, tokenUrl, maxRetries: 0, timeout: 60_000 });

    const error = await failureOf(getVehicle(enode), isTimeoutError);

    expect(error.code).toBe("deadline_exceeded");
  });

  it("sees its connection closed", async () => {
    let closed: () => void;
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response) => {
        response.on("close", () => closed());
        pass(10_000);
      },
    });
    const enode = createClient({ baseUrl, tokenUrl, maxRetries: 0 });

    expect((await failureOf(getVehicle(enode), isTimeoutError)).code).toBe("attempt_timeout");
    await hungUp;
  });
});
