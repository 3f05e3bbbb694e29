/**
 * How long a call waits to send its requests: for its turn, by limits, and for a token that another call obtains. Its
 * own tokens and its pauses before retries are no part of it, as they have spans and events.
 */
export class WaitClock {
  #total = 0;
  /** Since when the next request waits, by `performance.now()`; undefined while one is under way. */
  #since: number | undefined = performance.now();
  /** Set by an answer, after which another request may follow without a retry: one with a new token. */
  #answeredAt: number | undefined;

  /** A request is sent. */
  sent(): void {
    this.#add(this.#since ?? this.#answeredAt);
    this.#since = undefined;
    this.#answeredAt = undefined;
  }

  /** A request was answered. */
  answered(): void {
    this.#answeredAt = performance.now();
  }

  /** Another request waits after a pause of so many ms. */
  paused(delayMs: number): void {
    this.#since = performance.now() + delayMs;
  }

  /** So many ms until now were none of the wait. */
  excluded(durationMs: number): void {
    if (this.#since !== undefined) this.#since += durationMs;
    if (this.#answeredAt !== undefined) this.#answeredAt += durationMs;
  }

  /** The call is over, perhaps while it waited. */
  end(): void {
    this.#add(this.#since);
    this.#since = undefined;
  }

  /** The wait so far, in s, with three decimals. */
  get seconds(): number {
    return Math.round(this.#total) / 1_000;
  }

  #add(since = Number.POSITIVE_INFINITY): void {
    this.#total += Math.max(performance.now() - since, 0);
  }
}
