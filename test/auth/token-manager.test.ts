import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isAuthenticationError, isTokenError } from "../../src/errors/index.ts";
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
    "is replaced by 1 request when 40 refusals come spread over %i ms",
    async (spread) => {
      const revoked = new Set<string>();
      const fetch = stubFetch({
        token: async (request) => {
          await later(300);
          return tokenAnswer()(request);
        },
        api: async ({ nth, token = "" }) => {
          if (!revoked.has(token)) return json({ id: "ok" });
          await later((nth / 40) * spread);
          return json({}, 401);
        },
      });
      const enode = createClient({ fetch });
      const warm = getUser(enode);
      await pass(300);
      await warm;
      revoked.add("token-1");

      const calls = Promise.all(Array.from({ length: 40 }, () => getUser(enode)));
      await pass(spread + 1_000);

      await expect(calls).resolves.toHaveLength(40);
      expect(fetch.tokenRequests).toHaveLength(2);
      expect(fetch.apiRequests).toHaveLength(1 + 40 + 40);
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

  it("is replaced by a third one once a pause of 1 s after the second refusal is over", async () => {
    const fetch = stubFetch({ api: refusing("token-1", "token-2") });
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isAuthenticationError);

    await pass(1_000);
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

  it("is replaced once in a call, also when Enode takes it for other calls", async () => {
    const fetch = stubFetch({
      api: async ({ request }) => {
        if (!request.url.endsWith("/refused")) return json({ id: "ok" });
        await getUser(enode);
        return json({}, 401);
      },
    });
    const enode = createClient({ fetch });

    const call = enode.request("getUser", { path: { userId: "refused" } });

    expect((await failureOf(call, isAuthenticationError)).attempts).toBe(2);
    expect(fetch.tokenRequests).toHaveLength(2);
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

describe("fresh tokens that are refused", () => {
  const suspended = () => json({}, 401);

  it("cost 2 exchanges for 50 calls in turn, each of which fails with one request", async () => {
    const fetch = stubFetch({ api: suspended });
    const enode = createClient({ fetch });

    for (let call = 0; call < 50; call++) {
      await failureOf(getUser(enode), isAuthenticationError);
    }

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(fetch.apiRequests).toHaveLength(51);
  });

  it("cost 2 exchanges for 50 calls at once", async () => {
    const fetch = stubFetch({ api: suspended });
    const enode = createClient({ fetch });

    await Promise.all(
      Array.from({ length: 50 }, () => failureOf(getUser(enode), isAuthenticationError)),
    );

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("pause exchanges for 1 s, then twice as long each time, at most for 60 s", async () => {
    const fetch = stubFetch({ api: suspended });
    const enode = createClient({ fetch });
    const exchanges: number[] = [];
    for (let second = 0; second < 250; second++) {
      const before = fetch.tokenRequests.length;
      await failureOf(getUser(enode), isAuthenticationError);
      if (fetch.tokenRequests.length > before) exchanges.push(second);
      await pass(1_000);
    }

    expect(exchanges).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it("serve as soon as Enode takes them after all", async () => {
    const statuses = [401, 401, 401, 200, 200];
    const fetch = stubFetch({ api: ({ nth }) => json({ id: "ok" }, statuses[nth - 1]) });
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isAuthenticationError);
    await failureOf(getUser(enode), isAuthenticationError);

    await getUser(enode);
    await pass(10_000);
    await getUser(enode);

    expect(fetch.apiRequests.slice(1).map(({ token }) => token)).toEqual(Array(4).fill("token-2"));
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("begin with a short pause again after one that was taken", async () => {
    const refused = new Set(["token-1", "token-2", "token-3", "token-5", "token-6", "token-7"]);
    const fetch = stubFetch({
      api: ({ token = "" }) => (refused.has(token) ? json({}, 401) : json({ id: "ok" })),
    });
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isAuthenticationError);
    await pass(1_000);
    await failureOf(getUser(enode), isAuthenticationError);
    await pass(2_000);
    await getUser(enode);

    refused.add("token-4");
    await failureOf(getUser(enode), isAuthenticationError);
    await pass(1_000);
    await failureOf(getUser(enode), isAuthenticationError);

    expect(fetch.tokenRequests).toHaveLength(6);
  });

  it("are not taken for accepted by a late answer to an earlier request", async () => {
    let answerLate = () => {};
    const fetch = stubFetch({
      token: async (request) => {
        if (request.nth === 2) await later(1_000);
        return tokenAnswer()(request);
      },
      api: async ({ nth, token }) => {
        if (nth === 2) await new Promise<void>((resolve) => (answerLate = resolve));
        return nth > 2 && token === "token-1" ? json({}, 401) : json({ id: "ok" });
      },
    });
    const enode = createClient({ fetch });
    await getUser(enode);
    const late = getUser(enode);
    await pass(0);
    const refused = getUser(enode);
    await pass(0);

    answerLate();
    await late;
    const next = getUser(enode);
    await pass(1_000);
    await Promise.all([refused, next]);

    expect(fetch.apiRequests.slice(3).map(({ token }) => token)).toEqual(["token-2", "token-2"]);
  });
});

describe("a client that the token endpoint refuses", () => {
  const refusal = () => json({ error: "invalid_client" }, 401);

  it("is asked for once by 50 calls in turn, which all fail alike", async () => {
    const fetch = stubFetch({ token: refusal });
    const enode = createClient({ fetch });

    const errors = new Set<unknown>();
    for (let call = 0; call < 50; call++) {
      const error = await failureOf(getUser(enode), isTokenError);
      expect(error).toMatchObject({ code: "token_refused", status: 401 });
      expect(error.message).toContain("invalid_client");
      errors.add(error);
    }

    expect(errors.size).toBe(50);
    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it("is asked for again after 1 s, then after twice as long each time, at most 60 s", async () => {
    const fetch = stubFetch({ token: refusal });
    const enode = createClient({ fetch });
    const exchanges: number[] = [];
    for (let second = 0; second < 250; second++) {
      const before = fetch.tokenRequests.length;
      await failureOf(getUser(enode), isTokenError);
      if (fetch.tokenRequests.length > before) exchanges.push(second);
      await pass(1_000);
    }

    expect(exchanges).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it("gets on with a secret that was replaced, 1 s later", async () => {
    const secrets = ["old", "new"];
    const fetch = stubFetch({
      token: (request) =>
        request.request.headers.get("authorization") === `Basic ${btoa("client-1:new")}`
          ? tokenAnswer()(request)
          : refusal(),
    });
    const enode = createClient({ fetch, clientSecret: () => secrets.shift() ?? "new" });
    await failureOf(getUser(enode), isTokenError);

    await pass(1_000);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("waits no longer when the wall clock jumps back by 2 h", async () => {
    const fetch = stubFetch({
      token: (request) => (request.nth === 1 ? refusal() : tokenAnswer()(request)),
    });
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isTokenError);

    vi.setSystemTime(Date.now() - 7_200_000);
    await pass(1_000);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
  });
});

describe("a token endpoint that asks to wait", () => {
  const busy = (seconds: number, status = 429) =>
    stubFetch({
      token: (request) =>
        request.nth === 1
          ? json({}, status, { "retry-after": String(seconds) })
          : tokenAnswer()(request),
    });

  it.each([429, 503])("is asked once by 20 calls in turn after %i", async (status) => {
    const fetch = busy(61, status);
    const enode = createClient({ fetch });
    const retryAt = new Date(Date.now() + 61_000);

    for (let call = 0; call < 20; call++) {
      const error = await failureOf(getUser(enode), isTokenError);
      expect(error).toMatchObject({ code: "token_unavailable", status, retryAt });
    }

    expect(fetch.tokenRequests).toHaveLength(1);
    await pass(61_000);
    await getUser(enode);
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("is waited for by the calls whose deadline reaches beyond, which then make 1 request", async () => {
    const fetch = busy(61);
    const enode = createClient({ fetch });
    const patient = [getUser(enode, { deadline: 90_000 }), getUser(enode, { deadline: 70_000 })];
    const impatient = failureOf(getUser(enode, { deadline: 61_000 }), isTokenError);
    await pass(1);

    expect((await impatient).code).toBe("token_unavailable");
    patient.push(getUser(enode, { deadline: 80_000 }));
    await pass(60_998);
    expect(fetch.tokenRequests).toHaveLength(1);
    await pass(1);
    await Promise.all(patient);

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is asked at most maxRetries times more by one call", async () => {
    const fetch = stubFetch({ token: () => json({}, 429, { "retry-after": "2" }) });
    const enode = createClient({ fetch, maxRetries: 2 });
    const failure = failureOf(getUser(enode), isTokenError);

    await pass(30_000);

    expect((await failure).status).toBe(429);
    expect(fetch.tokenRequests).toHaveLength(3);
  });

  it("is asked again after 5 minutes, however long it asks to wait", async () => {
    const fetch = busy(86_400);
    const enode = createClient({ fetch });
    await failureOf(getUser(enode), isTokenError);

    await pass(299_000);
    await failureOf(getUser(enode, { deadline: 1_000 }), isTokenError);
    await pass(1_000);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("keeps no token from calls while the old one serves, and is left alone by the background", async () => {
    const fetch = stubFetch({
      token: (request) =>
        request.nth === 2 ? json({}, 429, { "retry-after": "20" }) : tokenAnswer()(request),
    });
    const enode = createClient({ fetch });
    await getUser(enode);
    await pass(3_480_000);
    for (let second = 0; second < 20; second++) {
      await getUser(enode);
      await pass(1_000);
    }
    expect(fetch.tokenRequests).toHaveLength(2);

    await getUser(enode);
    await pass(0);

    expect(fetch.tokenRequests).toHaveLength(3);
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
      fetch: stubFetch({ token: () => json({ error: "invalid_client" }, 401) }),
      hooks: { onTokenRefresh: (event) => events.push(event) },
    });

    const error = await failureOf(getUser(enode), isTokenError);

    expect(events).toEqual([expect.objectContaining({ error, expiresAt: undefined })]);
  });
});
