import { failures } from "./failures.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** Runs an attempt, and retries it by the policy. */
export async function withRetries<T>(attempt: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  let left = policy.maxRetries;
  const mayRetry = (error: unknown) =>
    policy.maxRetries > 0 &&
    policy.shouldRetry(error) &&
    (policy.isUncounted?.(error) === true || left-- > 0);
  try {
    return await attempt();
  } catch (error) {
    if (!mayRetry(error)) throw error;
    // Used only after a first failure: its set-up costs more than the rest of a call beside ky.
    const { repeat } = await failures();
    return repeat(attempt, error, policy, mayRetry);
  }
}
