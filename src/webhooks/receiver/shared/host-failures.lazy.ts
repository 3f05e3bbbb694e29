import { EnodeError, WebhookVerificationError } from "../../../errors/index.ts";
import { outlineCause, redactCause } from "../../../shared/redaction.ts";

export { storeFailure } from "../../../shared/store-failure.ts";

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

/** So many different events have failed in a row. */
export function ofCircuit(failures: number, error: unknown): EnodeError {
  return new EnodeError(
    `${failures} different events have failed since the last success, so what the handlers need seems to be down. ` +
      "No attempts are counted, and one event at a time is tried, until one succeeds.",
    { code: "circuit_open", cause: redactCause(error, []) },
  );
}

/** Handlers have not stopped for so many ms after their time limit. */
export function ofStuck(milliseconds: number): EnodeError {
  return new EnodeError(
    `The handlers of an event have not stopped within ${milliseconds} ms after their time limit. ` +
      "The event is no longer held back, so that it may be handled beside them.",
    { code: "handler_stuck" },
  );
}
