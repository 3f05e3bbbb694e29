import { isKind } from "../../../errors/base.ts";
import type { DiscardError, RetryLaterError } from "../../../errors/index.ts";

// By the names of the kinds: with the classes, which the entry exports, esbuild would include them in every bundle of it.

/** Whether a handler asked for a pause. */
export function isRetryLater(error: unknown): error is RetryLaterError {
  return isKind(error, "RetryLaterError");
}

/** Whether a handler has given its event up. */
export function isDiscard(error: unknown): error is DiscardError {
  return isKind(error, "DiscardError");
}
