import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { vehicleJson } from "./vehicle.ts";

/** How long a request is on its way, and its answer, in ms: as on networks each takes another time. */
const journey = () => 20 + Math.random() * 60;

/** What an API with a limit of its rate has answered. */
export interface Answers {
  requests: number;
  refused: number;
}

/** An API that allows so many requests in a second, by a bucket of as many tokens, and refuses the others. */
export class RateServer {
  readonly #server: Server;
  readonly #perSecond: number;
  #left: number;
  #filledAt = performance.now();
  #answers: Answers = { requests: 0, refused: 0 };

  private constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#server = createServer(async (request, response) => {
      request.resume();
      const isToken = request.method === "POST";
      await setTimeout(journey());
      const isAllowed = isToken || this.#allows();
      await setTimeout(journey());
      answer(response, isToken, isAllowed);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(perSecond: number): Promise<RateServer> {
    const server = new RateServer(perSecond);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Its answers so far. */
  get answers(): Answers {
    return { ...this.#answers };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #allows(): boolean {
    const now = performance.now();
    const gained = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    this.#filledAt = now;
    this.#answers.requests++;
    if (this.#left < 1) {
      this.#answers.refused++;
      return false;
    }
    this.#left--;
    return true;
  }
}

function answer(response: ServerResponse, isToken: boolean, isAllowed: boolean): void {
  const type = { "content-type": "application/json" };
  if (isToken) {
    response.writeHead(200, type);
    response.end('{"access_token":"token-1","token_type":"Bearer","expires_in":3600}');
  } else if (isAllowed) {
    response.writeHead(200, type);
    response.end(vehicleJson);
  } else {
    response.writeHead(429, { ...type, "retry-after": "1" });
    response.end('{"type":"about:blank","title":"Too many requests"}');
  }
}
