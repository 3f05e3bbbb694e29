/** Most things that are remembered: beyond them nothing is reported, rather than each thing again and again. */
const most = 1_000;

/** Reports each thing that is ignored once. */
export class OnceReporter {
  readonly #told = new Set<string>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @param key What it is about. */
  tell(key: string, error: () => Error): void {
    if (this.#told.has(key) || this.#told.size >= most) return;
    this.#told.add(key);
    this.#onError(error());
  }
}
