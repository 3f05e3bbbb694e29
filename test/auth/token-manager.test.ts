import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isAuthenticationError, isTokenError } from "../../src/errors.ts";
import type { TokenRefreshEvent } from "../../src/hooks.ts";
import type { RequestOptions } from "../../src/options.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import { effectful, replayable } from "../support/operations.ts";
import {
  createClient,
  failureOf,
  json,
  type StubRequest,
  stubFetch,
  tokenAnswer,
} from "../support/stub.ts";

useFakeClock();

const getUser = (enode: Enode, options?: RequestOptions) =>
  enode.request("getUser", { path: { userId: "u-1" } }, options);

/** An API that refuses the tokens in a list. */
function refusing(...refused: string[]) {
  return ({ token = "" }: StubRequest) =>
    refused.includes(token) ? json({}, 401) : json({ id: "ok" });
}

describe("one token for all calls", () => {
  it("makes 1 token request for 10,000 first calls at once", async () => {
    const fetch = stubFetch();
    const enode = createClient({ fetch });

    await Promise.all(Array.from({ length: 10_000 }, () => getUser(enode)));

    expect(fetch.apiRequests).toHaveLength(10_000);
    expect(fetch.tokenRequests).toHaveLength(1);
    // Time enough for any machine.
  });

  it("is used until 60 s before its end", async () => {
    const fetch = stubFetch({ token: tokenAnswer(100_000) });
    const enode = createClient({ fetch });
    await getUser(enode);

    // No background refresh, so that only the end itself matters.
    await pass((100_000 - 120) * 1000 - 1);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(1);
    expect(fetch.apiRequests[1]?.token).toBe("token-1");
  });

  it("is not used within 60 s of its end", async () => {
    const fetch = stubFetch();
    const enode = createClient({ fetch });
    await getUser(enode);

    await pass(3_540_000);
    await getUser(enode);

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
  });

  it("serves on from 120 s before its end, while a new one is fetched once", async () => {
    let answerToken = () => {};
    const fetch = stubFetch({
      token: async (request) => {
        if (request.nth === 2) await new Promise<void>((resolve) => (answerToken = resolve));
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch });
    await getUser(enode);

    await pass(3_480_000);
    await Promise.all([getUser(enode), getUser(enode), getUser(enode)]);
    expect(fetch.apiRequests.slice(1).map(({ token }) => token)).toEqual(Array(3).fill("token-1"));
    expect(fetch.tokenRequests).toHaveLength(2);

    answerToken();
    await pass(0);
    await getUser(enode);
    expect(fetch.apiRequests.at(-1)?.token).toBe("token-2");
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("is waited for when the background refresh was too slow", async () => {
    const fetch = stubFetch({
      token: async (request) => {
        if (request.nth === 2) await later(9_000);
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch });
    await getUser(enode);
    await pass(3_535_000);
    await getUser(enode);

    await pass(5_000);
    const call = getUser(enode);
    await pass(4_000);
    await call;

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-1", "token-2"]);
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("pauses longer and longer after background refreshes that failed", async () => {
    const refreshes: TokenRefreshEvent[] = [];
    const fetch = stubFetch({
      token: (request) => (request.nth === 1 ? tokenAnswer()(request) : json({}, 503)),
    });
    const enode = createClient({
      fetch,
      maxRetries: 0,
      hooks: { onTokenRefresh: (event) => refreshes.push(event) },
    });
    await getUser(enode);
    await pass(3_480_000);

    const sent: number[] = [];
    for (let second = 0; second < 59; second++) {
      await getUser(enode);
      await pass(1_000);
      if (fetch.tokenRequests.length > sent.length + 1) sent.push(second);
    }

    // Pauses of 1, 2, 4, 8, 16 and 30 s.
    expect(sent).toEqual([0, 1, 3, 7, 15, 31]);
    expect(fetch.apiRequests.every(({ token }) => token === "token-1")).toBe(true);
    expect(refreshes.slice(1)).toEqual(
      Array(6).fill(expect.objectContaining({ background: true, expiresAt: undefined })),
    );
  });

  it("begins with a short pause again once a refresh has succeeded", async () => {
    const failing = new Set([2, 3, 5]);
    const fetch = stubFetch({
      token: (request) => (failing.has(request.nth) ? json({}, 503) : tokenAnswer()(request)),
    });
    const enode = createClient({ fetch, maxRetries: 0 });
    await getUser(enode);
    await pass(3_480_000);
    for (let second = 0; second < 5; second++) {
      await getUser(enode);
      await pass(1_000);
    }
    expect(fetch.tokenRequests).toHaveLength(4);

    await pass(3_480_000);
    await getUser(enode);
    await pass(1_000);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(6);
  });

  it("is not asked for with each call when it lives for 30 s only", async () => {
    const fetch = stubFetch({ token: tokenAnswer(30) });
    const enode = createClient({ fetch });

    for (let second = 0; second < 60; second++) {
      await getUser(enode);
      await pass(1_000);
    }

    expect(fetch.apiRequests).toHaveLength(60);
    expect(fetch.tokenRequests.length).toBeGreaterThan(1);
    expect(fetch.tokenRequests.length).toBeLessThan(10);
  });

  it("is not shared by two clients", async () => {
    const fetch = stubFetch();

    await getUser(createClient({ fetch }));
    await getUser(createClient({ fetch }));

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
  });

  it("is not needed for an operation that is open to all", async () => {
    const fetch = stubFetch({ api: () => new Response(null, { status: 204 }) });

    await createClient({ fetch }).request("getServiceReadiness");

    expect(fetch.tokenRequests).toHaveLength(0);
    expect(fetch.apiRequests[0]?.token).toBeUndefined();
  });

  it("comes to the others when the caller who asked first goes away", async () => {
    const fetch = stubFetch({
      token: async (request) => {
        await later(1_000);
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch });
    const controller = new AbortController();
    const first = failureOf(getUser(enode, { signal: controller.signal }), isAbortError);
    const second = getUser(enode);
    await pass(500);

    controller.abort();
    expect((await first).attempts).toBe(0);
    await pass(500);
    await second;

    expect(fetch.tokenRequests).toHaveLength(1);
    expect(fetch.tokenRequests[0]?.request.signal.aborted).toBe(false);
    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("fails all who wait when it cannot be had, by one request", async () => {
    const fetch = stubFetch({ token: () => json({ error: "invalid_client" }, 401) });
    const enode = createClient({ fetch });

    const errors = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(getUser(enode), isTokenError)),
    );

    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["token_refused"]));
    expect(fetch.tokenRequests).toHaveLength(1);
  });
});

describe("a token that is refused", () => {
  it.each([100, 1_500, 4_000])(
    "is replaced by 1 request when 50 refusals come spread over %i ms",
    async (spread) => {
      const revoked = new Set<string>();
      const fetch = stubFetch({
        token: async (request) => {
          await later(300);
          return tokenAnswer()(request);
        },
        api: async ({ nth, token = "" }) => {
          if (!revoked.has(token)) return json({ id: "ok" });
          await later((nth / 50) * spread);
          return json({}, 401);
        },
      });
      const enode = createClient({ fetch });
      const warm = getUser(enode);
      await pass(300);
      await warm;
      revoked.add("token-1");

      const calls = Promise.all(Array.from({ length: 50 }, () => getUser(enode)));
      await pass(spread + 1_000);

      await expect(calls).resolves.toHaveLength(50);
      expect(fetch.tokenRequests).toHaveLength(2);
      expect(fetch.apiRequests).toHaveLength(1 + 50 + 50);
    },
  );

  it("is replaced, and the call sent once more", async () => {
    const fetch = stubFetch({ api: refusing("token-1") });

    await getUser(createClient({ fetch }));

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
  });

  it("is an AuthenticationError when the new one is refused as well", async () => {
    const fetch = stubFetch({ api: refusing("token-1", "token-2") });

    const error = await failureOf(getUser(createClient({ fetch })), isAuthenticationError);

    expect(error).toMatchObject({ status: 401, code: "authentication_failed", attempts: 2 });
    expect(fetch.apiRequests).toHaveLength(2);
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("is not used by the next call either", async () => {
    const fetch = stubFetch({ api: refusing("token-1", "token-2") });
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isAuthenticationError);

    await getUser(enode);

    expect(fetch.apiRequests.at(-1)?.token).toBe("token-3");
  });

  it.each(Object.entries({ ...replayable, ...effectful }))(
    "is replaced for %s also with maxRetries 0",
    async (_name, call) => {
      const fetch = stubFetch({ api: refusing("token-1") });

      await call(createClient({ fetch, maxRetries: 0 }));

      expect(fetch.apiRequests).toHaveLength(2);
    },
  );

  it("is replaced once in a call, also when other failures lie between", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const statuses = [401, 503, 401];
    const fetch = stubFetch({ api: ({ nth }) => json({}, statuses[nth - 1] ?? 200) });
    const failure = failureOf(getUser(createClient({ fetch })), isAuthenticationError);

    await pass(1);

    expect((await failure).attempts).toBe(3);
  });

  it("does not take a newer one with it", async () => {
    let answerLate = () => {};
    const fetch = stubFetch({
      api: async ({ token, nth }) => {
        if (nth === 2) await new Promise<void>((resolve) => (answerLate = resolve));
        return token === "token-1" && nth > 1 ? json({}, 401) : json({ id: "ok" });
      },
    });
    const enode = createClient({ fetch });
    await getUser(enode);
    const late = getUser(enode);
    await pass(0);
    await getUser(enode);
    expect(fetch.tokenRequests).toHaveLength(2);

    answerLate();
    await late;

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(fetch.apiRequests.at(-1)?.token).toBe("token-2");
  });
});

describe("telling of tokens", () => {
  it("says where a token came from and when it ends", async () => {
    const events: TokenRefreshEvent[] = [];
    const enode = createClient({
      fetch: stubFetch(),
      hooks: { onTokenRefresh: (event) => events.push(event) },
    });

    await getUser(enode);

    expect(events).toEqual([
      {
        source: "endpoint",
        background: false,
        durationMs: 0,
        expiresAt: Date.now() + 3_600_000,
        error: undefined,
      },
    ]);
  });

  it("says why there is none", async () => {
    const events: TokenRefreshEvent[] = [];
    const enode = createClient({
      fetch: stubFetch({ token: () => json({}, 401) }),
      hooks: { onTokenRefresh: (event) => events.push(event) },
    });

    const error = await failureOf(getUser(enode), isTokenError);

    expect(events).toEqual([expect.objectContaining({ error, expiresAt: undefined })]);
  });
});
