import { captureContext } from "../../runtime/async-context.ts";
import { PostgresError } from "./error.ts";

interface Call<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Items in one statement. */
const maxItems = 1_000;

/**
 * Does together what is asked for in the same turn of the event loop, so that 100 events that are handled
 * together cost one round trip to the database.
 */
export class StatementBatcher<Item, Result> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Result[]>;
  // A statement belongs to all who share it, so it runs in the context of none of them.
  readonly #inOwnContext: <T>(work: () => T) => T = captureContext();
  // Taken when a storage is made: a test may replace it later along with its clock, and not all runtimes have it.
  readonly #endOfTurn: (work: () => void) => unknown = globalThis.setImmediate ?? nextMicrotask;
  #waiting: Call<Item, Result>[] = [];

  /** `work` gives one result for each item. */
  constructor(work: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#work = work;
  }

  /** Gives the result of each item, in their order. */
  add(items: readonly Item[]): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (this.#waiting.length > 1) return;
      const endOfTurn = this.#endOfTurn;
      endOfTurn(() => this.#inOwnContext(() => void this.#flush()));
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    while (waiting.length > 0) {
      let size = 0;
      const fitting = waiting.findIndex(({ items }) => {
        size += items.length;
        return size > maxItems;
      });
      // One after the other, as they may be about the same things.
      await this.#do(waiting.splice(0, fitting < 0 ? waiting.length : Math.max(1, fitting)));
    }
  }

  async #do(calls: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#work(calls.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, resolve } of calls) {
        resolve(results.slice(from, from + items.length));
        from += items.length;
      }
    } catch (error) {
      if (calls.length > 1 && error instanceof PostgresError && error.isAboutValues) {
        // One of them is to blame, and its failure is none of the others' business.
        for (const call of calls) await this.#do([call]);
      } else {
        for (const { reject } of calls) reject(error);
      }
    }
  }
}

/** Not queueMicrotask, which a test may replace along with its clock. */
function nextMicrotask(work: () => void): void {
  void Promise.resolve().then(work);
}
