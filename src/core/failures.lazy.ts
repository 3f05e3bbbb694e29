import pRetry, { AbortError as GiveUp } from "p-retry";
import {
  ApiError,
  type ApiErrorOptions,
  AuthenticationError,
  BadRequestError,
  type CallContext,
  ConflictError,
  ConnectionError,
  type ErrorCode,
  NotFoundError,
  PaginationLoopError,
  PermissionError,
  RateLimitError,
  type ResponseIssue,
  ResponseValidationError,
  ServerError,
  UnprocessableError,
} from "../errors/index.ts";
import type { HttpAnswer, HttpAnswerHead } from "../http-transport.ts";
import { classifyFailure, innermostMessage } from "../runtime/connection-failure.ts";
import { asPermanent, hintOf } from "../runtime/permanent-failure.ts";
import { isBodyTooLarge } from "../shared/answer-limit.ts";
import { redact, redactCause, redactDeep } from "../shared/redaction.ts";
import { shorten } from "../shared/shorten.ts";
import { type Departure, isProblem, mediaType, parseJson, requestIdOf } from "./response.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type { RetryPolicy } from "./retry-policy.ts";

export { foreignFetchHint } from "../runtime/failure-hints.ts";
export { asPermanent, isPermanent } from "../runtime/permanent-failure.ts";
export { redact, redactCause } from "../shared/redaction.ts";
export { storeFailure } from "../shared/store-failure.ts";
export { RateLimits } from "./rate-limits.ts";
export { invalidProvision, refusalOf, toHostError, toTokenError } from "./token-failures.ts";

/**
 * Repeats an attempt that has failed, as the policy says.
 *
 * @param mayRetry Counts failures, so it is called once for each.
 */
export function repeat<T>(
  attempt: () => Promise<T>,
  first: unknown,
  policy: RetryPolicy,
  mayRetry: (error: unknown) => boolean,
): Promise<T> {
  let failure = first;
  return pRetry(
    async (retry) => {
      if (!(await policy.wait(failure, retry))) throw new GiveUp(failure as Error);
      return attempt();
    },
    {
      // The policy counts failures, and waits: p-retry has neither full jitter nor Retry-After.
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      onFailedAttempt: ({ error }) => {
        failure = error;
      },
      shouldRetry: ({ error }) => mayRetry(error),
    },
  );
}

/**
 * Makes the error of a request that got no answer, or too large a one. That of the HTTP client refers to the request, and so to
 * the token: only a copy is kept.
 *
 * @param hidden The URL too: runtimes quote it, and it holds the IDs of users.
 */
export function toRequestError(
  error: unknown,
  context: CallContext,
  hidden: readonly string[],
): ConnectionError | ResponseValidationError {
  if (isBodyTooLarge(error)) {
    return new ResponseValidationError(
      `${context.operation}: ${error.message}, the limit that the option maxResponseBytes sets.`,
      { code: "response_too_large", context: { ...context }, status: error.status },
    );
  }
  const { beforeSend } = classifyFailure(error);
  const failure = asPermanent(error);
  const cause = redactCause(failure, hidden);
  const effect = beforeSend
    ? "nothing was sent"
    : "it is not known whether Enode received the request";
  return new ConnectionError(
    `${context.operation}: no answer after ${context.attempts} attempt(s), ${effect} (${innermostMessage(cause)}).${hintOf(failure)}`,
    { cause, context: { ...context }, beforeSend },
  );
}

/** The error of a success whose body is of another kind than the description says. */
export function toDepartureError(
  { response, text }: HttpAnswer,
  { code, found }: Departure,
  context: CallContext,
): ResponseValidationError {
  const { status, headers } = response;
  const type = `${mediaType(headers.get("content-type") ?? "")}, not JSON`;
  const body = text === "" ? "an empty body" : `${text.length} characters that are not JSON`;
  const fault =
    code === "invalid_json"
      ? `has ${body}; it may have been cut off on the way.`
      : `is ${found || type}. Does baseUrl point at the Enode API, and is there a proxy in between?`;
  const message = `${context.operation}: the answer (${status}) ${fault}`;
  return new ResponseValidationError(message, { code, context: { ...context }, status });
}

/** The error of an answer whose fields depart from the description. */
export function toMismatchError(
  status: number,
  issues: readonly ResponseIssue[],
  context: CallContext,
): ResponseValidationError {
  const [first] = issues;
  return new ResponseValidationError(
    `${context.operation}: the answer departs from the description in ${issues.length} place(s), first at ${first?.path}: ${first?.message}`,
    { code: "schema_mismatch", context: { ...context }, status, issues },
  );
}

/** The error of a list that is answered with something other than a page. */
export function toPageError(operation: string): ResponseValidationError {
  return new ResponseValidationError(
    `${operation}: the answer is not a page, { data: [], pagination: { after, before } }.`,
    { code: "schema_mismatch", status: 200, context: { operation, path: "", attempts: 1 } },
  );
}

/** The error of a list whose pages lead back to a page that was already read, or on to ever more empty ones. */
export function toLoopError(operation: string, mostEmptyPages: number): PaginationLoopError {
  return new PaginationLoopError(
    `${operation}: a page names a cursor that was already followed, or ${mostEmptyPages} pages in a row had no record; going on would never end.`,
    { operation },
  );
}

/** Makes the error for an error status, whatever its body is: a problem, HTML, cut off or nothing. */
export function toApiError(
  response: HttpAnswerHead,
  text: string,
  context: CallContext,
  secrets: readonly string[],
): ApiError {
  const { status } = response;
  const parsed = parseJson(text);
  // A server that echoes its request would put the token into our message.
  const problem = isProblem(parsed) ? redactDeep(parsed, secrets) : undefined;
  const reason = problem
    ? [problem.title, problem.detail]
        .filter((text) => typeof text === "string")
        .map(shorten)
        .join(": ")
    : "without a problem document";
  const requestId = requestIdOf(response.headers);
  const [code, type] = classify(status);
  return new type(`${context.operation} failed with ${status}, ${reason}`, {
    code,
    context: { ...context },
    status,
    problem,
    requestId: requestId && redact(requestId, secrets),
    retryAt: parseRetryAfter(response.headers),
  });
}

type ApiErrorClass = new (message: string, options: ApiErrorOptions) => ApiError;

const classes: Readonly<Record<number, [ErrorCode, ApiErrorClass]>> = {
  400: ["bad_request", BadRequestError],
  401: ["authentication_failed", AuthenticationError],
  403: ["permission_denied", PermissionError],
  404: ["not_found", NotFoundError],
  409: ["conflict", ConflictError],
  422: ["unprocessable", UnprocessableError],
  429: ["rate_limited", RateLimitError],
};

function classify(status: number): [ErrorCode, ApiErrorClass] {
  if (status >= 500) return ["server_error", ServerError];
  return classes[status] ?? ["unexpected_status", ApiError];
}
