/** The time of one case. It stands still unless it is told to go on. */
export class Clock {
  #at = Date.UTC(2026, 0, 1);

  readonly now = (): number => this.#at;

  /** Lets time go by, in ms. */
  pass(milliseconds: number): void {
    this.#at += milliseconds;
  }
}
