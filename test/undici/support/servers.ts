import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach } from "vitest";

/** What a proxy was asked to connect to, and with which credentials. */
export interface Tunnel {
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy on 127.0.0.1. */
export interface TestProxy {
  readonly url: string;
  readonly tunnels: readonly Tunnel[];
}

/** A server on 127.0.0.1. */
export interface TestServer {
  readonly server: Server;
  readonly port: number;
  /** Connections accepted so far, also those that have ended. */
  readonly sockets: readonly Socket[];
}

/** Answers CONNECT in the proxy's place. */
export type OnConnect = (socket: Duplex, request: IncomingMessage) => void;

/** Starts servers, which end with each test. */
export interface TestServers {
  /** Does something after the test, before the servers end. */
  afterwards(close: () => Promise<unknown>): void;
  plain(listener: RequestListener): Promise<TestServer>;
  secure(options: ServerOptions, listener?: RequestListener): Promise<TestServer>;
  /** Starts a server that was made elsewhere. */
  listen(server: Server): Promise<TestServer>;
  /** A proxy; with a certificate it speaks TLS itself. */
  proxy(options?: { tls?: ServerOptions; onConnect?: OnConnect }): Promise<TestProxy>;
}

/** Call it at the top of a test file. */
export function useServers(): TestServers {
  const open = new Set<TestServer>();
  const clean = new Set<() => Promise<unknown>>();

  afterEach(async () => {
    for (const close of clean) await close();
    clean.clear();
    for (const { server, sockets } of open) {
      const closed = new Promise((resolve) => server.close(resolve));
      // Also those that a proxy has turned into tunnels, of which the server knows nothing any more.
      for (const socket of sockets) socket.destroy();
      await closed;
    }
    open.clear();
  });

  async function listen(server: Server): Promise<TestServer> {
    const sockets: Socket[] = [];
    server.on("connection", (socket: Socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const started = { server, port: (server.address() as AddressInfo).port, sockets };
    open.add(started);
    return started;
  }

  return {
    listen,
    afterwards(close) {
      clean.add(close);
    },
    plain: (listener) => listen(createServer(listener)),
    secure: (options, listener = answerOk) =>
      listen(createSecureServer(options, listener) as Server),
    /** A proxy; with a certificate it speaks TLS itself. */
    async proxy({ tls, onConnect = tunnel } = {}) {
      const tunnels: Tunnel[] = [];
      const server = tls ? (createSecureServer(tls) as Server) : createServer();
      server.on("connect", (request: IncomingMessage, socket: Duplex) => {
        tunnels.push({
          target: request.url ?? "",
          authorization: request.headers["proxy-authorization"],
        });
        socket.on("error", () => {});
        onConnect(socket, request);
      });
      const { port } = await listen(server);
      return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, tunnels };
    },
  };
}

/** Answers anything with a record. */
export function answerOk(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).end('{"id":"ok"}');
}

/** Connects as a proxy should, but always to this machine. */
export const tunnel: OnConnect = (socket, { url = "" }) => {
  const target = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.pipe(target).pipe(socket);
  });
  target.on("error", () => socket.destroy());
  socket.on("close", () => target.destroy());
};

/** Refuses with a status. */
export function refuseWith(status: number): OnConnect {
  return (socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
}
