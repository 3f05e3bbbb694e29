import {
  isWebhookVerificationError as isRefusal,
  type WebhookVerificationError,
} from "../../errors/index.ts";

// A function of its own: with a re-export esbuild would include the errors in every bundle of the entry.
/** Whether it is a {@link WebhookVerificationError}. */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isRefusal(error);
}
