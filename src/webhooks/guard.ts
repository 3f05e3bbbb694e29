import {
  isWebhookVerificationError as isRefusal,
  type WebhookVerificationError,
} from "../errors.ts";

/** Whether it is a {@link WebhookVerificationError}. */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isRefusal(error);
}
