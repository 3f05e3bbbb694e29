import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request; `nth` counts from 1. */
export type Handler = (request: SeenRequest, response: ServerResponse, nth: number) => void;

/** A server on 127.0.0.1 with a token endpoint and, under all other paths, the API. */
export interface Loopback {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** Requests to the API. */
  readonly requests: SeenRequest[];
  readonly tokenRequests: SeenRequest[];
  /** Connections accepted so far. */
  readonly connections: () => number;
}

/** Call it at the top of a test file: it gives a function that starts servers, which end with each test. */
export function useLoopback(): (handlers?: {
  api?: Handler;
  token?: Handler;
}) => Promise<Loopback> {
  const open = new Set<ReturnType<typeof createServer>>();

  afterEach(async () => {
    const closed = [...open].map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    open.clear();
    await Promise.all(closed);
  });

  return async ({ api = okHandler, token = tokenHandler } = {}) => {
    const requests: SeenRequest[] = [];
    const tokenRequests: SeenRequest[] = [];
    let connections = 0;
    const server = createServer(async (incoming, response) => {
      const seen = await read(incoming);
      const [list, handler] =
        seen.url === "/oauth2/token"
          ? ([tokenRequests, token] as const)
          : ([requests, api] as const);
      list.push(seen);
      handler(seen, response, list.length);
    });
    server.on("connection", () => {
      connections++;
    });
    open.add(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    return {
      baseUrl,
      tokenUrl: `${baseUrl}/oauth2/token`,
      requests,
      tokenRequests,
      connections: () => connections,
    };
  };
}

/** Writes a JSON answer. */
export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** An address on this machine at which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const okHandler: Handler = (_request, response) => send(response, 200, { id: "ok" });

const tokenHandler: Handler = (_request, response, nth) =>
  send(response, 200, { access_token: `token-${nth}`, token_type: "bearer", expires_in: 3600 });

async function read(incoming: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return {
    method: incoming.method ?? "",
    url: incoming.url ?? "",
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
