import type { Server } from "node:http";
import {
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isConnectionError } from "../../src/errors/index.ts";
import { failureOf } from "../support/stub.ts";
import { authority, server as certificate } from "./support/certificates.ts";
import { command, overUndici, read } from "./support/client.ts";
import { useServers } from "./support/servers.ts";

const servers = useServers();

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  body: string;
}

const answer = (stream: ServerHttp2Stream) => {
  stream.respond({ ":status": 200, "content-type": "application/json" });
  stream.end('{"id":"ok"}');
};

/** A server that speaks nothing but HTTP/2; `nth` counts requests from 1. */
async function start(
  handle: (stream: ServerHttp2Stream, nth: number) => void = answer,
): Promise<{ baseUrl: string; seen: Seen[]; sessions: ServerHttp2Session[] }> {
  const seen: Seen[] = [];
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer(certificate);
  server.on("session", (session) => sessions.push(session.on("error", () => {})));
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const request: Seen = {
      method: headers[":method"] as string,
      path: headers[":path"] as string,
      body: "",
    };
    seen.push(request);
    const nth = seen.length;
    stream.on("error", () => {});
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      request.body += text;
    });
    stream.on("end", () => handle(stream, nth));
  });
  const { port } = await servers.listen(server as unknown as Server);
  return { baseUrl: `https://127.0.0.1:${port}`, seen, sessions };
}

function client(baseUrl: string): Enode {
  const enode = overUndici({ baseUrl }, { ca: authority, allowH2: true });
  servers.afterwards(() => enode.close());
  return enode;
}

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});

describe("over HTTP/2", () => {
  it("reads and commands go over one connection", async () => {
    const { baseUrl, seen, sessions } = await start();
    const enode = client(baseUrl);

    expect(await read(enode)).toEqual({ id: "ok" });
    expect(await command(enode)).toEqual({ id: "ok" });

    expect(seen).toEqual([
      { method: "GET", path: "/users/u-1", body: "" },
      { method: "POST", path: "/vehicles/v-1/charging", body: '{"action":"START"}' },
    ]);
    expect(sessions).toHaveLength(1);
  });

  it("an answer is a Response with its headers", async () => {
    const { baseUrl } = await start((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/json", "x-request-id": "r-1" });
      stream.end('{"id":"ok"}');
    });

    const { response } = await client(baseUrl).users.get("u-1").withResponse();

    expect(response.status).toBe(200);
    expect(response.headers.get("x-request-id")).toBe("r-1");
    expect([...response.headers.keys()].filter((name) => name.startsWith(":"))).toEqual([]);
  });

  it("many reads at once are all answered", async () => {
    const { baseUrl, seen } = await start();
    const enode = client(baseUrl);

    await Promise.all(Array.from({ length: 50 }, () => read(enode)));

    expect(seen).toHaveLength(50);
  });

  it("a connection that the server has ended by GOAWAY while idle is replaced", async () => {
    const { baseUrl, seen, sessions } = await start();
    const enode = client(baseUrl);
    await command(enode);
    const closed = new Promise((resolve) => sessions[0]?.once("close", resolve));
    sessions[0]?.goaway();
    sessions[0]?.close();
    await closed;

    await command(enode);

    expect(seen).toHaveLength(2);
    expect(sessions).toHaveLength(2);
  });

  it.each<[string, (stream: ServerHttp2Stream) => void]>([
    ["GOAWAY", (stream) => stream.session?.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)],
    ["a closed socket", (stream) => stream.session?.socket.destroy()],
    ["an error of its stream", (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["a stream that ends without an answer", (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    [
      "a stream that ends in the middle of its answer",
      (stream) => {
        stream.respond({ ":status": 200, "content-length": 11 });
        stream.write('{"id":', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
      },
    ],
  ])("a command is not repeated after %s, a read is", async (_what, fail) => {
    const { baseUrl, seen } = await start((stream, nth) =>
      nth === 2 ? answer(stream) : fail(stream),
    );

    expect(await read(client(baseUrl))).toEqual({ id: "ok" });
    expect(seen).toHaveLength(2);

    const error = await failureOf(command(client(baseUrl)), isConnectionError);
    expect(error).toMatchObject({ beforeSend: false, attempts: 1 });
    expect(seen).toHaveLength(3);
  });

  it("a command whose stream was refused is repeated: the server has done nothing with it", async () => {
    const { baseUrl, seen } = await start((stream, nth) =>
      nth === 1 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : answer(stream),
    );

    expect(await command(client(baseUrl))).toEqual({ id: "ok" });

    expect(seen).toHaveLength(2);
  });
});
