import { inspect } from "node:util";
import { Redis } from "ioredis";
import { createClientPool } from "redis";
import { describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { tokenStoreCases } from "../../../src/storage/conformance/token-store.ts";
import {
  type RedisClient,
  redisReplayGuard,
  redisTokenStore,
} from "../../../src/storage/redis/index.ts";
import { withRedis } from "../../support/services.ts";
import { libraries, useRedis } from "../support/redis-clients.ts";

const hour = 3_600_000;
const secret = "a-token-that-nobody-may-see";

describe.each(libraries)("%s", (library) => {
  withRedis("a token store in Redis keeps the promises of every token store", ({ url, prefix }) => {
    const connections = useRedis(url, library);
    let stores = 0;

    it.each(tokenStoreCases)("$name", async ({ run }) => {
      const { client } = connections();
      await run(({ now }) => redisTokenStore({ client, prefix: `${prefix}${stores++}:`, now }));
    });
  });

  withRedis("a token store in Redis", ({ url, prefix }) => {
    const connections = useRedis(url, library);

    it("forgets a token a minute after its end", async () => {
      const { client, raw } = connections();
      const store = redisTokenStore({ client, prefix });
      const [seconds = 0] = await raw.time();
      await store.set("ends", secret, { expiresAt: Number(seconds) * 1_000 + hour });

      const left = await raw.pttl(`${prefix}token:ends`);
      expect(left).toBeGreaterThan(hour);
      expect(left).toBeLessThanOrEqual(hour + 60_000);
    });

    it("takes a token that never ends, or has a fraction of a millisecond left", async () => {
      const { client, raw } = connections();
      const store = redisTokenStore({ client, prefix });
      for (const expiresAt of [
        Number.POSITIVE_INFINITY,
        Number.MAX_VALUE,
        1e21,
        Date.now() + 0.5,
      ]) {
        await store.set("odd", secret, { expiresAt });
        expect(await store.get("odd")).toEqual({ token: secret, expiresAt });
        expect(await raw.pttl(`${prefix}token:odd`)).toBeGreaterThan(0);
      }
    });

    it("refuses a time that is none, and keeps what was there", async () => {
      const { client } = connections();
      const store = redisTokenStore({ client, prefix });
      await store.set("nan", "before", { expiresAt: 1 });

      const attempt = store.set("nan", secret, { expiresAt: Number.NaN });
      await expect(attempt).rejects.toSatisfy(isConfigurationError);
      expect((await store.get("nan"))?.token).toBe("before");
    });

    it("goes by the clock of Redis when none is given", async () => {
      const { client } = connections();
      const here = vi.spyOn(Date, "now").mockReturnValue(0);
      const store = redisTokenStore({ client, prefix });
      const lease = await store.lease?.("clock", hour);
      here.mockReturnValue(Number.MAX_SAFE_INTEGER);

      expect(lease).toBeDefined();
      expect(await store.lease?.("clock", hour)).toBeUndefined();
      await lease?.release();
      expect(await store.lease?.("clock", 1)).toBeDefined();
      // It has ended, however long ago that was by the clock of this process.
      here.mockReturnValue(0);
      await vi.waitFor(async () => {
        expect(await store.lease?.("clock", hour)).toBeDefined();
      });
    });

    it("leaves no lease behind for good", async () => {
      const { client, raw } = connections();
      const store = redisTokenStore({ client, prefix, now: () => 0 });
      await store.lease?.("left", hour);

      const left = await raw.pttl(`${prefix}lease:left`);
      expect(left).toBeGreaterThan(hour);
      expect(left).toBeLessThanOrEqual(hour + 60_000);
    });

    it("keeps apart keys with braces, which mean a slot to clusters, and lone surrogates", async () => {
      const { client } = connections();
      const store = redisTokenStore({ client, prefix });
      const keys = ["{a}b", "{a}c", "{}", "}{", "a\ud800", "a\ud801", "a\ufffd", 'a"', 'a\\"'];
      for (const key of keys) await store.set(key, `of ${keys.indexOf(key)}`, { expiresAt: 1 });
      for (const key of keys) {
        expect((await store.get(key))?.token).toBe(`of ${keys.indexOf(key)}`);
        expect(await store.lease?.(key, hour)).toBeDefined();
      }
    });

    it("is another one with another prefix", async () => {
      const { client } = connections();
      await redisTokenStore({ client, prefix: `${prefix}a:` }).set("key", "a", { expiresAt: 1 });

      expect(await redisTokenStore({ client, prefix: `${prefix}b:` }).get("key")).toBeUndefined();
    });

    it("tells nothing of a token when Redis refuses", async () => {
      const { client, raw } = connections();
      const store = redisTokenStore({ client, prefix });
      await raw.set(`${prefix}token:text`, "of another program");

      const error = await store
        .set("text", secret, { expiresAt: 1, ifUnchanged: `old ${secret}` })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).toContain("WRONGTYPE");
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    });
  });
});

withRedis("a client of Redis", ({ url, prefix }) => {
  it("may be a pool", async () => {
    const pool = createClientPool({ url });
    try {
      await pool.connect();
      const store = redisTokenStore({ client: pool, prefix });
      expect(await store.set("pool", "t", { expiresAt: 1, ifUnchanged: null })).toBe(true);
      expect(await store.get("pool")).toEqual({ token: "t", expiresAt: 1 });
    } finally {
      await pool.close();
    }
  });

  it("may have a prefix of its own, and give numbers as text", async () => {
    const client = new Redis(url, { keyPrefix: `${prefix}own:`, stringNumbers: true });
    try {
      const store = redisTokenStore({ client });
      expect(await store.set("key", "t", { expiresAt: 1, ifUnchanged: null })).toBe(true);
      expect(await store.set("key", "t", { expiresAt: 1, ifUnchanged: null })).toBe(false);
      expect(await store.lease?.("key", hour)).toBeDefined();
      expect(await client.exists("enode:token:key")).toBe("1");
    } finally {
      await client.quit();
    }
  });
});

describe("a client of Redis that has failed", () => {
  it("fails the call, without its command", async () => {
    const failure = Object.assign(
      new Error(`ERR unknown command 'EVAL', with args beginning with: '${secret}'`),
      { name: "ReplyError", code: "ERR", command: { name: "eval", args: [secret] } },
    );
    const client = { status: "ready", eval: () => Promise.reject(failure) };

    const error = await redisTokenStore({ client })
      .get("key")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "ReplyError",
      message: "ERR unknown command 'EVAL'",
      code: "ERR",
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  });

  it("may throw anything", async () => {
    const client = { isOpen: true, eval: () => Promise.reject({ args: [secret] }) };

    await expect(redisTokenStore({ client }).get("key")).rejects.toThrow(
      "The Redis client failed.",
    );
  });
});

describe.each([
  ["a token store", redisTokenStore],
  ["a replay guard", redisReplayGuard],
])(
  "%s in Redis refuses",
  (_what, make: (options: { client: RedisClient; prefix?: string }) => unknown) => {
    const run = async () => undefined;
    it.each([
      ["nothing", undefined],
      ["null", null],
      ["an address", "redis://127.0.0.1"],
      ["a client of another library", { eval: run }],
      ["a client of an old node-redis", { eval: run, connected: true }],
      ["a client that cannot be told", { eval: run, status: "ready", isOpen: true }],
      ["a client that runs no scripts", { status: "ready", isOpen: undefined, call: run }],
    ])("%s as client", (_which, client) => {
      // No TypeScript in the way of the host.
      const attempt = () => make({ client: client as unknown as RedisClient });
      expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
      expect(attempt).toThrow(/ioredis.*node-redis/);
    });

    it("a prefix that is no text", () => {
      const client = { status: "ready", eval: run };
      const prefix = 1 as unknown as string;
      expect(() => make({ client, prefix })).toThrow(expect.toSatisfy(isConfigurationError));
    });
  },
);
