import { StoreError } from "../errors/index.ts";
import { captureContext } from "../runtime/async-context.ts";
import { closedCode } from "../shared/store-reason.ts";
import { unref } from "../shared/timers.ts";
import { withFallback } from "../shared/with-fallback.ts";

/** Entries that wait to be written; beyond them the oldest ones are dropped. */
const maxWaiting = 10_000;
/** What an ActivityLog takes in one call. */
const batchSize = 1_000;
/** How long entries wait for others to be written with, in ms. */
const gathering = 1_000;
const longestPause = 60_000;
/** A write takes less than this, and so does a timer to fire: whatever does not has ended with its request. */
const longestWrite = 60_000;
/** How often a batch is tried: one that the log can never take must not hold up the others. */
const maxAttempts = 8;

/** A batch that is being written. */
interface Write<Item> {
  readonly batch: readonly Item[];
  readonly begunAt: number;
  work: Promise<boolean>;
}

/** Gathers what is to be written, and writes it in batches, one after the other. */
export class WriteBehind<Item> {
  readonly #write: (batch: readonly Item[]) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #inOwnContext = captureContext();
  #waiting: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = 0;
  #writing: Write<Item> | undefined;
  #failures = 0;
  #dropped = 0;
  /** The log was closed by its owner: nothing can be written any more. */
  #isClosed = false;

  constructor(write: (batch: readonly Item[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#write = write;
    this.#onError = onError;
  }

  add(item: Item): void {
    if (this.#isClosed) return;
    this.#waiting.push(item);
    // Making room now and then is cheaper than making it each time.
    if (this.#waiting.length >= maxWaiting + batchSize) this.#makeRoom();
    // A full batch need not wait for more; after a failure it waits all the same.
    if (this.#waiting.length === batchSize && this.#failures === 0) this.#schedule(0);
    else if (this.#timer === undefined || hasDied(this.#dueAt)) this.#schedule(gathering);
  }

  /** Resolves when what is here by now was written, or could not be. */
  async flush(): Promise<void> {
    const others = this.#writing;
    let isDone = true;
    if (others) {
      isDone = await withFallback(others.work, longestWrite, async () => {
        this.#abandon(others);
        return true;
      });
    }
    while (isDone && this.#waiting.length > 0) isDone = await this.#next();
  }

  #schedule(wait: number): void {
    if (this.#writing && hasDied(this.#writing.begunAt)) this.#abandon(this.#writing);
    // The end of a write looks after what has come in the meantime.
    if (this.#writing) return;
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + wait;
    // In the context of nobody: what was noted in many is written together.
    this.#timer = this.#inOwnContext(() => setTimeout(() => this.#next(), wait));
    // What was just noted is waited for, at most a second. A log that fails must not hold up the end of a process.
    if (this.#failures > 0) unref(this.#timer);
  }

  /** Gives up a write that will never end: some runtimes end all that belongs to a request with its answer. */
  #abandon(write: Write<Item>): void {
    if (this.#writing !== write) return;
    this.#writing = undefined;
    // It may have been written; better twice than not at all.
    this.#waiting = [...write.batch, ...this.#waiting];
  }

  /** Writes the next batch, or waits for the one that is being written; tells whether it was written. */
  #next(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#begin();
    return this.#writing.work;
  }

  #begin(): Write<Item> {
    const write: Write<Item> = {
      batch: this.#waiting.splice(0, batchSize),
      begunAt: performance.now(),
      work: Promise.resolve(false),
    };
    write.work = this.#inOwnContext(() => this.#attempt(write)).finally(() => {
      if (this.#writing !== write) return;
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#schedule(this.#pause());
    });
    return write;
  }

  #pause(): number {
    if (this.#failures > 0) return Math.min(gathering * 2 ** (this.#failures - 1), longestPause);
    return this.#waiting.length >= batchSize ? 0 : gathering;
  }

  async #attempt(write: Write<Item>): Promise<boolean> {
    const { batch } = write;
    let isWritten = false;
    try {
      await this.#write(batch);
      isWritten = true;
      this.#failures = 0;
    } catch (error) {
      if (isClosed(error)) {
        this.#giveUp(write, error);
        return false;
      }
      this.#onError(error);
      // Its batch is another one's by now.
      if (this.#writing !== write) return false;
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

  #giveUp({ batch }: Write<Item>, cause: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const count = batch.length + this.#waiting.length + this.#dropped;
    this.#waiting = [];
    clearTimeout(this.#timer);
    const message = `activityLog.record failed: the storage was closed, and ${count} entries were dropped. Call recorder.flush() before you close it.`;
    this.#onError(new StoreError(message, { store: "activityLog", method: "record", cause }));
  }

  #makeRoom(): void {
    const surplus = this.#waiting.length - maxWaiting;
    if (surplus > 0) this.#dropped += this.#waiting.splice(0, surplus).length;
  }
}

function hasDied(since: number): boolean {
  return performance.now() - since > longestWrite;
}

/** Whether a store of this package was closed: its code stands in the cause of the StoreError. */
export function isClosed(error: unknown): boolean {
  return Object(Object(error).cause).code === closedCode;
}
