/** When and how to try again. */
export interface RetryPolicy {
  maxRetries: number;
  shouldRetry(error: unknown): boolean;
  /** Whether a repetition after this does not count; the policy must then end it by `wait`. */
  isUncounted?: ((error: unknown) => boolean) | undefined;
  /** Waits before retry number `retry` (from 1); answers false when there is no time for it. */
  wait(error: unknown, retry: number): Promise<boolean>;
}

/** Full jitter: anywhere from 0 up to a bound that doubles from 0.5 s to 8 s. `retry` counts from 1. */
export function backoff(retry: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** (retry - 1));
}
