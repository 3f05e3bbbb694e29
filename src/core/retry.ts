import pRetry, { AbortError as GiveUp } from "p-retry";

/** Full jitter: anywhere from 0 up to a bound that doubles from 0.5 s to 8 s. `retry` counts from 1. */
export function backoff(retry: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** (retry - 1));
}

/** When and how to try again. */
export interface RetryPolicy {
  maxRetries: number;
  shouldRetry(error: unknown): boolean;
  /** Waits before retry number `retry` (from 1); answers false when there is no time for it. */
  wait(error: unknown, retry: number): Promise<boolean>;
}

/**
 * Runs an attempt, and repeats it as the policy says.
 *
 * p-retry is entered only after a first failure: its set-up costs more than everything else that a
 * successful call does beside ky.
 */
export async function withRetries<T>(attempt: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  let failure: unknown;
  try {
    return await attempt();
  } catch (error) {
    if (policy.maxRetries === 0 || !policy.shouldRetry(error)) throw error;
    failure = error;
  }
  return pRetry(
    async (retry) => {
      if (!(await policy.wait(failure, retry))) throw new GiveUp(failure as Error);
      return attempt();
    },
    {
      retries: policy.maxRetries - 1,
      // The waits are the policy's own: p-retry has no full jitter and knows no Retry-After.
      minTimeout: 0,
      onFailedAttempt: ({ error }) => {
        failure = error;
      },
      shouldRetry: ({ error }) => policy.shouldRetry(error),
    },
  );
}
