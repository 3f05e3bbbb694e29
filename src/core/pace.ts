import { backoff } from "./retry-policy.ts";

/** However long a server asks to wait, one call tries again after this time, in case the limit has changed. */
export const longestPause = 60_000;
/** Least rate after a first refusal, in requests per second; the successes before it may allow more. */
const firstRate = 10;
const slowestRate = 1;
/** A pace that has delayed no request for this time is given up, in ms. */
export const unneededAfter = 10_000;
/** Timers are late: requests that they have delayed by up to this time may follow at once, in ms. */
const slack = 50;

/**
 * How fast requests may follow each other once a server has refused some of them (429): a pause as long as
 * it asks, then a ramp. Each further refusal slows it down by a third, each success quickens it a little.
 * Until the first refusal there is no limit.
 *
 * Times are those of one clock, in ms. Nothing here waits or has a timer.
 */
export class Pace {
  #opensAt = 0;
  /** Requests per second; 0 without a limit. */
  #rate = 0;
  #nextAt = 0;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #neededAt = 0;
  #refusalsInARow = 0;

  /** Milliseconds until the end of the pause that the server asked for. */
  pause(now: number): number {
    return Math.max(0, this.#opensAt - now);
  }

  /** Milliseconds until a request may be sent. Call it when one is waiting. */
  wait(now: number): number {
    if (this.#rate === 0) return 0;
    const wait = Math.max(0, Math.max(this.#opensAt, this.#nextAt) - now);
    if (wait > 0) this.#neededAt = now;
    else if (now - this.#neededAt > unneededAfter) this.#rate = 0;
    return wait;
  }

  /** A request is sent. */
  sent(now: number): void {
    if (this.#rate > 0) this.#nextAt = Math.max(this.#nextAt, now - slack) + 1000 / this.#rate;
  }

  /** A request that was sent at `sentAt` succeeded. */
  answered(sentAt: number): void {
    // A request that was sent earlier says nothing about the pace.
    if (this.#rate === 0 || sentAt < this.#slowedAt) return;
    this.#refusalsInARow = 0;
    this.#rate += Math.max(0.05, 2 / this.#rate);
  }

  /**
   * A request that was sent at `sentAt` was refused.
   *
   * @param asked The wait that the server asked for, 0 for none.
   * @param recent How many requests succeeded in the last second.
   */
  refused(sentAt: number, asked: number, now: number, recent: number): void {
    let pause = asked;
    // Requests that were in flight at the first refusal do not slow it down again.
    if (sentAt >= this.#slowedAt) {
      this.#refusalsInARow++;
      pause = Math.max(asked, backoff(this.#refusalsInARow));
      const fastest = this.#rate || Math.max(firstRate / 0.7, recent);
      this.#rate = Math.max(slowestRate, fastest * 0.7);
      this.#slowedAt = now;
      this.#neededAt = now;
    }
    this.#opensAt = Math.max(this.#opensAt, now + Math.min(pause, longestPause));
    this.#nextAt = Math.max(this.#nextAt, this.#opensAt);
  }
}
