// Registered, so that the builds and versions of this package in one process recognise each other.
const kinds = /* @__PURE__ */ Symbol.for("enode-sdk.error.kinds");

/** The reason of an error, for `switch`. Codes are never renamed within a major version. */
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
  | "handler_stuck"
  | "circuit_open"
  | "retry_later"
  | "discarded"
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
  /** Name of the class; guards compare it, as `instanceof` fails when the package is loaded twice. */
  static readonly kind: string = "EnodeError";

  /** Stable, machine-readable reason. */
  readonly code: ErrorCode;

  constructor(message: string, options: { code: ErrorCode; cause?: unknown }) {
    // Text of a server or caller in it must not begin a new line in a log.
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

/** The state of a failed call. `path` is the template, so that IDs of users stay out of logs. */
export interface CallContext {
  /** Operation of the description, such as `getVehicle`. */
  operation: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  path: string;
  /** Requests sent for this call until it failed; 0 when none was. */
  attempts: number;
}

/** Base of the errors of a call. */
export abstract class CallError extends EnodeError {
  static override readonly kind: string = "CallError";

  /** Operation of the description, such as `getVehicle`. */
  readonly operation: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  readonly path: string;
  /** Requests sent for this call until it failed; 0 when none was. */
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

/** Whether an error is of this class or of a derived one, in any copy of this package. */
export function isKind(error: unknown, kind: string): boolean {
  return (error as { [kinds]?: string[] } | null | undefined)?.[kinds]?.includes(kind) === true;
}

/** Whether this package threw it. */
export function isEnodeError(error: unknown): error is EnodeError {
  return isKind(error, EnodeError.kind);
}
