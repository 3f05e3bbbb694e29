import * as fs from "node:fs";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as undici from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import * as enodeSdk from "../../src/index.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import * as transport from "../../src/undici/index.ts";
import { authority, server as certificate, client } from "../undici/support/certificates.ts";
import { useServers } from "../undici/support/servers.ts";

const servers = useServers();
const guide = readFileSync(
  fileURLToPath(new URL("../../docs/guides/connections.md", import.meta.url)),
  "utf8",
);
const modules: Readonly<Record<string, object>> = {
  "node:fs": fs,
  "enode-sdk": enodeSdk,
  "enode-sdk/undici": transport,
  undici,
};

/** Runs the program under a heading, with other addresses, and gives what it exports. */
function run<Exports>(heading: string, addresses: Readonly<Record<string, string>> = {}): Exports {
  const section = guide.split(`\n${heading}\n`)[1] ?? "";
  let [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(section) ?? [];
  for (const [written, actual] of Object.entries(addresses)) code = code.replace(written, actual);
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const exported = {};
  new Function("require", "exports", outputText)((name: string) => modules[name], exported);
  if (Object.keys(exported).length === 0) throw new Error(`Nothing is exported under ${heading}.`);
  return exported as Exports;
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "enode-guide-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes the environment that of a sandbox over HTTP. */
async function useSandbox(): Promise<void> {
  const sandbox = await startSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 3 } });
  servers.afterwards(() => sandbox.close());
  for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
}

/** Makes the environment that of a server of TLS, which answers tokens and users. */
async function useTls(options: ServerOptions): Promise<void> {
  const { port } = await servers.secure(options, (_request, response) => {
    const answer = { id: "ok", access_token: "token-1", expires_in: 3600, token_type: "bearer" };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  vi.stubEnv("ENODE_API_URL", `https://127.0.0.1:${port}`);
  vi.stubEnv("ENODE_TOKEN_URL", `https://127.0.0.1:${port}/oauth2/token`);
  vi.stubEnv("ENODE_ENVIRONMENT", "sandbox");
  vi.stubEnv("ENODE_CLIENT_ID", "client-1");
  vi.stubEnv("ENODE_CLIENT_SECRET", "secret-1");
}

describe("the programs of the guide to connections", () => {
  it("call Enode, and close the connections when the process is told to end", async () => {
    await useSandbox();
    const once = vi.spyOn(process, "once").mockReturnValue(process);
    const { enode } = run<{ enode: Enode }>("# Connections: proxies, certificates, pools");
    expect((await enode.vehicles.list()).data).toHaveLength(3);

    expect(once.mock.lastCall?.[0]).toBe("SIGTERM");
    await once.mock.lastCall?.[1]();

    await expect(enode.vehicles.list()).rejects.toThrow("close()");
  });

  it("go through a proxy, with name and password", async () => {
    await useSandbox();
    const proxy = await servers.proxy();
    const { enode } = run<{ enode: Enode }>("## Through a proxy", {
      "proxy.example:3128": new URL(proxy.url).host,
    });
    servers.afterwards(() => enode.close());

    expect((await enode.vehicles.list()).data).toHaveLength(3);
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${btoa("name:password")}`);
  });

  it("trust the authority of a file", async () => {
    await useTls(certificate);
    writeFileSync(join(folder, "ca.pem"), authority);
    const { connect } = run<{ connect(path: string): Enode }>(
      "## The certificate authority of a company",
    );
    const enode = connect(join(folder, "ca.pem"));
    servers.afterwards(() => enode.close());

    expect(await enode.users.get("u-1")).toMatchObject({ id: "ok" });
  });

  it("show a certificate of their own", async () => {
    await useTls({ ...certificate, ca: authority, requestCert: true });
    writeFileSync(join(folder, "ca.pem"), authority);
    writeFileSync(join(folder, "client.pem"), client.cert);
    writeFileSync(join(folder, "client.key"), client.key);
    const { connect } = run<{ connect(folder: string): Enode }>(
      "## A certificate of your own (mTLS)",
    );
    const enode = connect(folder);
    servers.afterwards(() => enode.close());

    expect(await enode.users.get("u-1")).toMatchObject({ id: "ok" });
  });

  it("close a client at the end of a block", async () => {
    await useSandbox();
    const { countVehicles } = run<{ countVehicles(): Promise<number> }>("## Closing");

    expect(await countVehicles()).toBe(3);
  });

  it("are tested with a MockAgent", async () => {
    const { nameOfMockedUser } = run<{ nameOfMockedUser(): Promise<string> }>(
      "## A dispatcher of your own",
    );

    expect(await nameOfMockedUser()).toBe("anna");
  });
});
