import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classicConsumer, madeByRequire, schemaConsumer, usedByImport } from "./consumers.ts";
import { installTarball, type Project, readmeExample, root } from "./install.ts";

let project: Project;

beforeAll(async () => {
  project = await installTarball();
});

afterAll(() => project.remove());

/** Plays the README's program: the end user links, and then both functions are called. */
function driver(load: string): string {
  return `
const { startSandbox } = ${load}("enode-sdk/sandbox");
(async () => {
  const sandbox = await startSandbox({ seed: 1, actionDelay: 10 });
  Object.assign(process.env, sandbox.env);
  const { link, chargeAll, batteryLevel } = ${load}("./readme.${load === "require" ? "cjs" : "mjs"}");
  const linkUrl = await link("user-1");
  const devices = await sandbox.completeLink(linkUrl.split("/").pop(), { vendor: "TESLA", devices: 1 });
  await chargeAll("user-1");
  console.log(typeof (await batteryLevel(devices[0].id)), await batteryLevel("nobody"));
  await sandbox.close();
})();
`;
}

/** A program that receives webhooks where there is a Request. */
const consumer = `
import { type WebhookEventFor, WebhookReceiver, verifyWebhook } from "enode-sdk/webhooks";
const receiver = new WebhookReceiver({ secret: ["new-secret", "old-secret"] });
receiver.on("user:vehicle:updated", ({ vehicle }) => vehicle.chargeState.batteryLevel?.toFixed());
receiver.on("user:*:deleted", ({ user }: WebhookEventFor<"user:*:deleted">) => user.id.length);
// @ts-expect-error There is no such event.
receiver.on("user:car:updated", () => {});
export default { fetch: receiver.handle };
export async function names(request: Request): Promise<string[]> {
  const { events } = await verifyWebhook(request, { secret: "example-secret" });
  return events.map((event) => event.event);
}
`;

/** The same on node:http, with a file. */
const serverConsumer = `${consumer}
import { createServer } from "node:http";
import { Enode } from "enode-sdk";
import { sqliteStorage } from "enode-sdk/storage/sqlite";
import { nodeHandler } from "enode-sdk/webhooks";
const { eventStore } = sqliteStorage({ path: "enode.db" });
export const kept = new WebhookReceiver({ secret: "example-secret", store: eventStore });
export const server = createServer(nodeHandler(kept));
export const charge = async (enode: Enode, id: string) =>
  enode.vehicles.actions.wait(await enode.vehicles.startCharging(id), { receiver });
`;

/** Which of the files of the package and its dependencies that match are loaded by a program. */
async function loadedBy(type: string, code: string, pattern: RegExp): Promise<string[]> {
  const loader = `
    const loaded = [];
    require("node:module").registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    process.on("exit", () => console.log(JSON.stringify(loaded)));`;
  await project.write("loader.cjs", loader);
  const loaded: string[] = JSON.parse(
    await project.node("--require", "./loader.cjs", type, "-e", code),
  );
  expect(loaded.some((url) => url.includes("/enode-sdk/dist/"))).toBe(true);
  return loaded.filter((url) => pattern.test(url));
}

describe("the packed tarball", () => {
  it("holds what is used and nothing else", () => {
    const unexpected = project.files.filter(
      (file) => !/^(?:dist|docs\/guides|examples)\//.test(file),
    );
    expect(unexpected.sort()).toEqual([
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "docs/compatibility.md",
      "docs/performance.md",
      "docs/policy.md",
      // The sandbox serves it.
      "openapi/enode-2024-10-01.yaml",
      "package.json",
    ]);
  });

  it("holds what its readme links to", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    // Pictures are shown by the registry, from the repository.
    const links = [...readme.matchAll(/(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, link]) => link,
    );
    expect(links).toEqual(expect.arrayContaining(["docs/guides/webhooks.md", "examples/next"]));
    const isPacked = (link: string) =>
      project.files.some((file) => file === link || file.startsWith(`${link}/`));
    expect(links.filter((link) => !isPacked(link ?? ""))).toEqual([]);
  });

  it("names in typesVersions, for classic resolution, what it exports", async () => {
    const { exports, typesVersions } = JSON.parse(
      await readFile(join(root, "package.json"), "utf8"),
    );
    const entries = Object.entries<{ import: { types: string } }>(exports)
      .filter(([name]) => name !== "." && name !== "./package.json")
      .map(([name, target]) => [name.slice(2), [target.import.types]]);
    expect(typesVersions).toEqual({ "*": Object.fromEntries(entries) });
  });

  it("type-checks where modules are resolved in the classic way, libraries included", async () => {
    await project.write("classic.ts", classicConsumer);
    const flags =
      "--module commonjs --moduleResolution node10 --esModuleInterop --target es2023 --types node";
    expect(await project.compile(flags, "classic.ts")).toBe("");
  });

  it("has one type of each class for esm and commonjs in one program", async () => {
    await project.write("made.cts", madeByRequire);
    await project.write("used.mts", usedByImport);
    expect(await project.typeCheck("made.cts", "used.mts")).toBe("");
  });

  it("is named by its entries in the declarations of a host", async () => {
    const load = 'import { WebhookReceiver } from "enode-sdk/webhooks";';
    const made = 'export const make = () => new WebhookReceiver({ secret: "x" });';
    await project.write("host.cts", `${load}\n${made}`);
    const flags = "--noEmit false --declaration --outDir out --module node16 --types node";
    expect(await project.compile(flags, "host.cts")).toBe("");
    const emitted = await readFile(join(project.folder, "out/host.d.cts"), "utf8");
    expect(emitted).toContain('import("enode-sdk/webhooks"');
  });

  it.each(["zod43", "zod"])(
    "has schemas that fit those of the host, whose zod is %s",
    async (zod) => {
      await project.replace("zod", zod);
      await project.write("schemas.mts", schemaConsumer);
      expect(await project.typeCheck("schemas.mts")).toBe("");
      expect(await project.node("schemas.mts")).toBe("true true\n");
      await project.replace("zod", "zod");
    },
  );

  it("refuses no project for what it has beside", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    // npm refuses a range that another version beside it does not fit, used or not. Managers that are strict need the entry.
    expect(manifest.peerDependencies).toEqual({ "@opentelemetry/api": "*", undici: "*" });
    expect(manifest.peerDependenciesMeta).toEqual({
      "@opentelemetry/api": { optional: true },
      undici: { optional: true },
    });
    expect(Object.keys(manifest)).not.toContain("imports");
  });

  it("type-checks the readme's example, as esm and as commonjs", async () => {
    const example = await readmeExample();
    await project.write("readme.mts", example);
    await project.write("readme.cts", example);
    expect(await project.typeCheck("readme.mts", "readme.cts")).toBe("");
  });

  it.each([
    ["esm", ts.ModuleKind.ESNext, "mjs"],
    ["commonjs", ts.ModuleKind.CommonJS, "cjs"],
  ])(
    "runs the readme's example as %s",
    async (_, module, extension) => {
      const { outputText } = ts.transpileModule(await readmeExample(), {
        compilerOptions: { module, target: ts.ScriptTarget.ES2023 },
      });
      await project.write(`readme.${extension}`, outputText);
      const load = extension === "cjs" ? "require" : "await import";
      const start = extension === "cjs" ? "" : "import 'node:process';";
      await project.write(`driver.${extension}`, start + driver(load));
      expect(await project.node(`driver.${extension}`)).toBe("Model 3 CONFIRMED\nnumber null\n");
    },
    60_000,
  );

  it("runs the quickstart", async () => {
    await project.write(
      "quickstart.mts",
      await readFile(join(root, "examples/quickstart.ts"), "utf8"),
    );
    const trace = await project.node("--disable-warning=ExperimentalWarning", "quickstart.mts");
    expect(trace).toMatch(/^ +car says +CONFIRMED$/m);
    expect(trace).toMatch(/^ *webhook +user:vendor-action:updated /m);
    const charging = /^ +mirror now .*, PLUGGED_IN:CHARGING at \d+.* kW \(by webhook\)$/m;
    expect(trace).toMatch(charging);
    const steps = Array.from(trace.matchAll(/^(\d)\. /gm), ([, number]) => number);
    expect(steps).toEqual(["1", "2", "3", "4", "5"]);
    expect(trace).toMatch(/\nNext: npx enode-sdk sandbox .*\n$/);
  });

  it("says in a line what the environment of the quickstart lacks", async () => {
    const alone = 'process.env.ENODE_CLIENT_ID = "x"; await import("./quickstart.mts");';
    await project.write("alone.mjs", alone);
    await expect(project.node("alone.mjs")).rejects.toThrow(
      /^Set the environment variable ENODE_ENVIRONMENT\.\n$/,
    );
  });

  it("starts the sandbox from the command line, with its page and the description", async () => {
    const { bin } = JSON.parse(
      await readFile(join(project.folder, "node_modules/enode-sdk/package.json"), "utf8"),
    );
    const program = join("node_modules/enode-sdk", bin["enode-sdk"]);
    expect(await project.node(program, "--help")).toContain("Usage: enode-sdk <command>");
    await project.write(
      "command.mjs",
      `import { spawn } from "node:child_process";
      const child = spawn(process.execPath, [${JSON.stringify(program)}, "sandbox", "--port", "0", "--fleet", "small"]);
      let out = "";
      for await (const chunk of child.stdout) if ((out += chunk).endsWith("ready\\n")) break;
      const { ENODE_API_URL: url } = Object.fromEntries(out.split("\\n").map((line) => line.split("=")));
      const first = async (path) => (await (await fetch(url + path)).text()).split("\\n")[0];
      console.log(await first("/"), await first("/openapi.yaml"));
      child.once("close", (code) => console.log(code)).kill("SIGTERM");`,
    );
    expect(await project.node("command.mjs")).toMatch(
      /^<!doctype html> # Independent OpenAPI .*\n0\n$/,
    );
  });

  it.each([
    ["import", "--input-type=module", 'await import("enode-sdk")'],
    ["require", "--input-type=commonjs", 'require("enode-sdk")'],
  ])("loads neither zod nor the sandbox with the client, by %s", async (_, type, load) => {
    expect(await loadedBy(type, load, /zod|sandbox|schemas/)).toEqual([]);
  });

  it.each([
    ["import", "--input-type=module", "await import"],
    ["require", "--input-type=commonjs", "require"],
  ])("receives and checks webhooks without the client and zod, by %s", async (_, type, load) => {
    const code = `
      const { verifyWebhook, webhookRequest, WebhookReceiver } = ${load}("enode-sdk/webhooks");
      const secret = "example-secret";
      const receiver = new WebhookReceiver({ secret });
      const verified = (async () => (await verifyWebhook(await webhookRequest([], { secret }), { secret })).events)();
      const answered = (async () => (await receiver.handle(await webhookRequest([], { secret }))).status)();`;
    expect(await loadedBy(type, code, /\/(ky|p-retry|zod)\/|sandbox|schemas|sqlite/)).toEqual([]);
  });

  it.each([
    ["mjs", "await import"],
    ["cjs", "require"],
  ])("signs as enode does, and keeps events in a file, as %s", async (extension, load) => {
    await project.write(
      `webhooks.${extension}`,
      `(async () => {
        const { signWebhook, webhookRequest, WebhookReceiver } = ${load}("enode-sdk/webhooks");
        const { sqliteStorage } = ${load}("enode-sdk/storage/sqlite");
        console.log(await signWebhook('{"payload":"example"}', "example-secret"));

        const storage = sqliteStorage({ path: ":memory:" });
        const secret = "example-secret";
        const receiver = new WebhookReceiver({ secret, store: storage.eventStore });
        const handled = new Promise((resolve) => receiver.on("*", ({ event }) => resolve(event)));
        receiver.start();
        const createdAt = "2026-01-01T00:00:00.000Z";
        const event = { event: "enode:webhook:test", createdAt, version: "2024-10-01" };
        const answer = await receiver.handle(await webhookRequest([event], { secret }));
        console.log(answer.status, await answer.text(), await handled);
        await receiver.stop();
        storage.close();
      })();`,
    );
    const warning = "--disable-warning=ExperimentalWarning";
    expect(await project.node(warning, `webhooks.${extension}`)).toBe(
      "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d\n200 stored enode:webhook:test\n",
    );
  });

  it.each([
    ["mjs", "await import"],
    ["cjs", "require"],
  ])("mirrors devices in a file, as %s", async (extension, load) => {
    await project.write(
      `mirror.${extension}`,
      `(async () => {
        const { Enode } = ${load}("enode-sdk");
        const { Mirror } = ${load}("enode-sdk/mirror");
        const { createSandbox } = ${load}("enode-sdk/sandbox");
        const { sqliteStorage } = ${load}("enode-sdk/storage/sqlite");
        const sandbox = createSandbox({ fleet: { users: 2, vehiclesPerUser: 2, chargersPerUser: 1 } });
        const enode = new Enode({ environment: "sandbox", ...sandbox.credentials, fetch: sandbox.fetch });
        const storage = sqliteStorage({ path: ":memory:" });
        const mirror = new Mirror({ enode, store: storage.deviceStore });
        await mirror.backfill();
        const devices = await mirror.devices.list({ userId: "user-1" }).toArray({ limit: 10 });
        console.log(devices.map(({ kind, userId }) => kind + " of " + userId).sort().join(", "));
        storage.close();
      })();`,
    );
    const warning = "--disable-warning=ExperimentalWarning";
    expect(await project.node(warning, `mirror.${extension}`)).toBe(
      "charger of user-1, vehicle of user-1, vehicle of user-1\n",
    );
  });

  it.each([
    ["import", "--input-type=module", "await import"],
    ["require", "--input-type=commonjs", "require"],
  ])("loads engines that need a driver without one, by %s", async (_, type, load) => {
    const code = `
      const { postgresStorage } = ${load}("enode-sdk/storage/postgres");
      const { redisTokenStore } = ${load}("enode-sdk/storage/redis");
      const { deviceStoreCases } = ${load}("enode-sdk/storage/conformance");
      if (!postgresStorage || !redisTokenStore || !deviceStoreCases[0]) process.exit(1);`;
    expect(await loadedBy(type, code, /sandbox|schemas|sqlite|\/(ky|zod|p-retry)\//)).toEqual([]);
  });

  it("says the same where there is no node:crypto", async () => {
    await project.write(
      "worker.mjs",
      `import { signWebhook, verifyWebhook, webhookRequest } from "enode-sdk/webhooks";
      const secret = "example-secret";
      console.log(await signWebhook('{"payload":"example"}', secret));
      const { matchedSecret, digest } = await verifyWebhook(await webhookRequest([], { secret }), { secret });
      console.log(matchedSecret, digest.length);`,
    );
    await project.write("no-crypto.cjs", "process.getBuiltinModule = undefined;");
    expect(await project.node("--require", "./no-crypto.cjs", "worker.mjs")).toBe(
      "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d\n0 64\n",
    );
  });

  it("type-checks a server that receives webhooks, as esm and as commonjs", async () => {
    await project.write("server.mts", serverConsumer);
    await project.write("server.cts", serverConsumer);
    expect(await project.typeCheck("server.mts", "server.cts")).toBe("");
  });

  it("type-checks a program that receives webhooks and has no types of node", async () => {
    await project.write("consumer.mts", consumer);
    await project.write("consumer.cts", consumer);
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      module: "nodenext",
      target: "es2023",
      types: [],
    };
    const files = ["consumer.mts", "consumer.cts"];
    await project.write("consumer.json", JSON.stringify({ compilerOptions, files }));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const listed = await project.node(compiler, "--project", "consumer.json", "--listFiles");
    expect(listed).toMatch(/enode-sdk\/dist\/webhooks\.d\.c?ts/);
    expect(listed).not.toContain("@types/node");
  });

  it("needs no esm-only package when it is required, as jest does", async () => {
    const files = project.files.filter((file) => file.endsWith(".cjs"));
    const texts = await Promise.all(
      files.map((file) => readFile(join(project.folder, "node_modules/enode-sdk", file), "utf8")),
    );
    const requiredIn = (chosen: readonly string[]) =>
      chosen.flatMap((text) =>
        Array.from(text.matchAll(/require\(["']([^"'.][^"']*)["']\)/g), ([, name]) => name),
      );
    const requiredBy = (isMeant: (file: string) => boolean) =>
      new Set(requiredIn(texts.filter((_, at) => isMeant(files[at] ?? ""))));
    expect(requiredBy((file) => file === "dist/undici.cjs")).toEqual(
      new Set(["undici", "node:crypto", "node:tls", "node:util", "node:zlib"]),
    );
    expect(requiredBy((file) => file === "dist/otel.cjs")).toEqual(new Set(["@opentelemetry/api"]));
    expect(requiredBy((file) => !/^dist\/(?:undici|otel)\.cjs$/.test(file))).toEqual(
      new Set(["zod", "node:crypto", "node:fs", "node:fs/promises", "node:http"]),
    );
    expect(texts.some((text) => /\bimport\("(?!node:)/.test(text))).toBe(false);
  });

  it("loads nothing by a private name, which an alias of the host could catch", async () => {
    const files = project.files.filter((file) => /\.c?js$/.test(file));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = await readFile(join(project.folder, "node_modules/enode-sdk", file), "utf8");
      expect(text).not.toMatch(/(?:\bfrom ?|\bimport ?|\brequire\(|\bimport\()["']#/);
    }
  });

  it("says what to install for a transport on undici, as esm and as commonjs", async () => {
    const program = (load: string) => `
      ${load}
      const enode = new Enode({
        environment: "sandbox",
        tokenProvider: async () => ({ token: "token-1", expiresAt: 8.64e15 }),
        transport: undiciTransport(),
      });
      enode.vehicles.list().catch((error) => console.log(error.name, error.message));`;
    const sentence =
      "ConfigurationError enode-sdk/undici needs the package undici, version 7 or newer: npm install undici\n";
    await project.write(
      "transport.mjs",
      program(
        'import { Enode } from "enode-sdk";import { undiciTransport } from "enode-sdk/undici";',
      ),
    );
    await project.write(
      "transport.cjs",
      program(
        'const { Enode } = require("enode-sdk");const { undiciTransport } = require("enode-sdk/undici");',
      ),
    );
    expect(await project.node("transport.mjs")).toBe(sentence);
    expect(await project.node("transport.cjs")).toBe(sentence);
  });

  it("names the package that is missing for spans and metrics, as esm and as commonjs", async () => {
    await project.write(
      "otel.mjs",
      'import("enode-sdk/otel").catch((error) => console.log(error.message));',
    );
    await project.write(
      "otel.cjs",
      'try { require("enode-sdk/otel") } catch (error) { console.log(error.message.split("\\n")[0]); }',
    );
    expect(await project.node("otel.mjs")).toMatch(
      /'@opentelemetry\/api'.*enode-sdk\/dist\/otel\.js/,
    );
    expect(await project.node("otel.cjs")).toContain("'@opentelemetry/api'");
  });

  it("knows the errors of the other build", async () => {
    await project.write(
      "builds.cjs",
      `const cjs = require("enode-sdk");
      import("enode-sdk").then((esm) => {
        const of = ({ Enode }) => { try { new Enode({}); } catch (error) { return error; } };
        console.log(cjs.isConfigurationError(of(esm)), esm.isConfigurationError(of(cjs)));
      });`,
    );
    expect(await project.node("builds.cjs")).toBe("true true\n");
  });
});
