/** However long a server asks to wait, one call tries again after this time, to see if it still means it. */
const longestPause = 60_000;

/**
 * The gate that all calls of a client share: one 429 closes it for all of them, so that N callers do
 * not find out the limit N times.
 */
export class Throttle {
  #opensAt = 0;

  /** Milliseconds until requests may be sent again, 0 when they may. */
  get pause(): number {
    // The first read costs no clock: most clients never see a 429.
    return this.#opensAt === 0 ? 0 : Math.max(0, this.#opensAt - performance.now());
  }

  /** Closes the gate; a later opening already known stays. */
  close(milliseconds: number): void {
    const opensAt = performance.now() + Math.min(milliseconds, longestPause);
    if (opensAt > this.#opensAt) this.#opensAt = opensAt;
  }
}
