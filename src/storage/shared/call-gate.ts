/** From when on a call counts as stalled, in ms: longer than the receiver waits for a store (4 s). */
const patience = 5_000;
/** Calls that may be stalled: more than a pool has connections, fewer than would matter for memory. */
const maxStalled = 50;

/**
 * Keeps calls from piling up behind a server that does not answer. Whoever made a call gives up after some
 * seconds, but the driver keeps the call, and what it is to write, until the server is back. As long as
 * {@link maxStalled} calls have had no answer for {@link patience} ms, further ones are refused at once. One long
 * statement refuses nothing, and neither do many at the same time that are answered.
 */
export class CallGate {
  /** When each call that has no answer yet was made, oldest first. */
  readonly #unanswered = new Set<{ readonly since: number }>();
  readonly #refusal: (what: string) => Error;

  /** @param refusal Makes the error of a call that is refused. */
  constructor(refusal: (what: string) => Error) {
    this.#refusal = refusal;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isStalled()) {
      throw this.#refusal(
        `has not answered ${maxStalled} calls for more than ${patience / 1_000} s; further ones are refused until it does`,
      );
    }
    const entry = { since: performance.now() };
    this.#unanswered.add(entry);
    try {
      return await call();
    } finally {
      this.#unanswered.delete(entry);
    }
  }

  #isStalled(): boolean {
    if (this.#unanswered.size < maxStalled) return false;
    const limit = performance.now() - patience;
    let place = 0;
    for (const { since } of this.#unanswered) {
      if (since > limit) return false;
      if (++place === maxStalled) return true;
    }
    return false;
  }
}
