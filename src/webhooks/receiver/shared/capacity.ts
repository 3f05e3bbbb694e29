/**
 * Counts work in progress. Each piece counts for a limited time: the request that began it may have ended silently,
 * as requests to Workers do with all of their timers and promises.
 */
export class Capacity {
  readonly #held = new Set<{ readonly size: number; readonly until: number }>();

  /** How much is taken. */
  get taken(): number {
    let taken = 0;
    for (const held of this.#held) {
      if (held.until > performance.now()) taken += held.size;
      else this.#held.delete(held);
    }
    return taken;
  }

  /** Takes capacity, for so many milliseconds at most; returns the function that releases it. */
  hold(milliseconds: number, size = 1): () => void {
    const held = { size, until: performance.now() + milliseconds };
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
    };
  }
}
