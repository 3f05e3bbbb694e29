import { createServer, type RequestListener, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { http as registerFunction } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { getRequestListener } from "@hono/node-server";
import { bodyParser } from "@koa/bodyparser";
import express5 from "express";
import express4 from "express4";
import fastify, { type FastifyInstance } from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, describe, expect, it } from "vitest";
import type { WebhookEvent } from "../../../generated/types.ts";
import { Enode } from "../../../src/index.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import {
  fastifyPlugin,
  generateWebhookSecret,
  koaHandler,
  nextPagesHandler,
  nodeHandler,
  type ReceiverSettings,
  signWebhook,
  WebhookReceiver,
} from "../../../src/webhooks/index.ts";

const path = "/webhooks/enode";

/** Puts a receiver into an app of some framework. */
type Mount = (receiver: WebhookReceiver) => RequestListener | Promise<RequestListener>;

/** What is used of the two is the same, which their types hide. */
const expresses = { "express 4": express4 as unknown as typeof express5, "express 5": express5 };
const expressMounts = Object.entries(expresses).flatMap(([name, express]): [string, Mount][] => [
  [`${name} without a parser`, (receiver) => express().all(path, nodeHandler(receiver))],
  [
    `${name} with express.raw`,
    (receiver) => {
      const raw = express.raw({ type: "*/*", limit: "8mb" });
      return express().all(path, raw, nodeHandler(receiver));
    },
  ],
  [
    `${name} before express.json for the other routes`,
    (receiver) =>
      express()
        .use(path, nodeHandler(receiver))
        .use(express.json())
        .post("/other", (request, response) => void response.json(request.body)),
  ],
  [
    `${name} as nest sets it up, with rawBody beside the parsed body`,
    (receiver) => {
      const verify = (request: object, _response: unknown, rawBody: Buffer) =>
        Object.assign(request, { rawBody });
      return express()
        .use(express.json({ verify, limit: "8mb" }))
        .all(path, nodeHandler(receiver));
    },
  ],
]);

const mounts: [name: string, mount: Mount][] = [
  ["node:http", (receiver) => nodeHandler(receiver)],
  ...expressMounts,
  [
    "fastify with a parser that keeps the bytes",
    (receiver) => {
      const app = fastify({ bodyLimit: 8 * 1024 * 1024 });
      const keep = { parseAs: "buffer" } as const;
      app.addContentTypeParser("application/json", keep, (_, body, done) => done(null, body));
      return listenerOf(app.all(path, nodeHandler(receiver)));
    },
  ],
  [
    "fastify with a parser that leaves the stream alone",
    (receiver) => {
      const app = fastify();
      app.removeAllContentTypeParsers();
      app.addContentTypeParser("*", (_request, _payload, done) => done(null));
      return listenerOf(app.all(path, nodeHandler(receiver)));
    },
  ],
  [
    "fastify with the plugin, beside routes that parse",
    (receiver) => {
      const app = fastify();
      app.post("/other", (request) => request.body);
      app.register(fastifyPlugin(receiver), { prefix: path });
      return listenerOf(app);
    },
  ],
  ["koa", (receiver) => silentKoa().use(koaHandler(receiver)).callback()],
  [
    "koa with a body parser that keeps the raw body",
    (receiver) =>
      silentKoa()
        .use(bodyParser({ jsonLimit: "8mb" }))
        .use(koaHandler(receiver))
        .callback(),
  ],
  [
    "google cloud functions",
    (receiver) => {
      const name = `enode-${crypto.randomUUID()}`;
      registerFunction(name, nodeHandler(receiver));
      const [listener] = getTestServer(name).listeners("request");
      return listener as RequestListener;
    },
  ],
  [
    "a route of next's pages router, which leaves the stream alone",
    (receiver) => nextPagesHandler(receiver),
  ],
  [
    "sveltekit, remix and astro",
    (receiver) => {
      // What a +server.ts exports, and how it is called.
      const POST = ({ request }: { request: Request }) => receiver.handle(request);
      return getRequestListener((request) => POST({ request }));
    },
  ],
  [
    "hono",
    (receiver) => getRequestListener(new Hono().all(path, (c) => receiver.handle(c.req.raw)).fetch),
  ],
  [
    "a route of next",
    (receiver) => {
      // What a route.ts exports.
      const route = { POST: receiver.handle, GET: receiver.handle };
      return async (incoming, response) => {
        const { method = "", headers } = incoming;
        const request = new Request(`http://127.0.0.1${incoming.url}`, {
          method,
          headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
          body: method === "POST" ? Readable.toWeb(incoming) : null,
          duplex: "half",
        });
        const answer = await route[method === "POST" ? "POST" : "GET"](request);
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(await answer.text());
      };
    },
  ],
];

/** One that does not print the failure of a sender that breaks off. */
function silentKoa(): Koa {
  return Object.assign(new Koa(), { silent: true });
}

async function listenerOf(app: FastifyInstance): Promise<RequestListener> {
  await app.ready();
  return (request, response) => app.routing(request, response);
}

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A receiver behind a framework on 127.0.0.1, with what it did. */
async function serve(mount: Mount, options: Partial<ReceiverSettings> = {}) {
  const secret = generateWebhookSecret();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const receiver = new WebhookReceiver({ secret, onError, ...options });
  const events: WebhookEvent[] = [];
  receiver.on("*", (event) => events.push(event));
  const listener = await mount(receiver);
  /** Statuses of the answers, as they went out. */
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    response.on("finish", () => statuses.push(response.statusCode));
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: origin + path, origin, secret, receiver, events, errors, statuses };
}

/** A sandbox on 127.0.0.1 and a client of it, with a user to link. */
async function enodeWithSandbox() {
  const sandbox = await startSandbox({ seed: 1, clock: "manual" });
  cleanUps.push(() => sandbox.close());
  const { apiUrl: baseUrl, tokenUrl, credentials } = sandbox;
  const enode = new Enode({ ...credentials, environment: "sandbox", baseUrl, tokenUrl });
  /** Links a car that waits, plugged in. */
  const link = async () => {
    const { linkToken } = await enode.users.link("user-1", {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data", "vehicle:control:charging"],
      language: "en-GB",
      redirectUri: "https://example.com/linked",
    });
    const devices = [{ isPluggedIn: true, batteryLevel: 20 }];
    const [vehicle] = await sandbox.completeLink(linkToken, { vendor: "TESLA", devices });
    if (!vehicle) throw new Error("The sandbox made no vehicle.");
    return vehicle;
  };
  return { sandbox, enode, link };
}

/** Sends a signed body as Enode would. */
async function post(url: string, body: string, secret: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-enode-delivery": crypto.randomUUID(),
      "x-enode-signature": await signWebhook(body, secret),
    },
    body,
  });
}

const heartbeat = JSON.stringify([
  {
    event: "system:heartbeat",
    createdAt: "2026-01-01T00:00:00.000Z",
    version: "2024-10-01",
    pendingEvents: 0,
  },
]);

describe.each(mounts)("%s", (_name, mount) => {
  it("receives what the sandbox delivers, typed and once", async () => {
    const { url, secret, receiver, events, errors, statuses } = await serve(mount);
    const { sandbox, enode, link } = await enodeWithSandbox();
    const ended: string[] = [];
    receiver.on("user:vendor-action:updated", ({ vendorAction }) => {
      ended.push(`${vendorAction.id} ${vendorAction.state}`);
    });
    const webhook = await enode.webhooks.ensure({ url, secret });

    const vehicle = await link();
    await sandbox.deliver();
    const action = await enode.vehicles.startCharging(vehicle.id);
    sandbox.clock.advance(10_000);
    await sandbox.deliver();

    expect(errors).toEqual([]);
    expect(ended).toEqual([`${action.id} CONFIRMED`]);
    expect(events).toEqual(sandbox.events.list());
    expect(events.map(({ event }) => event)).toEqual([
      "user:vehicle:discovered",
      "user:vehicle:updated",
      "user:vehicle:updated",
      "user:vendor-action:updated",
    ]);
    expect(statuses.length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(receiver.health()).toMatchObject({ deliveries: statuses.length, handled: 4 });
    expect((await enode.webhooks.get(webhook.id)).isActive).toBe(true);
  });

  it("handles a copy of a delivery no second time", async () => {
    const { url, secret, events } = await serve(mount);
    const answers = [await post(url, heartbeat, secret), await post(url, heartbeat, secret)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await answers[1]?.text()).toBe("duplicate");
    expect(events).toHaveLength(1);
  });

  it("answers the test of a webhook", async () => {
    const { url, secret, events } = await serve(mount);
    const { enode } = await enodeWithSandbox();
    const { id } = await enode.webhooks.create({ url, secret });
    expect(await enode.webhooks.test(id)).toMatchObject({
      status: "SUCCESS",
      response: { code: 200, body: "handled" },
    });
    expect(events).toMatchObject([{ event: "enode:webhook:test" }]);
  });

  it("refuses a forged delivery, and another method than post", async () => {
    const { url, events } = await serve(mount);
    const forged = await post(url, heartbeat, "some-other-secret");
    expect(forged.status).toBe(401);
    expect(await forged.text()).toBe("signature_mismatch");
    const got = await fetch(url);
    expect(got.status).toBe(405);
    expect(got.headers.get("allow")).toBe("POST");
    expect(events).toEqual([]);
  });

  it("refuses a body that is too large, so that its sender sees the answer", async () => {
    const { url, secret, events } = await serve(mount, { maxBodyBytes: 10_000 });
    const { status } = await post(url, `["${"x".repeat(4 * 1024 * 1024)}"]`, secret);
    expect(status).toBe(413);
    expect((await post(url, heartbeat, secret)).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  it("is not held up by a sender that goes away in the middle", async () => {
    const { url, secret, events, receiver } = await serve(mount);
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/json", "content-length": "1000" };
      const request = send(url, { method: "POST", headers });
      request.on("error", () => undefined).on("close", resolve);
      request.write("[", () => request.destroy());
    });
    expect((await post(url, heartbeat, secret)).status).toBe(200);
    expect(events).toHaveLength(1);
    expect(receiver.health().handled).toBe(1);
  });
});

describe("a json parser that came first", () => {
  const parsed: [name: string, mount: Mount, cure: string][] = [
    ...Object.entries(expresses).map(([name, express]): [string, Mount, string] => [
      name,
      (receiver) => express().use(express.json()).post(path, nodeHandler(receiver)),
      "express.raw(",
    ]),
    [
      "fastify",
      (receiver) => listenerOf(fastify().post(path, nodeHandler(receiver))),
      "addContentTypeParser(",
    ],
  ];

  parsed.push(
    [
      "koa",
      (receiver) => {
        const app = new Koa().use(bodyParser()).use((ctx, next) => {
          // As parsers do that keep the parsed body only.
          Object.assign(ctx.request, { rawBody: undefined });
          return next();
        });
        return app.use(koaHandler(receiver)).callback();
      },
      "koaHandler(receiver)",
    ],
    [
      "koa, with nodeHandler",
      (receiver) =>
        new Koa()
          .use(bodyParser())
          .use(async (ctx) => {
            ctx.respond = false;
            await nodeHandler(receiver)(ctx.req, ctx.res);
          })
          .callback(),
      "koaHandler(receiver)",
    ],
    [
      "next's pages router without its config",
      (receiver) => express5().use(express5.json()).use(nextPagesHandler(receiver)),
      "bodyParser: false",
    ],
    [
      "hono",
      (receiver) =>
        getRequestListener(
          new Hono().post(path, async (c) => {
            await c.req.json();
            return receiver.handle(c.req.raw);
          }).fetch,
        ),
      "Hono",
    ],
  );

  it.each(parsed)("is answered with 500 and the cure by %s", async (_name, mount, cure) => {
    const { url, secret, events, errors } = await serve(mount);
    const answer = await post(url, heartbeat, secret);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe("body_already_parsed");
    expect(errors).toMatchObject([
      { code: "body_already_parsed", message: expect.stringContaining(cure) },
    ]);
    expect(events).toEqual([]);
  });
});

describe("express.json behind the receiver", () => {
  it.each(Object.entries(expresses))("still parses for other routes of %s", async (name) => {
    const [, mount] = mounts.find(([each]) => each.startsWith(`${name} before`)) ?? [];
    if (!mount) throw new Error(`Nothing is mounted for ${name}.`);
    const { origin } = await serve(mount);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${origin}/other`, { method: "POST", headers, body: '{"a":1}' });
    expect(await answer.json()).toEqual({ a: 1 });
  });
});
