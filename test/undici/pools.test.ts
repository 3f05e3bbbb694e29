import { Agent, MockAgent } from "undici";
import { describe, expect, it, vi } from "vitest";
import { Enode } from "../../src/enode.ts";
import { isConfigurationError } from "../../src/errors/index.ts";
import { undiciTransport } from "../../src/undici/index.ts";
import { withToken } from "../core/support/with-token.ts";
import { failureOf } from "../support/stub.ts";
import { command, overUndici, read } from "./support/client.ts";
import { answerOk, useServers } from "./support/servers.ts";

const servers = useServers();

/** A server that answers when it is told to, and counts what it holds. */
async function holdingServer() {
  const held: (() => void)[] = [];
  const { port, sockets, server } = await servers.plain((request, response) => {
    held.push(() => answerOk(request, response));
  });
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    held,
    sockets,
    server,
    answerAll: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the pool of a client", () => {
  it("has as many connections as there are requests, by default", async () => {
    const { baseUrl, held, sockets, answerAll } = await holdingServer();
    const enode = overUndici({ baseUrl });
    const calls = Array.from({ length: 10 }, () => read(enode));

    await vi.waitUntil(() => held.length === 10);

    expect(sockets).toHaveLength(10);
    answerAll();
    await Promise.all(calls);
    await enode.close();
  });

  it("has no more than connections says; the others wait", async () => {
    const { baseUrl, held, sockets, answerAll } = await holdingServer();
    const enode = overUndici({ baseUrl }, { connections: 2 });
    const calls = Array.from({ length: 6 }, () => read(enode));

    for (let left = 6; left > 0; left -= 2) {
      await vi.waitUntil(() => held.length === 2);
      // A third one would be there in this turn.
      await turn();
      expect(held).toHaveLength(2);
      answerAll();
    }

    await Promise.all(calls);
    expect(sockets).toHaveLength(2);
    await enode.close();
  });

  it("sends as many reads ahead on a connection as pipelining says, and no command", async () => {
    const { baseUrl, held, sockets, answerAll } = await holdingServer();
    const enode = overUndici({ baseUrl }, { connections: 1, pipelining: 3 });
    const reads = Array.from({ length: 3 }, () => read(enode));
    const sent = command(enode);

    await vi.waitUntil(() => held.length === 3);
    await turn();

    // Neither is answered yet.
    expect(held).toHaveLength(3);
    expect(sockets).toHaveLength(1);
    answerAll();
    await vi.waitUntil(() => held.length === 1);
    answerAll();
    await Promise.all([...reads, sent]);
    await enode.close();
  });

  it("closes connections that are idle for keepAliveTimeout", async () => {
    const { baseUrl, held, sockets, answerAll } = await holdingServer();
    const enode = overUndici({ baseUrl }, { keepAliveTimeout: 30 });
    const call = read(enode);
    await vi.waitUntil(() => held.length === 1);
    const closed = new Promise((resolve) => sockets[0]?.once("close", resolve));
    answerAll();
    await call;

    await closed;

    await enode.close();
  });

  it("is its own, even if two share a transport", async () => {
    const { port, sockets } = await servers.plain(answerOk);
    const transport = undiciTransport();
    const make = () => withToken({ baseUrl: `http://127.0.0.1:${port}`, transport } as object);
    const [one, other] = [make(), make()];
    await read(one);
    await read(other);
    expect(sockets).toHaveLength(2);

    await one.close();

    expect(await read(other)).toEqual({ id: "ok" });
    expect(await failureOf(read(one), isConfigurationError)).toHaveProperty(
      "parameter",
      "transport",
    );
    await other.close();
  });
});

describe("close()", () => {
  it("waits for the calls under way, and closes the connections", async () => {
    const { baseUrl, held, sockets, answerAll } = await holdingServer();
    const enode = overUndici({ baseUrl });
    const call = read(enode);
    await vi.waitUntil(() => held.length === 1);
    const ended = new Promise((resolve) => sockets[0]?.once("close", resolve));
    let isClosed = false;

    const closing = enode.close().then(() => {
      isClosed = true;
    });
    await turn();

    expect(isClosed).toBe(false);
    answerAll();
    expect(await call).toEqual({ id: "ok" });
    await closing;
    await ended;
  });

  it("lets a first call go that still waits for undici", async () => {
    const { port } = await servers.plain(answerOk);
    const sender = undiciTransport().open();
    const request = { method: "GET", url: `http://127.0.0.1:${port}/`, headers: {} };

    const sending = sender.send(request, new AbortController().signal, 1_000);
    await sender.close();

    expect(await sending).toMatchObject({ text: '{"id":"ok"}' });
  });

  it("refuses calls that come after it, without a retry", async () => {
    const onRetry = vi.fn();
    const enode = overUndici({ hooks: { onRetry } });
    await enode.close();

    const error = await failureOf(read(enode), isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_option", parameter: "transport" });
    expect(error.message).toContain("close()");
    expect(onRetry).not.toHaveBeenCalled();
  });

  it("may be called twice, and before any call", async () => {
    const { port } = await servers.plain(answerOk);
    const enode = overUndici({ baseUrl: `http://127.0.0.1:${port}` });
    await read(enode);

    await Promise.all([enode.close(), enode.close()]);
    await enode.close();
  });

  it("is what the end of a block with await using does", async () => {
    const { port, sockets } = await servers.plain(answerOk);
    {
      await using enode = overUndici({ baseUrl: `http://127.0.0.1:${port}` });
      await read(enode);
    }

    await vi.waitUntil(() => sockets.every((socket) => socket.closed));
  });

  it("leaves a dispatcher of the host open", async () => {
    const { port } = await servers.plain(answerOk);
    const dispatcher = new Agent();
    const make = () => overUndici({ baseUrl: `http://127.0.0.1:${port}` }, { dispatcher });
    const enode = make();
    await read(enode);

    await enode.close();

    expect(await read(make())).toEqual({ id: "ok" });
    await failureOf(read(enode), isConfigurationError);
    await dispatcher.close();
  });

  it("does nothing for a client without a transport", async () => {
    const { port } = await servers.plain(answerOk);
    const enode = withToken({ baseUrl: `http://127.0.0.1:${port}` });
    await enode.close();

    expect(await read(enode)).toEqual({ id: "ok" });
  });
});

it("a MockAgent answers in the place of Enode, for commands and tokens too", async () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const json = { headers: { "content-type": "application/json" } };
  const token = { access_token: "token-1", expires_in: 3600, token_type: "bearer" };
  agent
    .get("https://oauth.sandbox.enode.io")
    .intercept({ path: "/oauth2/token", method: "POST" })
    .reply(200, token, json);
  agent
    .get("https://enode-api.sandbox.enode.io")
    .intercept({ path: "/vehicles/v-1/charging", method: "POST", body: '{"action":"START"}' })
    .reply(200, { id: "a-1" }, json);
  const enode = new Enode({
    clientId: "client-1",
    clientSecret: "secret-1",
    environment: "sandbox",
    transport: undiciTransport({ dispatcher: agent }),
  });

  expect(await command(enode)).toEqual({ id: "a-1" });

  agent.assertNoPendingInterceptors();
  await agent.close();
});
