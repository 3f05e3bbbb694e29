import { timeUntil } from "../core/retry-after.ts";
import { isTokenError, type TokenError } from "../errors/index.ts";
import type { StoredToken } from "../storage/contracts/index.ts";

/** A shorter wait that the endpoint asks for is part of the back-off, in ms. */
const longestBackoffAsked = 500;

/** The source of new tokens. */
export interface TokenIssuer {
  readonly source: "endpoint" | "provider";
  /**
   * Asks for a new token.
   *
   * @param signal Fires when no caller waits any more.
   */
  obtain(signal: AbortSignal): Promise<StoredToken>;
  /** Texts that must never appear in an error. */
  readonly secrets: readonly string[];
}

/** Why there is no token. */
export type TokenErrorCode = ConstructorParameters<typeof TokenError>[1]["code"];

/** Whether it is valid in an Authorization header as it is. */
export function isHeaderSafe(token: unknown): token is string {
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token);
}

/** Whether it is a valid token of a store or provider. */
export function isStoredToken(value: unknown): value is StoredToken {
  if (typeof value !== "object" || value === null) return false;
  const { token, expiresAt } = value as { token?: unknown; expiresAt?: unknown };
  return isHeaderSafe(token) && typeof expiresAt === "number" && !Number.isNaN(expiresAt);
}

/** Whether the endpoint asks for a longer wait than a back-off takes. */
export function asksToWait(error: unknown): error is TokenError {
  return isTokenError(error) && timeUntil(error.retryAt) > longestBackoffAsked;
}
