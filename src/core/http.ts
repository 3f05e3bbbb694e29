import ky, { isNetworkError, type KyInstance } from "ky";
import type { Fetch } from "../options.ts";

/** One request, ready to go. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** An answer with its whole body. */
export interface HttpAnswer {
  response: Response;
  text: string;
}

/** Sends single requests through ky. Every policy (time, retries, tokens, errors) lies above. */
export class Http {
  readonly #fetch: Fetch | undefined;
  readonly #ky: KyInstance;

  /** @param fetch The host's own; without it the global one at the time of each request. */
  constructor(fetch: Fetch | undefined) {
    this.#fetch = fetch;
    this.#ky = ky.create({
      // Retries and time-outs cover more than ky sees: the token, the body and all calls of a client.
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // A redirect would carry commands and the token to an address nobody configured.
      redirect: "manual",
    });
  }

  /** Rejects only when no complete answer arrives, with an error that may hold the request's headers. */
  async send(request: HttpRequest, signal: AbortSignal, maxBytes?: number): Promise<HttpAnswer> {
    const { method, url, headers, body } = request;
    try {
      const response = await this.#ky(url, {
        method,
        // The global fetch is given the signal itself, which saves ky two signals that follow it.
        ...(this.#fetch && { signal }),
        // Set on the finished request: ky would copy them through three Headers on the way there.
        // In turn, so that a header of the call replaces one of the client in whatever case.
        fetch: (built) => {
          // ky hands over the Request that it has made, never a URL.
          const request = built as Request;
          for (const name in headers) request.headers.set(name, headers[name] ?? "");
          return this.#fetch ? this.#fetch(request) : globalThis.fetch(request, { signal });
        },
        ...(body === undefined ? undefined : { body }),
      });
      return { response, text: await readText(response, maxBytes) };
    } catch (error) {
      // ky's own wrapper says nothing more than its cause, and the whole URL with its IDs.
      throw isNetworkError(error) && error.cause !== undefined ? error.cause : error;
    }
  }
}

/** Thrown when a body is larger than its reader allows. */
export class BodyTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the body is larger than ${maxBytes} bytes`);
    this.name = "BodyTooLargeError";
  }
}

async function readText(response: Response, maxBytes: number | undefined): Promise<string> {
  if (maxBytes === undefined || !response.body) return response.text();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, so the rest is not even downloaded.
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Codes of connections that never came about, in Node and Bun. */
const neverConnected = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);

/**
 * Whether a failed request certainly reached nobody, so that even a command may be sent again.
 * A reset proves nothing: the server may have acted and died before it answered.
 */
export function failedBeforeSend(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    // Deno gives no code.
    if (at.message.includes("client error (Connect)")) return true;
    const { code, syscall } = at as { code?: unknown; syscall?: unknown };
    if (typeof code === "string" && neverConnected.has(code)) return true;
    if (syscall === "connect" || syscall === "getaddrinfo") return true;
  }
  return false;
}
