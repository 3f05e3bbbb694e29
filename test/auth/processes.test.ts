import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { long } from "../support/long.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { withPostgres, withRedis } from "../support/services.ts";
import { TokenProcess } from "./support/token-processes.ts";
import type { Engine } from "./support/token-protocol.ts";

const hour = 3_600_000;
/** How long a process may ask for a token alone; with `leaseRate` that part of it. */
const leaseTime = 15_000;
/** How many processes want a token at once. */
const many = long(8, 4);
/** Only reached by processes that get stuck. */
const patience = 120_000;

const start = useLoopback();
const running = new Set<TokenProcess>();

afterEach(async () => {
  await Promise.all([...running].map((each) => each.kill()));
  running.clear();
});

/** Processes that share an empty store, and a token server that takes a while to answer. */
async function setUp(engine: Engine, count: number, { leaseRate = 1, silentFor = 0 } = {}) {
  const asked: number[] = [];
  let notify = () => {};
  const server = await start({
    token: (_request, response, nth) => {
      asked.push(performance.now());
      notify();
      if (nth <= silentFor) return;
      setTimeout(() => {
        const token = { access_token: `token-${nth}`, token_type: "bearer", expires_in: 3600 };
        send(response, 200, token);
      }, 300);
    },
  });
  const { baseUrl, tokenUrl } = server;
  const options = { engine, baseUrl, tokenUrl, leaseRate };
  const processes = Array.from({ length: count }, () => new TokenProcess(options));
  for (const each of processes) running.add(each);
  await Promise.all(processes.map((each) => each.told("ready")));
  return {
    processes,
    asked,
    /** Resolves when somebody has asked for a token. */
    isAsked: () =>
      new Promise<void>((resolve) => {
        notify = resolve;
        if (asked.length > 0) resolve();
      }),
    /** Makes all of them call at the same time. Returns the tokens of the calls. */
    async callFrom(callers: readonly TokenProcess[], ahead: number, nth: number) {
      const before = server.requests.length;
      for (const each of callers) each.send({ ahead });
      await Promise.all(callers.map((each) => each.told("done", nth)));
      return server.requests.slice(before).map(({ headers }) => headers.authorization);
    },
    failures: () => processes.flatMap((each) => each.failures),
  };
}

/** What processes do, whatever they share a token by; each test gets a store that nobody else uses. */
function shareTokens(engineFor: (test: string) => Engine): void {
  it(
    `make 1 token request when ${many} start at once, and 1 more when ${many} find it at its end`,
    async () => {
      const { processes, asked, callFrom, failures } = await setUp(engineFor("start"), many);

      expect(await callFrom(processes, 0, 1)).toEqual(Array(many).fill("Bearer token-1"));
      expect(asked).toHaveLength(1);

      expect(await callFrom(processes, hour, 2)).toEqual(Array(many).fill("Bearer token-2"));
      expect(asked).toHaveLength(2);
      expect(failures()).toEqual([]);
    },
    patience,
  );

  it(
    "make 1 token request when two replace it in the background at once",
    async () => {
      const { processes, asked, callFrom, failures } = await setUp(engineFor("background"), 2);
      await callFrom(processes, 0, 1);

      const used = await callFrom(processes, hour - 100_000, 2);
      await Promise.all(processes.map((each) => each.told("refreshed", 2)));

      expect(used).toEqual(Array(2).fill("Bearer token-1"));
      expect(asked).toHaveLength(2);
      const refreshes = processes.flatMap((each) => each.refreshes.slice(1));
      expect(refreshes.map(({ background }) => background)).toEqual([true, true]);
      expect(refreshes.map(({ source }) => source).sort()).toEqual(["endpoint", "store"]);
      expect(failures()).toEqual([]);
    },
    patience,
  );

  it(
    "wait no longer than its lease for one that is killed while it asks",
    async () => {
      const leaseRate = 0.1;
      const { processes, asked, callFrom, isAsked, failures } = await setUp(
        engineFor("killed"),
        many,
        { leaseRate, silentFor: 1 },
      );
      const [first, ...others] = processes;
      first?.send({ ahead: 0 });
      await isAsked();
      await first?.kill();

      const used = await callFrom(others, 0, 1);

      expect(used).toEqual(Array(many - 1).fill("Bearer token-2"));
      expect(asked).toHaveLength(2);
      const delay = (asked[1] ?? Number.NaN) - (asked[0] ?? Number.NaN);
      // The lease was taken shortly before the first request was seen.
      expect(delay).toBeGreaterThan(leaseTime * leaseRate * 0.5);
      // Much more than the lease, for a slow machine, and less than a wait that ends by itself.
      expect(delay).toBeLessThan(leaseTime);
      expect(failures()).toEqual([]);
    },
    patience,
  );
}

describe("a process whose background refresh waits for another one", () => {
  it(
    "ends right after its last call",
    async () => {
      const { baseUrl, tokenUrl, requests, tokenRequests } = await start();
      const program = fileURLToPath(new URL("./support/ends-while-waiting.ts", import.meta.url));

      const { stdout } = await promisify(execFile)(process.execPath, [program, baseUrl, tokenUrl]);

      expect(stdout).toBe("done");
      expect(requests).toHaveLength(2);
      // Kept alive it would have asked for a token of its own at the end of its wait.
      expect(tokenRequests).toEqual([]);
    },
    patience,
  );
});

describe("processes that share an SQLite file", () => {
  const folder = mkdtempSync(join(tmpdir(), "enode-tokens-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  shareTokens((test) => ({ name: "sqlite", path: join(folder, `${test}.db`) }));
});

withPostgres("processes that share a PostgreSQL database", (postgres) => {
  const { url, schema } = postgres;
  const storage = postgresStorage({ pool: postgres.pool({ max: 1 }), schema });
  beforeAll(() => storage.migrate());
  // All tests share one client, and each must request its token again.
  afterEach(() => storage.tokenStore.delete("sandbox:client-1"));

  shareTokens(() => ({ name: "postgres", url, schema }));
});

withRedis("processes that share a Redis server", ({ url, prefix }) => {
  shareTokens((test) => ({ name: "redis", url, prefix: `${prefix}${test}:` }));
});
