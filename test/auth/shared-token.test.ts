import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isTimeoutError, isTokenError } from "../../src/errors/index.ts";
import type { ErrorEvent, TokenRefreshEvent } from "../../src/hooks.ts";
import type { RequestOptions } from "../../src/options.ts";
import type { TokenLease, TokenStore } from "../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../src/storage/memory/index.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import {
  type Answer,
  createClient,
  failureOf,
  json,
  type StubFetch,
  stubFetch,
  tokenAnswer,
} from "../support/stub.ts";

useFakeClock();

const key = "sandbox:client-1";
const hour = 3_600_000;
/** For how long a lease is asked for. */
const leaseTime = 15_000;
/** The longest pause between two reads of the store. */
const pause = 200;

const getUser = (enode: Enode, options?: RequestOptions) =>
  enode.request("getUser", { path: { userId: "u-1" } }, options);

/** The token endpoint's usual answers, each after a while. */
function slowly(milliseconds: number, expiresIn?: number): Answer {
  return async (request) => {
    await later(milliseconds);
    return tokenAnswer(expiresIn)(request);
  };
}

/** Clients as in several processes: they share a store and nothing else. */
function clients(count: number, tokenStore: TokenStore, fetch: StubFetch) {
  const errors: ErrorEvent[] = [];
  const refreshes: TokenRefreshEvent[] = [];
  const hooks = {
    onError: (event: ErrorEvent) => errors.push(event),
    onTokenRefresh: (event: TokenRefreshEvent) => refreshes.push(event),
  };
  const all = Array.from({ length: count }, () => createClient({ fetch, tokenStore, hooks }));
  return { all, errors, refreshes };
}

/** One client with a store of which some methods are replaced. */
function clientWith(methods: Partial<TokenStore>, fetch = stubFetch()) {
  const { tokenStore } = memoryStorage();
  const { all, ...seen } = clients(1, { ...tokenStore, ...methods }, fetch);
  const [enode] = all;
  if (enode === undefined) throw new Error("There is one.");
  return { enode, fetch, tokenStore, ...seen };
}

const tokensOf = (fetch: StubFetch) => fetch.apiRequests.map(({ token }) => token);

describe("a token that processes share", () => {
  it("is asked for once by 8 that start at once", async () => {
    const fetch = stubFetch({ token: slowly(700) });
    const { all, errors, refreshes } = clients(8, memoryStorage().tokenStore, fetch);

    const calls = Promise.all(all.map((enode) => getUser(enode)));
    await pass(700 + pause);
    await calls;

    expect(fetch.tokenRequests).toHaveLength(1);
    expect(tokensOf(fetch)).toEqual(Array(8).fill("token-1"));
    expect(refreshes.map(({ source }) => source).sort()).toEqual([
      "endpoint",
      ...Array(7).fill("store"),
    ]);
    expect(errors).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is asked for once more by 8 at its end", async () => {
    const fetch = stubFetch({ token: slowly(700) });
    const { all } = clients(8, memoryStorage().tokenStore, fetch);
    const calls = () => Promise.all(all.map((enode) => getUser(enode)));
    const first = calls();
    await pass(1_000);
    await first;

    await pass(hour);
    const second = calls();
    await pass(1_000);
    await second;

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(tokensOf(fetch).slice(8)).toEqual(Array(8).fill("token-2"));
  });

  it("is replaced in the background by one of two, and keeps no call waiting", async () => {
    const fetch = stubFetch({ token: slowly(700) });
    const { all, refreshes } = clients(2, memoryStorage().tokenStore, fetch);
    const calls = () => Promise.all(all.map((enode) => getUser(enode)));
    const first = calls();
    await pass(1_000);
    await first;

    await pass(hour - 100_000);
    await calls();
    await pass(1_000);
    await calls();

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(tokensOf(fetch).slice(2)).toEqual(["token-1", "token-1", "token-2", "token-2"]);
    expect(refreshes.slice(2).map(({ background }) => background)).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("serves those who waited for it, however short it lives", async () => {
    const fetch = stubFetch({ token: slowly(700, 30) });
    const { all } = clients(3, memoryStorage().tokenStore, fetch);

    const calls = Promise.all(all.map((enode) => getUser(enode)));
    await pass(1_000);
    await calls;

    expect(tokensOf(fetch)).toEqual(Array(3).fill("token-1"));
  });

  it("is asked for by the next one at once when the first one is refused", async () => {
    const fetch = stubFetch({
      token: async (request) => {
        await later(500);
        return request.nth === 1 ? json({ error: "invalid_client" }, 401) : tokenAnswer()(request);
      },
    });
    const { all } = clients(2, memoryStorage().tokenStore, fetch);
    const [first, second] = all.map((enode) => getUser(enode));

    const refusal = failureOf(first as Promise<unknown>, isTokenError);
    await pass(1_000 + pause);

    expect(await refusal).toMatchObject({ code: "token_refused" });
    await second;
    expect(tokensOf(fetch)).toEqual(["token-2"]);
  });

  it("is asked for when a process that died holds the lease, as soon as that ends", async () => {
    const { enode, fetch, tokenStore, errors } = clientWith({});
    await tokenStore.lease?.(key, leaseTime);

    const call = getUser(enode);
    await pass(leaseTime - 1);
    expect(fetch.tokenRequests).toHaveLength(0);
    await pass(pause + 1);
    await call;

    expect(tokensOf(fetch)).toEqual(["token-1"]);
    expect(errors).toEqual([]);
  });

  it("is asked for under a lease of 15 s, which is given back", async () => {
    const release = vi.fn(async () => undefined);
    const lease = vi.fn(async () => ({ release }));
    const { enode } = clientWith({ lease });

    await getUser(enode);

    expect(lease).toHaveBeenCalledExactlyOnceWith(key, leaseTime);
    expect(release).toHaveBeenCalledOnce();
  });

  it("is not asked for when another process got one before the lease came", async () => {
    const { tokenStore } = memoryStorage();
    const release = vi.fn(async () => undefined);
    const lease = async () => {
      await tokenStore.set(key, "theirs", { expiresAt: Date.now() + hour });
      return { release };
    };
    const { enode, fetch } = clientWith({ ...tokenStore, lease });

    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(0);
    expect(tokensOf(fetch)).toEqual(["theirs"]);
    expect(release).toHaveBeenCalledOnce();
  });

  it("is the one in the store for a process that was too slow to keep its own", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch({
      token: async (request) => {
        await tokenStore.set(key, "theirs", { expiresAt: Date.now() + hour });
        return tokenAnswer()(request);
      },
    });
    const { enode } = clientWith(tokenStore, fetch);

    await getUser(enode);
    await getUser(enode);

    expect(tokensOf(fetch)).toEqual(["theirs", "theirs"]);
    expect(await tokenStore.get(key)).toMatchObject({ token: "theirs" });
  });

  it("takes the place of one that was put there meanwhile and is of no use", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch({
      token: async (request) => {
        await tokenStore.set(key, "ended", { expiresAt: Date.now() });
        return tokenAnswer()(request);
      },
    });

    await getUser(clientWith(tokenStore, fetch).enode);

    expect(tokensOf(fetch)).toEqual(["token-1"]);
    expect(await tokenStore.get(key)).toMatchObject({ token: "token-1" });
  });

  it("is never one that was refused, even when it is put there again", async () => {
    const refused = { token: "refused", expiresAt: Date.now() + hour };
    const get = vi.fn(async () => refused);
    // Deleted when it is to be replaced, and set again by a process that does not know of the refusal.
    get.mockResolvedValueOnce(refused).mockResolvedValueOnce(undefined as never);
    const fetch = stubFetch({
      api: ({ token }) => (token === "refused" ? json({}, 401) : json({ id: "ok" })),
    });

    await getUser(clientWith({ get }, fetch).enode);

    expect(tokensOf(fetch)).toEqual(["refused", "token-1"]);
  });
});

describe("waiting for another process's token", () => {
  const held = { lease: async () => undefined };

  it("ends after 20 s with an own request, and is reported", async () => {
    const { enode, fetch, errors } = clientWith(held);

    const call = getUser(enode);
    await pass(19_999);
    expect(fetch.tokenRequests).toHaveLength(0);
    await pass(pause + 1);
    await call;

    expect(tokensOf(fetch)).toEqual(["token-1"]);
    expect(errors.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: "store_failed", store: "tokenStore", method: "lease" }),
    ]);
  });

  it("takes no longer for a caller than its deadline", async () => {
    const { enode, fetch } = clientWith(held);

    const failure = failureOf(getUser(enode, { deadline: 1_000 }), isTimeoutError);
    await pass(1_000);

    expect(await failure).toMatchObject({ code: "deadline_exceeded" });
    expect(fetch.tokenRequests).toHaveLength(0);
    await pass(20_000);
  });

  it("asks the store at intervals that differ", async () => {
    const asked: number[] = [];
    const get = async () => {
      asked.push(Date.now());
      return undefined;
    };
    const { enode } = clientWith({ ...held, get });

    const call = getUser(enode);
    await pass(21_000);
    await call;

    const pauses = asked.slice(2).map((at, index) => at - (asked[index + 1] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(pause);
    expect(new Set(pauses).size).toBeGreaterThan(10);
  });
});

describe("waiting for a shared token", () => {
  it("ends with the last caller: the store is left alone and nothing is asked for", async () => {
    const get = vi.fn(async () => undefined);
    const { enode, fetch } = clientWith({ get, lease: async () => undefined });
    const failure = failureOf(getUser(enode, { deadline: 1_000 }), isTimeoutError);
    await pass(1_000);
    await failure;
    await pass(pause);
    const looks = get.mock.calls.length;

    await pass(60_000);

    expect(get).toHaveBeenCalledTimes(looks);
    expect(fetch.tokenRequests).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a lease that does not work", () => {
  const throwing = () => {
    throw new Error("no connection");
  };
  const hanging = () => new Promise<never>(() => {});
  // What a store without types can give.
  const giving = (value: unknown) => async () => value as TokenLease;

  it.each<[string, NonNullable<TokenStore["lease"]>, RegExp]>([
    ["throws", throwing, /lease failed/],
    ["rejects", async () => throwing(), /lease failed/],
    ["hangs", hanging, /lease gave no answer in 5000 ms/],
    ["gives text", giving("lease"), /lease returned something other than/],
    ["gives true", giving(true), /lease returned something other than/],
    ["gives an object without release", giving({}), /lease returned something other than/],
    [
      "is released in vain",
      giving({ release: async () => throwing() }),
      /whose release\(\) failed/,
    ],
    ["cannot be released", giving({ release: throwing }), /whose release\(\) failed/],
    ["hangs when released", giving({ release: hanging }), /lease gave no answer in 5000 ms/],
  ])("is reported once and costs nothing else when it %s", async (_what, lease, message) => {
    const { enode, fetch, errors } = clientWith({ lease });

    const call = getUser(enode);
    await pass(5_000);
    await call;

    expect(tokensOf(fetch)).toEqual(["token-1"]);
    expect(errors.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: "store_failed", store: "tokenStore", method: "lease" }),
    ]);
    expect(errors[0]?.error.message).toMatch(message);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given back when it comes too late", async () => {
    const release = vi.fn(async () => throwing());
    const { enode, fetch } = clientWith({
      async lease() {
        await later(6_000);
        return { release };
      },
    });

    const call = getUser(enode);
    await pass(5_000);
    await call;
    expect(release).not.toHaveBeenCalled();
    await pass(1_000);

    expect(release).toHaveBeenCalledOnce();
    expect(tokensOf(fetch)).toEqual(["token-1"]);
  });

  it("is asked for again at the next time", async () => {
    const lease = vi.fn(async () => throwing());
    const { enode, errors } = clientWith({ lease });

    await getUser(enode);
    await pass(hour);
    await getUser(enode);

    expect(lease).toHaveBeenCalledTimes(2);
    expect(errors).toHaveLength(2);
  });

  it("makes one report of a store that fails in everything", async () => {
    const { enode, fetch, errors } = clientWith({
      get: hanging,
      set: hanging,
      lease: hanging,
    });

    const call = getUser(enode);
    await pass(5_000);
    await call;

    expect(tokensOf(fetch)).toEqual(["token-1"]);
    expect(errors.map(({ error }) => error)).toEqual([expect.objectContaining({ method: "get" })]);
  });

  it("is given back, and not waited for, when the store fails after it", async () => {
    const release = vi.fn(hanging);
    const { enode, errors } = clientWith({
      lease: async () => ({ release }),
      set: async () => throwing(),
    });

    await getUser(enode);
    // By then the release is known to have failed too.
    await pass(5_000);

    expect(release).toHaveBeenCalledOnce();
    expect(errors.map(({ error }) => error)).toEqual([expect.objectContaining({ method: "set" })]);
  });

  it("leaves the other processes waiting no longer than it was asked for", async () => {
    const { tokenStore } = memoryStorage();
    const broken: TokenStore = {
      ...tokenStore,
      async lease(...given) {
        const lease = await tokenStore.lease?.(...given);
        return lease && { release: async () => throwing() };
      },
    };
    const fetch = stubFetch({ token: async () => json({ error: "invalid_client" }, 401) });
    await failureOf(getUser(clientWith(broken, fetch).enode), isTokenError);

    const { enode, fetch: other } = clientWith(tokenStore);
    const call = getUser(enode);
    await pass(leaseTime + pause);
    await call;

    expect(tokensOf(other)).toEqual(["token-1"]);
  });
});
