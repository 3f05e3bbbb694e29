import { EnodeError, isKind } from "./base.ts";

/**
 * No access token could be obtained: `token_refused` for wrong credentials, `token_unavailable` when the token
 * endpoint or provider failed, `invalid_token_response` when its answer was invalid.
 */
export class TokenError extends EnodeError {
  static override readonly kind: string = "TokenError";

  /** HTTP status of the token endpoint, when it answered. */
  readonly status: number | undefined;
  /** Earliest time for another try, when the server named one. */
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

/** Whether no access token could be obtained. */
export function isTokenError(error: unknown): error is TokenError {
  return isKind(error, TokenError.kind);
}
