import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import ts from "typescript";
import { afterEach, expect, it, vi } from "vitest";
import * as sdk from "../../src/index.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import * as webhooks from "../../src/webhooks/index.ts";
import { root } from "./support/compile-examples.ts";

const guide = readFileSync(`${root}docs/guides/five-minutes.md`, "utf8");
const [, app = ""] = /^```ts\n([\s\S]*?)^```/m.exec(guide) ?? [];
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Starts the sandbox as the guide does, with a webhook to whatever will listen. */
async function startWorld(): Promise<{ listen: (listener: RequestListener) => void }> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const sandbox = await startSandbox({
    seed: 1,
    clock: { speed: 60 },
    fleet: [{ id: "anna", vehicles: [{ batteryLevel: 40, isPluggedIn: true }] }],
  });
  cleanUps.push(() => sandbox.close());
  const secret = webhooks.generateWebhookSecret();
  vi.stubEnv("ENODE_WEBHOOK_SECRET", secret);
  vi.stubEnv("ENODE_API_URL", sandbox.apiUrl);
  vi.stubEnv("ENODE_TOKEN_URL", sandbox.tokenUrl);
  vi.stubEnv("ENODE_ENVIRONMENT", "sandbox");
  vi.stubEnv("ENODE_CLIENT_ID", sandbox.credentials.clientId);
  vi.stubEnv("ENODE_CLIENT_SECRET", sandbox.credentials.clientSecret);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  await sdk.Enode.fromEnv().webhooks.create({ url, secret, events: ["*"] });
  return {
    listen: (next) => {
      listener = next;
    },
  };
}

it("the app of the five minutes has at most fifteen lines, charges a car and hears of it", async () => {
  expect(app.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(15);
  const world = await startWorld();
  const print = vi.spyOn(console, "log").mockReturnValue();
  const modules: Readonly<Record<string, object>> = {
    "node:http": {
      createServer: (listener: RequestListener) => ({ listen: () => world.listen(listener) }),
    },
    "enode-sdk": sdk,
    "enode-sdk/webhooks": webhooks,
  };
  const { outputText } = ts.transpileModule(app, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  // An async function, as a program may await at its top level.
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction("require", "exports", outputText)((name: string) => modules[name], {});
  expect(print.mock.calls).toContainEqual(["CONFIRMED"]);
  await vi.waitFor(
    () => expect(print.mock.calls).toContainEqual([expect.any(String), expect.any(Number), "%"]),
    { timeout: 60_000 },
  );
});
