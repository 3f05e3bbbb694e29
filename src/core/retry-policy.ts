/** When and how to retry. */
export interface RetryPolicy {
  maxRetries: number;
  shouldRetry(error: unknown): boolean;
  /** Whether a retry after this error does not count; `wait` must then end the retries. */
  isUncounted?: ((error: unknown) => boolean) | undefined;
  /** Waits before retry number `retry` (from 1); resolves with false when there is no time for it. */
  wait(error: unknown, retry: number): Promise<boolean>;
}

/** Full jitter: a random time up to a bound that doubles from 0.5 s to 8 s. `retry` counts from 1. */
export function backoff(retry: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** (retry - 1));
}
