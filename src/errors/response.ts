import { type CallContext, CallError, EnodeError, isKind } from "./base.ts";

/** A difference between an answer, or an event, and the description. Never holds the value itself. */
export interface ResponseIssue {
  /** Path of the value, such as `data.0.chargeState.batteryLevel`. */
  path: string;
  /** The expected value. */
  message: string;
}

/**
 * Enode, or a proxy before it, answered with success, but not as the description says, or with more than
 * `maxResponseBytes`. It is unknown whether a command or a deletion took effect.
 */
export class ResponseValidationError extends CallError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ResponseValidationError";

  /** HTTP status of the answer. */
  readonly status: number;
  /** Where the answer departs from the description; empty but for the code `schema_mismatch`. */
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

/** A page named a cursor that was already followed, so the list would never end. */
export class PaginationLoopError extends EnodeError {
  static override readonly kind: string = "PaginationLoopError";

  /** Operation of the list, such as `listVehicles`. */
  readonly operation: string;

  constructor(message: string, options: { operation: string }) {
    super(message, { code: "pagination_loop" });
    this.operation = options.operation;
  }
}

/** Whether a successful answer was not as the description says. */
export function isResponseValidationError(error: unknown): error is ResponseValidationError {
  return isKind(error, ResponseValidationError.kind);
}

/** Whether a pagination would never have ended. */
export function isPaginationLoopError(error: unknown): error is PaginationLoopError {
  return isKind(error, PaginationLoopError.kind);
}
