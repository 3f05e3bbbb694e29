import type { EnodeError, ResponseIssue } from "./errors/index.ts";

/** What every event about a call tells. Never a header, a body or a credential. */
export interface CallEvent {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** HTTP method. */
  method: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  path: string;
  /** What the path was filled with, such as `{ vehicleId }`. IDs of your users are among it: mind where you log it. */
  parameters: Readonly<Record<string, string>>;
  /** Which request of this call, from 1. */
  attempt: number;
}

/** A request is about to be sent. */
export type RequestEvent = CallEvent;

/** An answer, of any status, has arrived with its body. */
export interface ResponseEvent extends CallEvent {
  status: number;
  /** From sending to the end of the body, in ms. */
  durationMs: number;
  /** The server's ID of the request, when a header told one. */
  requestId: string | undefined;
}

/** A failed attempt will be repeated. */
export interface RetryEvent extends CallEvent {
  /** Wait before the next attempt, in ms. */
  delayMs: number;
  /** Why the attempt failed. */
  error: EnodeError;
}

/** A token was obtained, or could not be. */
export interface TokenRefreshEvent {
  /** Where the token came from: the token endpoint, the host's provider or the host's store. */
  source: "endpoint" | "provider" | "store";
  /** Whether calls waited for it; a background refresh happens while the old token still serves. */
  background: boolean;
  durationMs: number;
  /** When the token ends, in ms since the epoch; undefined after a failure. */
  expiresAt: number | undefined;
  /** Set when no token could be had. */
  error: EnodeError | undefined;
}

/** A call failed for good, or something beside it did (`operation` undefined: a store, a hook). */
export interface ErrorEvent {
  operation: string | undefined;
  path: string | undefined;
  /** What the path was filled with, such as `{ vehicleId }`; undefined when it was no call. */
  parameters?: Readonly<Record<string, string>>;
  attempt: number;
  /** From the start of the call, in ms. */
  durationMs: number;
  error: EnodeError;
}

/** An answer departs from the description (only with `validate: "report"`). */
export interface DriftEvent {
  operation: string;
  path: string;
  status: number;
  issues: readonly ResponseIssue[];
}

/**
 * Callbacks on the life of calls, for metrics, traces and logs. They run synchronously: keep them
 * short. One that throws or rejects changes nothing for the call.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 *
 * const enode = Enode.fromEnv({
 *   hooks: {
 *     onResponse: ({ operation, status, durationMs }) => console.log(operation, status, durationMs),
 *   },
 * });
 * ```
 */
export interface Hooks {
  onRequest?: ((event: RequestEvent) => void) | undefined;
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
  onTokenRefresh?: ((event: TokenRefreshEvent) => void) | undefined;
  onError?: ((event: ErrorEvent) => void) | undefined;
}

/** A method of a logger, whatever the order of its arguments. */
export type LogMethod = (...values: never[]) => void;

/** A logger of the shape of `console` or of pino. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}
