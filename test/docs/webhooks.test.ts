import { readFileSync } from "node:fs";
import * as http from "node:http";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import * as express5 from "express";
import * as express4 from "express4";
import * as fastify from "fastify";
import * as hono from "hono";
import * as koa from "koa";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { memoryStorage } from "../../src/storage/index.ts";
import * as webhooks from "../../src/webhooks/index.ts";

const guide = readFileSync(
  fileURLToPath(new URL("../../docs/guides/webhooks.md", import.meta.url)),
  "utf8",
);
const path = "/webhooks/enode";
const secret = webhooks.generateWebhookSecret();

/** What a program exports, as far as it is used here. */
interface Exports {
  server?: Server;
  app?: { server: Server };
  POST?: (request: Request) => Promise<Response>;
  default?: unknown;
  mountWebhooks?: (app: unknown) => void;
  handler?: (event: object) => Promise<{ statusCode: number; body: string }>;
}

/** Runs the first program under a heading of the guide, and gives what it exports. */
async function run(heading: string, modules: Record<string, object> = {}): Promise<Exports> {
  const section = guide.split(`\n### ${heading}\n`)[1] ?? "";
  const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(section) ?? [];
  const exported = await runCode(code, modules);
  if (Object.keys(exported).length === 0) throw new Error(`Nothing is exported under ${heading}.`);
  return exported;
}

async function runCode(code: string, modules: Record<string, object>): Promise<Exports> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
    },
  });
  const known: Record<string, object> = {
    "node:http": http,
    "enode-sdk/webhooks": webhooks,
    express: express5,
    fastify,
    hono,
    koa: { default: koa.default },
    // Azure's runtime is what calls the handler that is registered, Google's is tested beside the adapters.
    "@azure/functions": { app: { http: registered } },
    "@google-cloud/functions-framework": { http: registered },
    ...modules,
  };
  const exported: Exports = {};
  // An async function, as a program may await at its top level.
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const load = (name: string) => ({ __esModule: true, ...known[name] });
  await new AsyncFunction("require", "exports", outputText)(load, exported);
  return exported;
}

const servers: Server[] = [];
/** Stands for the registries of functions. */
const registered = vi.fn();
/** What the programs print. */
let print: Mock<(...values: unknown[]) => void>;

beforeEach(() => {
  vi.stubEnv("ENODE_WEBHOOK_SECRET", secret);
  vi.stubEnv("PORT", "0");
  print = vi.fn();
  vi.spyOn(console, "log").mockImplementation(print);
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** The address of a server, which is closed at the end of the test. */
async function urlOf(server: Server | undefined): Promise<string> {
  if (!server) throw new Error("The program exports no server.");
  servers.push(server);
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

function delivery(url = "https://example.com/webhooks/enode", key = secret): Promise<Request> {
  const event = {
    event: "system:heartbeat",
    createdAt: "2026-01-01T00:00:00.000Z",
    version: "2024-10-01",
    pendingEvents: 0,
  };
  return webhooks.webhookRequest([event], { secret: key, url });
}

/** Whether a program takes a delivery, hands its event to its handler, and refuses a forged one. */
async function check(send: (request: Request) => Promise<Response>, url?: string): Promise<void> {
  const answer = await send(await delivery(url));
  expect([answer.status, await answer.text()]).toEqual([200, "handled"]);
  expect(print.mock.calls).toEqual([["system:heartbeat", "2026-01-01T00:00:00.000Z"]]);
  const { status } = await send(await delivery(url, "some-other-secret"));
  expect(status).toBe(401);
}

describe("the programs of the guide to webhooks receive over http", () => {
  it.each<[name: string, start: () => Promise<Server | undefined>]>([
    ["node:http", async () => (await run("node:http")).server],
    ["Express", async () => (await run("Express")).server],
    ["Express 4", async () => (await run("Express", { express: express4 })).server],
    ["Fastify", async () => (await run("Fastify")).app?.server],
    ["Koa", async () => (await run("Koa")).server],
    [
      "Google Cloud Functions",
      async () => {
        const { handler } = await run("Google Cloud Functions");
        expect(registered).toHaveBeenLastCalledWith("enode", handler);
        return serve(handler as unknown as RequestListener);
      },
    ],
    [
      "Hono",
      async () => serve(getRequestListener(((await run("Hono")).default as hono.Hono).fetch)),
    ],
    [
      "Next, pages router",
      async () => serve((await run("Next, pages router")).default as RequestListener),
    ],
    [
      "Nest",
      async () => {
        const { mountWebhooks } = await run("Nest");
        const app = express5.default();
        mountWebhooks?.(app);
        // As Nest does when it begins to listen.
        return serve(app.use(express5.json()));
      },
    ],
  ])("%s", async (_name, start) => {
    await check(fetch, await urlOf(await start()));
  });
});

describe("the programs of the guide to webhooks export what takes a request", () => {
  it("Next, app router", async () => {
    const { POST } = await run("Next, app router");
    await check(async (request) => POST?.(request) ?? Response.error());
  });

  it("Next, app router, with a store: its module asks for nothing while Next builds", async () => {
    const section = guide.split("\n### Next, app router\n")[1] ?? "";
    const programs = [...section.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
    const code = programs.find((each) => each.includes("getReceiver")) ?? "";
    vi.unstubAllEnvs();
    vi.stubEnv("ENODE_WEBHOOK_SECRET", undefined);
    const fromEnv = vi.fn(() => ({ namespace: "sandbox:client" }));
    const exported = (await runCode(code, {
      "enode-sdk": { Enode: { fromEnv } },
      "enode-sdk/storage/postgres": { postgresStorage: () => memoryStorage() },
      pg: { Pool: class {} },
    })) as { getReceiver?: () => webhooks.WebhookReceiver };
    expect(fromEnv).not.toHaveBeenCalled();
    vi.stubEnv("ENODE_WEBHOOK_SECRET", secret);
    const receiver = exported.getReceiver?.();
    expect(exported.getReceiver?.()).toBe(receiver);
    expect(fromEnv).toHaveBeenCalledOnce();
    const answer = await receiver?.handle(await delivery());
    expect([answer?.status, await answer?.text()]).toEqual([200, expect.any(String)]);
  });

  it.each(["Bun and Deno", "Workers"])("%s", async (heading) => {
    const { fetch } = (await run(heading)).default as {
      fetch(request: Request, env: object): Promise<Response>;
    };
    await check((request) => fetch(request, { ENODE_WEBHOOK_SECRET: secret }));
  });

  it("SvelteKit, Remix, Astro", async () => {
    const { POST } = await run("SvelteKit, Remix, Astro");
    const call = POST as unknown as (event: { request: Request }) => Promise<Response>;
    await check((request) => call({ request }));
  });

  it("Azure Functions", async () => {
    const { handler } = await run("Azure Functions");
    expect(registered).toHaveBeenLastCalledWith("enode", expect.objectContaining({ handler }));
    await check(async (request) => {
      const { status = 0, body } = ((await handler?.(request)) ?? {}) as Partial<Response>;
      return new Response(body, { status });
    });
  });

  it("node:http, with Enode out of reach at the start", async () => {
    const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(guide) ?? [];
    const ensure = vi.fn().mockRejectedValue(new Error("out of reach"));
    const taken: RequestListener[] = [];
    const listening = Promise.withResolvers<void>();
    const fakeHttp = {
      createServer: (listener: RequestListener) => ({
        listen: (_port: number, callback: () => Promise<void>) => {
          taken.push(listener);
          // Nobody awaits it, so that it must not reject.
          callback().then(listening.resolve, listening.reject);
        },
      }),
    };
    await runCode(code, {
      "node:http": fakeHttp,
      "enode-sdk": { Enode: { fromEnv: () => ({ webhooks: { ensure } }) } },
    });
    await listening.promise;
    expect(ensure).toHaveBeenCalledOnce();
    expect(taken).toHaveLength(1);
  });

  it.each([true, false])("Lambda, with its body in base64: %s", async (isBase64Encoded) => {
    const { handler } = await run("Lambda");
    await check(async (request) => {
      const bytes = Buffer.from(await request.arrayBuffer());
      const answer = await handler?.({
        body: bytes.toString(isBase64Encoded ? "base64" : "utf8"),
        isBase64Encoded,
        headers: Object.fromEntries(request.headers),
      });
      return new Response(answer?.body, { status: answer?.statusCode ?? 0 });
    });
  });
});
