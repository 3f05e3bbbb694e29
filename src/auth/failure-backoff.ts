const shortest = 1_000;
const longest = 60_000;

/** A pause after failures in a row: it doubles with each, from 1 s to 60 s. */
export class FailureBackoff {
  #failures: number;
  readonly #free: number;
  #endsAt = 0;

  /** @param free Number of failures in a row without a pause. */
  constructor(free: number) {
    this.#free = free;
    this.#failures = -free;
  }

  /** Milliseconds until its end, 0 when it is over. A jump of the wall clock does not change it. */
  get remaining(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Extends it after a failure. */
  extend(): void {
    const failures = this.#failures++;
    if (failures >= 0) this.hold(Math.min(shortest * 2 ** failures, longest));
  }

  /** Sets it to the time that a server asks for. */
  hold(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  /** Ends it after a success. */
  end(): void {
    this.#failures = -this.#free;
    this.#endsAt = 0;
  }
}
