import type { Problem } from "../../generated/types.ts";

/**
 * Every error this package throws is an {@link EnodeError} with a stable `code`.
 *
 * Tell them apart with the guards (`isRateLimitError(error)`), not with `instanceof`: an application
 * can load both the ESM and the CJS build, and then each class exists twice.
 *
 * No error holds a secret or an access token: causes are redacted copies, and no error refers to the
 * request that failed.
 */

// Registered, so that the builds and versions of this package in one process recognise each other.
const kinds = /* @__PURE__ */ Symbol.for("enode-sdk.error.kinds");

/** What went wrong, for `switch`. Codes are never renamed within a major version. */
export type ErrorCode =
  | "bad_request"
  | "authentication_failed"
  | "permission_denied"
  | "not_found"
  | "conflict"
  | "unprocessable"
  | "rate_limited"
  | "server_error"
  | "unexpected_status"
  | "connection_failed"
  | "attempt_timeout"
  | "deadline_exceeded"
  | "aborted"
  | "token_refused"
  | "token_unavailable"
  | "invalid_token_response"
  | "invalid_option"
  | "invalid_argument"
  | "unsupported_runtime"
  | "unexpected_content_type"
  | "invalid_json"
  | "schema_mismatch"
  | "response_too_large"
  | "pagination_loop"
  | "action_failed"
  | "action_cancelled"
  | "action_timeout"
  | "store_failed"
  | "handler_timeout"
  | WebhookErrorCode;

/** Why a delivery of webhook events was refused, or one of its events was. */
export type WebhookErrorCode =
  | "missing_secret"
  | "secret_whitespace"
  | "secret_timeout"
  | "missing_signature"
  | "malformed_signature"
  | "unsupported_algorithm"
  | "signature_mismatch"
  | "body_already_parsed"
  | "body_is_stream"
  | "body_unreadable"
  | "body_too_large"
  | "body_timeout"
  | "too_busy"
  | "empty_body"
  | "invalid_json"
  | "not_an_array"
  | "too_many_events"
  | "stale_delivery"
  | "invalid_event"
  | "schema_mismatch"
  | "answer_lost";

/** Base of all errors of this package. */
export class EnodeError extends Error {
  static readonly kind: string = "EnodeError";

  /** Stable, machine-readable reason. */
  readonly code: ErrorCode;

  constructor(message: string, options: { code: ErrorCode; cause?: unknown }) {
    // What a server or caller made part of it must not begin a line of its own in a log.
    const text = message.replace(
      /[\p{Cc}\u2028\u2029]/gu,
      (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    // A literal per class: minifiers rename classes, and `name` is what logs and trackers group by.
    Object.defineProperties(this, {
      name: { value: new.target.kind, configurable: true, writable: true },
      [kinds]: { value: kindsOf(new.target) },
    });
    this.code = options.code;
  }

  /** A plain object for loggers: name, message and the error's own fields, never its stack. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...Object.fromEntries(Object.entries(this)) };
  }
}

function kindsOf(type: typeof EnodeError): string[] {
  const found: string[] = [];
  for (let at = type; typeof at.kind === "string"; at = Object.getPrototypeOf(at)) {
    found.push(at.kind);
  }
  return found;
}

/** Where a failed call stood. `path` is the template, so that IDs of users stay out of logs. */
export interface CallContext {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  path: string;
  /** Requests sent for this call until it failed; 0 when none was. */
  attempts: number;
}

/** Fields shared by all errors about a call that was under way. */
abstract class CallError extends EnodeError {
  static override readonly kind: string = "CallError";

  readonly operation: string;
  readonly path: string;
  readonly attempts: number;

  constructor(
    message: string,
    options: { code: ErrorCode; cause?: unknown; context: CallContext },
  ) {
    super(message, options);
    this.operation = options.context.operation;
    this.path = options.context.path;
    this.attempts = options.context.attempts;
  }
}

/** What an {@link ApiError} is made of. */
export interface ApiErrorOptions {
  code: ErrorCode;
  context: CallContext;
  status: number;
  problem?: Problem | undefined;
  requestId?: string | undefined;
  retryAt?: Date | undefined;
}

/**
 * Enode answered with an error status. Subclasses name the common ones.
 *
 * @example
 * ```ts
 * import { type Enode, isApiError } from "enode-sdk";
 *
 * export async function nameOf(enode: Enode, vehicleId: string): Promise<string | null> {
 *   try {
 *     return (await enode.vehicles.get(vehicleId)).information.displayName;
 *   } catch (error) {
 *     if (isApiError(error)) console.warn(error.status, error.problemKind, error.requestId);
 *     throw error;
 *   }
 * }
 * ```
 */
export class ApiError extends CallError {
  static override readonly kind: string = "ApiError";

  /** HTTP status of the answer. */
  readonly status: number;
  /** Enode's problem document, when the body was one. */
  readonly problem: Problem | undefined;
  /** Last segment of `problem.type`, such as `not-found`; what to `switch` on beside the status. */
  readonly problemKind: string | undefined;
  /** The server's ID of the request, when a header told one. */
  readonly requestId: string | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.problem = options.problem;
    this.problemKind = options.problem?.type.split("/").pop();
    this.requestId = options.requestId;
  }
}

/** 400: the request was refused as malformed, or a precondition of an action does not hold. */
export class BadRequestError extends ApiError {
  static override readonly kind: string = "BadRequestError";
}

/** 401, twice in a row: also a freshly requested token was refused. */
export class AuthenticationError extends ApiError {
  static override readonly kind: string = "AuthenticationError";
}

/** 403: not allowed; for link sessions, the connection limit of the client is reached. */
export class PermissionError extends ApiError {
  static override readonly kind: string = "PermissionError";
}

/** 404: there is no such thing, or not for this user. */
export class NotFoundError extends ApiError {
  static override readonly kind: string = "NotFoundError";
}

/** 409: the state of the thing does not allow it. */
export class ConflictError extends ApiError {
  static override readonly kind: string = "ConflictError";
}

/** 422: understood but not possible, for instance while a schedule controls the device. */
export class UnprocessableError extends ApiError {
  static override readonly kind: string = "UnprocessableError";
}

/** 429: too many requests. The client has already waited and retried as far as the deadline allowed. */
export class RateLimitError extends ApiError {
  static override readonly kind: string = "RateLimitError";

  /** Earliest moment at which another try makes sense, when the server told one. */
  readonly retryAt: Date | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.retryAt = options.retryAt;
  }
}

/** 5xx: Enode or a vendor behind it failed. */
export class ServerError extends ApiError {
  static override readonly kind: string = "ServerError";

  /** Earliest moment at which another try makes sense, when the server told one. */
  readonly retryAt: Date | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.retryAt = options.retryAt;
  }
}

/** No answer arrived: refused, reset, name not resolved, or cut off in the middle of the body. */
export class ConnectionError extends CallError {
  static override readonly kind: string = "ConnectionError";

  /** `true` when it is certain that Enode saw nothing of the request; otherwise it may have acted. */
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
  static override readonly kind: string = "TimeoutError";
}

/** The caller's `signal` ended the call; `cause` is the signal's own reason. */
export class AbortError extends CallError {
  static override readonly kind: string = "AbortError";
}

/**
 * No access token could be had: `token_refused` for wrong credentials, `token_unavailable` when the
 * token endpoint or provider failed, `invalid_token_response` when its answer made no sense.
 */
export class TokenError extends EnodeError {
  static override readonly kind: string = "TokenError";

  /** HTTP status of the token endpoint, when it answered. */
  readonly status: number | undefined;
  /** Earliest moment at which another try makes sense, when the server told one. */
  readonly retryAt: Date | undefined;

  constructor(
    message: string,
    options: {
      code: "token_refused" | "token_unavailable" | "invalid_token_response";
      cause?: unknown;
      status?: number | undefined;
      retryAt?: Date | undefined;
    },
  ) {
    super(message, options);
    this.status = options.status;
    this.retryAt = options.retryAt;
  }
}

/** An option or argument that cannot work. Thrown before anything is sent. */
export class ConfigurationError extends EnodeError {
  static override readonly kind: string = "ConfigurationError";

  /** Name of the option, argument or environment variable to change. */
  readonly parameter: string;

  constructor(
    message: string,
    options: {
      code?: "invalid_option" | "invalid_argument" | "unsupported_runtime" | undefined;
      parameter: string;
      cause?: unknown;
    },
  ) {
    super(message, { ...options, code: options.code ?? "invalid_option" });
    this.parameter = options.parameter;
  }
}

/** One way in which an answer, or an event, departs from the description. Never holds the value found. */
export interface ResponseIssue {
  /** Where, such as `data.0.chargeState.batteryLevel`. */
  path: string;
  /** What was expected there. */
  message: string;
}

/**
 * Enode, or a proxy before it, answered with success, but not with what the description promises, or with
 * more than `maxResponseBytes`. Whether a command or a deletion took effect is not known.
 */
export class ResponseValidationError extends CallError {
  static override readonly kind: string = "ResponseValidationError";

  readonly status: number;
  readonly issues: readonly ResponseIssue[];

  constructor(
    message: string,
    options: {
      code: "unexpected_content_type" | "invalid_json" | "schema_mismatch" | "response_too_large";
      context: CallContext;
      status: number;
      issues?: readonly ResponseIssue[] | undefined;
    },
  ) {
    super(message, options);
    this.status = options.status;
    this.issues = options.issues ?? [];
  }
}

/** A page named a cursor that was already followed, which would never end. */
export class PaginationLoopError extends EnodeError {
  static override readonly kind: string = "PaginationLoopError";

  readonly operation: string;

  constructor(message: string, options: { operation: string }) {
    super(message, { code: "pagination_loop" });
    this.operation = options.operation;
  }
}

/** The part of every action that waiting looks at. */
export interface ActionLike {
  id: string;
  state: string;
  failureReason: { type: string; detail: string } | null;
}

/** A state of an action and when it was first seen here. */
export interface SeenState {
  state: string;
  at: Date;
}

/** Fields shared by all errors about an action that did not end well. */
abstract class ActionError extends EnodeError {
  static override readonly kind: string = "ActionError";

  readonly actionId: string;
  /** The action as last seen; undefined when it was never seen. */
  readonly action: ActionLike | undefined;
  /** Why Enode gave up on it, such as `NO_RESPONSE`. */
  readonly failureReason: ActionLike["failureReason"];
  /** Every state seen while waiting, in order. */
  readonly states: readonly SeenState[];

  constructor(
    message: string,
    options: {
      code: ErrorCode;
      actionId: string;
      action: ActionLike | undefined;
      states: readonly SeenState[];
      cause?: unknown;
    },
  ) {
    super(message, options);
    this.actionId = options.actionId;
    this.action = options.action;
    this.failureReason = options.action?.failureReason ?? null;
    this.states = options.states;
  }
}

/** The device did not do what it was told, see `failureReason`. */
export class ActionFailedError extends ActionError {
  static override readonly kind: string = "ActionFailedError";
}

/** The action was cancelled, by request, by a newer action or because a precondition did not hold. */
export class ActionCancelledError extends ActionError {
  static override readonly kind: string = "ActionCancelledError";
}

/** The action was still under way when the time to wait ran out; wait again with its ID. */
export class ActionTimeoutError extends ActionError {
  static override readonly kind: string = "ActionTimeoutError";
}

/** A storage adapter of the host failed. */
export class StoreError extends EnodeError {
  static override readonly kind: string = "StoreError";

  /** Which store, such as `tokenStore`. */
  readonly store: string;
  /** Which of its methods, such as `get`. */
  readonly method: string;

  constructor(message: string, options: { store: string; method: string; cause?: unknown }) {
    super(message, { ...options, code: "store_failed" });
    this.store = options.store;
    this.method = options.method;
  }
}

/**
 * A delivery of webhook events is not what Enode signed, or cannot be read. `issues` tells what departs
 * from the description, with code `schema_mismatch`.
 */
export class WebhookVerificationError extends EnodeError {
  static override readonly kind: string = "WebhookVerificationError";

  declare readonly code: WebhookErrorCode;
  readonly issues: readonly ResponseIssue[];

  constructor(
    message: string,
    options: { code: WebhookErrorCode; issues?: readonly ResponseIssue[] | undefined },
  ) {
    super(message, options);
    this.code = options.code;
    this.issues = options.issues ?? [];
  }
}

function isKind(error: unknown, kind: string): boolean {
  return (error as { [kinds]?: string[] } | null | undefined)?.[kinds]?.includes(kind) === true;
}

/** Whether this package threw it. */
export function isEnodeError(error: unknown): error is EnodeError {
  return isKind(error, EnodeError.kind);
}
/** Whether Enode answered with an error status. */
export function isApiError(error: unknown): error is ApiError {
  return isKind(error, ApiError.kind);
}
/** Whether it is a {@link BadRequestError} (400). */
export function isBadRequestError(error: unknown): error is BadRequestError {
  return isKind(error, BadRequestError.kind);
}
/** Whether it is an {@link AuthenticationError} (401). */
export function isAuthenticationError(error: unknown): error is AuthenticationError {
  return isKind(error, AuthenticationError.kind);
}
/** Whether it is a {@link PermissionError} (403). */
export function isPermissionError(error: unknown): error is PermissionError {
  return isKind(error, PermissionError.kind);
}
/** Whether it is a {@link NotFoundError} (404). */
export function isNotFoundError(error: unknown): error is NotFoundError {
  return isKind(error, NotFoundError.kind);
}
/** Whether it is a {@link ConflictError} (409). */
export function isConflictError(error: unknown): error is ConflictError {
  return isKind(error, ConflictError.kind);
}
/** Whether it is an {@link UnprocessableError} (422). */
export function isUnprocessableError(error: unknown): error is UnprocessableError {
  return isKind(error, UnprocessableError.kind);
}
/** Whether it is a {@link RateLimitError} (429). */
export function isRateLimitError(error: unknown): error is RateLimitError {
  return isKind(error, RateLimitError.kind);
}
/** Whether it is a {@link ServerError} (5xx). */
export function isServerError(error: unknown): error is ServerError {
  return isKind(error, ServerError.kind);
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
/** Whether no access token could be had. */
export function isTokenError(error: unknown): error is TokenError {
  return isKind(error, TokenError.kind);
}
/** Whether an option or argument cannot work. */
export function isConfigurationError(error: unknown): error is ConfigurationError {
  return isKind(error, ConfigurationError.kind);
}
/** Whether a successful answer was not what the description promises. */
export function isResponseValidationError(error: unknown): error is ResponseValidationError {
  return isKind(error, ResponseValidationError.kind);
}
/** Whether a pagination would never have ended. */
export function isPaginationLoopError(error: unknown): error is PaginationLoopError {
  return isKind(error, PaginationLoopError.kind);
}
/** Whether the device did not do what it was told. */
export function isActionFailedError(error: unknown): error is ActionFailedError {
  return isKind(error, ActionFailedError.kind);
}
/** Whether the action was cancelled. */
export function isActionCancelledError(error: unknown): error is ActionCancelledError {
  return isKind(error, ActionCancelledError.kind);
}
/** Whether the action was still under way when the time to wait ran out. */
export function isActionTimeoutError(error: unknown): error is ActionTimeoutError {
  return isKind(error, ActionTimeoutError.kind);
}
/** Whether a storage adapter of the host failed. */
export function isStoreError(error: unknown): error is StoreError {
  return isKind(error, StoreError.kind);
}
/** Whether a delivery of webhook events was refused. */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isKind(error, WebhookVerificationError.kind);
}
