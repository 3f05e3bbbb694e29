import type { Dispatcher } from "undici";
import { ConfigurationError } from "../errors/index.ts";
import type { HttpAnswer, HttpRequest, HttpSender } from "../http-transport.ts";
import type { Connections } from "./connections.ts";
import { Exchange, RequestNotSentError } from "./exchange.ts";

/** Sends single requests over connections of undici. */
export class UndiciSender implements HttpSender {
  readonly #connect: () => Promise<Connections>;
  #connections: Connections | undefined;
  #connecting: Promise<Connections> | undefined;
  readonly #underWay = new Set<Promise<HttpAnswer>>();
  readonly #notSent = new WeakMap<HttpRequest, Error>();
  #isClosed = false;

  constructor(connect: () => Promise<Connections>) {
    this.#connect = connect;
  }

  async send(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer> {
    if (this.#isClosed) {
      throw new ConfigurationError("This client was closed by close(): make a new one.", {
        parameter: "transport",
      });
    }
    const answer = this.#send(request, signal, maxBytes);
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  notSent(request: HttpRequest): Error | undefined {
    return this.#notSent.get(request);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
    // What undici still has are requests that nobody waits for any more.
    await this.#connections?.destroy();
  }

  async #send(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer> {
    this.#connections ??= await this.#connected();
    const connections = this.#connections;
    // A request without a token is the same one in each attempt.
    this.#notSent.delete(request);
    // Nobody waits for it any more, but closing would: undici would connect for it first.
    if (signal.aborted) throw new RequestNotSentError(signal.reason);
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({
        isRead: request.method === "GET",
        signal,
        maxBytes,
        resolve,
        reject,
        onNotSent: (error) => this.#notSent.set(request, error),
      });
      try {
        dispatch(connections, request, exchange);
      } catch (error) {
        reject(failureOf(error));
      }
    });
  }

  /** Once, however many requests come first; after a failure again. */
  async #connected(): Promise<Connections> {
    this.#connecting ??= this.#connect();
    try {
      return await this.#connecting;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }
}

/** Hands a request over to undici, which tells the exchange of everything that follows. */
function dispatch(
  connections: Connections,
  { method, url, headers, body }: HttpRequest,
  exchange: Exchange,
): void {
  // Behind the slashes of the scheme; the client has checked and written the URL.
  const pathAt = url.indexOf("/", "https://".length);
  const origin = url.slice(0, pathAt);
  connections.dispatcherOf(origin).dispatch(
    {
      origin,
      path: url.slice(pathAt),
      method: method as Dispatcher.HttpMethod,
      headers: { "accept-encoding": "gzip, br", ...headers },
      ...(body !== undefined && { body }),
      // Otherwise the next request would wait for the answer to a read, pipelining or not.
      blocking: method !== "GET",
      // The client has time limits of its own, over all of an attempt.
      headersTimeout: 0,
      bodyTimeout: 0,
    },
    exchange,
  );
}

/** The error of a dispatcher that throws. Those of version 7 or newer tell the handler instead. */
function failureOf(error: unknown): Error {
  if ((error as { code?: unknown } | undefined)?.code !== "UND_ERR_INVALID_ARG") {
    return new RequestNotSentError(error);
  }
  return new ConfigurationError(
    "The dispatcher does not belong to undici 7 or newer: make it with the package undici, version 7 or newer, not with what Node has built in.",
    { parameter: "dispatcher" },
  );
}
