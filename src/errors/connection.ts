import { type CallContext, CallError, isKind } from "./base.ts";

/** No answer arrived: refused, reset, name not resolved, or cut off in the middle of the body. */
export class ConnectionError extends CallError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ConnectionError";

  /** `true` when Enode has certainly not received the request; otherwise it may have acted. */
  readonly beforeSend: boolean;

  constructor(
    message: string,
    options: { cause: unknown; context: CallContext; beforeSend: boolean },
  ) {
    super(message, { ...options, code: "connection_failed" });
    this.beforeSend = options.beforeSend;
  }
}

/** Time ran out: `attempt_timeout` for one request, `deadline_exceeded` for the whole call. */
export class TimeoutError extends CallError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "TimeoutError";
}

/** The caller's `signal` ended the call; `cause` is the signal's reason. */
export class AbortError extends CallError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "AbortError";
}

/** Whether no answer arrived. */
export function isConnectionError(error: unknown): error is ConnectionError {
  return isKind(error, ConnectionError.kind);
}

/** Whether an attempt or the whole call ran out of time. */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return isKind(error, TimeoutError.kind);
}

/** Whether the caller's signal ended the call. */
export function isAbortError(error: unknown): error is AbortError {
  return isKind(error, AbortError.kind);
}
