import { EnodeError, isKind, type WebhookErrorCode } from "./base.ts";
import type { ResponseIssue } from "./response.ts";

/**
 * A delivery of webhook events is not what Enode signed, or cannot be read. With code `schema_mismatch`, `issues`
 * lists the differences from the description.
 */
export class WebhookVerificationError extends EnodeError {
  static override readonly kind: string = "WebhookVerificationError";

  declare readonly code: WebhookErrorCode;
  /** Where the events depart from the description; empty but for the code `schema_mismatch`. */
  readonly issues: readonly ResponseIssue[];

  constructor(
    message: string,
    options: { code: WebhookErrorCode; issues?: readonly ResponseIssue[] | undefined },
  ) {
    super(message, options);
    this.code = options.code;
    this.issues = options.issues ?? [];
  }
}

/** Whether a delivery of webhook events was refused. */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return isKind(error, WebhookVerificationError.kind);
}
