import type { withTimeout } from "../../../shared/with-timeout.ts";
import type { ReceiverSecret } from "../shared/options.ts";

/** The host's function that returns the secrets. */
export type SecretFunction = Extract<ReceiverSecret, () => unknown>;

/** Time limit for the function, in ms: Enode waits for its answer for 5 s. */
const timeLimit = 4_000;

/**
 * Calls the host's function for the secrets. Loaded by receivers that have one.
 *
 * @param bound `withTimeout`, passed in: a module that the receiver shares with this one would be a file of its own
 * in bundles.
 * @throws WebhookVerificationError with code `secret_timeout` when it does not answer; EnodeError when it fails
 */
export async function askForSecrets(
  ask: SecretFunction,
  bound: typeof withTimeout,
): Promise<readonly string[]> {
  let late: string | undefined;
  const onLate = () => {
    late = `The function given as secret gave no answer within ${timeLimit} ms.`;
    return new Error(late);
  };
  try {
    const given = [await bound(timeLimit, async () => ask(), onLate)].flat();
    // An empty list is refused like an empty secret. The secrets themselves are checked later.
    return given.length > 0 ? (given as string[]) : [""];
  } catch (error) {
    throw (await import("../shared/host-failures.lazy.ts")).ofSecret(late, error);
  }
}
