import { StoreError } from "../errors.ts";
import type { ClaimedEvent, DeliveryRecord, EventStore } from "../storage/contracts.ts";
import { type Handlers, type Incoming, isInvalidEvent } from "./handlers.ts";
import { type Reporter, wordsOf } from "./reporter.ts";
import { within } from "./within.ts";

/** Time for one call of the store: less than the 5 s after which Enode stops waiting for its answer. */
const storeTimeout = 4_000;
/** How often the store is asked for events when nothing says that there are some. */
const pollInterval = 1_000;
/** After how many questions in a row others get their turn. */
const breath = 20;
/** Lease beyond the time of the handlers, for what the worker itself does: more than two calls of the store. */
const leaseMargin = 10_000;
/** What a store keeps as the reason of a failure. */
const longestReason = 500;

/** How a worker works. */
export interface WorkerOptions {
  readonly namespace: string;
  readonly handlerTimeout: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
}

/** Takes events from a store, and has them handled. */
export class Worker {
  readonly #store: EventStore;
  readonly #handlers: Handlers;
  readonly #reporter: Reporter;
  readonly #options: WorkerOptions;
  readonly #active = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #asking: Promise<void> | undefined;
  #asked = 0;
  /** Settles with the deliveries that are on their way into the store. */
  #arriving: Promise<void> | undefined;
  /** Room for events that the store is about to hand out. */
  #promised = 0;
  /** Something may have come up since the store was last asked. */
  #isStale = false;

  constructor(store: EventStore, handlers: Handlers, reporter: Reporter, options: WorkerOptions) {
    this.#store = store;
    this.#handlers = handlers;
    this.#reporter = reporter;
    this.#options = options;
  }

  /**
   * Keeps a delivery, and takes those of its events that the store hands out at once.
   *
   * @param values What its payloads say, by their places: what is known already is not parsed again.
   */
  append(delivery: DeliveryRecord, values: readonly unknown[]): Promise<"new" | "duplicate"> {
    const work = this.#append(delivery, values);
    this.#arriving = Promise.allSettled([this.#arriving, work]).then(() => undefined);
    return work;
  }

  start(): void {
    this.#isRunning = true;
    this.wake();
  }

  /** Takes no more events, and waits for those that it has taken. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    await this.#asking;
    await this.#arriving;
    await Promise.all(this.#active);
  }

  /** Asks the store for events, now and until it has no more that are due. */
  wake(): void {
    this.#isStale = true;
    if (!this.#isRunning || this.#asking) return;
    clearTimeout(this.#timer);
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
      if (!this.#isRunning) return;
      if (this.#isStale && this.#free > 0) this.wake();
      else this.#timer = setTimeout(() => this.wake(), pollInterval);
    });
  }

  get #lease(): number {
    return this.#options.handlerTimeout + leaseMargin;
  }

  get #free(): number {
    return this.#options.concurrency - this.#active.size - this.#promised;
  }

  async #append(
    delivery: DeliveryRecord,
    values: readonly unknown[],
  ): Promise<"new" | "duplicate"> {
    const { events } = delivery;
    const room = this.#isRunning && this.#store.appendAndClaim ? this.#free : 0;
    const limit = Math.max(0, Math.min(room, events.length));
    const method = limit > 0 ? "appendAndClaim" : "append";
    this.#promised += limit;
    try {
      const outcome: "new" | "duplicate" | ClaimedEvent[] | undefined = await this.#call(
        method,
        async () => this.#store[method]?.(delivery, limit, this.#lease),
      );
      if (outcome === "duplicate") return outcome;
      const claimed = outcome === "new" ? [] : checked(method, outcome);
      for (const event of claimed) {
        const { index, payload } = event;
        this.#take(event, index in values ? values[index] : parse(payload));
      }
      if (claimed.length < events.length) this.#isStale = true;
      return "new";
    } finally {
      this.#promised -= limit;
      // Also who has asked meanwhile was told that there is less room.
      if (this.#isStale) this.wake();
    }
  }

  async #ask(): Promise<void> {
    const { namespace } = this.#options;
    while (this.#isRunning && this.#isStale && this.#free > 0) {
      // Events that are completed together make room together: one question for all of them. And a store in
      // this process answers without the event loop getting its turn, however long its backlog.
      await (++this.#asked % breath === 0 && new Promise((resolve) => setTimeout(resolve)));
      const limit = this.#free;
      // A delivery has taken it meanwhile; who makes room again asks again.
      if (limit <= 0) return;
      this.#isStale = false;
      this.#promised += limit;
      try {
        const claimed = await this.#call("claim", () =>
          this.#store.claim(limit, this.#lease, namespace),
        );
        for (const event of checked("claim", claimed)) this.#take(event, parse(event.payload));
      } catch (error) {
        this.#reporter.report(error, { stage: "store" });
      } finally {
        this.#promised -= limit;
      }
    }
  }

  #take(claimed: ClaimedEvent, value: unknown): void {
    const work = this.#handle(claimed, value)
      .catch((error) => {
        this.#reporter.report(error, { stage: "store" });
        return false;
      })
      .then((isSettled) => {
        this.#active.delete(work);
        // The next one of the same device may now be handed out. After a failure of the store it is left to
        // the next poll, or one that is broken would be asked without a pause.
        if (isSettled) this.wake();
      });
    this.#active.add(work);
  }

  /** Tells whether the store has taken what became of the event. */
  async #handle(claimed: ClaimedEvent, value: unknown): Promise<boolean> {
    const { maxAttempts, handlerTimeout } = this.#options;
    const incoming = { ...claimed, value };
    try {
      // Attempts count when they begin: one that kills its process is not tried for ever.
      if (claimed.attempt > maxAttempts) throw new Error("None of its attempts came to an end.");
      await this.#handlers.run(incoming, handlerTimeout);
    } catch (error) {
      return this.#fail(claimed, incoming, error);
    }
    const isDone = await this.#call("complete", () => this.#store.complete(claimed));
    if (isDone) this.#reporter.health.handled++;
    return isDone;
  }

  async #fail(claimed: ClaimedEvent, incoming: Incoming, error: unknown): Promise<boolean> {
    const willRetry = claimed.attempt < this.#options.maxAttempts && !isInvalidEvent(error);
    // In this order, as the end may be in the middle of a character.
    const reason = wordsOf(error).slice(0, longestReason).toWellFormed();
    const retryAt = willRetry ? Date.now() + delayAfter(claimed.attempt) : undefined;
    let isTaken = false;
    try {
      isTaken = await this.#call("fail", () => this.#store.fail(claimed, reason, retryAt));
      return isTaken;
    } finally {
      // It comes again also when the store did not take it for dead.
      this.#reporter.eventFailed(error, incoming, willRetry || !isTaken);
    }
  }

  async #call<T>(method: keyof EventStore, work: () => Promise<T>): Promise<T> {
    try {
      return await within(storeTimeout, work, () => new Error(`took more than ${storeTimeout} ms`));
    } catch (error) {
      throw failure(method, "failed", error);
    }
  }
}

/** Whatever it is: a store is the host's own code, and may break any promise. */
function checked(method: keyof EventStore, claimed: ClaimedEvent[] | undefined): ClaimedEvent[] {
  if (claimed?.every?.((event) => event?.lease)) return claimed;
  throw failure(method, "resolved with nonsense");
}

function failure(method: keyof EventStore, what: string, cause?: unknown): StoreError {
  const message = `eventStore.${method} ${what}${cause instanceof Error ? `: ${cause.message}` : ""}.`;
  return new StoreError(message, { store: "eventStore", method, cause });
}

/** What is no JSON is no event either. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/** From 0.5 s, doubled each time, up to 5 minutes; up to half of it off, so that failures spread out. */
function delayAfter(attempt: number): number {
  return Math.min(300_000, 500 * 2 ** attempt) * (1 - Math.random() / 2);
}
