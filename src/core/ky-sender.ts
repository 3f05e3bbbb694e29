import ky, { isNetworkError, type KyInstance } from "ky";
import { ConfigurationError } from "../errors/index.ts";
import type { HttpAnswer, HttpRequest, HttpSender } from "../http-transport.ts";
import type { Fetch, FetchInit } from "../options.ts";
import { failures } from "./failures.ts";
import { readText } from "./http-answer.ts";

/** Sends single requests through ky, by `fetch`. Every policy (time, retries, tokens, errors) lies above. */
export class KySender implements HttpSender {
  readonly #fetch: Fetch | undefined;
  readonly #ky: KyInstance;
  /** Keeps frameworks from caching answers; empty where the runtime has no such option. */
  #uncached: Pick<FetchInit, "cache"> | undefined;
  /** Whether the host's function cannot take a Request of this runtime. */
  #takesUrls = false;

  /** @param fetch The host's function; by default the global one at the time of each request. */
  constructor(fetch: Fetch | undefined) {
    this.#fetch = fetch;
    this.#ky = ky.create({
      // Retries and time-outs cover more than ky handles: the token, the body and all calls of a client.
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
    });
  }

  /** Rejects only when no complete answer arrives, with an error that may hold the request's headers. */
  async send(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer> {
    const { url, method, headers, body } = request;
    this.#uncached ??= noStore();
    const init: FetchInit = {
      method,
      headers,
      ...(body === undefined ? undefined : { body }),
      signal,
      // A redirect would carry commands and the token to an address nobody configured.
      redirect: "manual",
      ...this.#uncached,
    };
    // Taken out of its field: some runtimes refuse a `fetch` that is called as a method.
    const fetch = this.#fetch;
    // Headers and method are passed separately; ky builds its Request of the rest.
    const { headers: _, ...ofHost } = init;
    let response: Response;
    try {
      response = await this.#ky(url, {
        ...(fetch ? ofHost : { method }),
        fetch: (built) => {
          // Not the Request that ky has built: frameworks that patch the global fetch lose parts of it.
          if (!fetch) return globalThis.fetch(url, init);
          // ky passes the Request that it has built, never a URL.
          const request = built as Request;
          // Set on the finished request: ky would copy them through three Headers objects.
          for (const name in headers) request.headers.set(name, headers[name] ?? "");
          return this.#callHost(fetch, request, init);
        },
      });
      if (typeof response?.text !== "function") throw new TypeError("it gave no Response");
    } catch (error) {
      // ky's wrapper adds only the whole URL to its cause, with its IDs.
      const known = isNetworkError(error) && error.cause !== undefined;
      const { asPermanent } = await failures();
      throw asPermanent(known ? error.cause : error, fetch !== undefined && !known);
    }
    return { response, text: await readText(response, maxBytes) };
  }

  /** The runtime closes the connections of its `fetch`. */
  async close(): Promise<void> {}

  async #callHost(fetch: Fetch, request: Request, init: FetchInit): Promise<Response> {
    // The cast: the function gets a URL, which its type need not declare.
    if (this.#takesUrls) return fetch(request.url as never, init);
    let read = false;
    const { method, ...others } = init;
    const watched = {
      get method() {
        read = true;
        return method;
      },
      ...others,
    };
    try {
      return await fetch(request, watched);
    } catch (error) {
      // It has used the Request of another implementation as a URL. The name of a Request alone proves nothing: the
      // error of a wrapper may quote it when the request was sent.
      const { cause, message } = Object(error) as Partial<Error>;
      if (!`${message} ${cause}`.includes("parse URL from [object Request]")) throw error;
      // Without the init this would be a GET without headers, whatever the request was.
      if (!read) {
        const { foreignFetchHint } = await failures();
        throw new ConfigurationError(foreignFetchHint, { parameter: "fetch" });
      }
    }
    const response = await fetch(request.url as never, init);
    this.#takesUrls = true;
    return response;
  }
}

/** Checked when first needed: a runtime may not allow it while modules load. */
function noStore(): Pick<FetchInit, "cache"> {
  const uncached = { cache: "no-store" } as const;
  try {
    // The types of Node leave the member out.
    new Request("http://localhost", uncached as RequestInit);
    return uncached;
  } catch {
    // Workers of an older compatibility date refuse the option.
    return {};
  }
}
