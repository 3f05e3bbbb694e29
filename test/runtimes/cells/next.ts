import { readdir } from "node:fs/promises";
import { type Cell, expectEqual, NotPossible } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";
import {
  answers,
  expectJourney,
  expectReceiver,
  freePort,
  SECRET,
  startEnode,
} from "../support/servers.ts";

const RECEIVER = `import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";

const receiver = new WebhookReceiver({ secret: () => process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
receiver.on("*", ({ event }) => console.log("heard", event));
`;

const CALL = `import { Enode } from "enode-sdk";

let enode: Enode | undefined;

export const dynamic = "force-dynamic";

export async function GET() {
  enode ??= Enode.fromEnv();
  const vehicles = await enode.vehicles.list({ pageSize: 1 }).toArray({ limit: 10 });
  return Response.json(vehicles.length);
}
`;

const FILES = {
  "app/layout.tsx": `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
  "app/page.tsx": "export default function Page() {\n  return <p>Home</p>;\n}\n",
  "app/hook/route.ts": `${RECEIVER}\nexport const POST = receiver.handle;\n`,
  "app/edge-hook/route.ts": `${RECEIVER}\nexport const runtime = "edge";\nexport const POST = receiver.handle;\n`,
  "app/call/route.ts": CALL,
  "app/edge-call/route.ts": `${CALL}\nexport const runtime = "edge";\n`,
  "pages/api/hook.ts": `${RECEIVER}\nexport const config = { api: { bodyParser: false } };\nexport default nodeHandler(receiver);\n`,
  "next.config.mjs": "export default {};\n",
  "tsconfig.json": {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["dom", "dom.iterable", "esnext"],
      module: "esnext",
      moduleResolution: "bundler",
      esModuleInterop: true,
      isolatedModules: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      allowJs: true,
      jsx: "preserve",
      incremental: true,
      plugins: [{ name: "next" }],
    },
    include: ["next-env.d.ts", "**/*.ts", "**/*.tsx"],
    exclude: ["node_modules"],
  },
};

const NO_TELEMETRY = { NEXT_TELEMETRY_DISABLED: "1" };

function next(
  version: string,
  react: string,
  bundler: string,
  flags: readonly string[],
  example?: { packages: readonly string[] },
): Cell {
  return {
    group: "Next.js",
    name: `Next ${version}, ${bundler}: app and pages router, edge runtime`,
    versions: [`next@${version}`, `react@${react}`],
    limit: example === undefined ? 420 : 600,
    async run(context) {
      const types = [`@types/react@${react}`, "@types/node@22", "typescript@5.9"];
      const packages = [`next@${version}`, `react@${react}`, `react-dom@${react}`, ...types];
      await context.install([...packages, ...(example?.packages ?? [])]);
      await context.write(FILES);
      // Builds run the modules of routes, and in images and CI there are no secrets.
      const build = (env: Record<string, string>) =>
        context.bin("next", ["build", ...flags], { env: { ...NO_TELEMETRY, ...env } });
      await build({ ENODE_WEBHOOK_SECRET: SECRET }).catch(asDownload);
      await build({});
      await run(context);
      const note = "built with and without secrets; webhooks, calls, a revoked token";
      if (example === undefined) return note;
      await runExample(context);
      return `${note}; examples/next`;
    },
  };
}

/** A binary that npm did not bring cannot be loaded here. */
function asDownload(error: Error): never {
  if (/Failed to download|Attempted to load @next\/swc/.test(error.message)) {
    throw new NotPossible(`Next wanted to download a binary: ${error.message.slice(0, 80)}`);
  }
  throw error;
}

async function run(context: CellContext): Promise<void> {
  const enode = await startEnode(context);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command = ["start", "--hostname", "127.0.0.1", "--port", String(port)];
  const server = context.start(context.path("node_modules/.bin/next"), command, {
    env: { ...NO_TELEMETRY, ...enode.env, ENODE_WEBHOOK_SECRET: SECRET },
  });
  await answers(url, server);
  for (const path of ["/hook", "/api/hook", "/edge-hook"]) {
    await expectReceiver(context, url + path);
  }
  for (const path of ["/call", "/edge-call"]) {
    const list = async () => (await fetch(url + path)).text();
    expectEqual(await list(), "3", `answer of ${path}`);
    const before = await enode.issued();
    await enode.revoke();
    expectEqual(await list(), "3", `answer of ${path} after its token was revoked`);
    expectEqual(await enode.issued(), before + 1, `tokens of ${path} after a revocation`);
  }
  await server.stop();
}

/** The app of `examples/next`, in a folder of the project that has what it needs. */
async function runExample(context: CellContext): Promise<void> {
  await context.copyExample("next");
  const next = context.path("node_modules/.bin/next");
  await context.exec(next, ["build"], { cwd: "example", env: NO_TELEMETRY });
  // A receiver that ran while it was built would have made the file, and handled events.
  const made = (await readdir(context.path("example"))).filter((name) => name.includes(".db"));
  expectEqual(made, [], "databases after a build");
  await expectJourney(context, {
    command: next,
    args: (port) => ["start", "--hostname", "127.0.0.1", "--port", port],
    prefix: "/api",
    link: "page",
  });
}

export const cells: readonly Cell[] = [
  next("14.2", "18.3", "webpack", []),
  next("15.5", "19", "webpack", []),
  next("15.5", "19", "Turbopack", ["--turbopack"]),
  next("16", "19", "Turbopack", [], { packages: ["pg@8", "@types/pg@8"] }),
  next("16", "19", "webpack", ["--webpack"]),
];
