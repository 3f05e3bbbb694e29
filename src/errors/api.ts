import type { Problem } from "../../generated/types.ts";
import { type CallContext, CallError, type ErrorCode, isKind } from "./base.ts";

/** The fields of an {@link ApiError}. */
export interface ApiErrorOptions {
  /** Stable, machine-readable reason. */
  code: ErrorCode;
  /** The call that failed. */
  context: CallContext;
  /** HTTP status of the answer. */
  status: number;
  /** Enode's problem document, when the body was one. */
  problem?: Problem | undefined;
  /** The server's ID of the request, when a header has one. */
  requestId?: string | undefined;
  /** When to try again, when the server says so. */
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
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ApiError";

  /** HTTP status of the answer. */
  readonly status: number;
  /** Enode's problem document, when the body was one. */
  readonly problem: Problem | undefined;
  /** Last segment of `problem.type`, such as `not-found`; what to `switch` on beside the status. */
  readonly problemKind: string | undefined;
  /** The server's ID of the request, when a header has one. */
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

/** 404: the resource does not exist, or not for this user. */
export class NotFoundError extends ApiError {
  static override readonly kind: string = "NotFoundError";
}

/** 409: the state of the resource does not allow it. */
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

  /** Earliest time for another try, when the server named one. */
  readonly retryAt: Date | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.retryAt = options.retryAt;
  }
}

/** 5xx: Enode or a vendor behind it failed. */
export class ServerError extends ApiError {
  static override readonly kind: string = "ServerError";

  /** Earliest time for another try, when the server named one. */
  readonly retryAt: Date | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.retryAt = options.retryAt;
  }
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
