import { StoreError } from "../errors.ts";

/** Entries that wait to be written; beyond them the oldest ones are dropped. */
const maxWaiting = 10_000;
/** What an ActivityLog takes in one call. */
const batchSize = 1_000;
/** How long entries wait for others to be written with, in ms. */
const gathering = 1_000;
const longestPause = 60_000;
/** How often a batch is tried: one that the log can never take must not hold up the others. */
const maxAttempts = 8;

/** Gathers what is to be written, and writes it in batches, one after the other. */
export class WriteBehind<Item> {
  readonly #write: (batch: readonly Item[]) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #waiting: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<boolean> | undefined;
  #failures = 0;
  #dropped = 0;

  constructor(write: (batch: readonly Item[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#write = write;
    this.#onError = onError;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    // Making room now and then is cheaper than making it each time.
    if (this.#waiting.length >= maxWaiting + batchSize) this.#makeRoom();
    // A full batch need not wait for more; after a failure it waits all the same.
    if (this.#waiting.length === batchSize && this.#failures === 0) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule(gathering);
  }

  /** Resolves when what is here by now was written, or could not be. */
  async flush(): Promise<void> {
    let isDone = (await this.#writing) ?? true;
    while (isDone && this.#waiting.length > 0) isDone = await this.#next();
  }

  #schedule(wait: number): void {
    // The end of a write looks after what has come in the meantime.
    if (this.#writing) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), wait);
  }

  /** Writes the next batch, or waits for the one that is being written; tells whether it was written. */
  #next(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#attempt().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#schedule(this.#pause());
    });
    return this.#writing;
  }

  #pause(): number {
    if (this.#failures > 0) return Math.min(gathering * 2 ** (this.#failures - 1), longestPause);
    return this.#waiting.length >= batchSize ? 0 : gathering;
  }

  async #attempt(): Promise<boolean> {
    const batch = this.#waiting.splice(0, batchSize);
    let isWritten = false;
    try {
      await this.#write(batch);
      isWritten = true;
      this.#failures = 0;
    } catch (error) {
      this.#onError(error);
      this.#failures++;
      if (this.#failures % maxAttempts === 0) this.#dropped += batch.length;
      else this.#waiting = [...batch, ...this.#waiting];
    }
    this.#makeRoom();
    if (this.#dropped > 0) {
      const message = `activityLog.record was not up to it: ${this.#dropped} entries were dropped.`;
      this.#onError(new StoreError(message, { store: "activityLog", method: "record" }));
      this.#dropped = 0;
    }
    return isWritten;
  }

  #makeRoom(): void {
    const surplus = this.#waiting.length - maxWaiting;
    if (surplus > 0) this.#dropped += this.#waiting.splice(0, surplus).length;
  }
}
