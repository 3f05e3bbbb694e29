/** How much of a pause later requests may make up for, in ms: timers are late, and small bursts are usual. */
const slack = 100;

/**
 * At most so many requests in any second, one after the other at even intervals. After a pause a tenth of them, and one
 * more, may follow each other at once. For a rate that is no whole number the time in which the next whole number of
 * requests is due counts in place of the second.
 *
 * Times are those of one clock, in ms. Nothing here waits or has a timer.
 */
export class RequestRate {
  readonly #interval: number;
  /** When the last requests were sent, as a ring. */
  readonly #sentAt: number[] = [];
  readonly #most: number;
  #count = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#interval = 1000 / perSecond;
    this.#most = Math.ceil(perSecond);
  }

  /** Milliseconds until a request may be sent. */
  wait(now: number): number {
    const window = this.#most * this.#interval;
    const oldest = this.#sentAt[this.#count % this.#most] ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, this.#nextAt - now, oldest + window - now);
  }

  /** A request is sent. */
  sent(now: number): void {
    this.#sentAt[this.#count++ % this.#most] = now;
    this.#nextAt = Math.max(this.#nextAt, now - slack) + this.#interval;
  }
}
