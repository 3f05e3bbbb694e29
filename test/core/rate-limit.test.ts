import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isApiError, isRateLimitError, isServerError } from "../../src/errors/index.ts";
import type { RetryEvent } from "../../src/hooks.ts";
import type { RequestOptions } from "../../src/options.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { createClient, failureOf, problem, type StubRequest, stubFetch } from "../support/stub.ts";

useFakeClock();

const getVehicle = (enode: Enode, options?: RequestOptions) =>
  enode.request("getVehicle", { path: { vehicleId: "v-1" } }, options);

/** Fails the first request in a way, then answers. */
function failingOnce(status: number, retryAfter: string) {
  return stubFetch({
    api: ({ nth }: StubRequest) =>
      nth === 1 ? problem(status, { "retry-after": retryAfter }) : Response.json({ id: "ok" }),
  });
}

/** A client that has just got a 429 for good. */
async function limitedClient(retryAfter: string, maxRetries = 0) {
  const fetch = failingOnce(429, retryAfter);
  const enode = createClient({ fetch });
  await failureOf(getVehicle(enode, { maxRetries, deadline: 1 }), isRateLimitError);
  return { enode, fetch };
}

describe("Retry-After", () => {
  it.each([
    ["429 with seconds", 429, "5"],
    ["503 with seconds", 503, "5"],
    ["500 with seconds", 500, "5.0"],
    ["429 with a date", 429, "Thu, 01 Jan 2026 00:00:05 GMT"],
    ["503 with a date", 503, "Thu, 01 Jan 2026 00:00:05 GMT"],
  ])("of a %s is waited for, not shorter", async (_what, status, value) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = failingOnce(status, value);
    const call = getVehicle(createClient({ fetch }));

    await pass(4_999);
    expect(fetch.apiRequests).toHaveLength(1);
    await pass(1);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("does not shorten the back-off", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999);
    const retries: RetryEvent[] = [];
    const fetch = failingOnce(503, "0");
    const hooks = { onRetry: (event: RetryEvent) => retries.push(event) };
    const call = getVehicle(createClient({ fetch, hooks }));

    await pass(1_000);
    await call;

    expect(retries[0]?.delayMs).toBe(500);
  });

  it.each([
    [429, isRateLimitError],
    [503, isServerError],
  ])("beyond the deadline is thrown at once after a %i, with retryAt", async (status, guard) => {
    const fetch = failingOnce(status, "31");

    const error = await failureOf(getVehicle(createClient({ fetch })), guard);

    expect(error.retryAt).toEqual(new Date("2026-01-01T00:00:31Z"));
    expect(error.attempts).toBe(1);
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("is waited for when the deadline of the call leaves the time", async () => {
    const fetch = failingOnce(503, "31");
    const call = getVehicle(createClient({ fetch }), { deadline: 40_000 });

    await pass(31_000);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it.each([
    "soon",
    "-5",
    "",
    "1e3",
    "NaN",
    "Infinity",
    "in the year 2999",
    "2999-01-01",
    "Thu, 99 Foo 2026",
  ])("of %j is invalid and ignored", async (value) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = failingOnce(503, value);
    const call = getVehicle(createClient({ fetch }));

    await pass(1);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("of a date in the past means now", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = failingOnce(503, "Thu, 01 Jan 2015 00:00:00 GMT");
    const call = getVehicle(createClient({ fetch }));

    await pass(1);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });
});

describe("one 429", () => {
  it.each([0, 3])("slows all calls to what was refused (maxRetries %i)", async (maxRetries) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { enode, fetch } = await limitedClient("10", maxRetries);
    const calls = Promise.all([getVehicle(enode), getVehicle(enode), getVehicle(enode)]);

    await pass(9_998);
    expect(fetch.apiRequests).toHaveLength(1);
    await pass(2);
    expect(fetch.apiRequests).toHaveLength(2);
    await pass(200);
    await calls;

    expect(fetch.apiRequests).toHaveLength(4);
  });

  it("slows the other calls also when it does not say for how long", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const fetch = stubFetch({
      api: ({ nth }) => (nth === 1 ? problem(429) : Response.json({ id: "ok" })),
    });
    const enode = createClient({ fetch });
    await failureOf(getVehicle(enode, { maxRetries: 0 }), isRateLimitError);
    const call = getVehicle(enode);

    await pass(249);
    expect(fetch.apiRequests).toHaveLength(1);
    await pass(100);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("is repeated by the call that got it, while the others wait", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const sent: string[] = [];
    const fetch = stubFetch({
      api: ({ request, nth }) => {
        sent.push(request.headers.get("x-caller") ?? "");
        return nth === 1 ? problem(429, { "retry-after": "10" }) : Response.json({ id: "ok" });
      },
    });
    const enode = createClient({ fetch });
    const calls = Promise.all([
      getVehicle(enode, { headers: { "x-caller": "first" } }),
      // It comes when the gate is already closed.
      pass(100).then(() => getVehicle(enode, { headers: { "x-caller": "second" } })),
    ]);

    await pass(12_000);
    await calls;

    expect(sent).toEqual(["first", "first", "second"]);
  });

  it("lets the calls that waited go one after the other, not all at once", async () => {
    const { enode, fetch } = await limitedClient("10");
    const calls = Promise.all(Array.from({ length: 4 }, () => getVehicle(enode)));

    const counts: number[] = [];
    for (const time of [10_000, 100, 100, 100]) {
      await pass(time);
      counts.push(fetch.apiRequests.length - 1);
    }
    await calls;

    expect(counts).toEqual([1, 2, 3, 4]);
  });

  it("does not slow another client", async () => {
    await limitedClient("10");
    const fetch = stubFetch();

    await getVehicle(createClient({ fetch }));

    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("refuses calls whose deadline is too short, without sending them", async () => {
    const { enode, fetch } = await limitedClient("10");

    const error = await failureOf(getVehicle(enode, { deadline: 9_000 }), isRateLimitError);

    expect(error).toMatchObject({ code: "rate_limited", status: 429, attempts: 0 });
    expect(error.retryAt).toEqual(new Date("2026-01-01T00:00:10Z"));
    expect(error.message).toContain("was not sent");
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("is not made longer by the calls that are refused", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { enode, fetch } = await limitedClient("1");

    // Each has time for less than the rest of the pause.
    for (let at = 0; at < 1_000; at += 100) {
      await failureOf(getVehicle(enode, { deadline: 50 }), isRateLimitError);
      await pass(100);
    }
    await getVehicle(enode, { deadline: 50 });

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("lets a call through whose deadline is only just long enough", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { enode, fetch } = await limitedClient("10");
    const call = getVehicle(enode, { deadline: 10_100 });

    await pass(10_100);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("stops other calls for 60 s at most, whatever it asks", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { enode, fetch } = await limitedClient("86400");
    const call = getVehicle(enode, { deadline: 120_000 });

    await pass(59_998);
    expect(fetch.apiRequests).toHaveLength(1);
    await pass(2);
    await call;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it("does not let a 503 close the gate", async () => {
    const fetch = failingOnce(503, "10");
    const enode = createClient({ fetch });
    await failureOf(getVehicle(enode, { maxRetries: 0 }), isApiError);

    await getVehicle(enode);

    expect(fetch.apiRequests).toHaveLength(2);
  });
});

/** A server that always refuses some paths, and a client that has called each of these. */
async function refusing(refused: RegExp, retryAfter = "60") {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const fetch = stubFetch({
    api: ({ request }) =>
      refused.test(new URL(request.url).pathname)
        ? problem(429, { "retry-after": retryAfter })
        : Response.json({ id: "ok" }),
  });
  const enode = createClient({ fetch, maxRetries: 0 });
  /** Calls that must be answered at once, whatever the answer is. */
  const atOnce = async (...calls: ((options: RequestOptions) => PromiseLike<unknown>)[]) => {
    const errors: unknown[] = [];
    for (const call of calls) {
      try {
        await call({ deadline: 1 });
      } catch (error) {
        if (!isRateLimitError(error)) throw error;
        errors.push(error.attempts);
      }
    }
    return errors;
  };
  return { enode, fetch, atOnce };
}

describe("refusals", () => {
  it("of one device slow no other, however long they last", async () => {
    const { enode, atOnce } = await refusing(/bad/, "1");
    for (let second = 0; second < 20; second++) {
      await failureOf(enode.vehicles.get("bad", { deadline: 1 }), isRateLimitError);
      await failureOf(enode.vehicles.startCharging("bad", { deadline: 1 }), isRateLimitError);
      const good = await atOnce(
        (options) => enode.vehicles.get("good", options),
        (options) => enode.vehicles.startCharging("good", options),
        (options) => enode.users.get("u-1", options),
      );
      expect(good).toEqual([]);
      await pass(1_100);
    }
  });

  it("of several devices among many slow no other", async () => {
    const { enode, atOnce } = await refusing(/bad/);
    const ids = Array.from({ length: 100 }, (_, index) =>
      index % 20 ? `v-${index}` : `bad-${index}`,
    );
    const errors = await atOnce(
      ...ids.map((id) => (o: RequestOptions) => enode.vehicles.get(id, o)),
    );
    // Each was sent.
    expect(errors).toEqual([1, 1, 1, 1, 1]);
  });

  it("of several devices slow the operation, and no other operation", async () => {
    const { enode, fetch, atOnce } = await refusing(/^\/vehicles\/v-\d$/);
    const get = (id: string) => (options: RequestOptions) => enode.vehicles.get(id, options);

    expect(await atOnce(get("v-1"), get("v-2"), get("v-3"))).toEqual([1, 1, 1]);
    expect(await atOnce(get("v-4"), get("other"))).toEqual([0, 0]);
    expect(await atOnce((options) => enode.chargers.get("c", options))).toEqual([]);
    expect(fetch.apiRequests).toHaveLength(4);
  });

  it("of several operations slow all calls of the client", async () => {
    const { enode, fetch, atOnce } = await refusing(/./);
    const errors = await atOnce(
      (options) => enode.vehicles.get("v", options),
      (options) => enode.chargers.get("c", options),
      (options) => enode.users.get("u", options),
      (options) => enode.batteries.get("b", options),
    );

    expect(errors).toEqual([1, 1, 1, 0]);
    expect(fetch.apiRequests).toHaveLength(3);
  });

  it("count for all calls only if they come within seconds", async () => {
    const { enode, atOnce } = await refusing(/./);
    for (const kind of ["vehicles", "chargers", "batteries", "meters", "inverters"] as const) {
      expect(await atOnce((options) => enode[kind].get("x", options))).toEqual([1]);
      await pass(3_000);
    }
  });

  it("of one device leave nothing behind when they are over", async () => {
    const { enode, fetch } = await refusing(/bad/, "1");
    await failureOf(enode.vehicles.get("bad"), isRateLimitError);
    await pass(1_000);

    await Promise.all(Array.from({ length: 50 }, (_, nth) => enode.vehicles.get(`v-${nth}`)));
    expect(fetch.apiRequests).toHaveLength(51);
  });
});

describe("a refusal for rate", () => {
  it("uses up no repetition while the deadline leaves time", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({
      api: ({ nth }) =>
        nth <= 5 ? problem(429, { "retry-after": "1" }) : Response.json({ id: "ok" }),
    });
    const call = getVehicle(createClient({ fetch, maxRetries: 1 }));

    await pass(5_000);
    await call;

    expect(fetch.apiRequests).toHaveLength(6);
  });

  it("leaves the repetitions for other failures", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const statuses = [429, 503, 429, 503];
    const fetch = stubFetch({ api: ({ nth }) => problem(statuses[nth - 1] ?? 200) });
    const failure = failureOf(getVehicle(createClient({ fetch, maxRetries: 1 })), isServerError);

    await pass(30_000);

    expect((await failure).attempts).toBe(4);
  });

  it("ends with the deadline, as what it is", async () => {
    const fetch = stubFetch({ api: () => problem(429) });
    const failure = failureOf(getVehicle(createClient({ fetch })), isRateLimitError);

    await pass(30_000);

    expect((await failure).attempts).toBeLessThan(40);
  });
});
