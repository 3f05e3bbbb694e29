import { type CallContext, CallError, EnodeError, isKind } from "./base.ts";

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

/** Whether a successful answer was not what the description promises. */
export function isResponseValidationError(error: unknown): error is ResponseValidationError {
  return isKind(error, ResponseValidationError.kind);
}

/** Whether a pagination would never have ended. */
export function isPaginationLoopError(error: unknown): error is PaginationLoopError {
  return isKind(error, PaginationLoopError.kind);
}
