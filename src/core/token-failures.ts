import {
  type EnodeError,
  isConfigurationError,
  isTimeoutError,
  isTokenError,
  TokenError,
} from "../errors/index.ts";
import type { HttpAnswer } from "../http-transport.ts";
import { innermostMessage } from "../runtime/connection-failure.ts";
import { asPermanent, hintOf } from "../runtime/permanent-failure.ts";
import { isBodyTooLarge } from "../shared/answer-limit.ts";
import { outlineCause, redact, redactCause } from "../shared/redaction.ts";
import { mediaType } from "./response.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Statuses of a token endpoint for wrong credentials (RFC 6749, section 5.2). */
const refusals = new Set([400, 401, 403]);

const oauthErrors =
  /^(invalid_(request|client|grant|scope)|unauthorized_client|unsupported_grant_type|access_denied|server_error|temporarily_unavailable)$/;

/** Codes of OAuth for failures that are not the client's fault. */
const passingErrors = /^(server_error|temporarily_unavailable)$/;

/**
 * The error of a request to the token endpoint that failed.
 *
 * @param tokenUrl Was checked to hold no credentials; the message names only its host.
 */
export function toTokenError(
  error: unknown,
  maxBytes: number,
  tokenUrl: string,
  secrets: readonly string[],
): EnodeError {
  // The second is from a fetch that cannot take a Request.
  if (isTokenError(error) || isConfigurationError(error)) return error;
  if (isBodyTooLarge(error)) {
    const message = `The token endpoint answered with more than ${maxBytes} bytes. Is tokenUrl right?`;
    return new TokenError(message, { code: "invalid_token_response" });
  }
  const failure = asPermanent(error);
  const cause = redactCause(failure, secrets);
  const message = isTimeoutError(error)
    ? error.message
    : `The token endpoint at ${new URL(tokenUrl).host} could not be reached (${innermostMessage(cause)}).${hintOf(failure)}`;
  return new TokenError(message, { code: "token_unavailable", cause });
}

/** The error of a function of the host that should have given a secret or a token. */
export function toHostError(
  name: string,
  limit: number,
  error: unknown,
  secrets: readonly string[],
): TokenError {
  const what = isTimeoutError(error) ? `gave no answer in ${limit} ms` : "failed";
  const cause = outlineCause(error, secrets);
  return new TokenError(`The ${name} ${what}.`, { code: "token_unavailable", cause });
}

/** The error of a tokenProvider that returned something other than a valid token. */
export function invalidProvision(): TokenError {
  return new TokenError(
    "The tokenProvider must return { token, expiresAt } with a token and a time in the future, in ms since the epoch.",
    { code: "invalid_token_response" },
  );
}

/**
 * The error of an answer without a token.
 *
 * @param body Undefined when it is not JSON.
 * @param wrong The invalid parts of a success.
 */
export function refusalOf(
  { response }: HttpAnswer,
  body: unknown,
  wrong: { readonly token: boolean; readonly lifetime: boolean; readonly type: boolean },
  secrets: readonly string[],
): TokenError {
  const { status, headers } = response;
  const { error: given } = Object(body) as { error?: unknown };
  const error = typeof given === "string" ? given : "";
  const fail = (
    code: ConstructorParameters<typeof TokenError>[1]["code"],
    message: string,
    retryAt?: Date,
  ) => new TokenError(message, { code, status, retryAt });
  // Other text than a code of OAuth, such as a description, could quote the credentials.
  const reason = `${status}${oauthErrors.test(error) ? `, ${error}` : ""}`;
  const answered = `The token endpoint answered ${reason}`;
  if (status === 429 || status === 408 || status >= 500 || passingErrors.test(error)) {
    return fail("token_unavailable", `${answered}.`, parseRetryAfter(headers));
  }
  if (refusals.has(status) && error) {
    return fail(
      "token_refused",
      `The token endpoint refused the client (${reason}). Check clientId and clientSecret, and that they belong to this environment; a client's older secrets stop working when a new one is made.`,
    );
  }
  // Proxies use these statuses, too: only an OAuth error says that the credentials are wrong.
  if (refusals.has(status) || (response.ok && body === undefined)) {
    const type = redact(mediaType(headers.get("content-type") ?? ""), secrets);
    return fail(
      "token_unavailable",
      `${answered} (${type}), which is not OAuth. Does a proxy, firewall or edge answer in its place, or is tokenUrl wrong?`,
      parseRetryAfter(headers),
    );
  }
  if (!response.ok) return fail("invalid_token_response", `${answered}. Is tokenUrl right?`);
  const fault =
    (wrong.token && "access_token is missing or malformed") ||
    (wrong.lifetime && "expires_in is not a number of seconds above 0") ||
    (wrong.type && "token_type is not bearer") ||
    "with an error";
  return fail("invalid_token_response", `${answered}, but ${fault}. Is tokenUrl right?`);
}
