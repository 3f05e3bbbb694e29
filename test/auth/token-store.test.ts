import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isStoreError } from "../../src/errors/index.ts";
import type { ErrorEvent, TokenRefreshEvent } from "../../src/hooks.ts";
import { withSafeMessage } from "../../src/shared/store-reason.ts";
import type { StoredToken, TokenStore } from "../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../src/storage/memory/index.ts";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { redisTokenStore } from "../../src/storage/redis/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { createClient, json, stubFetch } from "../support/stub.ts";

useFakeClock();

const getUser = (enode: Enode) => enode.request("getUser", { path: { userId: "u-1" } });
const hour = 3_600_000;

/** A store that does nothing, but for the methods given. */
function store(methods: Partial<TokenStore>): TokenStore {
  return {
    get: async () => undefined,
    set: async () => true,
    delete: async () => undefined,
    ...methods,
  };
}

describe("a token store", () => {
  it("is asked before the token endpoint", async () => {
    const events: TokenRefreshEvent[] = [];
    const get = vi.fn(async () => ({ token: "stored", expiresAt: Date.now() + hour }));
    const fetch = stubFetch();
    const enode = createClient({
      fetch,
      tokenStore: store({ get }),
      hooks: { onTokenRefresh: (event) => events.push(event) },
    });

    await getUser(enode);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(0);
    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["stored", "stored"]);
    expect(get).toHaveBeenCalledExactlyOnceWith("sandbox:client-1");
    expect(events).toEqual([
      expect.objectContaining({ source: "store", expiresAt: Date.now() + hour }),
    ]);
  });

  it("may answer by what can be awaited, of whatever realm", async () => {
    const get = () => {
      const stored = { token: "stored", expiresAt: Date.now() + hour };
      // biome-ignore lint/suspicious/noThenProperty: a promise of another library or realm.
      return { then: (take: (value: StoredToken) => void) => take(stored) } as Promise<StoredToken>;
    };
    const fetch = stubFetch();

    await getUser(createClient({ fetch, tokenStore: store({ get }) }));

    expect(fetch.apiRequests[0]?.token).toBe("stored");
  });

  it("gives a token that is not used within 60 s of its end", async () => {
    const fetch = stubFetch();
    const get = async () => ({ token: "stored", expiresAt: Date.now() + 70_000 });
    const enode = createClient({ fetch, tokenStore: store({ get }) });

    await getUser(enode);
    await pass(10_001);
    await getUser(enode);

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["stored", "token-1"]);
  });

  it("is given a new token, if it is still empty", async () => {
    const set = vi.fn(async () => true);

    await getUser(createClient({ fetch: stubFetch(), tokenStore: store({ set }) }));

    expect(set).toHaveBeenCalledExactlyOnceWith("sandbox:client-1", "token-1", {
      expiresAt: Date.now() + hour,
      ifUnchanged: null,
    });
  });

  it("is given a new token in place of the one it has, if it still has it", async () => {
    const set = vi.fn(async () => true);
    const get = async () => ({ token: "ended", expiresAt: Date.now() + 60_000 });
    const fetch = stubFetch();

    await getUser(createClient({ fetch, tokenStore: store({ get, set }) }));

    expect(fetch.apiRequests[0]?.token).toBe("token-1");
    expect(set).toHaveBeenCalledExactlyOnceWith(
      "sandbox:client-1",
      "token-1",
      expect.objectContaining({ ifUnchanged: "ended" }),
    );
  });

  it("shares a token among clients of the same credentials", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch();

    await getUser(createClient({ fetch, tokenStore }));
    await getUser(createClient({ fetch, tokenStore }));

    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it.each([
    ["clients", { clientId: "client-2" }],
    ["environments", { environment: "production" as const }],
  ])("keeps %s apart", async (_what, other) => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch();

    await getUser(createClient({ fetch, tokenStore }));
    await getUser(createClient({ fetch, tokenStore, ...other }));

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
  });

  it("is not believed when it still has the token that was refused", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch({
      api: ({ token }) => (token === "token-1" ? json({}, 401) : json({ id: "ok" })),
    });

    await getUser(createClient({ fetch, tokenStore }));

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-2"]);
    expect(await tokenStore.get("sandbox:client-1")).toMatchObject({ token: "token-2" });
  });

  it("is not believed either when the token after that one has ended", async () => {
    const get = async () => ({ token: "refused", expiresAt: Date.now() + 24 * hour });
    const fetch = stubFetch({
      api: ({ token }) => (token === "refused" ? json({}, 401) : json({ id: "ok" })),
    });
    const enode = createClient({ fetch, tokenStore: store({ get }) });
    await getUser(enode);

    await pass(hour);
    await getUser(enode);

    const used = fetch.apiRequests.map(({ token }) => token);
    expect(used).toEqual(["refused", "token-1", "token-2"]);
  });

  it("saves the token request when another process has already replaced a refused token", async () => {
    const { tokenStore } = memoryStorage();
    const revoked = new Set<string>();
    const fetch = stubFetch({
      api: ({ token = "" }) => (revoked.has(token) ? json({}, 401) : json({ id: "ok" })),
    });
    const here = createClient({ fetch, tokenStore });
    const there = createClient({ fetch, tokenStore });
    await getUser(here);
    await getUser(there);
    revoked.add("token-1");

    await getUser(here);
    await getUser(there);

    expect(fetch.apiRequests.at(-1)?.token).toBe("token-2");
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("serves the background refresh too, when it has a newer token", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch();
    const enode = createClient({ fetch, tokenStore });
    await getUser(enode);
    await pass(hour - 100_000);
    await tokenStore.set("sandbox:client-1", "newer", { expiresAt: Date.now() + hour });

    await getUser(enode);
    await pass(0);
    await getUser(enode);

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1", "token-1", "newer"]);
    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it("is not asked for the token that is to be replaced", async () => {
    const { tokenStore } = memoryStorage();
    const fetch = stubFetch();
    const enode = createClient({ fetch, tokenStore });
    await getUser(enode);
    await pass(hour - 100_000);

    await getUser(enode);
    await pass(0);

    expect(fetch.tokenRequests).toHaveLength(2);
  });
});

describe("a token store that does not work", () => {
  const hanging = () => new Promise<never>(() => {});
  const throwing = () => {
    throw new Error("disk full");
  };
  const garbage = (value: unknown) => async () => value as StoredToken;

  it.each<[string, Partial<TokenStore>, string, RegExp]>([
    ["rejects in get", { get: async () => throwing() }, "get", /failed/],
    ["throws in get", { get: throwing }, "get", /failed/],
    ["hangs in get", { get: hanging }, "get", /no answer in 5000 ms/],
    ["returns text", { get: garbage("token") }, "get", /something other than/],
    [
      "returns a number for a token",
      { get: garbage({ token: 5, expiresAt: 1e15 }) },
      "get",
      /other/,
    ],
    ["returns text for a time", { get: garbage({ token: "t", expiresAt: "1" }) }, "get", /other/],
    [
      "returns a token that no header can hold",
      { get: garbage({ token: "a\nb", expiresAt: 1e15 }) },
      "get",
      /something other than/,
    ],
    ["rejects in set", { set: async () => throwing() }, "set", /failed/],
    ["throws in set", { set: throwing }, "set", /failed/],
    ["hangs in set", { set: hanging }, "set", /no answer in 5000 ms/],
  ])("is reported and costs nothing else when it %s", async (_what, methods, method, message) => {
    const events: ErrorEvent[] = [];
    const fetch = stubFetch();
    const enode = createClient({
      fetch,
      tokenStore: store(methods),
      hooks: { onError: (event) => events.push(event) },
    });

    const call = getUser(enode);
    await pass(5_000);
    await call;

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["token-1"]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ operation: undefined, path: undefined });
    const error = events[0]?.error;
    expect(isStoreError(error)).toBe(true);
    expect(error).toMatchObject({ code: "store_failed", store: "tokenStore", method });
    expect(error?.message).toMatch(message);
  });

  /** What the logger gets when a store fails. */
  async function reasonOf(tokenStore: TokenStore): Promise<unknown> {
    const error = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error };
    await getUser(createClient({ fetch: stubFetch(), tokenStore, logger }));
    return error.mock.calls[0]?.[1]?.reason;
  }

  it.each<[string, () => TokenStore, string]>([
    [
      "PostgreSQL without tables",
      () => {
        const refused = Object.assign(new Error("relation does not exist"), { code: "42P01" });
        return postgresStorage({ pool: { query: () => Promise.reject(refused) } }).tokenStore;
      },
      "tokenStore.get failed: Tables of enode-sdk are missing: call migrate() first; ",
    ],
    [
      "Redis out of reach",
      () => {
        const refused = Object.assign(new Error("connect 10.0.0.1"), { code: "ECONNREFUSED" });
        const client = { status: "ready", eval: () => Promise.reject(refused) };
        return redisTokenStore({ client });
      },
      "tokenStore.get failed: Redis could not be reached: nothing listens at its address (ECONNREFUSED); ",
    ],
    [
      "a SQLite file that was closed",
      () => {
        const storage = sqliteStorage({ path: ":memory:" });
        storage.close();
        return storage.tokenStore;
      },
      "tokenStore.get failed: ",
    ],
  ])("says why when it is one of this package: %s", async (_what, storeOf, beginning) => {
    const reason = String(await reasonOf(storeOf()));
    expect(reason).toContain(beginning);
    expect(reason).toMatch(/; this client goes on with an access token of its own\.$/);
  });

  it("says why a lease could not be given back", async () => {
    const release = () => Promise.reject(withSafeMessage(new Error("Redis is busy.")));
    expect(await reasonOf(store({ lease: async () => ({ release }) }))).toBe(
      "tokenStore.lease gave a lease whose release() failed: Redis is busy; other processes wait until its time is over; this client goes on with an access token of its own.",
    );
  });

  it("is not quoted when it is the host's", async () => {
    const get = () => Promise.reject(new Error("no token-7 here"));
    expect(await reasonOf(store({ get }))).toBe(
      "tokenStore.get failed; this client goes on with an access token of its own.",
    );
  });

  it("is no reason to keep a process alive, or to complain, once it has answered", async () => {
    const tokenStore = store({});

    await getUser(createClient({ fetch: stubFetch(), tokenStore }));

    expect(vi.getTimerCount()).toBe(0);
  });
});
