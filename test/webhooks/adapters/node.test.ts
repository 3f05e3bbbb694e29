import { once } from "node:events";
import { type ClientRequest, request as send } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import express5 from "express";
import express4 from "express4";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nodeHandler, WebhookReceiver } from "../../../src/webhooks/index.ts";
import {
  createReceiver,
  headersOf,
  heartbeat,
  post,
  secret,
  useServers,
} from "./support/deliveries.ts";
import "../../support/lazy-modules.ts";

const start = useServers();

/** What nobody caught: with a listener of its own, so that a test sees it and the process lives. */
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  process.on("unhandledRejection", onUnhandled);
});

afterEach(async () => {
  await turn();
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

/** A promise and what settles it. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Begins a signed delivery and leaves it unfinished. */
async function begin(url: string, part: string | Buffer): Promise<ClientRequest> {
  const headers = { ...(await headersOf(heartbeat)), "content-length": "2000000" };
  const request = send(url, { method: "POST", headers });
  request.on("error", () => undefined);
  await new Promise<void>((resolve) => void request.write(part, () => resolve()));
  return request;
}

async function statusOf(request: ClientRequest): Promise<number | undefined> {
  const [response] = await once(request, "response");
  response.resume();
  return response.statusCode;
}

describe("a request that something else has answered", () => {
  it("stays as it was answered, and onError gets that Enode will send it again", async () => {
    const { receiver, codes, errors } = createReceiver();
    const { opened, open } = gate();
    receiver.on("*", () => opened);
    const done = gate();
    const origin = await start(async (request, response) => {
      receiver.on("*", () => {
        // The time-out middleware.
        response.statusCode = 503;
        response.end("late");
      });
      const handled = nodeHandler(receiver)(request, response);
      open();
      await handled;
      done.open();
    });

    const answer = await post(origin);
    await done.opened;

    expect([answer.status, await answer.text()]).toEqual([503, "late"]);
    expect(codes()).toEqual(["answer_lost"]);
    expect(errors[0]?.message).toMatch(/time-out middleware.*sends the delivery again/);
  });

  it.each([
    ["express 4", express4 as unknown as typeof express5],
    ["express 5", express5],
  ])("does not end the process under %s", async (_name, express) => {
    const { receiver, codes } = createReceiver();
    const app = express();
    app.use((_request, response, next) => {
      receiver.on("*", () => void response.status(503).end());
      next();
    });
    const done = gate();
    app.post("/", (request, response) => {
      void nodeHandler(receiver)(request, response).then(done.open);
    });

    expect((await post(await start(app))).status).toBe(503);

    await done.opened;
    expect(codes()).toEqual(["answer_lost"]);
  });

  it("is reported once when it was refused anyway", async () => {
    const { receiver, codes } = createReceiver();
    const done = gate();
    const origin = await start(async (request, response) => {
      response.statusCode = 503;
      response.end();
      await nodeHandler(receiver)(request, response);
      done.open();
    });

    await post(origin, heartbeat, "another-secret");
    await done.opened;

    expect(codes()).toHaveLength(1);
    expect(codes()).not.toContain("answer_lost");
  });

  it("is left alone by a response that fails while it is written", async () => {
    const { receiver, errors } = createReceiver();
    const broken = {
      statusCode: 200,
      setHeader() {
        throw new Error("broken response");
      },
      end() {},
    };
    const request = { method: "POST", headers: await headersOf(heartbeat), rawBody: heartbeat };

    await nodeHandler(receiver)(request, broken);

    expect(errors).toMatchObject([{ message: "broken response" }]);
  });
});

describe("a body that something else has read", () => {
  const readers: Record<string, (request: import("node:http").IncomingMessage) => Promise<void>> = {
    "a logger that reads the stream": async (request) => {
      for await (const _ of request);
      await turn();
    },
    "a data listener and an asynchronous step": async (request) => {
      request.on("data", () => undefined);
      await once(request, "data");
    },
    "a middleware that drops the body": async (request) => {
      request.resume();
      await once(request, "end");
    },
  };

  it.each(Object.entries(readers))("is reported at once after %s", async (_name, read) => {
    const { receiver, codes, errors } = createReceiver();
    const origin = await start(async (request, response) => {
      await read(request);
      await nodeHandler(receiver)(request, response);
    });

    const answer = await post(origin);

    expect([answer.status, await answer.text()]).toEqual([500, "body_already_parsed"]);
    expect(codes()).toEqual(["body_already_parsed"]);
    for (const cure of ["express.raw(", "koaHandler", "NODEJS_HELPERS=0", 'parse: "none"']) {
      expect(errors[0]?.message).toContain(cure);
    }
  });

  it("is heard by a data listener, too, that came in the same turn", async () => {
    const { receiver, events } = createReceiver();
    const heard: unknown[] = [];
    const origin = await start((request, response) => {
      request.on("data", (chunk) => heard.push(String(chunk)));
      void nodeHandler(receiver)(request, response);
    });

    expect((await post(origin)).status).toBe(200);
    expect(heard.join("")).toBe(heartbeat);
    expect(events).toHaveLength(1);
  });

  it("is refused when a data listener took it while the secret was asked for", async () => {
    const errors: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    const receiver = new WebhookReceiver({
      secret: () => promise,
      onError: (error) => errors.push(error),
    });
    const origin = await start((request, response) => {
      request.on("data", () => resolve(secret));
      void nodeHandler(receiver)(request, response);
    });

    const answer = await post(origin);
    expect([answer.status, await answer.text()]).toEqual([500, "body_already_parsed"]);
    expect(errors).toMatchObject([{ code: "body_already_parsed" }]);
  });

  it("is taken as text where somebody set the encoding of the stream", async () => {
    const { receiver, events } = createReceiver();
    const origin = await start((request, response) => {
      request.setEncoding("utf8");
      void nodeHandler(receiver)(request, response);
    });

    expect((await post(origin)).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  it.each(["body", "rawBody"])(
    "is told when reading %s throws, as vercel's helpers do",
    async (name) => {
      const { receiver, codes } = createReceiver();
      const origin = await start((request, response) => {
        Object.defineProperty(request, name, {
          get() {
            throw new Error("Invalid JSON");
          },
        });
        request.resume().on("end", () => void nodeHandler(receiver)(request, response));
      });

      const answer = await post(origin);

      expect([answer.status, await answer.text()]).toEqual([500, "body_already_parsed"]);
      expect(codes()).toEqual(["body_already_parsed"]);
    },
  );
});

describe("a request that fails while it is read", () => {
  it("is answered with 500, and reported", async () => {
    const { receiver, errors } = createReceiver();
    const origin = await start((request, response) => {
      const broken = Object.defineProperty({ method: "POST" }, "headers", {
        get() {
          throw new Error("no headers");
        },
      }) as typeof request;
      request.resume();
      void nodeHandler(receiver)(broken, response);
    });

    expect((await post(origin)).status).toBe(500);
    expect(errors).toMatchObject([{ message: "no headers" }]);
  });

  it("is answered with 500 when the receiver rejects, which a stand-in may do", async () => {
    const stand: Pick<WebhookReceiver, "handle"> = { handle: () => Promise.reject(new Error("x")) };
    const origin = await start(nodeHandler(stand));

    expect((await post(origin)).status).toBe(500);
  });

  it("is not begun without a receiver", () => {
    for (const wrong of [undefined, null, {}, "receiver"]) {
      expect(() => nodeHandler(wrong as unknown as WebhookReceiver)).toThrow(
        expect.objectContaining({ code: "invalid_argument", parameter: "receiver" }),
      );
    }
  });
});

describe("a sender that goes away", () => {
  it("before the handler is called leaves nobody waiting", async () => {
    const { receiver, codes } = createReceiver();
    const done = gate();
    const origin = await start(async (request, response) => {
      request.on("error", () => undefined);
      client.destroy();
      await new Promise((resolve) => request.once("close", resolve));
      await nodeHandler(receiver)(request, response);
      done.open();
    });
    const client = await begin(origin, "[");

    await done.opened;

    expect(codes()).toEqual(["body_unreadable"]);
  });

  it("while its body is read leaves nobody waiting", async () => {
    const { receiver, codes, errors } = createReceiver();
    const done = gate();
    const origin = await start(async (request, response) => {
      const handled = nodeHandler(receiver)(request, response);
      await once(request, "data");
      client.destroy();
      await handled;
      done.open();
    });
    const client = await begin(origin, "[");

    await done.opened;

    expect(codes()).toEqual(["body_unreadable"]);
    expect(errors[0]?.message).toMatch(/broke off/);
  });

  it("while its events are handled is reported", async () => {
    const { receiver, codes } = createReceiver();
    const { opened, open } = gate();
    const done = gate();
    receiver.on("*", () => opened);
    const origin = await start(async (request, response) => {
      response.on("close", open);
      receiver.on("*", () => undefined);
      const handled = nodeHandler(receiver)(request, response);
      await once(request, "end");
      client.destroy();
      await handled;
      done.open();
    });
    const client = send(origin, { method: "POST", headers: await headersOf(heartbeat) });
    client.on("error", () => undefined).end(heartbeat);

    await done.opened;

    expect(codes()).toEqual(["answer_lost"]);
  });
});

describe("a body that does not come to its end", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is given up after 5 s, when Enode would have, too", async () => {
    const { receiver, codes } = createReceiver();
    const reading = gate();
    const origin = await start((request, response) => {
      request.once("data", reading.open);
      void nodeHandler(receiver)(request, response);
    });
    const client = await begin(origin, "[");
    await reading.opened;
    const status = statusOf(client);
    await turn();

    await vi.advanceTimersByTimeAsync(4_999);
    expect(codes()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);

    expect(await status).toBe(408);
    expect(codes()).toEqual(["body_timeout"]);
    expect(vi.getTimerCount()).toBe(0);
    client.destroy();
  });

  it("holds no more than 32 MiB together with all others, whoever sends them", async () => {
    const { receiver, codes } = createReceiver();
    let waiting = 0;
    const origin = await start((request, response) => {
      waiting++;
      response.on("close", () => waiting--);
      void nodeHandler(receiver)(request, response);
    });
    const part = Buffer.alloc(1_900_000, "[");
    const clients: ClientRequest[] = [];
    const statuses: (number | undefined)[] = [];
    for (let nth = 0; nth < 40; nth++) {
      const client = await begin(origin, part);
      clients.push(client);
      void statusOf(client).then(
        (status) => statuses.push(status),
        () => undefined,
      );
    }
    // As many as fit into 32 MiB wait for their end, the others were postponed.
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThanOrEqual(40 - 17));
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect(new Set(codes())).toEqual(new Set(["too_busy"]));
    expect(receiver.health()).toMatchObject({ refused: 0, postponed: statuses.length });

    for (const client of clients) client.destroy();
    await vi.waitFor(() => expect(waiting).toBe(0));
    expect((await post(origin)).status).toBe(200);
    expect(statuses.length).toBeLessThan(40);
  });
});

describe("receiver.handle, mounted in place of nodeHandler", () => {
  it.each([
    ["express 4", express4 as unknown as typeof express5],
    ["express 5", express5],
  ])("is answered by %s, and reported", async (_name, express) => {
    const { receiver, events, errors } = createReceiver();
    const app = express().post("/", receiver.handle as never);

    const answer = await post(await start(app));

    expect([answer.status, await answer.text()]).toEqual([500, "body_is_stream"]);
    expect(errors).toMatchObject([
      { code: "body_is_stream", message: expect.stringContaining("nodeHandler(receiver)") },
    ]);
    expect(events).toEqual([]);
  });

  it("is answered behind a parser and by node:http, also for another method", async () => {
    const { receiver, codes } = createReceiver();
    const parsed = express5()
      .use(express5.raw({ type: "*/*" }))
      .use(receiver.handle as never);

    expect((await post(await start(parsed))).status).toBe(500);
    expect((await fetch(await start(receiver.handle as never))).status).toBe(500);
    expect(codes()).toEqual(["body_is_stream", "body_is_stream"]);
  });

  it("names nodeHandler when it is given a request of node:http alone", async () => {
    const { receiver, errors } = createReceiver();
    const origin = await start(async (request, response) => {
      const answer = await receiver.handle(request as never);
      response.writeHead(answer.status).end(await answer.text());
    });

    expect((await post(origin)).status).toBe(500);
    expect(errors).toMatchObject([{ message: expect.stringContaining("nodeHandler(receiver)") }]);
  });

  it("leaves a response alone that something else has begun", async () => {
    const { receiver, codes } = createReceiver();
    const origin = await start((request, response) => {
      response.writeHead(202);
      void receiver.handle(request as never, ...([response] as unknown as []));
      response.end("other");
    });

    const answer = await post(origin);

    expect([answer.status, await answer.text()]).toEqual([202, "other"]);
    expect(codes()).toEqual(["body_is_stream"]);
  });
});
