import { bunPackage, denoPackage } from "../support/binaries.ts";
import { type Cell, expectText, NotPossible } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";
import { answers, expectJourney, expectReceiver, freePort, SECRET } from "../support/servers.ts";

/** A server as the guide to webhooks has it for Bun and Deno. */
const SERVER = `import { WebhookReceiver } from "enode-sdk/webhooks";
const receiver = new WebhookReceiver({ secret: process.env.ENODE_WEBHOOK_SECRET, onError() {} });
export default {
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  fetch: (request) => receiver.handle(request),
};
`;

async function serve(
  context: CellContext,
  binary: string,
  args: (port: string) => readonly string[],
): Promise<void> {
  const port = String(await freePort());
  await context.write({ "server.mjs": SERVER });
  const server = context.start(binary, args(port), {
    env: { PORT: port, ENODE_WEBHOOK_SECRET: SECRET },
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(url, server);
  await expectReceiver(context, url);
  await server.stop();
}

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
      await serve(context, binary, () => ["server.mjs"]);
      return hasStore ? "Bun.serve" : "Bun.serve; SQLite needs Bun 1.4, the first with node:sqlite";
    },
  };
}

function deno(version: string): Cell {
  return {
    group: "Other runtimes",
    name: `Deno ${version}`,
    versions: [`${denoPackage}@${version}`],
    async run(context) {
      await context.install([`${denoPackage}@${version}`]);
      await context.writeProbe();
      const binary = context.path("node_modules", denoPackage, "deno");
      const flags = ["--no-config", "--node-modules-dir=manual", "--allow-net"];
      expectText(await context.exec(binary, ["run", ...flags, "main.mjs"]), "SQLite");
      await serve(context, binary, (port) => [
        "serve",
        ...flags,
        "--allow-env",
        "--host=127.0.0.1",
        `--port=${port}`,
        "server.mjs",
      ]);
      return "needs --allow-net only; deno serve";
    },
  };
}

const WORKER = `import { probe } from "./probe.mjs";
import { WebhookReceiver } from "enode-sdk/webhooks";
let receiver;
export default {
  async fetch(request, env) {
    if (request.method === "POST") {
      receiver ??= new WebhookReceiver({ secret: env.ENODE_WEBHOOK_SECRET, onError() {} });
      return receiver.handle(request);
    }
    try {
      return new Response(await probe({ isLocal: true, hasStore: false }));
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
`;

/** What `examples/hono-worker` needs. */
const EXAMPLE = ["hono@4", "@cloudflare/workers-types@4", "typescript@5.9"];

async function runExample(context: CellContext): Promise<void> {
  await context.copyExample("hono-worker");
  await context.bin("tsc", ["--project", "example"]);
  await context.write({ "example/run.mjs": await context.program("worker.mjs") });
  const args = () => ["run.mjs"];
  await expectJourney(context, { command: process.execPath, args, prefix: "", link: "/link" });
}

function workerd(date: string, hasExample = false): Cell {
  return {
    group: "Other runtimes",
    name: `Cloudflare Workers (workerd), compatibility date ${date}`,
    versions: ["miniflare@4", "esbuild@0.28"],
    async run(context) {
      await context.install(["miniflare@4", "esbuild@0.28", ...(hasExample ? EXAMPLE : [])]);
      await context.writeProbe();
      await context.write({
        "worker.mjs": WORKER,
        "run.mjs": `import { build } from "esbuild";
import { Miniflare } from "miniflare";
const { outputFiles } = await build({
  entryPoints: ["worker.mjs"], bundle: true, format: "esm", write: false, external: ["node:*"],
  conditions: ["workerd", "worker", "browser"], mainFields: ["browser", "module", "main"], target: "es2022",
});
const worker = new Miniflare({
  modules: true, script: outputFiles[0].text, compatibilityDate: "${date}", compatibilityFlags: ["nodejs_compat"],
  bindings: { ENODE_WEBHOOK_SECRET: "${SECRET}" }, host: "127.0.0.1", port: Number(process.env.PORT),
});
for (const _ of [1, 2]) console.log(await (await worker.dispatchFetch("http://worker.test/")).text());
console.log("waits for deliveries");
`,
      });
      const port = String(await freePort());
      const program = context.start(process.execPath, ["run.mjs"], { env: { PORT: port } });
      await program.prints(/waits for deliveries/).catch((error: Error) => {
        if (error.message.includes("ENOENT") && error.message.includes("workerd")) {
          throw new NotPossible("npm brought no workerd for this machine");
        }
        throw error;
      });
      if (program.output().split("probe ok").length !== 3) throw new Error(program.output());
      await expectReceiver(context, `http://127.0.0.1:${port}`);
      await program.stop();
      const note = "client, sandbox and receiver in a Worker; SQLite is not there";
      if (!hasExample) return note;
      await runExample(context);
      return `${note}; examples/hono-worker`;
    },
  };
}

export const cells: readonly Cell[] = [
  bun("1.3", false),
  bun("1.4.0", true),
  bun("latest", true),
  deno("2.2"),
  deno("latest"),
  workerd("2024-09-23"),
  workerd("2026-01-01", true),
];
