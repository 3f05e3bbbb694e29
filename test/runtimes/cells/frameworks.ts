import { type Cell, expectEqual, expectText } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";
import { answers, expectJourney, expectReceiver, freePort, SECRET } from "../support/servers.ts";

const RECEIVER = `import * as webhooks from "enode-sdk/webhooks";
const { nodeHandler, WebhookReceiver } = webhooks;
const receiver = new WebhookReceiver({ secret: process.env.ENODE_WEBHOOK_SECRET, onError() {} });
const port = Number(process.env.PORT);
const hostname = "127.0.0.1";
`;

/** Starts a server of a framework that listens on PORT, and delivers to its `/hook`. */
async function serve(context: CellContext, code: string): Promise<void> {
  const port = await freePort();
  await context.write({ "server.mjs": RECEIVER + code });
  const server = context.start(process.execPath, ["server.mjs"], {
    env: { PORT: String(port), ENODE_WEBHOOK_SECRET: SECRET },
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(url, server);
  await expectReceiver(context, `${url}/hook`);
  await server.stop();
}

function framework(name: string, packages: readonly string[], code: string, note = ""): Cell {
  return {
    group: "Frameworks",
    name,
    versions: packages,
    async run(context) {
      await context.install(packages);
      await serve(context, code);
      return note;
    },
  };
}

const EXPRESS = `import express from "express";
const app = express();
app.post("/hook", nodeHandler(receiver));
app.use(express.json());
app.listen(port, hostname);
`;

/** A Nest application of one module, without decorators, which need a compiler. */
const nest = (adapter: string) => `import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Module } from "@nestjs/common";
${adapter}
class AppModule {}
Module({})(AppModule);
const app = await create(AppModule);
app.use("/hook", nodeHandler(receiver));
await app.listen(port, hostname);
`;

const NEST_EXPRESS = nest("const create = (root) => NestFactory.create(root, { logger: false });");
const NEST_FASTIFY = nest(`import { FastifyAdapter } from "@nestjs/platform-fastify";
const create = (root) => NestFactory.create(root, new FastifyAdapter(), { logger: false });`);

const nestPackages = (platform: string) => [
  "@nestjs/core@11",
  "@nestjs/common@11",
  `@nestjs/${platform}@11`,
  "reflect-metadata",
  "rxjs@7",
];

const nestExpress: Cell = {
  ...framework("Nest 11, Express", nestPackages("platform-express"), NEST_EXPRESS),
  async run(context) {
    const types = ["@types/express@5", "@types/node@22", "@types/pg@8", "typescript@5.9"];
    await context.install([...nestPackages("platform-express"), ...types, "pg@8"]);
    await serve(context, NEST_EXPRESS);
    await context.copyExample("nest");
    await context.bin("tsc", ["--project", "example"]);
    await expectJourney(context, {
      command: process.execPath,
      args: () => ["dist/main.js"],
      prefix: "",
      link: "/link",
    });
    return "examples/nest";
  },
};

const SVELTE = {
  "src/app.html":
    '<!doctype html><html lang="en"><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
  "src/routes/+page.svelte": "<p>Home</p>\n",
  "src/routes/hook/+server.js": `import { WebhookReceiver } from "enode-sdk/webhooks";
const receiver = new WebhookReceiver({ secret: () => process.env.ENODE_WEBHOOK_SECRET ?? "" });
export const POST = ({ request }) => receiver.handle(request);
`,
  "vite.config.js": `import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
export default { plugins: [sveltekit({ adapter: adapter() })] };
`,
};

const svelteKit: Cell = {
  group: "Frameworks",
  name: "SvelteKit with adapter-node",
  versions: ["@sveltejs/kit@latest"],
  async run(context) {
    await context.install([
      "@sveltejs/kit@latest",
      "@sveltejs/adapter-node@latest",
      "@sveltejs/vite-plugin-svelte@latest",
      "svelte@latest",
      "vite@latest",
    ]);
    await context.write({ ...SVELTE, "package.json": { private: true, type: "module" } });
    await context.bin("vite", ["build"]);
    const port = await freePort();
    const server = context.start(process.execPath, ["build/index.js"], {
      env: { HOST: "127.0.0.1", PORT: String(port), ENODE_WEBHOOK_SECRET: SECRET },
    });
    const url = `http://127.0.0.1:${port}`;
    await answers(url, server);
    await expectReceiver(context, `${url}/hook`);
    await server.stop();
    return "built without secrets";
  },
};

/** Calls a function handler as its platform does: a good delivery, then a forged one. */
function called(name: string, packages: readonly string[], code: string): Cell {
  return {
    group: "Function platforms",
    name,
    versions: packages,
    async run(context) {
      await context.install(packages);
      await context.write({
        "call.mjs": `import * as webhooks from "enode-sdk/webhooks";
const secret = "a-secret-of-the-matrix";
const receiver = new webhooks.WebhookReceiver({ secret, onError() {} });
const createdAt = new Date().toISOString();
const event = { event: "system:heartbeat", createdAt, version: "2024-10-01", pendingEvents: 0 };
const delivery = (key) => webhooks.webhookRequest([event], { secret: key, url: "https://example.com/hook" });
${code}
const statuses = [];
for (const key of [secret, webhooks.generateWebhookSecret()]) statuses.push(...(await call(await delivery(key))));
console.log(JSON.stringify(statuses));
process.exit();
`,
      });
      const output = await context.node(["call.mjs"]);
      const [line = ""] = /^\[.*\]$/m.exec(output) ?? [];
      expectText(output, "[");
      const statuses = JSON.parse(line) as number[];
      const half = statuses.length / 2;
      const wanted = [...Array(half).fill(200), ...Array(half).fill(401)];
      expectEqual(statuses, wanted, "answers");
      return undefined;
    },
  };
}

const LAMBDA = `const handler = webhooks.lambdaHandler(receiver);
async function call(request) {
  const headers = Object.fromEntries(request.headers);
  const lists = Object.fromEntries([...request.headers].map(([name, value]) => [name, [value]]));
  const body = await request.text();
  const base64 = { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
  const plain = { body, isBase64Encoded: false };
  const http = { http: { method: "POST", path: "/hook", protocol: "HTTP/1.1", sourceIp: "", userAgent: "" } };
  const events = [
    { version: "1.0", httpMethod: "POST", path: "/hook", headers, multiValueHeaders: lists, ...plain },
    { version: "2.0", rawPath: "/hook", requestContext: http, headers, ...plain },
    { version: "2.0", rawPath: "/hook", requestContext: http, headers, ...base64 },
    { httpMethod: "POST", path: "/hook", requestContext: { elb: {} }, multiValueHeaders: lists, ...base64 },
  ];
  const answers = await Promise.all(events.map((event) => handler(event, {})));
  return answers.map(({ statusCode }) => statusCode);
}`;

const AZURE = `import { HttpRequest } from "@azure/functions";
const handler = webhooks.azureHandler(receiver);
async function call(request) {
  const body = { string: await request.text() };
  const headers = Object.fromEntries(request.headers);
  const answer = await handler(new HttpRequest({ method: "POST", url: request.url, headers, body }), {});
  return [answer.status];
}`;

const GOOGLE = `import * as functions from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
functions.http("enode", webhooks.nodeHandler(receiver));
const server = getTestServer("enode");
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
async function call(request) {
  const url = "http://127.0.0.1:" + server.address().port + "/";
  const init = { method: "POST", headers: request.headers, body: await request.arrayBuffer() };
  return [(await fetch(url, init)).status];
}`;

export const cells: readonly Cell[] = [
  framework("Express 4", ["express@^4.21"], EXPRESS),
  framework("Express 5", ["express@5"], EXPRESS),
  framework(
    "Fastify 5",
    ["fastify@5"],
    `import fastify from "fastify";
const app = fastify();
app.register(webhooks.fastifyPlugin(receiver), { prefix: "/hook" });
await app.listen({ port, host: hostname });
`,
  ),
  framework(
    "Koa 3, behind a body parser too",
    ["koa@3", "@koa/bodyparser@6"],
    `import Koa from "koa";
import { bodyParser } from "@koa/bodyparser";
const app = new Koa();
const handler = webhooks.koaHandler(receiver);
app.use((ctx, next) => (ctx.path === "/hook" ? handler(ctx) : next()));
app.use(bodyParser());
app.listen(port, hostname);
`,
  ),
  framework(
    "Hono 4",
    ["hono@4", "@hono/node-server@2"],
    `import { serve } from "@hono/node-server";
import { Hono } from "hono";
const app = new Hono();
app.post("/hook", (c) => receiver.handle(c.req.raw));
serve({ fetch: app.fetch, port, hostname });
`,
  ),
  framework(
    "h3 2",
    ["h3@2"],
    `import { H3, serve } from "h3";
const app = new H3();
app.post("/hook", (event) => receiver.handle(event.req));
serve(app, { port, hostname });
`,
  ),
  nestExpress,
  framework("Nest 11, Fastify", nestPackages("platform-fastify"), NEST_FASTIFY),
  svelteKit,
  called("AWS Lambda: API Gateway v1 and v2, function URL, load balancer", [], LAMBDA),
  called("Azure Functions 4", ["@azure/functions@4"], AZURE),
  called("Google Cloud Functions", ["@google-cloud/functions-framework@5"], GOOGLE),
];
