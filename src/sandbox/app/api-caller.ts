import { TOKEN_PATH, type TokenEndpoint } from "../api/oauth/token-endpoint.ts";
import { isCut } from "../shared/body-recorder.ts";
import type { Random } from "../shared/random.ts";
import type { RecordedExchange, Recordings } from "../shared/recordings.ts";
import { isShortened, lacksSecrets } from "../shared/redaction.ts";
import type { RequestPipeline } from "./request-pipeline.ts";

/** The outcome of a call to the API. */
export interface ApiCall {
  /** Number of the entry in the log of requests. */
  readonly number: number;
  /** null when the call ended without an answer. A fault may hold back the body forever: the recording shows it. */
  readonly response: Response | null;
  /** Why there was no answer. */
  readonly failure: string | null;
}

/** Why a recorded request cannot be sent again. */
export type ReplayRefusal = "not-kept" | "token-request" | "cut" | "not-text" | "without-secrets";

export type Replay =
  | ({ readonly isSent: true } & ApiCall)
  | { readonly isSent: false; readonly code: ReplayRefusal; readonly reason: string };

const reasons: Readonly<Record<ReplayRefusal, string>> = {
  "not-kept": "The request is not kept: only the last 200 are, and none with --no-bodies",
  "token-request": "A token request is not sent again: its client secret is not kept",
  cut: "Only the first 64 kB of its body are kept",
  "not-text": "Its body is not text, which is not kept",
  "without-secrets": "It held a secret, which is not kept",
};

/** Headers that belong to a connection or to a token, not to the request. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding",
]);

/** Calls the API in this process, as a client would, with a token of the sandbox itself. */
export class ApiCaller {
  readonly #pipeline: RequestPipeline;
  readonly #tokens: TokenEndpoint;
  readonly #random: Random;
  readonly #recordings: Recordings;

  constructor(parts: {
    readonly pipeline: RequestPipeline;
    readonly tokens: TokenEndpoint;
    readonly random: Random;
    readonly recordings: Recordings;
  }) {
    this.#pipeline = parts.pipeline;
    this.#tokens = parts.tokens;
    this.#random = parts.random;
    this.#recordings = parts.recordings;
  }

  /**
   * @param address Path and query, beginning with a slash.
   * @param body Sent as it is, as JSON unless the headers name another type; null for none.
   * @throws TypeError for a method or an address that no request can have.
   */
  async call(
    method: string,
    address: string,
    body: string | null = null,
    headers: Iterable<readonly [name: string, value: string]> = [],
  ): Promise<ApiCall> {
    const sent = new Headers(
      Array.from(headers, ([name, value]): [string, string] => [name, value]),
    );
    if (body !== null && !sent.has("content-type")) sent.set("content-type", "application/json");
    sent.set("authorization", `Bearer ${this.#tokens.mint(this.#random)}`);
    if (!address.startsWith("/")) throw new TypeError("The path must begin with a slash");
    const request = new Request(`http://127.0.0.1${address}`, { method, headers: sent, body });
    let number = 0;
    try {
      const response = await this.#pipeline.answer(request, (logged) => {
        number = logged;
      });
      return { number, response, failure: null };
    } catch (error) {
      if (number === 0) throw error;
      const failure = error instanceof Error ? error.message : String(error);
      return { number, response: null, failure };
    }
  }

  /** Sends a recorded request again. */
  async replay(number: number): Promise<Replay> {
    const exchange = this.#recordings.get(number);
    const code = exchange === undefined ? "not-kept" : refusalOf(exchange);
    if (exchange === undefined || code !== undefined) {
      return { isSent: false, code: code ?? "not-kept", reason: reasons[code ?? "not-kept"] };
    }
    const { method, url, request } = exchange;
    const headers = request.headers.filter(
      ([name, value]) => !OWN_HEADERS.has(name) && !isShortened(value),
    );
    return { isSent: true, ...(await this.call(method, url, request.body, headers)) };
  }
}

function refusalOf({ url, request }: RecordedExchange): ReplayRefusal | undefined {
  if (url === TOKEN_PATH || url.startsWith(`${TOKEN_PATH}?`)) return "token-request";
  if (isCut(request)) return "cut";
  if (request.body === null && request.size > 0) return "not-text";
  return lacksSecrets(`${url} ${request.body ?? ""}`) ? "without-secrets" : undefined;
}
