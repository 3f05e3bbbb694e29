import type { DriftEvent, Hooks, Logger } from "./hooks.ts";
import type { HttpTransport } from "./http-transport.ts";
import type { Storage, StoredToken, TokenStore } from "./storage/contracts/index.ts";

/** The two environments of Enode. A client's credentials work in one of them only. */
export type Environment = "production" | "sandbox";

/** The fields of a `Request`: the second argument of a {@link Fetch}. */
export interface FetchInit {
  /** HTTP method. */
  method: string;
  /** Headers, by their names. */
  headers: Record<string, string>;
  /** The body as JSON or form; left out when there is none. */
  body?: string;
  /** Aborts the request: its time is over, or the call was ended. */
  signal: AbortSignal;
  /** Redirects are not followed. */
  redirect: "manual";
  /** Left out in runtimes without it. */
  cache?: "no-store";
}

/**
 * Sends one request: the global `fetch`, any function that takes a `Request`, or a `fetch` of another
 * implementation, called with the URL and `init`, which has the fields of the request.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { ProxyAgent, fetch } from "undici";
 *
 * const dispatcher = new ProxyAgent("http://proxy.example:3128");
 * const enode = Enode.fromEnv({
 *   fetch: (request, init) => fetch(request.url, { ...init, dispatcher }),
 * });
 * ```
 */
export type Fetch = (request: Request, init?: FetchInit) => Promise<Response>;

/**
 * Returns an access token, for hosts whose secret is kept elsewhere. Called only when a token is needed: the token
 * is cached until shortly before `expiresAt` (ms since the epoch).
 */
export type TokenProvider = (request: { signal: AbortSignal }) => Promise<StoredToken>;

/** Options of every client. */
export interface CommonOptions {
  /** `production` has real devices, `sandbox` mocked ones. There is no default: they must never be mixed up. */
  environment: Environment;
  /** Version of the API for the answers. Default: the one that the types describe. */
  apiVersion?: string | undefined;
  /** Shares one access token among several processes. Default: each client keeps its own in memory. */
  tokenStore?: TokenStore | undefined;
  /**
   * Your stores, such as `sqliteStorage({ path })`. Its `userStore` maps your own IDs of users, for
   * `users.link({ hostUserId }, …)` and `enode.user({ hostUserId })`; `users.erase` deletes the data of a user from
   * all of them. It shares no token: for that pass a `tokenStore`, encrypted. Default: none.
   */
  storage?: Storage | undefined;
  /** Sends the requests. Default: the global `fetch` at the time of each request. */
  fetch?: Fetch | undefined;
  /**
   * Sends the requests in place of `fetch`: `undiciTransport()` of `enode-sdk/undici`, for Node, is several times
   * cheaper, and has proxies, certificates and pools as options. Default: by `fetch`.
   */
  transport?: HttpTransport | undefined;
  /** Time for one request with its body, in ms. Default 10,000. */
  timeout?: number | undefined;
  /**
   * Time for a whole call with token, retries and waits, in ms. Default 30,000, and 120,000 for
   * statistics of HEM systems.
   */
  deadline?: number | undefined;
  /** Retries after a failed first attempt; 0 means none. Default 3. */
  maxRetries?: number | undefined;
  /**
   * The largest accepted answer, in bytes once decompressed; a larger one fails the call with a
   * ResponseValidationError. At most 256 MiB. Default 64 MiB.
   */
  maxResponseBytes?: number | undefined;
  /**
   * Most requests in flight, and so the most connections, from 1 to 10,000. Default 256. Raise it where many slow
   * calls, such as statistics, fill all places; a burst begins with 40 all the same. With this option or
   * `maxRequestsPerSecond` waiting calls take turns by end user.
   */
  maxConcurrency?: number | undefined;
  /**
   * Most requests in any second, for a client that shares the limits of Enode with others; above 0, at most 10,000,
   * fractions too. Requests follow each other at even intervals; after a pause a tenth of them, and one more, may go
   * at once. Retries and pages count, requests for tokens do not. Calls wait within their deadlines, and take turns by
   * end user: those of `enode.user(id)` and those with a `userId` in their path count for that user, all others together
   * like one more user. Default none.
   */
  maxRequestsPerSecond?: number | undefined;
  /** Headers to add to every request to the API, such as a trace ID. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** `console`, pino, or a logger with the same methods. */
  logger?: Logger | undefined;
  /** Callbacks for metrics and traces. */
  hooks?: Hooks | undefined;
  /**
   * Validates every answer against the description: `report` calls `onDrift` and logs, `throw` fails the call with
   * a ResponseValidationError. New fields and enum values are always valid. Default `off`.
   */
  validate?: "off" | "report" | "throw" | undefined;
  /** Called with each answer that differs from the description, with `validate: "report"`. */
  onDrift?: ((event: DriftEvent) => void) | undefined;
  /** URL of the API, such as that of a proxy or the local sandbox. https, or loopback. */
  baseUrl?: string | undefined;
  /** URL of the token endpoint. https, or loopback. */
  tokenUrl?: string | undefined;
}

/** A client that exchanges its credentials for access tokens. */
export interface CredentialOptions {
  /** From Enode's developer dashboard. */
  clientId: string;
  /** From the dashboard, or a function that fetches it from a vault whenever a token is needed. */
  clientSecret: string | (() => string | Promise<string>);
  /** Not together with a secret. */
  tokenProvider?: undefined;
}

/** A client that gets access tokens from elsewhere and never sees the secret. */
export interface TokenProviderOptions {
  /** Returns access tokens, in place of the OAuth exchange. */
  tokenProvider: TokenProvider;
  /** Part of the keys in the `tokenStore` and the `storage`; needed only with one of them. */
  clientId?: string | undefined;
  /** Not together with a provider. */
  clientSecret?: undefined;
}

/** Options of a client. */
export type EnodeOptions = CommonOptions & (CredentialOptions | TokenProviderOptions);

/** A user by your own ID. The `userStore` of the client's `storage` has its ID at Enode. */
export interface HostUser {
  /** Your own ID of the user, 1 to 200 characters, compared exactly. It is never sent to Enode. */
  hostUserId: string;
}

/** Options of one call; they go last in every method. */
export interface RequestOptions {
  /** Aborts the call at any time: before sending, in flight, in a wait. */
  signal?: AbortSignal | undefined;
  /** Time for one request with its body, in ms. */
  timeout?: number | undefined;
  /** Time for the whole call, in ms. */
  deadline?: number | undefined;
  /** Retries after a failed first attempt; 0 means none. */
  maxRetries?: number | undefined;
  /** Headers to add to this call's requests. */
  headers?: Readonly<Record<string, string>> | undefined;
}
