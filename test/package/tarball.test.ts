import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

describe("the packed tarball", () => {
  it("holds what is used and nothing else", () => {
    const unexpected = project.files.filter((file) => !file.startsWith("dist/"));
    expect(unexpected.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
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
    expect(trace).toMatch(/^car says +CONFIRMED, PLUGGED_IN:CHARGING at \d+/m);
  });

  it.each([
    ["import", "--input-type=module", 'await import("enode-sdk")'],
    ["require", "--input-type=commonjs", 'require("enode-sdk")'],
  ])("loads neither zod nor the sandbox with the client, by %s", async (_, type, load) => {
    const loader = `
      const loaded = [];
      require("node:module").registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      process.on("exit", () => console.log(loaded.filter((url) => /zod|sandbox|schemas/.test(url)).length, loaded.length > 1));`;
    await project.write("loader.cjs", loader);
    expect(await project.node("--require", "./loader.cjs", type, "-e", load)).toBe("0 true\n");
  });

  it("needs no esm-only package when it is required, as jest does", async () => {
    const files = project.files.filter((file) => file.endsWith(".cjs"));
    const texts = await Promise.all(
      files.map((file) => readFile(join(project.folder, "node_modules/enode-sdk", file), "utf8")),
    );
    const required = texts.flatMap((text) => [
      ...text.matchAll(/require\(["']([^"'.][^"']*)["']\)/g),
    ]);
    expect(new Set(required.map(([, name]) => name))).toEqual(new Set(["zod", "node:http"]));
    expect(texts.some((text) => /\bimport\("(?!node:)/.test(text))).toBe(false);
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
