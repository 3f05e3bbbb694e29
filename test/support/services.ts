// Services that tests need, such as databases. Where one is missing its tests are skipped, and the run says by
// name which and why; where ENODE_TEST_REQUIRE ("postgres,redis,netns") names it, they fail instead.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import pg from "pg";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium as playwright,
} from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findProgram, OwnPgbouncer, OwnPostgres } from "./own-servers.ts";

/** What a test of PostgreSQL gets: a schema of its own, which is there from the first test to the last. */
export interface TestPostgres {
  /** Name of the schema. It is the first one of the search path of each connection. */
  readonly schema: string;
  /** With the schema in it, for other processes. */
  readonly url: string;
  /** A pool of its own, which is closed after the last test. */
  pool(options?: pg.PoolConfig): pg.Pool;
}

/** What a test of Redis gets. */
export interface TestRedis {
  readonly url: string;
  /** No other test file has keys that begin with it. They are deleted after the last test. */
  readonly prefix: string;
}

/** What a test in a browser gets: Chromium, which is there from the first test to the last. */
export interface TestChromium {
  /** A window of its own, with nothing from other ones in it, which is closed after the last test. */
  open(options?: BrowserContextOptions): Promise<BrowserContext>;
}

interface Service {
  readonly name: string;
  /** What ENODE_TEST_REQUIRE calls it. */
  readonly key: string;
  readonly place: string;
  isThere(): Promise<boolean>;
}

const postgresUrl = new URL(
  process.env["ENODE_TEST_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test",
);
const redisUrl = new URL(process.env["ENODE_TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379");
const chromiumPath = process.env["ENODE_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

const postgres: Service = {
  name: "PostgreSQL",
  key: "postgres",
  place: postgresUrl.host,
  isThere: () => isReachable(postgresUrl),
};
const redis: Service = {
  name: "Redis",
  key: "redis",
  place: redisUrl.host,
  isThere: () => isReachable(redisUrl),
};
const chromium: Service = {
  name: "Chromium",
  key: "chromium",
  place: chromiumPath,
  isThere: () => isProgram(chromiumPath),
};

const postgresServer: Service = {
  name: "a PostgreSQL to start",
  key: "postgres-server",
  place: "`initdb` and `postgres`",
  isThere: async () =>
    (await findProgram("initdb")) !== undefined && (await findProgram("postgres")) !== undefined,
};

const pgbouncer: Service = {
  name: "PgBouncer",
  key: "pgbouncer",
  place: "`pgbouncer`",
  isThere: async () => (await findProgram("pgbouncer")) !== undefined && (await postgres.isThere()),
};

const netns: Service = {
  name: "network namespaces",
  key: "netns",
  place: "`ip netns`",
  isThere: canMakeNamespaces,
};

const site: Service = {
  name: "the site of the documentation",
  key: "site",
  place: "docs/site (`npm run docs` makes it)",
  isThere: () =>
    access(fileURLToPath(new URL("../../docs/site/index.html", import.meta.url))).then(
      () => true,
      () => false,
    ),
};

const required: readonly string[] = (process.env["ENODE_TEST_REQUIRE"] ?? "").split(",");
// Tests are listed before any hook runs, so it has to be known by then.
const services: readonly Service[] = [
  postgres,
  redis,
  chromium,
  postgresServer,
  pgbouncer,
  netns,
  site,
];
const answers: readonly boolean[] = await Promise.all(services.map((each) => each.isThere()));

/**
 * Describes tests that need PostgreSQL: `pg` connections to a schema of their own.
 *
 * @example
 * ```ts
 * withPostgres("tokens in PostgreSQL", (postgres) => {
 *   const pool = postgres.pool();
 *   beforeAll(() => postgresStorage({ pool }).migrate());
 *   it("…", async () => {});
 * });
 * ```
 */
export function withPostgres(name: string, body: (postgres: TestPostgres) => void): void {
  describeWith(postgres, name, () => {
    const schema = `enode_test_${randomUUID().replaceAll("-", "")}`;
    const url = new URL(postgresUrl);
    url.searchParams.set("options", `-c search_path=${schema}`);
    const pools: pg.Pool[] = [];
    const open = (options: pg.PoolConfig = {}) => {
      const pool = new pg.Pool({ ...options, connectionString: url.href });
      pools.push(pool);
      return pool;
    };
    beforeAll(async () => {
      await open({ max: 1 }).query(`CREATE SCHEMA ${schema}`);
    });
    afterAll(async () => {
      await open({ max: 1 }).query(`DROP SCHEMA ${schema} CASCADE`);
      await Promise.all(pools.map((pool) => pool.ended || pool.end()));
    });
    body({ schema, url: url.href, pool: open });
  });
}

/**
 * Describes tests that need Redis: an address, and a prefix for all keys.
 *
 * @example
 * ```ts
 * withRedis("tokens in Redis", ({ url, prefix }) => {
 *   const client = new Redis(url);
 *   afterAll(() => client.quit());
 *   it("…", async () => {});
 * });
 * ```
 */
export function withRedis(name: string, body: (redis: TestRedis) => void): void {
  describeWith(redis, name, () => {
    const prefix = `enode-test-${randomUUID()}:`;
    afterAll(async () => {
      const client = new Redis(redisUrl.href);
      for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 })) {
        if (keys.length > 0) await client.unlink(keys);
      }
      await client.quit();
    });
    body({ url: redisUrl.href, prefix });
  });
}

/**
 * Describes tests that drive Chromium. It reaches nothing but this machine.
 *
 * @example
 * ```ts
 * withChromium("the workbench", (chromium) => {
 *   it("…", async () => {
 *     const page = await (await chromium.open({ colorScheme: "dark" })).newPage();
 *   });
 * });
 * ```
 */
export function withChromium(name: string, body: (chromium: TestChromium) => void): void {
  describeWith(chromium, name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await playwright.launch({ executablePath: chromiumPath, args: [...CHROMIUM_ARGS] });
    });
    afterAll(() => browser?.close());
    body({
      open(options) {
        if (browser === undefined) throw new Error("The browser is there from the first test on");
        return browser.newContext(options);
      },
    });
  });
}

/**
 * Describes tests that need a PostgreSQL of their own, to stop it or kill it: it runs from the first test to the last,
 * and has no tables.
 */
export function withOwnPostgres(name: string, body: (server: () => OwnPostgres) => void): void {
  describeWith(postgresServer, name, () => {
    let own: OwnPostgres | undefined;
    beforeAll(async () => {
      own = await OwnPostgres.start();
    });
    afterAll(() => own?.remove());
    body(() => {
      if (own === undefined) throw new Error("It runs from the first test on");
      return own;
    });
  });
}

/** What a test behind PgBouncer gets. Connections have no search path, so that storages are told the schema. */
export interface TestPgbouncer {
  /** Name of a schema that is there from the first test to the last. */
  readonly schema: string;
  /** A pool of its own, which is closed after the last test. */
  pool(options?: pg.PoolConfig): pg.Pool;
}

/** Describes tests that need a PgBouncer, which lends connections of PostgreSQL for one transaction each. */
export function withPgbouncer(name: string, body: (pgbouncer: TestPgbouncer) => void): void {
  describeWith(pgbouncer, name, () => {
    const schema = `enode_test_${randomUUID().replaceAll("-", "")}`;
    const pools: pg.Pool[] = [];
    let own: OwnPgbouncer | undefined;
    const open = (options: pg.PoolConfig = {}) => {
      const pool = new pg.Pool({ ...options, connectionString: own?.url });
      pools.push(pool);
      return pool;
    };
    beforeAll(async () => {
      own = await OwnPgbouncer.start(postgresUrl);
      await open({ max: 1 }).query(`CREATE SCHEMA ${schema}`);
    });
    afterAll(async () => {
      await open({ max: 1 }).query(`DROP SCHEMA ${schema} CASCADE`);
      await Promise.all(pools.map((pool) => pool.ended || pool.end()));
      await own?.remove();
    });
    body({ schema, pool: open });
  });
}

/**
 * Describes tests that need networks of their own (Linux, root): a name for namespaces and devices, short
 * enough for both, that no other test has.
 */
export function withNetns(name: string, body: (prefix: string) => void): void {
  describeWith(netns, name, () => body(`en${randomUUID().slice(0, 8)}`));
}

/** Describes tests of the site of the documentation, in its folder. */
export function withSite(name: string, body: (folder: string) => void): void {
  describeWith(site, name, () => body(fileURLToPath(new URL("../../docs/site/", import.meta.url))));
}

// Nothing that a browser does by itself over the network.
const CHROMIUM_ARGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function describeWith(service: Service, name: string, body: () => void): void {
  if (answers[services.indexOf(service)]) {
    describe(name, body);
    return;
  }
  const missing = `no ${service.name} at ${service.place}`;
  if (required.includes(service.key)) {
    describe(name, () => {
      it(`is run against ${service.name}`, () => {
        throw new Error(`${missing}, and ENODE_TEST_REQUIRE names it`);
      });
    });
    return;
  }
  process.stderr.write(`skipped: "${name}": ${missing}\n`);
  describe.skip(`${name} (skipped: ${missing})`, body);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function canMakeNamespaces(): Promise<boolean> {
  const name = `enode-test-${randomUUID()}`;
  const ip = promisify(execFile);
  try {
    await ip("ip", ["netns", "add", name]);
    // Making one is allowed in more places than entering it.
    await ip("ip", ["netns", "exec", name, "sysctl", "-qw", "net.ipv4.tcp_retries2=3"]);
    return true;
  } catch {
    return false;
  } finally {
    await ip("ip", ["netns", "del", name]).catch(() => undefined);
  }
}

async function isReachable(url: URL): Promise<boolean> {
  const port = Number(url.port || (url.protocol.startsWith("redis") ? 6379 : 5432));
  const socket = connect({ host: url.hostname, port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
