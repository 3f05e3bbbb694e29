import type { EnodeError, ResponseIssue } from "./errors/index.ts";

/** A call begins: of a resource, or one page of a list. */
export interface CallStartEvent {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** Where the client sends its requests. */
  baseUrl: string;
  /**
   * Runs the call, and settles with it. A tracer calls it in the asynchronous context in which everything of the call is
   * to happen; the call is run once, whoever calls this, and in the context of the caller when no hook does.
   */
  run: () => Promise<unknown>;
}

/** Fields of every event about a call. Never a header, a body or a credential. */
export interface CallEvent {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** HTTP method. */
  method: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  path: string;
  /**
   * Path parameters, such as `{ vehicleId }`. They include IDs of your users: mind where you log them. All events of one
   * call have the same object, and no other call has it.
   */
  parameters: Readonly<Record<string, string>>;
  /** Number of this request within the call, from 1. */
  attempt: number;
}

/** A request is about to be sent. */
export type RequestEvent = CallEvent;

/** An answer, of any status, has arrived with its body. */
export interface ResponseEvent extends CallEvent {
  /** HTTP status of the answer. */
  status: number;
  /** Time from sending to the end of the body, in ms. */
  durationMs: number;
  /** The server's ID of the request, when a header has one. */
  requestId: string | undefined;
}

/** A failed attempt will be retried. */
export interface RetryEvent extends CallEvent {
  /** Wait before the next attempt, in ms. */
  delayMs: number;
  /** The error of the attempt. */
  error: EnodeError;
}

/** A token was obtained, or could not be. */
export interface TokenRefreshEvent {
  /** Where the token came from: the token endpoint, the host's provider or the host's store. */
  source: "endpoint" | "provider" | "store";
  /** Whether it was a background refresh, while the old token was still used; otherwise calls waited for it. */
  background: boolean;
  /** How long it took, in ms. */
  durationMs: number;
  /** When the token expires, in ms since the epoch; undefined after a failure. */
  expiresAt: number | undefined;
  /** Set when no token could be obtained. */
  error: EnodeError | undefined;
}

/** A call failed for good, or something outside of calls did (`operation` undefined: a store, a hook). */
export interface ErrorEvent {
  /** Operation of the description, such as `getVehicle`; undefined when it was no call. */
  operation: string | undefined;
  /** HTTP method; undefined when it was no call. */
  method?: string;
  /** Path template, such as `/vehicles/{vehicleId}`; undefined when it was no call. */
  path: string | undefined;
  /** Path parameters, such as `{ vehicleId }`; undefined when it was no call. */
  parameters?: Readonly<Record<string, string>>;
  /** Requests sent for this call; 0 when none was. */
  attempt: number;
  /** Time since the start of the call, in ms. */
  durationMs: number;
  /** What failed, as the caller gets it. */
  error: EnodeError;
}

/** An answer differs from the description (only with `validate: "report"`). */
export interface DriftEvent {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  path: string;
  /** HTTP status of the answer. */
  status: number;
  /** Where the answer differs. */
  issues: readonly ResponseIssue[];
}

/**
 * Callbacks for events of calls, for metrics, traces and logs. They run synchronously: keep them short. One that
 * throws or rejects does not affect the call.
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
  /** When a call begins; a hook may run it in a context of its own. */
  onCall?: ((event: CallStartEvent) => void) | undefined;
  /** Before each request. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
  /** After each answer, whatever its status. */
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  /** Before the pause that precedes another attempt. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
  /** When a token was obtained, or could not be. */
  onTokenRefresh?: ((event: TokenRefreshEvent) => void) | undefined;
  /** When a call has failed for good, or something outside of calls has. */
  onError?: ((event: ErrorEvent) => void) | undefined;
}

/** A method of a logger, whatever the order of its arguments. */
export type LogMethod = (...values: never[]) => void;

/** A logger of the shape of `console` or of pino. */
export interface Logger {
  /** What is normal: each request, answer and new token. */
  debug: LogMethod;
  /** What is worth knowing, and no fault of the program. */
  info: LogMethod;
  /** What is tried again, and answers that differ from the description. */
  warn: LogMethod;
  /** What failed for good. */
  error: LogMethod;
}
