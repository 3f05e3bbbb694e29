import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { Enode } from "../../src/enode.ts";
import { isConfigurationError, isTokenError } from "../../src/errors/index.ts";
import type { TokenRefreshEvent } from "../../src/hooks.ts";
import type { TokenProvider } from "../../src/options.ts";
import type { StoredToken } from "../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../src/storage/memory/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { errorOf, failureOf, json, stubFetch } from "../support/stub.ts";

useFakeClock();

const getUser = (enode: Enode) => enode.request("getUser", { path: { userId: "u-1" } });

const tokens = (): TokenProvider => {
  let count = 0;
  return async () => ({ token: `provided-${++count}`, expiresAt: Date.now() + 3_600_000 });
};

describe("a token provider", () => {
  it("replaces the exchange, and is asked only when a token is needed", async () => {
    const events: TokenRefreshEvent[] = [];
    const fetch = stubFetch();
    const tokenProvider = vi.fn(tokens());
    const hooks = { onTokenRefresh: (event: TokenRefreshEvent) => events.push(event) };
    const enode = new Enode({ environment: "sandbox", tokenProvider, fetch, hooks });

    await Promise.all([getUser(enode), getUser(enode)]);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(0);
    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(Array(3).fill("provided-1"));
    expect(tokenProvider).toHaveBeenCalledExactlyOnceWith({ signal: expect.any(AbortSignal) });
    expect(events).toEqual([expect.objectContaining({ source: "provider" })]);
  });

  it("is asked again when its token is refused", async () => {
    const fetch = stubFetch({
      api: ({ token }) => (token === "provided-1" ? json({}, 401) : json({ id: "ok" })),
    });
    const enode = new Enode({ environment: "sandbox", tokenProvider: tokens(), fetch });

    await getUser(enode);

    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["provided-1", "provided-2"]);
  });

  it("is called without a this, and its promise may be of another realm", async () => {
    const fetch = stubFetch();
    const source =
      "'use strict'; (function () { seen.push(this); return Promise.resolve(answer); })";
    const seen: unknown[] = [];
    const answer = { token: "foreign", expiresAt: Date.now() + 3_600_000 };
    const tokenProvider: TokenProvider = runInNewContext(source, { seen, answer });

    await getUser(new Enode({ environment: "sandbox", tokenProvider, fetch }));

    expect(seen).toEqual([undefined]);
    expect(fetch.apiRequests.map(({ token }) => token)).toEqual(["foreign"]);
  });

  it("is not asked again for some seconds when its fresh tokens are refused", async () => {
    const fetch = stubFetch({ api: () => json({}, 401) });
    const tokenProvider = vi.fn(tokens());
    const enode = new Enode({ environment: "sandbox", tokenProvider, fetch });

    for (let call = 0; call < 10; call++) await failureOf(getUser(enode));

    expect(tokenProvider).toHaveBeenCalledTimes(2);
  });

  it("is aborted when the last call that waits for it ends", async () => {
    let seen: AbortSignal | undefined;
    const tokenProvider: TokenProvider = ({ signal }) => {
      seen = signal;
      return new Promise(() => {});
    };
    const enode = new Enode({ environment: "sandbox", tokenProvider, deadline: 100 });
    const failure = failureOf(getUser(enode));

    await pass(100);
    await failure;

    expect(seen?.aborted).toBe(true);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a bare token", "token"],
    ["no token", { expiresAt: 1e15 }],
    ["an empty token", { token: "", expiresAt: 1e15 }],
    ["a token that no header can hold", { token: "a\nb", expiresAt: 1e15 }],
    ["no expiry", { token: "t" }],
    ["an expiry that is NaN", { token: "t", expiresAt: Number.NaN }],
    ["an expiry in seconds", { token: "t", expiresAt: 1_800_000_000 }],
    ["an expiry that is text", { token: "t", expiresAt: "9999999999999" }],
    ["an expiry that is a Date", { token: "t", expiresAt: new Date(1e15) }],
  ])("fails the call when it returns %s", async (_what, value) => {
    const fetch = stubFetch();
    const tokenProvider = async () => value as StoredToken;
    const enode = new Enode({ environment: "sandbox", tokenProvider, fetch });

    const error = await failureOf(getUser(enode), isTokenError);

    expect(error.code).toBe("invalid_token_response");
    expect(error.message).toContain("tokenProvider must return");
    expect(fetch.apiRequests).toHaveLength(0);
  });

  it.each<[string, TokenProvider]>([
    ["rejects", async () => Promise.reject(Object.assign(new Error("x"), { code: "EPIPE" }))],
    [
      "throws",
      () => {
        throw Object.assign(new Error("x"), { code: "EPIPE" });
      },
    ],
  ])("fails the call when it %s", async (_what, tokenProvider) => {
    const enode = new Enode({ environment: "sandbox", tokenProvider, fetch: stubFetch() });

    const error = await failureOf(getUser(enode), isTokenError);

    expect(error).toMatchObject({ code: "token_unavailable", cause: { code: "EPIPE" } });
  });

  it("is aborted after 30 s, and called again by the next call", async () => {
    const fetch = stubFetch();
    const signals: AbortSignal[] = [];
    const usual = tokens();
    const tokenProvider: TokenProvider = ({ signal }) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise(() => {}) : usual({ signal });
    };
    const enode = new Enode({ environment: "sandbox", tokenProvider, fetch, deadline: 60_000 });
    const failure = failureOf(getUser(enode), isTokenError);

    await pass(30_000);
    expect((await failure).message).toContain("no answer in 30000 ms");
    expect(signals[0]?.aborted).toBe(true);
    await getUser(enode);

    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("needs the client ID only where a token store needs it for its keys", () => {
    const { tokenStore } = memoryStorage();
    const options = { environment: "sandbox", tokenProvider: tokens() } as const;

    const error = errorOf(() => new Enode({ ...options, tokenStore }), isConfigurationError);

    expect(error.parameter).toBe("clientId");
    expect(() => new Enode({ ...options, tokenStore, clientId: "client-1" })).not.toThrow();
  });
});
