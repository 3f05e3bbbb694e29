import { describe, expect, it, vi } from "vitest";
import { ConcurrencyLimiter } from "../../src/core/concurrency-limiter.ts";
import { Deadline } from "../../src/core/deadline.ts";
import { HostLimits } from "../../src/core/host-limits.lazy.ts";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isTimeoutError } from "../../src/errors/index.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, problem, stubFetch, tokenAnswer } from "../support/stub.ts";

type Options = Parameters<typeof createClient>[0];

/** A client, and what it has sent when, in ms since it was made. */
function watchedClient(options: Options, api: () => Response | Promise<Response> = ok) {
  const startedAt = performance.now();
  const sent: { at: number; path: string; token: string | undefined }[] = [];
  const fetch = stubFetch({
    api: ({ request, token }) => {
      const { pathname } = new URL(request.url);
      sent.push({ at: performance.now() - startedAt, path: pathname, token });
      return api();
    },
  });
  const enode = createClient({ fetch, ...options });
  return { enode, fetch, sent, paths: () => sent.map(({ path }) => path) };
}

const ok = () => json({ id: "ok" });
const getUser = (enode: Enode, userId: string) => enode.users.get(userId);
const many = <T>(length: number, make: (nth: number) => T) =>
  Array.from({ length }, (_, nth) => make(nth));

const inTime = () => new Deadline({ operation: "o", path: "/", attempts: 0 }, 30_000, undefined);

/** The most times within one second. */
const mostInASecond = (times: readonly number[]) =>
  Math.max(...times.map((to) => times.filter((at) => at > to - 1_000 && at <= to).length));

describe("maxRequestsPerSecond", () => {
  useFakeClock();

  it("is kept in every second, and used up", async () => {
    const { enode, sent } = watchedClient({ maxRequestsPerSecond: 20 });
    const calls = Promise.all(many(100, (nth) => getUser(enode, `${nth}`)));
    await pass(5_000);
    await calls;

    expect(mostInASecond(sent.map(({ at }) => at))).toBe(20);
  });

  it("counts retries and pages", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    let nth = 0;
    const { enode, sent } = watchedClient({ maxRequestsPerSecond: 1 }, () => {
      if (++nth === 1) return problem(503);
      const after = nth < 4 ? `${nth}` : null;
      return json({ data: [{ id: `${nth}` }], pagination: { before: null, after } });
    });
    const list = enode.vehicles.list().toArray({ limit: 10 });
    await pass(10_000);

    expect(await list).toHaveLength(3);
    expect(sent.map(({ at }) => Math.round(at / 1_000))).toEqual([0, 1, 2, 3]);
  });

  it("does not count requests for tokens, and begins after the first", async () => {
    const { enode, fetch, sent } = watchedClient({ maxRequestsPerSecond: 1 });
    const token = stubFetch({
      token: async (request) => {
        await later(3_000);
        return tokenAnswer()(request);
      },
    });
    const slow = createClient({ fetch: token, maxRequestsPerSecond: 10 });
    const calls = Promise.all([getUser(enode, "u"), ...many(30, () => getUser(slow, "u"))]);

    await pass(1);
    expect(fetch.tokenRequests).toHaveLength(1);
    expect(sent).toHaveLength(1);
    await pass(3_000);
    expect(token.apiRequests).toHaveLength(2);
    await pass(3_000);
    await calls;
  });

  it("is kept when a token is revoked while calls wait", async () => {
    const times: number[] = [];
    const fetch = stubFetch({
      api: ({ token }) => {
        times.push(performance.now());
        return token === "token-1" && times.length > 5 ? problem(401) : ok();
      },
      token: async (request) => {
        await later(900);
        return tokenAnswer()(request);
      },
    });
    const enode = createClient({ fetch, maxRequestsPerSecond: 10 });
    const calls = Promise.all(many(40, () => getUser(enode, "u")));
    await pass(10_000);
    await calls;

    expect(fetch.tokenRequests).toHaveLength(2);
    expect(mostInASecond(times)).toBe(10);
  });

  it("asks for no more than two tokens in a row, even if none is kept", async () => {
    let obtained = 0;
    const tokens = {
      current: () => undefined,
      obtain: async () => {
        if (++obtained > 10) throw new Error("far too many");
        return "token";
      },
    } as never;
    const limits = new HostLimits(new ConcurrencyLimiter(), tokens, { maxRequestsPerSecond: 1 });

    expect(await limits.pass(inTime(), "u", true)).toBeDefined();
    expect(obtained).toBe(2);
  });

  it("applies to each client", async () => {
    const first = watchedClient({ maxRequestsPerSecond: 1 });
    const second = watchedClient({ maxRequestsPerSecond: 1 });
    await Promise.all([getUser(first.enode, "u"), getUser(second.enode, "u")]);

    expect(second.sent).toHaveLength(1);
  });
});

describe("calls that wait for a limit of the host", () => {
  useFakeClock();
  const limit = { maxRequestsPerSecond: 10 };

  it("of one user delay the first of another one by one turn, however many they are", async () => {
    const { enode, paths } = watchedClient(limit);
    const calls = Promise.allSettled(many(1_000, () => getUser(enode, "greedy")));
    await pass(950);
    const other = getUser(enode, "modest");
    const before = paths().length;
    await pass(200);
    await other;

    expect(paths().slice(before, before + 2)).toEqual(["/users/greedy", "/users/modest"]);
    await pass(100_000);
    await calls;
  });

  it("count for the user of the scope, whatever their path, and all others together", async () => {
    const api = () => json({ id: "ok", userId: "u", data: [], pagination: {} });
    const { enode, paths } = watchedClient(limit, api);
    // Loads what a scope needs.
    await enode.user("u").vehicles.get("own");
    await pass(2_000);
    const calls = [
      ...many(4, () => enode.chargers.get("host")),
      ...many(4, () => enode.user("u").vehicles.get("own")),
      ...many(4, () => enode.vehicles.list({ userId: "w" }).toArray({ limit: 1 })),
    ];
    await pass(10_000);
    await Promise.all(calls);

    const turns = paths().map((path) => path.split("/").at(path.includes("users") ? 2 : -1));
    // After the first two, which go before anybody waits.
    for (const at of [3, 6]) expect(turns.slice(at, at + 3).sort()).toEqual(["host", "own", "w"]);
  });

  it("are left at once by their signals, without a request", async () => {
    const { enode, sent } = watchedClient({ maxRequestsPerSecond: 1 });
    const controller = new AbortController();
    await getUser(enode, "u");
    const left = failureOf(enode.users.get("u", { signal: controller.signal }), isAbortError);
    const next = getUser(enode, "u");

    await pass(500);
    controller.abort("enough");
    expect(await left).toMatchObject({ attempts: 0, cause: "enough" });
    await pass(500);
    await next;
    expect(sent).toHaveLength(2);
  });

  it("wait within their deadlines, and say that they waited for their turn", async () => {
    const { enode, sent } = watchedClient({ maxRequestsPerSecond: 1 });
    await getUser(enode, "u");
    const late = failureOf(enode.users.get("u", { deadline: 700 }), isTimeoutError);
    await pass(700);

    const error = await late;
    expect(error).toMatchObject({ code: "deadline_exceeded", attempts: 0 });
    expect(error.message).toBe(
      "getUser: not done within 700 ms (option deadline), after 0 attempt(s), while it waited for its turn among the requests of this client.",
    );
    expect(sent).toHaveLength(1);
  });

  it("leave no timers behind, nor listeners on signals", async () => {
    const { enode } = watchedClient(limit);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const calls = many(30, (nth) => enode.users.get(`${nth % 3}`, { signal }));
    await pass(5_000);
    await Promise.all(calls);

    expect(vi.getTimerCount()).toBe(0);
    expect(added.mock.calls.length).toBeGreaterThan(30);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
  });

  it("are not held up by one that ended silently, as those of Workers do", async () => {
    const tokens = { current: () => "token" } as never;
    const limits = new HostLimits(new ConcurrencyLimiter(), tokens, { maxRequestsPerSecond: 1 });
    const dead = { remaining: 1_000, sleep: () => new Promise(() => {}) } as unknown as Deadline;
    await limits.pass(inTime(), "u", true);
    void limits.pass(dead, "dead", true);
    const second = limits.pass(inTime(), "u", true);

    await pass(4_000);
    expect(await second).toBeDefined();
  });
});

describe("maxConcurrency", () => {
  const start = useLoopback();

  it.each([1, 5, 300])("of %i is never exceeded, and used", async (maxConcurrency) => {
    let inFlight = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response) => {
        most = Math.max(most, ++inFlight);
        waiting.push(() => {
          inFlight--;
          send(response, 200, { id: "ok" });
        });
        // All at once, as soon as the client has sent as many as it may.
        if (waiting.length === maxConcurrency) for (const answer of waiting.splice(0)) answer();
      },
    });
    const enode = createClient({ baseUrl, tokenUrl, maxConcurrency });

    await Promise.all(many(maxConcurrency * 3, () => getUser(enode, "u")));

    expect(most).toBe(maxConcurrency);
  });

  it("lets users take turns", async () => {
    const order: string[] = [];
    const { baseUrl, tokenUrl } = await start({
      api: ({ url }, response) => {
        order.push(url);
        send(response, 200, { id: "ok" });
      },
    });
    const enode = createClient({ baseUrl, tokenUrl, maxConcurrency: 1 });
    await getUser(enode, "first");

    await Promise.all([...many(50, () => getUser(enode, "greedy")), getUser(enode, "modest")]);

    const [, ...users] = order.map((path) => path.slice("/users/".length));
    expect(users.slice(0, 3)).toEqual(["greedy", "greedy", "modest"]);
  });

  it("frees the places of failed and aborted requests", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: ({ url }, response) => {
        if (url.endsWith("/hangs")) return;
        send(response, url.endsWith("/fails") ? 404 : 200, { id: "ok" });
      },
    });
    const enode = createClient({ baseUrl, tokenUrl, maxConcurrency: 1 });
    const controller = new AbortController();
    const hangs = failureOf(enode.users.get("hangs", { signal: controller.signal }), isAbortError);
    const fails = failureOf(getUser(enode, "fails"));
    const fine = getUser(enode, "fine");
    controller.abort();

    await Promise.all([hangs, fails]);
    expect(await fine).toEqual({ id: "ok" });
  });
});
