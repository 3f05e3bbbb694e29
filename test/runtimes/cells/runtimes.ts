import { bunPackage, denoPackage } from "../support/binaries.ts";
import { type Cell, expectText, NotPossible } from "../support/cell.ts";

function bun(version: string, hasStore: boolean): Cell {
  return {
    group: "Other runtimes",
    name: `Bun ${version}`,
    versions: [`${bunPackage}@${version}`],
    async run(context) {
      await context.install([`${bunPackage}@${version}`]);
      await context.writeProbe();
      const call = hasStore ? "probe()" : "probe({ hasStore: false })";
      await context.write({
        "main.mjs": `import { probe } from "./probe.mjs";\nconsole.log(await ${call});\nprocess.exit(0);\n`,
        "main.cjs": `require("./probe.cjs").${call}.then(console.log).then(() => process.exit(0));\n`,
      });
      const binary = context.path("node_modules", bunPackage, "bin/bun");
      for (const program of ["main.mjs", "main.cjs"]) {
        expectText(await context.exec(binary, [program]), "probe ok");
      }
      return hasStore ? undefined : "SQLite needs Bun 1.4, the first with node:sqlite";
    },
  };
}

const deno: Cell = {
  group: "Other runtimes",
  name: "Deno",
  versions: [`${denoPackage}@latest`],
  async run(context) {
    await context.install([`${denoPackage}@latest`]);
    await context.writeProbe();
    const binary = context.path("node_modules", denoPackage, "deno");
    const output = await context.exec(binary, [
      "run",
      "--no-config",
      "--node-modules-dir=manual",
      "--allow-net",
      "main.mjs",
    ]);
    expectText(output, "SQLite");
    return "needs --allow-net only";
  },
};

const WORKER = `import { probe } from "./probe.mjs";
export default {
  async fetch() {
    try {
      return new Response(await probe({ isLocal: true, hasStore: false }));
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
`;

function workerd(date: string): Cell {
  return {
    group: "Other runtimes",
    name: `Cloudflare Workers (workerd), compatibility date ${date}`,
    versions: ["miniflare@4", "esbuild@0.28"],
    async run(context) {
      await context.install(["miniflare@4", "esbuild@0.28"]);
      await context.writeProbe();
      await context.write({
        "worker.mjs": WORKER,
        "run.mjs": `import { build } from "esbuild";
import { Miniflare } from "miniflare";
const { outputFiles } = await build({
  entryPoints: ["worker.mjs"], bundle: true, format: "esm", write: false, external: ["node:*"],
  conditions: ["workerd", "worker", "browser"], mainFields: ["browser", "module", "main"], target: "es2022",
});
const worker = new Miniflare({ modules: true, script: outputFiles[0].text, compatibilityDate: "${date}", compatibilityFlags: ["nodejs_compat"] });
for (const _ of [1, 2]) console.log(await (await worker.dispatchFetch("http://worker.test/")).text());
await worker.dispose();
`,
      });
      const output = await context.node(["run.mjs"]).catch((error: Error) => {
        if (error.message.includes("ENOENT") && error.message.includes("workerd")) {
          throw new NotPossible("npm brought no workerd for this machine");
        }
        throw error;
      });
      if (output.split("probe ok").length !== 3) throw new Error(output);
      return "client, sandbox and receiver in a Worker; SQLite is not there";
    },
  };
}

export const cells: readonly Cell[] = [
  bun("1.3", false),
  bun("1.4.0", true),
  bun("latest", true),
  deno,
  workerd("2024-09-23"),
  workerd("2026-01-01"),
];
