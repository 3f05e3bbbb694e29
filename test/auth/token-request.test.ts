import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isTimeoutError } from "../../src/errors/index.ts";
import type { TokenRefreshEvent } from "../../src/hooks.ts";
import type { RequestOptions } from "../../src/options.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import {
  type Answer,
  createClient,
  failureOf,
  json,
  stubFetch,
  tokenAnswer,
} from "../support/stub.ts";

useFakeClock();

const getUser = (enode: Enode, options?: RequestOptions) =>
  enode.request("getUser", { path: { userId: "u-1" } }, options);

/** A token endpoint that answers as usual, but for those requests whose answer never comes. */
function silentFor(...silent: number[]): Answer {
  return (request) =>
    silent.includes(request.nth) ? new Promise<never>(() => {}) : tokenAnswer()(request);
}

/**
 * Begins something as in a request that has ended by the time it would go on: none of the timers that it
 * sets ever fires. So do Cloudflare Workers.
 */
async function inEndedRequest(begin: () => PromiseLike<unknown>): Promise<void> {
  const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
  // Nobody is left who would see how it ends.
  begin().then(undefined, () => undefined);
  // A few turns, in which the exchange sends its request.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  timers.mockRestore();
}

describe("an exchange whose request has ended", () => {
  it("is left by the next calls, which share one of their own", async () => {
    const fetch = stubFetch({ token: silentFor(1) });
    const enode = createClient({ fetch });
    await inEndedRequest(() => getUser(enode));

    const calls = Promise.all([getUser(enode), getUser(enode), getUser(enode)]);
    await pass(2_000);
    await calls;
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is left as well when it was one in the background, and a later one is not held up", async () => {
    const fetch = stubFetch({ token: silentFor(2) });
    const enode = createClient({ fetch });
    await getUser(enode);
    await pass(3_500_000);
    await inEndedRequest(() => getUser(enode));
    await pass(40_000);

    const call = getUser(enode);
    await pass(2_000);
    await call;
    await pass(3_500_000);
    await getUser(enode);
    await pass(0);

    expect(fetch.tokenRequests).toHaveLength(4);
  });

  it("is left by a call that waits for it no longer than its deadline", async () => {
    const fetch = stubFetch({ token: silentFor(1) });
    const enode = createClient({ fetch });
    await inEndedRequest(() => getUser(enode));

    const failure = failureOf(getUser(enode, { deadline: 300 }), isTimeoutError);
    await pass(300);
    expect((await failure).code).toBe("deadline_exceeded");

    const call = getUser(enode);
    await pass(2_000);
    await call;
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it.each([
    ["a token", () => tokenAnswer(600)],
    ["a refusal", () => () => json({ error: "invalid_client" }, 401)],
  ])("does no harm when it ends late with %s", async (_what, answer) => {
    let answerLate = () => {};
    const fetch = stubFetch({
      token: async (request) => {
        if (request.nth > 1) return tokenAnswer()(request);
        await new Promise<void>((resolve) => (answerLate = resolve));
        return answer()(request);
      },
    });
    const enode = createClient({ fetch });
    await inEndedRequest(() => getUser(enode));
    const call = getUser(enode);
    await pass(2_000);
    await call;

    answerLate();
    await pass(0);
    await getUser(enode);

    expect(fetch.apiRequests.at(-1)?.token).toBe("token-2");
    expect(fetch.tokenRequests).toHaveLength(2);
  });
});

describe("an exchange that lives", () => {
  it.each([2_500, 9_000])("is one for 20 calls, also when it takes %i ms", async (delay) => {
    const fetch = stubFetch({
      token: async (request) => {
        await later(delay);
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch });

    const calls = Promise.all(Array.from({ length: 20 }, () => getUser(enode)));
    await pass(delay);
    await calls;

    expect(fetch.tokenRequests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an exchange that loses its last caller", () => {
  it("ends with it, and no further request follows", async () => {
    const fetch = stubFetch({ token: silentFor(1, 2, 3, 4) });
    const enode = createClient({ fetch, timeout: 1_000 });
    const controller = new AbortController();
    const aborted = failureOf(getUser(enode, { signal: controller.signal }), isAbortError);
    const late = failureOf(getUser(enode, { deadline: 500 }), isTimeoutError);
    await pass(100);

    controller.abort();
    await aborted;
    await pass(0);
    expect(fetch.tokenRequests[0]?.request.signal.aborted).toBe(false);
    await pass(400);
    await late;

    expect(fetch.tokenRequests[0]?.request.signal.aborted).toBe(true);
    await pass(60_000);
    expect(fetch.tokenRequests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends in its back-off, too", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const fetch = stubFetch({ token: () => json({}, 503) });
    const failure = failureOf(getUser(createClient({ fetch }), { deadline: 100 }), isTimeoutError);

    await pass(100);
    await failure;
    await pass(0);

    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it("aborts the signal of a secret's or token's function, and is reported as aborted", async () => {
    const events: TokenRefreshEvent[] = [];
    const clientSecret = () => new Promise<never>(() => {});
    const enode = createClient({
      fetch: stubFetch(),
      clientSecret,
      hooks: { onTokenRefresh: (event) => events.push(event) },
    });
    const failure = failureOf(getUser(enode, { deadline: 100 }), isTimeoutError);

    await pass(100);
    await failure;
    await pass(0);

    expect(events).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: "aborted" }) }),
    ]);
  });

  it("is begun again by the next call, without a pause", async () => {
    const fetch = stubFetch({ token: silentFor(1) });
    const enode = createClient({ fetch });
    const failure = failureOf(getUser(enode, { deadline: 100 }), isTimeoutError);
    await pass(100);
    await failure;

    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("goes on in the background when it was begun there", async () => {
    const fetch = stubFetch({
      token: async (request) => {
        if (request.nth === 2) await later(5_000);
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch });
    await getUser(enode);
    await pass(3_539_000);
    await getUser(enode);
    await pass(1_000);
    const failure = failureOf(getUser(enode, { deadline: 500 }), isTimeoutError);
    await pass(5_000);
    await failure;

    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(fetch.apiRequests.at(-1)?.token).toBe("token-2");
  });
});

describe("a background exchange that fails", () => {
  it("does not fail the call that waits for it: that begins its own", async () => {
    const fetch = stubFetch({ token: silentFor(2) });
    const enode = createClient({ fetch, timeout: 8_000, maxRetries: 0 });
    await getUser(enode);
    await pass(3_535_000);
    await getUser(enode);
    await pass(5_000);

    const call = getUser(enode);
    await pass(3_000);
    await call;

    expect(fetch.apiRequests.at(-1)?.token).toBe("token-3");
  });
});
