import { execFile } from "node:child_process";
import { EventEmitter } from "node:events";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { safeReason } from "../../../src/shared/store-reason.ts";
import {
  type RedisClient,
  redisReplayGuard,
  redisTokenStore,
} from "../../../src/storage/redis/index.ts";

const secret = "swordfish at 10.1.2.3:6379";

/** A client of node-redis, as far as it is used. */
class FakeClient extends EventEmitter {
  readonly isOpen = true;
  eval(): Promise<unknown> {
    return Promise.resolve(null);
  }
}

describe.each([
  ["redisTokenStore", redisTokenStore as (options: unknown) => unknown],
  ["redisReplayGuard", redisReplayGuard as (options: unknown) => unknown],
])("%s refuses", (_name, make) => {
  const client = new FakeClient();
  it.each([
    ["nothing", undefined, "options"],
    ["an address", "redis://:swordfish@db", "options"],
    ["options without a client", {}, "client"],
    ["an option of another name", { redis: client }, "redis"],
    ["a misspelt option", { client, prefx: "a" }, "prefx"],
  ])("%s, by name", (_what, options, parameter) => {
    const attempt = () => make(options);
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ parameter }));
    expect(attempt).not.toThrow(/swordfish/);
  });
});

describe("the errors of a client of node-redis", () => {
  it("are listened for once, whatever the number of stores, and left to a host that listens", () => {
    const client = new FakeClient();
    redisTokenStore({ client });
    redisReplayGuard({ client });
    expect(client.listenerCount("error")).toBe(1);
    const own = new FakeClient().on("error", () => {});
    redisTokenStore({ client: own });
    expect(own.listenerCount("error")).toBe(1);
  });

  it("do not end a program that listens for none", async () => {
    const url = new URL("../../../src/storage/redis/index.ts", import.meta.url);
    const code = `
      import { createServer } from "node:net";
      import { once } from "node:events";
      import { createClient } from "redis";
      import { redisTokenStore } from ${JSON.stringify(url.href)};
      const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
      await once(server, "listening");
      const client = createClient({ url: "redis://127.0.0.1:" + server.address().port });
      redisTokenStore({ client });
      client.connect().catch(() => {});
      await once(server, "connection");
      await once(server, "connection");
      console.log("alive");
      process.exit();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", code],
      { cwd: new URL("../../..", import.meta.url) },
    );
    expect(stdout).toBe("alive\n");
  });
});

describe("an error of Redis", () => {
  const failingWith = (error: unknown): Promise<unknown> => {
    const client = { status: "ready", eval: () => Promise.reject(error) };
    return redisTokenStore({ client })
      .get("key")
      .then(
        () => expect.unreachable(),
        (reason) => reason,
      );
  };

  it.each([
    ["ECONNREFUSED", "Redis could not be reached: nothing listens at its address (ECONNREFUSED)"],
    ["ENOTFOUND", "Redis could not be reached: its host name was not found (ENOTFOUND)"],
    ["CERT_HAS_EXPIRED", "Redis could not be reached (CERT_HAS_EXPIRED)"],
  ])("%s says why, and holds no address", async (code, reason) => {
    const error = await failingWith(Object.assign(new Error(secret), { code, address: secret }));
    expect(safeReason(error)).toBe(reason);
    expect(JSON.stringify([error, String(error)])).not.toContain("swordfish");
  });

  it.each([
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "NOAUTH Authentication required.",
    "Connection is closed.",
    "Command timed out",
  ])("keeps what Redis or its client says: %s", async (message) => {
    expect(safeReason(await failingWith(new Error(message)))).toBe(message.replace(/\.$/, ""));
  });

  it("of another kind is not shown by those who wrap it", async () => {
    expect(safeReason(await failingWith(new Error(secret)))).toBeUndefined();
    const moved = await failingWith(new Error("MOVED 3999 10.1.2.3:6381"));
    expect(safeReason(moved)).toBeUndefined();
  });
});

describe("a Redis that does not answer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("holds a bounded number of commands, refuses others at once, and serves again when it is back", async () => {
    const waiting: (() => void)[] = [];
    const client: RedisClient = {
      status: "reconnecting",
      eval: () => new Promise((resolve) => waiting.push(() => resolve("busy"))),
    };
    const guard = redisReplayGuard({ client });
    const refused: unknown[] = [];
    const ask = (n: number) =>
      guard.claim("n", `${n}`).then(
        () => "answered",
        (error) => refused.push(error),
      );

    for (let n = 0; n < 900; n++) {
      void ask(n);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(waiting.length).toBeLessThanOrEqual(110);
    expect(refused.length + waiting.length).toBe(900);
    expect(refused[0]).toMatchObject({ code: "stalled" });
    expect(safeReason(refused[0])).toMatch(/^Redis has not answered 50 calls for more than 5 s/);

    for (const done of waiting.splice(0)) done();
    await vi.advanceTimersByTimeAsync(0);
    const next = ask(1_000);
    for (const done of waiting.splice(0)) done();
    expect(await next).toBe("answered");
  });
});
