/**
 * Runs every operation and the quickstart against the sandbox through Prism, which knows nothing of this project but
 * the OpenAPI file, and fails on the first request or answer that it does not agree with.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Enode } from "../../dist/index.js";
import { type SandboxServer, type SandboxServerOptions, startSandbox } from "../../dist/sandbox.js";
import {
  callEveryOperation,
  failuresIn,
  TOUR_OPTIONS,
} from "../../test/contract/support/every-operation.ts";
import { Prism } from "./prism.ts";

const LIMIT = 240_000;
const QUICKSTART = fileURLToPath(new URL("../../examples/quickstart.ts", import.meta.url));

const problems: string[] = [];

async function through(
  name: string,
  options: SandboxServerOptions,
  work: (sandbox: SandboxServer, prism: Prism) => Promise<readonly string[]>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const prism = await Prism.start(sandbox.apiUrl).catch(async (error: unknown) => {
    await sandbox.close();
    throw error;
  });
  try {
    const found = [...(await work(sandbox, prism)), ...(await prism.takeViolations())];
    console.log(`${name}: ${found.length === 0 ? "no violation" : `${found.length} violations`}`);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  } finally {
    await prism.stop();
    await sandbox.close();
  }
}

/** A proxy that lets everything pass would prove nothing. */
async function checkProxy(sandbox: SandboxServer, prism: Prism): Promise<string[]> {
  const token = await fetch(sandbox.tokenUrl, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${sandbox.credentials.clientId}:${sandbox.credentials.clientSecret}`)}`,
    },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  // The sandbox's own token endpoint.
  const { access_token } = (await token.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, "enode-version": "2024-10-01" };
  const ask = async (path: string) => (await fetch(prism.url + path, { headers })).status;
  const found: string[] = [];
  const good = await ask("/vehicles");
  if (good !== 200) found.push(`a good request was answered with ${good}`);
  found.push(...(await prism.takeViolations()));
  const bad = await ask("/vehicles?pageSize=none");
  if (bad !== 422 || (await prism.takeViolations()).length === 0)
    found.push("a bad request was not noticed");
  sandbox.faults.next({ operation: "listVehicles", status: 200, body: { data: 7 } });
  const odd = await ask("/vehicles");
  if (odd < 500 || (await prism.takeViolations()).length === 0)
    found.push("a bad answer was not noticed");
  return found;
}

async function runOperations(sandbox: SandboxServer, prism: Prism): Promise<string[]> {
  const { credentials, tokenUrl } = sandbox;
  const noted: string[] = [];
  const enode = new Enode({
    ...credentials,
    environment: "sandbox",
    baseUrl: prism.url,
    tokenUrl,
    maxRetries: 0,
    async fetch(request) {
      const response = await fetch(request);
      const violations = response.headers.get("sl-violations");
      if (violations !== null) noted.push(`${request.method} ${request.url}: ${violations}`);
      return response;
    },
  });
  // It is the same class, of the build.
  const client = enode as unknown as Parameters<typeof callEveryOperation>[1];
  return [...failuresIn(await callEveryOperation(sandbox, client)), ...noted];
}

/** The quickstart as somebody with an account runs it; the link is opened for them. */
async function runQuickstart(sandbox: SandboxServer, prism: Prism): Promise<string[]> {
  const port = await freePort();
  const child = spawn(process.execPath, [QUICKSTART], {
    env: {
      ...process.env,
      ...sandbox.env,
      ENODE_API_URL: prism.url,
      ENODE_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
      PORT: String(port),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const found: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const [, linkToken] = /^ *link session +open \S*\/(\S+)$/.exec(line) ?? [];
    if (linkToken === undefined) return;
    sandbox
      .completeLink(linkToken, { vendor: "TESLA", devices: 3 })
      .catch((error: unknown) => found.push(String(error)));
  });
  const timer = setTimeout(() => child.kill(), LIMIT / 2);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  if (code !== 0) found.push(`the quickstart has ended with ${code}`);
  if (!lines.some((line) => /^ *car says +CONFIRMED$/.test(line))) {
    found.push(`no car was charged:\n${lines.join("\n")}`);
  }
  return found;
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("There is no port.");
  return address.port;
}

const limit = setTimeout(() => {
  console.error(`Not done within ${LIMIT / 1_000} s.`);
  process.exit(1);
}, LIMIT);

await through("the proxy itself", { seed: 1, clock: "manual" }, checkProxy);
await through("every operation", TOUR_OPTIONS, runOperations);
await through("the quickstart", { seed: 1, actionDelay: 1_500 }, runQuickstart);
clearTimeout(limit);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
