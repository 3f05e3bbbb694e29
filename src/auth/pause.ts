const shortest = 1_000;

/** A pause after failures: it doubles with each failure in a row, from 1 s on. */
export class Pause {
  readonly #longest: number;
  #failures = 0;
  #endsAt = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Milliseconds until it is over, 0 when it is. A jump of the wall clock does not change it. */
  get remaining(): number {
    return this.#endsAt === 0 ? 0 : Math.max(0, this.#endsAt - performance.now());
  }

  /** After one more failure. */
  extend(): void {
    this.hold(Math.min(shortest * 2 ** this.#failures++, this.#longest));
  }

  /** For so long as a server asks. */
  hold(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  /** After a success. */
  end(): void {
    this.#failures = 0;
    this.#endsAt = 0;
  }
}
