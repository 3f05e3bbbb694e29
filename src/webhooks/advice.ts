import { ConfigurationError, WebhookVerificationError } from "../errors.ts";

/** What a receiver says about things that hardly ever happen. Loaded only then. */

/** That nobody has called `start`. */
export function ofStart(): ConfigurationError {
  return new ConfigurationError(
    "Events were kept, but no handler runs: call start() on the receiver, or drain() where processes are frozen between requests. Other processes may handle them; then this one needs no handlers.",
    { code: "invalid_option", parameter: "start" },
  );
}

/** Why a body is refused that is nested so deep that stores and databases could not bear it. */
export function ofDepth(levels: number): WebhookVerificationError {
  return new WebhookVerificationError(`The body is nested more than ${levels} levels deep.`, {
    code: "invalid_json",
  });
}
