import { readFile } from "node:fs/promises";
import { bunPackage, nodePackage } from "../support/binaries.ts";
import { type Cell, expectText, NotPossible } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";

const SERVERS_ONLY =
  "enode-sdk needs Node 22.13 or newer, Bun, Deno or Workers, on a server: a browser or app would show everyone the client secret, and so the data of all your users. Let your own server call Enode.";
const NO_SQLITE =
  "sqliteStorage needs node:sqlite, which this runtime does not have: use Node 22.13, Bun 1.4, Deno 2.2 or later, or another storage.";

const CLIENT = `import { Enode } from "enode-sdk";
export function refusal() {
  try {
    new Enode({ clientId: "id", clientSecret: "secret", environment: "sandbox" });
    return "no refusal";
  } catch (error) {
    return error.message;
  }
}
`;

/** Prints what some code throws. */
const printed = (imports: string, code: string) => `${imports}
try {
  ${code};
} catch (error) {
  console.log(error.message);
}
`;

const SQLITE = printed(
  'import { sqliteStorage } from "enode-sdk/storage/sqlite";',
  'sqliteStorage({ path: ":memory:" })',
);

const REFUSAL = 'import { refusal } from "./client.mjs";\n';

function refusal(
  name: string,
  versions: readonly string[],
  run: (context: CellContext) => Promise<string | undefined>,
): Cell {
  return { group: "What is refused, in one sentence that says what to do", name, versions, run };
}

const oldNode = refusal("Node 20", [`${nodePackage}@20`], async (context) => {
  await context.install([`${nodePackage}@20`]);
  await context.write({
    "client.mjs": CLIENT,
    "main.mjs": `${REFUSAL}console.log(refusal());\n`,
    "sqlite.mjs": SQLITE,
  });
  const binary = context.path("node_modules", nodePackage, "bin/node");
  expectText(await context.exec(binary, ["main.mjs"]), SERVERS_ONLY);
  expectText(await context.exec(binary, ["sqlite.mjs"]), NO_SQLITE);
  return SERVERS_ONLY;
});

const noSqlite = refusal("SQLite on Bun 1.3", [`${bunPackage}@1.3`], async (context) => {
  await context.install([`${bunPackage}@1.3`]);
  await context.write({ "main.mjs": SQLITE });
  const binary = context.path("node_modules", bunPackage, "bin/bun");
  expectText(await context.exec(binary, ["main.mjs"]), NO_SQLITE);
  return NO_SQLITE;
});

const browser = refusal("A bundle in Chromium", ["esbuild@0.28"], async (context) => {
  await context.install(["esbuild@0.28"]);
  await context.write({
    "client.mjs": CLIENT,
    "page.mjs": `${REFUSAL}document.title = refusal();\n`,
  });
  await context.bin("esbuild", ["page.mjs", "--bundle", "--platform=browser", "--outfile=page.js"]);
  const script = await readFile(context.path("page.js"), "utf8");
  const closed = script.replaceAll("</script", "<\\/script");
  await context.write({ "page.html": `<title>none</title><script>${closed}</script>` });
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"];
  const profile = `--user-data-dir=${context.path("profile")}`;
  const page = await context
    .exec("chromium", [...flags, profile, `file://${context.path("page.html")}`])
    .catch((error: Error) => {
      if (/ENOENT/.test(error.message)) throw new NotPossible("there is no Chromium");
      throw error;
    });
  expectText(page, `<title>${SERVERS_ONLY}</title>`);
  return SERVERS_ONLY;
});

const drivers = refusal("A database without its driver", [], async (context) => {
  await context.install();
  const cases = [
    ["postgres", "postgresStorage", "pool must be a Pool of pg"],
    ["redis", "redisTokenStore", "client must be a client of ioredis (5 or later)"],
  ] as const;
  for (const [entry, name, sentence] of cases) {
    const imports = `import { ${name} } from "enode-sdk/storage/${entry}";`;
    await context.write({ [`${entry}.mjs`]: printed(imports, `${name}({})`) });
    expectText(await context.node([`${entry}.mjs`]), sentence);
  }
  return "the drivers are yours to import: pg, ioredis, redis";
});

const UNDICI = `import { Enode } from "enode-sdk";
import { undiciTransport } from "enode-sdk/undici";
const enode = new Enode({
  clientId: "id",
  clientSecret: "secret",
  environment: "sandbox",
  transport: undiciTransport(),
});
await enode.vehicles.list().catch((error) => console.log(error.name, error.message));
`;

const transport = refusal(
  "undiciTransport without undici 7 or newer",
  ["undici@6"],
  async (context) => {
    await context.install();
    await context.write({ "main.mjs": UNDICI });
    const sentence =
      "ConfigurationError enode-sdk/undici needs the package undici, version 7 or newer";
    expectText(await context.node(["main.mjs"]), `${sentence}: npm install undici`);
    await context.install(["undici@6"]);
    expectText(
      await context.node(["main.mjs"]),
      `${sentence}, not an older one: npm install undici`,
    );
    await context.write({
      "dispatcher.mjs": UNDICI.replace(
        "undiciTransport()",
        "undiciTransport({ dispatcher })",
      ).replace("\n", '\nimport { Agent } from "undici";\nconst dispatcher = new Agent();\n'),
    });
    expectText(
      await context.node(["dispatcher.mjs"]),
      "ConfigurationError The dispatcher does not belong to undici 7 or newer",
    );
    return "enode-sdk/undici needs the package undici, version 7 or newer: npm install undici";
  },
);

const OTEL = `import { openTelemetry } from "enode-sdk/otel";
try {
  openTelemetry();
} catch (error) {
  console.log(error.name, error.message);
}
`;

const openTelemetry = refusal(
  "openTelemetry with an @opentelemetry/api before 1.3",
  ["@opentelemetry/api@1.2"],
  async (context) => {
    await context.install();
    await context.write({
      "main.mjs": OTEL,
      "main.cjs": OTEL.replace("import {", "const {").replace(/from (.*);/, "= require($1);"),
    });
    for (const program of ["main.mjs", "main.cjs"]) {
      const report = await context.node([program]).catch((error: Error) => error.message);
      // An import that is static fails with the words of the runtime, which the guide quotes.
      expectText(report, program.endsWith("cjs") ? "Cannot find module" : "Cannot find package");
      expectText(report, "'@opentelemetry/api'");
    }
    await context.install(["@opentelemetry/api@1.2"]);
    const sentence =
      "enode-sdk/otel needs the package @opentelemetry/api, version 1.3 or newer, not an older one: npm install @opentelemetry/api";
    for (const program of ["main.mjs", "main.cjs"]) {
      expectText(await context.node([program]), `ConfigurationError ${sentence}`);
    }
    return sentence;
  },
);

// What TypeScript says by itself where a package has no typesVersions: ours has, so that nobody meets it.
const classic = refusal(
  "moduleResolution node10 without typesVersions",
  ["typescript@5.9"],
  async (context) => {
    await context.install(["typescript@5.9", "@types/node@22"]);
    const manifest = context.path("node_modules/enode-sdk/package.json");
    const { typesVersions: _, ...rest } = JSON.parse(await readFile(manifest, "utf8"));
    await context.write({
      "node_modules/enode-sdk/package.json": rest,
      "all.ts": await context.program("types.ts"),
    });
    const flags =
      "--noEmit --strict --target es2022 --module commonjs --moduleResolution node10 --esModuleInterop";
    const report = await context.bin("tsc", [...flags.split(" "), "all.ts"]).then(
      () => "no refusal",
      (error: Error) => error.message,
    );
    expectText(report, "Consider updating to 'node16', 'nodenext', or 'bundler'.");
    return "with typesVersions, which the package has, it works: see TypeScript";
  },
);

export const cells: readonly Cell[] = [
  oldNode,
  noSqlite,
  browser,
  drivers,
  transport,
  openTelemetry,
  classic,
];
