/** The latest entries, oldest first, and a subscription to new ones. */
export interface SandboxLog<Entry> {
  /** The last 1000 entries, oldest first. */
  list(): Entry[];
  /**
   * Calls back with each new entry, until the returned function is called. Errors that a callback throws are ignored.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * const stop = sandbox.requests.subscribe(({ method, path, status }) => console.log(method, path, status));
   * stop();
   * ```
   */
  subscribe(callback: (entry: Entry) => void): () => void;
}

const LIMIT = 1000;

/** The last entries of one kind. */
export class Log<Entry extends { readonly number: number }> implements SandboxLog<Entry> {
  readonly #entries: Entry[] = [];
  readonly #callbacks = new Set<(entry: Entry) => void>();
  #lastNumber = 0;

  /** Adds an entry under the next number, which is returned. */
  add(entry: Omit<Entry, "number">): number {
    this.#lastNumber += 1;
    // Omit<Entry, "number"> plus the number is Entry, which the compiler cannot prove for a type parameter.
    const numbered = { number: this.#lastNumber, ...entry } as unknown as Entry;
    // Dropping old entries in batches is cheaper than dropping one each time.
    if (this.#entries.length >= 2 * LIMIT) this.#entries.splice(0, LIMIT);
    this.#entries.push(numbered);
    for (const callback of [...this.#callbacks]) {
      try {
        callback(numbered);
      } catch {
        // A subscriber must not break what it observes.
      }
    }
    return numbered.number;
  }

  list(): Entry[] {
    return this.#entries.slice(-LIMIT);
  }

  subscribe(callback: (entry: Entry) => void): () => void {
    // A function of its own: the same callback may subscribe twice.
    const listener = (entry: Entry) => callback(entry);
    this.#callbacks.add(listener);
    return () => {
      this.#callbacks.delete(listener);
    };
  }
}
