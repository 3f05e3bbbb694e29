import {
  isWebhookVerificationError as isRefusal,
  type WebhookVerificationError,
} from "../../errors/index.ts";

// A function of its own: esbuild follows a mere re-export to the errors, and takes them along with whatever
// else is imported from the entry.
/** Whether it is a {@link WebhookVerificationError}. */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isRefusal(error);
}
