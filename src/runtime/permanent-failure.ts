import { isErrorLike } from "../errors/error-like.ts";
import { classifyFailure } from "./connection-failure.ts";
import { fetchHint, tlsHint } from "./failure-hints.ts";

/** Replaces a failure that a retry cannot cure, with a hint that can. */
class PermanentFailure extends Error {
  readonly hint: string;

  constructor(hint: string, cause: unknown) {
    super("another try cannot help", { cause });
    this.name = "PermanentFailure";
    this.hint = hint;
  }
}

/** Whether a retry cannot help, as with an untrusted certificate; also for a copy of the error. */
export function isPermanent(error: unknown): boolean {
  return isErrorLike(error) && error.name === "PermanentFailure";
}

/** What to do about such a failure, as a sentence to append; empty for other errors. */
export function hintOf(error: unknown): string {
  return error instanceof PermanentFailure ? ` ${error.hint}` : "";
}

/**
 * The failure itself, or in its place one that says what to do when a retry cannot help.
 *
 * @param isOfHost Whether a function of the host threw it, and ky does not know it as a network error.
 */
export function asPermanent(error: unknown, isOfHost = false): unknown {
  if (isPermanent(error)) return error;
  const { lasting } = classifyFailure(error);
  // Network errors have a cause, or are known to ky.
  const isMistake =
    isOfHost && isErrorLike(error) && error.name === "TypeError" && error.cause === undefined;
  if (!lasting && !isMistake) return error;
  return new PermanentFailure(lasting === "tls" ? tlsHint : fetchHint, error);
}
