const shortest = 1_000;
const longest = 60_000;

/** A pause after failures in a row: it doubles with each, from 1 s to 60 s. */
export class FailureBackoff {
  #failures: number;
  readonly #free: number;
  #endsAt = 0;

  /** @param free So many failures in a row are followed by none. */
  constructor(free: number) {
    this.#free = free;
    this.#failures = -free;
  }

  /** Milliseconds until it is over, 0 when it is. A jump of the wall clock does not change it. */
  get remaining(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** After one more failure. */
  extend(): void {
    const failures = this.#failures++;
    if (failures >= 0) this.hold(Math.min(shortest * 2 ** failures, longest));
  }

  /** For so long as a server asks. */
  hold(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  /** After a success. */
  end(): void {
    this.#failures = -this.#free;
    this.#endsAt = 0;
  }
}
