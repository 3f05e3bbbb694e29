import { createServer as createRawServer, type Socket } from "node:net";
import { type Dispatcher, MockAgent } from "undici";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError, isConnectionError } from "../../src/errors/index.ts";
import type { RetryEvent } from "../../src/hooks.ts";
import type { Connections } from "../../src/undici/connections.ts";
import { undiciTransport } from "../../src/undici/index.ts";
import { UndiciSender } from "../../src/undici/sender.ts";
import { deadUrl } from "../support/loopback.ts";
import { failureOf } from "../support/stub.ts";
import { command, overUndici, read } from "./support/client.ts";
import { answerOk, refuseWith, useServers } from "./support/servers.ts";

const servers = useServers();

beforeEach(() => {
  // No back-off: what counts here is what is sent.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

/** Collects the retries of a client. */
function listen() {
  const retries: RetryEvent[] = [];
  return { retries, hooks: { onRetry: (event: RetryEvent) => void retries.push(event) } };
}

/** A server that takes connections and never says a word, as one does whose TLS hangs. */
async function silentServer(): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createRawServer((socket) => sockets.push(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.afterwards(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  return { url: `https://127.0.0.1:${port}`, sockets };
}

describe("a command of which nothing was sent is repeated", () => {
  it("when the connection is refused", async () => {
    const { retries, hooks } = listen();
    const enode = overUndici({ baseUrl: await deadUrl(), hooks, maxRetries: 1 });

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("ECONNREFUSED");
    expect(retries).toHaveLength(1);
  });

  it("when the handshake of TLS is cut off", async () => {
    const { url, sockets } = await silentServer();
    const enode = overUndici({ baseUrl: url, maxRetries: 1 });
    const failure = failureOf(command(enode), isConnectionError);

    for (let attempt = 1; attempt <= 2; attempt++) {
      await vi.waitUntil(() => sockets.length === attempt);
      sockets.at(-1)?.end();
    }

    expect(await failure).toMatchObject({ beforeSend: true, attempts: 2 });
  });

  it("when an attempt gets no connection in time", async () => {
    const { url, sockets } = await silentServer();
    const enode = overUndici({ baseUrl: url, maxRetries: 1, timeout: 50 });

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("there was no connection in time");
    expect(sockets.length).toBeGreaterThanOrEqual(1);
    await enode.close();
  });

  it.each([
    [403, "the proxy refuses to connect (403)"],
    [407, "the proxy asks for a name and password"],
    [502, "the proxy refuses to connect (502)"],
  ])("when a proxy answers CONNECT with %i", async (status, message) => {
    const proxy = await servers.proxy({ onConnect: refuseWith(status) });
    const enode = overUndici(
      { baseUrl: "https://enode.example", maxRetries: 1 },
      { proxy: proxy.url },
    );

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain(message);
    expect(proxy.tunnels).toHaveLength(2);
  });

  it("when a proxy cuts CONNECT off", async () => {
    const proxy = await servers.proxy({ onConnect: (socket) => socket.end() });
    const enode = overUndici(
      { baseUrl: "https://enode.example", maxRetries: 1 },
      { proxy: proxy.url },
    );

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("the proxy closed the connection before it made a tunnel");
    expect(proxy.tunnels).toHaveLength(2);
  });

  it("when a proxy answers CONNECT with more than a tunnel", async () => {
    const proxy = await servers.proxy({
      onConnect: (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n<html>"),
    });
    const enode = overUndici(
      { baseUrl: "http://127.0.0.1:1", maxRetries: 1 },
      { proxy: proxy.url },
    );

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("more than that there is a tunnel");
    expect(proxy.tunnels).toHaveLength(2);
  });

  it("when nobody listens where the proxy should be", async () => {
    const enode = overUndici(
      { baseUrl: "https://enode.example", maxRetries: 1 },
      { proxy: await deadUrl() },
    );

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("ECONNREFUSED");
  });
});

it("a request that was aborted before there was anything to send it with is not handed over", async () => {
  let handedOver = 0;
  const dispatcher = { dispatch: () => ++handedOver > 0 } as unknown as Dispatcher;
  let connect: (connections: Connections) => void = () => {};
  const connecting = new Promise<Connections>((resolve) => {
    connect = resolve;
  });
  const sender = new UndiciSender(() => connecting);
  const controller = new AbortController();
  const request = { method: "POST", url: "https://enode.example/x", headers: {} };
  const answer = sender.send(request, controller.signal, 1_000);

  controller.abort();
  connect({ dispatcherOf: () => dispatcher, destroy: async () => {} });

  await expect(answer).rejects.toThrow("the request was not sent");
  expect(handedOver).toBe(0);
  await sender.close();
});

it("a request that was sent in its second attempt does not count as not sent by its first", async () => {
  const controllers = [new AbortController(), new AbortController()] as const;
  let isStarting = false;
  const dispatcher = {
    dispatch(_options: object, handler: Dispatcher.DispatchHandler) {
      const abort = (error: Error) => handler.onResponseError?.(controller as never, error);
      const controller = { abort };
      if (isStarting) handler.onRequestStart?.(controller as never, {});
    },
  } as unknown as Dispatcher;
  const connections = { dispatcherOf: () => dispatcher, destroy: async () => {} };
  const sender = new UndiciSender(async () => connections);
  const request = { method: "GET", url: "https://enode.example/x", headers: {} };
  const outcomes: boolean[] = [];

  for (const { signal } of controllers) {
    const answer = sender.send(request, signal, 1_000).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    controllers[isStarting ? 1 : 0].abort();
    await answer;
    outcomes.push(sender.notSent(request) !== undefined);
    isStarting = true;
  }

  expect(outcomes).toEqual([true, false]);
});

describe("a request that waits for a connection", () => {
  /** A server that answers the first request only when it is told to. */
  async function busyServer() {
    const urls: string[] = [];
    let answerFirst = () => {};
    const { port } = await servers.plain((request, response) => {
      urls.push(`${request.method} ${request.url}`);
      if (urls.length > 1) answerOk(request, response);
      else answerFirst = () => answerOk(request, response);
    });
    return { baseUrl: `http://127.0.0.1:${port}`, urls, answerFirst: () => answerFirst() };
  }

  it("is never sent once its call was aborted", async () => {
    const { baseUrl, urls, answerFirst } = await busyServer();
    const enode = overUndici({ baseUrl }, { connections: 1 });
    const first = read(enode);
    await vi.waitUntil(() => urls.length === 1);
    const controller = new AbortController();
    const waiting = failureOf(enode.vehicles.startCharging("v-1", { signal: controller.signal }));
    // It is in undici's queue by then.
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await waiting).toMatchObject({ code: "aborted" });

    answerFirst();
    await first;
    await enode.users.get("u-2");

    expect(urls).toEqual(["GET /users/u-1", "GET /users/u-2"]);
  });

  it("is never sent once its attempt was given up, and the command is repeated", async () => {
    const { baseUrl, urls, answerFirst } = await busyServer();
    const retries: RetryEvent[] = [];
    const hooks = {
      onRetry: (event: RetryEvent) => {
        retries.push(event);
        answerFirst();
      },
    };
    const enode = overUndici({ baseUrl, hooks }, { connections: 1 });
    const first = read(enode);
    await vi.waitUntil(() => urls.length === 1);

    await enode.vehicles.startCharging("v-1", { timeout: 500 });
    await first;

    expect(urls).toEqual(["GET /users/u-1", "POST /vehicles/v-1/charging"]);
    expect(retries).toMatchObject([{ error: { code: "connection_failed", beforeSend: true } }]);
  });
});

describe("a command that a server may have got is not repeated", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["before it answers", (socket) => socket.destroy()],
    ["by a reset", (socket) => socket.resetAndDestroy()],
    [
      "in the middle of the head",
      (socket) => socket.write("HTTP/1.1 200 OK\r\ncont", () => socket.destroy()),
    ],
    [
      "in the middle of the body",
      (socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", () => socket.destroy()),
    ],
  ])("when it destroys the connection %s", async (_when, destroy) => {
    let requests = 0;
    const { port } = await servers.plain((request) => {
      requests++;
      destroy(request.socket);
    });
    const enode = overUndici({ baseUrl: `http://127.0.0.1:${port}` });

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: false, attempts: 1 });
    expect(requests).toBe(1);
  });

  it("when it does not answer in time", async () => {
    const requests: unknown[] = [];
    const { port } = await servers.plain((request) => requests.push(request));
    const sender = undiciTransport().open();
    const controller = new AbortController();
    const request = { method: "POST", url: `http://127.0.0.1:${port}/`, headers: {} };
    const sending = sender.send(request, controller.signal, 1).catch((error: Error) => error);
    await vi.waitUntil(() => requests.length === 1);

    controller.abort();

    expect(await sending).not.toHaveProperty("name", "RequestNotSent");
    expect(sender.notSent?.(request)).toBeUndefined();
    await sender.close();
  });
});

describe("an idle connection that the server has closed", () => {
  it.each([
    ["a read", read],
    ["a command", command],
  ])("is replaced for %s without a retry", async (_what, call) => {
    const { server, port, sockets } = await servers.plain(answerOk);
    const { retries, hooks } = listen();
    const enode = overUndici({ baseUrl: `http://127.0.0.1:${port}`, hooks });

    for (let calls = 1; calls <= 5; calls++) {
      await call(enode);
      expect(sockets).toHaveLength(calls);
      // The call after it begins in the same turn: the end is on its way then.
      server.closeIdleConnections();
    }

    expect(retries).toEqual([]);
  });
});

describe("a dispatcher of the host", () => {
  it("that belongs to an older undici is refused in words that say so, once", async () => {
    const dispatch = vi.fn(() => {
      throw Object.assign(new Error("invalid onError method"), { code: "UND_ERR_INVALID_ARG" });
    });
    const enode = overUndici({}, { dispatcher: { dispatch } as never });

    const error = await failureOf(command(enode), isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_option", parameter: "dispatcher" });
    expect(error.message).toContain("undici 7 or newer");
    expect(dispatch).toHaveBeenCalledOnce();
  });

  it("that throws anything else has sent nothing", async () => {
    const dispatch = vi.fn(() => {
      throw new Error("no more sockets");
    });
    const enode = overUndici({ maxRetries: 1 }, { dispatcher: { dispatch } as never });

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 2 });
    expect(error.message).toContain("no more sockets");
  });

  it("may be a MockAgent, whose refusals are none of the network", async () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    const pool = agent.get("https://enode-api.sandbox.enode.io");
    pool
      .intercept({ path: "/users/u-1", method: "GET" })
      .reply(200, { id: "mocked" }, { headers: { "content-type": "application/json" } });
    const enode = overUndici({ maxRetries: 0 }, { dispatcher: agent });

    expect(await read(enode)).toEqual({ id: "mocked" });
    const error = await failureOf(command(enode), isConnectionError);

    expect(error.beforeSend).toBe(true);
    expect(error.message).toContain("/vehicles/v-1/charging");
    expect(JSON.stringify(error)).not.toContain("token-1");
    await agent.close();
  });
});

describe("a request that is sent again by the dispatcher itself", () => {
  /** A dispatcher that starts each request twice, as undici does with what a lost connection had been given. */
  function restarting() {
    const aborted: unknown[] = [];
    const dispatch = (
      _options: unknown,
      handler: Record<string, (...values: unknown[]) => void>,
    ) => {
      const controller = () => ({
        abort(reason: Error) {
          aborted.push(reason);
          handler["onResponseError"]?.(controller(), reason);
        },
      });
      handler["onRequestStart"]?.(controller(), {});
      handler["onRequestStart"]?.(controller(), {});
      if (aborted.length > 0) return true;
      handler["onResponseStart"]?.(controller(), 200, {}, "OK");
      handler["onResponseData"]?.(controller(), Buffer.from('{"id":"ok"}'));
      handler["onResponseEnd"]?.(controller(), {});
      return true;
    };
    return { dispatcher: { dispatch } as never, aborted };
  }

  it("is a failure of which nothing is known, if it is no read", async () => {
    const { dispatcher, aborted } = restarting();

    const error = await failureOf(command(overUndici({}, { dispatcher })), isConnectionError);

    expect(error).toMatchObject({ beforeSend: false, attempts: 1 });
    expect(aborted).toHaveLength(1);
  });

  it("goes on, if it is a read", async () => {
    const { dispatcher, aborted } = restarting();

    expect(await read(overUndici({}, { dispatcher }))).toEqual({ id: "ok" });
    expect(aborted).toEqual([]);
  });
});

describe("a sender whose connections cannot be made", () => {
  it("tries again with the next request", async () => {
    const connect = vi.fn(async (): Promise<never> => {
      throw new Error("no undici");
    });
    const sender = new UndiciSender(connect);
    const request = { method: "GET", url: "http://127.0.0.1/", headers: {} };
    const send = () => sender.send(request, new AbortController().signal, 1);

    await expect(send()).rejects.toThrow("no undici");
    await expect(send()).rejects.toThrow("no undici");
    await sender.close();

    expect(connect).toHaveBeenCalledTimes(2);
  });
});
