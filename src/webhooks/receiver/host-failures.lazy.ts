import { EnodeError, StoreError, WebhookVerificationError } from "../../errors/index.ts";
import { outlineCause } from "../../shared/redaction.ts";
import { safeReason } from "../../shared/store-reason.ts";
import type { EventStore } from "../../storage/contracts/index.ts";

/**
 * What to report when code of the host's fails that handles events or credentials: what failed, of which kind the
 * error was and where, but not its words, which drivers and brokers fill with what they were given. Loaded only then.
 */

/** A store failed, or did `what`. Errors of this package's own stores are quoted. */
export function ofStore(method: keyof EventStore, what = "failed", error?: unknown): StoreError {
  const reason = safeReason(error);
  return new StoreError(
    `eventStore.${method} ${what}${reason === undefined ? "" : `: ${reason}`}.`,
    {
      store: "eventStore",
      method,
      cause: error === undefined ? undefined : outlineCause(error, []),
    },
  );
}

/** The function that gives the secret did not answer in time, or failed. */
export function ofSecret(late: string | undefined, error: unknown): EnodeError {
  return late === undefined
    ? new EnodeError("The function given as secret failed.", {
        code: "missing_secret",
        cause: outlineCause(error, []),
      })
    : new WebhookVerificationError(late, { code: "secret_timeout" });
}
