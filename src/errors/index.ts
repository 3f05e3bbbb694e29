/**
 * Every error this package throws is an {@link EnodeError} with a stable `code`.
 *
 * Distinguish them with the guards (`isRateLimitError(error)`), not with `instanceof`: an application can load both
 * the ESM and the CJS build, and then each class exists twice.
 *
 * No error holds a secret or an access token: causes are redacted copies, and no error refers to the
 * request that failed.
 */
export {
  ActionCancelledError,
  ActionFailedError,
  type ActionLike,
  ActionTimeoutError,
  isActionCancelledError,
  isActionFailedError,
  isActionTimeoutError,
  type SeenState,
} from "./action.ts";
export {
  ApiError,
  type ApiErrorOptions,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  isApiError,
  isAuthenticationError,
  isBadRequestError,
  isConflictError,
  isNotFoundError,
  isPermissionError,
  isRateLimitError,
  isServerError,
  isUnprocessableError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  UnprocessableError,
} from "./api.ts";
export {
  type CallContext,
  EnodeError,
  type ErrorCode,
  isEnodeError,
  type WebhookErrorCode,
} from "./base.ts";
export { ConfigurationError, isConfigurationError } from "./configuration.ts";
export {
  AbortError,
  ConnectionError,
  isAbortError,
  isConnectionError,
  isTimeoutError,
  TimeoutError,
} from "./connection.ts";
export {
  DiscardError,
  isDiscardError,
  isRetryLaterError,
  RetryLaterError,
} from "./handling.ts";
export {
  isPaginationLoopError,
  isResponseValidationError,
  PaginationLoopError,
  type ResponseIssue,
  ResponseValidationError,
} from "./response.ts";
export { isStoreError, StoreError } from "./store.ts";
export { isTokenError, TokenError } from "./token.ts";
export { isWebhookVerificationError, WebhookVerificationError } from "./webhook.ts";
