import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { type Cell, expectEqual, expectText, NotPossible } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";

const NPM = "--no-audit --no-fund --prefer-offline --ignore-scripts --loglevel=error".split(" ");

const SCHEMAS = `import { VehicleSchema } from "enode-sdk/schemas";
import * as z from "zod";

export const Fleet = z.object({ vehicles: z.array(VehicleSchema) });
export type Fleet = z.infer<typeof Fleet>;
`;

/** Installs the package with each dependency at one end of its range. */
function dependencies(end: "oldest" | "newest"): Cell {
  return {
    group: "Dependencies",
    name: `zod, ky and p-retry, ${end} of their ranges`,
    versions: [],
    async run(context) {
      await context.install(["typescript@5.9", "@types/node@22"]);
      const own = await readFile(context.path("node_modules/enode-sdk/package.json"), "utf8");
      const { dependencies: ranges } = JSON.parse(own) as { dependencies: Record<string, string> };
      const chosen = Object.entries(ranges).map(([name, range]): [string, string] => {
        const [oldest = range] = /\d+\.\d+\.\d+/.exec(range) ?? [];
        return [name, end === "oldest" ? oldest : range];
      });
      const { zod = "", ...others } = Object.fromEntries(chosen);
      await context.write({
        "package.json": {
          name: "cell",
          private: true,
          dependencies: { "enode-sdk": `file:${context.tarball}`, zod },
          devDependencies: { typescript: "5.9", "@types/node": "22" },
          overrides: others,
        },
      });
      await context.exec("rm", ["-rf", "node_modules", "package-lock.json"]);
      await context.exec("npm", ["install", ...NPM]);
      await context.writeProbe();
      for (const program of ["main.mjs", "main.cjs"]) {
        expectText(await context.node([program]), "SQLite");
      }
      await context.write({ "schemas.mts": SCHEMAS });
      const flags =
        "--noEmit --strict --module nodenext --target es2022 --skipLibCheck --types node";
      await context.bin("tsc", [...flags.split(" "), "schemas.mts"]);
      const copies = await context.exec("npm", ["ls", "zod", "--all", "--parseable"]);
      expectEqual(copies.trim().split("\n").length, 1, "copies of zod");
      const names = chosen.map(([name]) => name);
      const versions = await Promise.all(names.map((name) => context.versionOf(name)));
      return names.map((name, at) => `${name} ${versions[at]}`).join(", ");
    },
  };
}

/** Where a database is looked for. */
const SERVICES = {
  pg: process.env["ENODE_TEST_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test",
  ioredis: process.env["ENODE_TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379",
  redis: process.env["ENODE_TEST_REDIS_URL"] ?? "redis://127.0.0.1:6379",
} as const;

function database(library: keyof typeof SERVICES, version: string): Cell {
  return {
    group: "Dependencies",
    name: `${library} ${version}, the conformance cases of its stores`,
    versions: [`${library}@${version}`],
    async run(context) {
      const url = SERVICES[library];
      if (!(await isReachable(url)))
        throw new NotPossible(`Nothing listens at ${new URL(url).host}`);
      await context.install([`${library}@${version}`]);
      await context.write({ "conformance.mjs": await context.program("conformance.mjs") });
      const output = await context.node(["conformance.mjs", library, url]);
      return /\d+ cases passed/.exec(output)?.[0];
    },
  };
}

function isReachable(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const MSW = `import { Enode } from "enode-sdk";
import { createSandbox, sandboxHandlers } from "enode-sdk/sandbox";
import { setupServer } from "msw/node";

const sandbox = createSandbox({ clock: "manual", fleet: "small" });
const server = setupServer(...sandboxHandlers(sandbox));
server.listen({ onUnhandledRequest: "error", onUnhandledFrame: "error" });
const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", maxRetries: 0 });
console.log("devices", (await enode.vehicles.list()).data.length);
server.close();
`;

function msw(version: string): Cell {
  return {
    group: "Dependencies",
    name: `msw ${version}`,
    versions: [`msw@${version}`],
    async run(context: CellContext) {
      await context.install([`msw@${version}`]);
      await context.write({ "msw.mjs": MSW });
      expectText(await context.node(["msw.mjs"]), "devices 5");
      return undefined;
    },
  };
}

function undici(version: string): Cell {
  return {
    group: "Dependencies",
    name: `undici ${version}`,
    versions: [`undici@${version}`],
    async run(context) {
      await context.install([`undici@${version}`]);
      await context.write({ "undici.mjs": await context.program("undici.mjs") });
      expectText(await context.node(["undici.mjs"]), "client, POST, proxy and fetch work");
      return "the transport, a proxy, its fetch";
    },
  };
}

/** @param sdk Its version: each goes with some versions of the API. */
function openTelemetry(version: string, sdk: string): Cell {
  return {
    group: "Dependencies",
    name: `@opentelemetry/api ${version}, with SDK ${sdk}`,
    versions: [`@opentelemetry/api@${version}`],
    async run(context) {
      const parts = ["context-async-hooks", "sdk-metrics", "sdk-trace-base"];
      const packages = parts.map((part) => `@opentelemetry/${part}@${sdk}`);
      // An SDK refuses an API that is newer than itself, and works with it.
      await context.install([`@opentelemetry/api@${version}`, ...packages], ["--legacy-peer-deps"]);
      await context.write({ "otel.mjs": await context.program("otel.mjs") });
      expectText(await context.node(["otel.mjs"]), "spans, links and metrics work");
      return "a call, a delivery, its handler; spans, links, metrics";
    },
  };
}

export const cells: readonly Cell[] = [
  dependencies("oldest"),
  dependencies("newest"),
  database("pg", "8.11.0"),
  database("pg", "8"),
  database("ioredis", "5.0.0"),
  database("ioredis", "6"),
  database("redis", "4.6.0"),
  database("redis", "6"),
  ...["2.3.0", "2.12", "2", "3"].map(msw),
  ...["7.0.0", "7", "8"].map(undici),
  openTelemetry("1.3.0", "1.8.0"),
  openTelemetry("1.9.0", "2.0.0"),
  openTelemetry("1", "2"),
];
