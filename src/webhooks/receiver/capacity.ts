/**
 * Counts what is under way. Each is counted for so long at most: the request that began it may have ended without
 * a word, as requests to Workers do with all of their timers and promises.
 */
export class Capacity {
  readonly #held = new Set<{ readonly size: number; readonly until: number }>();

  /** How much of it is taken. */
  get taken(): number {
    let taken = 0;
    for (const held of this.#held) {
      if (held.until > performance.now()) taken += held.size;
      else this.#held.delete(held);
    }
    return taken;
  }

  /** Takes some of it, for so many milliseconds at most; gives the function that gives it back. */
  hold(milliseconds: number, size = 1): () => void {
    const held = { size, until: performance.now() + milliseconds };
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
    };
  }
}
