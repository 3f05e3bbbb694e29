import { EnodeError, WebhookVerificationError } from "../../errors/index.ts";
import { outlineCause } from "../../shared/redaction.ts";

export { storeFailure } from "../../shared/store-failure.ts";

/**
 * What to report when code of the host's fails that handles events or credentials: what failed, of which kind the
 * error was and where, but not its words, which drivers and brokers fill with what they were given. Loaded only then.
 */

/** The function that gives the secret did not answer in time, or failed. */
export function ofSecret(late: string | undefined, error: unknown): EnodeError {
  return late === undefined
    ? new EnodeError("The function given as secret failed.", {
        code: "missing_secret",
        cause: outlineCause(error, []),
      })
    : new WebhookVerificationError(late, { code: "secret_timeout" });
}
