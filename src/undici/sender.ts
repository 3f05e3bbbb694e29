import type { Dispatcher } from "undici";
import { ConfigurationError } from "../errors/index.ts";
import type { HttpAnswer, HttpRequest, HttpSender } from "../http-transport.ts";
import { Exchange } from "./exchange.ts";

/** Sends single requests through a dispatcher of undici. */
export class UndiciSender implements HttpSender {
  readonly #make: () => Promise<Dispatcher>;
  readonly #isOwn: boolean;
  #dispatcher: Dispatcher | undefined;
  #making: Promise<Dispatcher> | undefined;
  #isClosed = false;

  /** @param isOwn Whether to close the dispatcher. */
  constructor(make: () => Promise<Dispatcher>, isOwn: boolean) {
    this.#make = make;
    this.#isOwn = isOwn;
  }

  async send(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer> {
    if (this.#isClosed) {
      throw new ConfigurationError("This client was closed by close(): make a new one.", {
        parameter: "transport",
      });
    }
    this.#dispatcher ??= await this.#made();
    return exchange(this.#dispatcher, request, signal, maxBytes);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // Without a request there was no connection.
    const dispatcher = await this.#making?.catch(() => undefined);
    if (this.#isOwn && !(dispatcher as { closed?: boolean } | undefined)?.closed) {
      await dispatcher?.close();
    }
  }

  /** Made once, however many requests come first; after a failure anew. */
  async #made(): Promise<Dispatcher> {
    this.#making ??= this.#make();
    try {
      return await this.#making;
    } catch (error) {
      this.#making = undefined;
      throw error;
    }
  }
}

function exchange(
  dispatcher: Dispatcher,
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
  maxBytes: number,
): Promise<HttpAnswer> {
  // Behind the slashes of the scheme; the client has checked and written the URL.
  const pathAt = url.indexOf("/", "https://".length);
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(
      {
        origin: url.slice(0, pathAt),
        path: url.slice(pathAt),
        method: method as Dispatcher.HttpMethod,
        headers: { "accept-encoding": "gzip, br", ...headers },
        ...(body !== undefined && { body }),
        // The client has time limits of its own, over all of an attempt.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      new Exchange(signal, maxBytes, resolve, reject),
    );
  });
}
