import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { vehicleJson } from "./vehicle.ts";

/** Time that the token endpoint takes, in ms. */
const exchangeTime = 50;

/** An API whose tokens can be revoked, and which counts the requests for new ones. */
export class TokenServer {
  /** Requests for a token so far. */
  tokenRequests = 0;
  readonly #server: Server;
  #revoked = 0;
  #refusals = 0;
  #callers = 1;
  #spread = 0;

  private constructor() {
    this.#server = createServer((request, response) => this.#handle(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(): Promise<TokenServer> {
    const server = new TokenServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Refuses all tokens given out so far; the 401s of so many callers come evenly over `spread` ms. */
  revoke(callers: number, spread: number): void {
    this.#revoked = this.tokenRequests;
    this.#refusals = 0;
    this.#callers = callers;
    this.#spread = spread;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (request.method === "POST") {
      const token = { access_token: `token-${++this.tokenRequests}`, token_type: "Bearer" };
      const body = JSON.stringify({ ...token, expires_in: 3600 });
      setTimeout(() => answer(response, 200, body), exchangeTime);
      return;
    }
    const number = Number(/^Bearer token-(\d+)$/i.exec(request.headers.authorization ?? "")?.[1]);
    if (number > this.#revoked) {
      answer(response, 200, vehicleJson);
      return;
    }
    const delay = (this.#spread * this.#refusals++) / Math.max(1, this.#callers - 1);
    setTimeout(() => answer(response, 401, '{"title":"Unauthorized"}'), delay);
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}
