import { bunPackage } from "../support/binaries.ts";
import { type Cell, expectText } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";

const programs = ["main.mjs", "main.cjs"] as const;

/** Finds undici, although the package does not depend on it: nobody listens where it calls. */
const TRANSPORT = `import { Enode } from "enode-sdk";
import { undiciTransport } from "enode-sdk/undici";
const enode = new Enode({
  environment: "sandbox",
  baseUrl: "http://127.0.0.1:1",
  tokenProvider: async () => ({ token: "token-1", expiresAt: 8.64e15 }),
  maxRetries: 0,
  transport: undiciTransport(),
});
await enode.vehicles.list().catch((error) => console.log(error.name));
`;

/** Installs the package by another manager, in a folder of its own. */
function manager(
  name: string,
  source: string,
  run: (context: CellContext) => Promise<string | undefined>,
): Cell {
  return {
    group: "Package managers",
    name,
    versions: [source],
    async run(context) {
      await context.write({ "package.json": { name: "tools", private: true } });
      const flags = [
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--ignore-scripts",
        "--loglevel=error",
      ];
      await context.exec("npm", ["install", ...flags, source]);
      await context.writeProbe();
      await context.write({
        "app/package.json": {
          name: "app",
          private: true,
          dependencies: { "enode-sdk": `file:${context.tarball}`, undici: "7" },
        },
        "app/transport.mjs": TRANSPORT,
      });
      await context.exec("cp", ["probe.mjs", "probe.cjs", "main.mjs", "main.cjs", "app/"]);
      return run(context);
    },
  };
}

async function runPrograms(context: CellContext, before: readonly string[] = []): Promise<void> {
  for (const program of programs) {
    const output = await context.node([...before, program], { cwd: "app" });
    expectText(output, "SQLite");
  }
  const output = await context.node([...before, "transport.mjs"], { cwd: "app" });
  expectText(output, "ConnectionError");
}

const npm: Cell = {
  group: "Package managers",
  name: "npm, with older clients of Redis and undici beside it",
  versions: [],
  async run(context) {
    await context.install(["ioredis@4", "redis@3", "undici@6"]);
    await context.writeProbe();
    for (const program of programs) expectText(await context.node([program]), "SQLite");
    const tree = await context.exec("npm", ["ls", "--all"]);
    // An optional peer that is not there is none that is missing.
    if (/invalid|UNMET (?!OPTIONAL)|missing/.test(tree))
      throw new Error(`npm ls is not content:\n${tree}`);
    return `npm ${(await context.exec("npm", ["--version"])).trim()}`;
  },
};

export const cells: readonly Cell[] = [
  npm,
  manager("pnpm, strict peers", "pnpm@latest", async (context) => {
    const pnpm = context.path("node_modules/.bin/pnpm");
    const flags = ["--strict-peer-dependencies", "--ignore-scripts", "--no-frozen-lockfile"];
    await context.exec(pnpm, ["install", ...flags, "--store-dir", context.path("store")], {
      cwd: "app",
    });
    await runPrograms(context);
    return undefined;
  }),
  manager("Yarn 4, Plug'n'Play", "@yarnpkg/cli-dist@4", async (context) => {
    const yarn = context.path("node_modules/@yarnpkg/cli-dist/bin/yarn.js");
    await context.write({
      "app/yarn.lock": "",
      "app/.yarnrc.yml": `nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\nnpmRegistryServer: "${(await context.exec("npm", ["config", "get", "registry"])).trim()}"\nunsafeHttpWhitelist: ["*"]\n`,
    });
    await context.node([yarn, "install"], {
      cwd: "app",
      env: { YARN_ENABLE_IMMUTABLE_INSTALLS: "false" },
    });
    await runPrograms(context, ["--require", "./.pnp.cjs", "--loader", "./.pnp.loader.mjs"]);
    return undefined;
  }),
  manager("bun install", bunPackage, async (context) => {
    const bun = context.path("node_modules", bunPackage, "bin/bun");
    await context.exec(bun, ["install", "--ignore-scripts"], { cwd: "app" });
    await runPrograms(context);
    return undefined;
  }),
];
