import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { Enode } from "../../../../src/index.ts";
import {
  dockerLines,
  powershellLines,
  shellLines,
} from "../../../../src/sandbox/pages/workbench/connect/environment.ts";
import {
  curlSnippet,
  SDK_SNIPPET,
  webhookSnippet,
} from "../../../../src/sandbox/pages/workbench/connect/first-call.ts";
import { command, pageOf, start } from "../support.ts";
import { bash } from "./bash.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** What the compiler says about a module beside package.json. */
function problemsOf(code: string): string[] {
  const file = `${root}connect-snippet.ts`;
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file ? ts.createSourceFile(path, code, rest[0]) : getSourceFile(path, ...rest);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the Connect tab of the workbench", () => {
  it("shows the environment variables of the sandbox, and leads to its description", async () => {
    const server = await start();
    const page = await pageOf(server, "?tab=connect");
    for (const [name, value] of Object.entries(server.env))
      expect(page).toContain(`${name}=${value}`);
    expect(page).toContain('href="/openapi.yaml"');
  });

  it("writes the variables so that a shell reads their values, whatever they hold", async () => {
    const value = `a'b"c $HOME \`d\` \\ e`;
    const env = { ENODE_CLIENT_SECRET: value, ENODE_API_URL: "http://127.0.0.1:4010" };
    expect(await bash(`${shellLines(env)}\nprintf %s "$ENODE_CLIENT_SECRET"`)).toBe(value);
    const arguments_ = await bash(`docker() { printf '%s\\n' "$@"; }\n${dockerLines(env)}`);
    expect(arguments_.split("\n")).toEqual([
      "run",
      "--rm",
      "-e",
      `ENODE_CLIENT_SECRET=${value}`,
      "-e",
      "ENODE_API_URL=http://host.docker.internal:4010",
      "your-image",
      "",
    ]);
    expect(powershellLines({ A: "it's" })).toBe("$env:A = 'it''s'");
  });

  it("has commands of curl that work as they are", async () => {
    const server = await start({ fleet: { users: 1, vehiclesPerUser: 3 } });
    const answer = JSON.parse(await bash(curlSnippet(server.env)));
    expect(answer.data).toHaveLength(2);
    const env = { ...server.env, ENODE_WEBHOOK_SECRET: "it's a secret of 32 characters or more" };
    const created = await bash(`${curlSnippet(env)} > /dev/null\n${webhookSnippet(env)}`);
    expect(JSON.parse(created)).toMatchObject({
      url: "http://127.0.0.1:3000/enode",
      isActive: true,
    });
  });

  it("has a program that compiles", () => {
    expect(problemsOf(SDK_SNIPPET)).toEqual([]);
    expect(problemsOf(SDK_SNIPPET.replace("model", "modell"))).not.toEqual([]);
  });

  it("ticks the first steps off as they happen", async () => {
    const server = await start({ deliver: async () => new Response(null, { status: 204 }) });
    const done = async () => {
      const page = await pageOf(server, "?tab=connect");
      return [...page.matchAll(/<li class="(done|open)">/g)].map(([, state]) => state === "done");
    };
    expect(await done()).toEqual([false, false, false, false]);
    expect(await command(server, { do: "add-household" })).toBe(
      "The user demo has a household of 6 devices.",
    );
    expect(server.devices.list("demo")).toHaveLength(6);
    expect(await command(server, { do: "add-household" })).toContain("exists already");
    expect(await done()).toEqual([false, true, false, false]);
    const enode = new Enode({
      ...server.credentials,
      environment: "sandbox",
      baseUrl: server.apiUrl,
      tokenUrl: server.tokenUrl,
    });
    await enode.users.get("nobody").catch(() => {});
    expect(await done()).toEqual([true, true, false, false]);
    await enode.users.get("demo");
    expect(await done()).toEqual([true, true, true, false]);
    await enode.webhooks.create({
      url: "https://hook.test/",
      secret: "s".repeat(32),
      events: ["*"],
    });
    expect(await pageOf(server, "?tab=connect")).toContain("There is one.");
    server.devices.add("anna", "charger");
    await server.deliver();
    expect(await done()).toEqual([true, true, true, true]);
  });
});
