import type { WebhookEvent } from "../../../../generated/types.ts";
import type { withTimeout } from "../../../shared/with-timeout.ts";
import type { Incoming, WebhookContext } from "../shared/handlers.ts";
import type { BatchLimits, BatchRegistration } from "./handler-registry.ts";

/** What shared code of the bundle this file gets, as it is loaded on its own. */
interface Dependencies {
  readonly withTimeout: typeof withTimeout;
  /** What a handler receives beside an event. */
  readonly contextOf: (incoming: Incoming, signal: AbortSignal) => WebhookContext;
  /** The error for handlers that took longer than so many ms. */
  readonly late: (what: string, limit: number) => Error;
}

/** Why an event of a batch was not handled. */
export interface BatchFailure {
  readonly error: unknown;
  /** Whether a handler had it. Otherwise its time was over before, or an earlier event of its lane has failed. */
  readonly isBegun: boolean;
  /** Settles with the handler, where that goes on after its time. */
  readonly running?: Promise<unknown>;
}

/** The events of one lane in one call, of which none is handled beside another or after one that failed. */
export interface BatchLane {
  isBusy: boolean;
  hasFailed: boolean;
}

/** An event for handlers of batches. */
export interface BatchItem {
  readonly incoming: Incoming;
  readonly event: WebhookEvent;
  /** Undefined when no other event that is in hand is of the same lane. */
  readonly lane: BatchLane | undefined;
  /** When the time for its handlers is over, by `performance.now()`. */
  endsAt: number;
  failure: BatchFailure | undefined;
  /** Whether it has failed before, though this is its first attempt that counts. */
  isAlone?: boolean | undefined;
  /** Whether its failure was forgiven. */
  isForgiven?: boolean | undefined;
}

interface Waiting {
  readonly item: BatchItem;
  /** Until when it waits for others, by `performance.now()`. */
  readonly dueAt: number;
  readonly done: () => void;
}

/** Collects events for one handler of batches, and calls it. */
export class BatchQueue {
  readonly #handler: BatchRegistration["handler"];
  readonly #limits: BatchLimits;
  readonly #concurrency: number;
  readonly #dependencies: Dependencies;
  #waiting: Waiting[] = [];
  /** The batches that are being handled, each with the time by which it has ended in any case. */
  readonly #running = new Set<{ readonly endsAt: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param concurrency How many batches are handled at the same time. */
  constructor(
    handler: BatchRegistration["handler"],
    limits: BatchLimits,
    concurrency: number,
    dependencies: Dependencies,
  ) {
    this.#handler = handler;
    this.#limits = limits;
    this.#concurrency = concurrency;
    this.#dependencies = dependencies;
  }

  /**
   * Has events handled; resolves when each of them is done or has its failure.
   *
   * @param areAll Whether these came together; otherwise others of the same turn are waited for.
   */
  run(items: readonly BatchItem[], areAll: boolean): Promise<void> {
    return new Promise((resolve) => {
      let left = items.length;
      const done = () => {
        if (--left === 0) resolve();
      };
      const { maxSize, maxWait } = this.#limits;
      const dueAt = performance.now() + maxWait;
      for (const item of items) this.#waiting.push({ item, dueAt, done });
      if (left === 0) resolve();
      else if (areAll || this.#waiting.length >= maxSize) this.#begin();
      // Not by a timer: without a store it would cost each delivery one.
      else queueMicrotask(() => this.#begin());
    });
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), milliseconds);
  }

  /** Begins the batches for which there is room. */
  #begin(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const running of this.#running) {
      // On Workers a request can end silently with the batch that it handles.
      if (running.endsAt < now) this.#running.delete(running);
    }
    while (this.#running.size < this.#concurrency) {
      const batch = this.#next(now);
      if (batch.length === 0) break;
      const running = { endsAt: 2 * timeOf(batch) - now };
      this.#running.add(running);
      this.#handle(batch).then(() => {
        this.#running.delete(running);
        for (const { item, done } of batch) {
          if (item.lane) item.lane.isBusy = false;
          done();
        }
        this.#begin();
      });
    }
    // What is due already waits for the end of a batch, which begins the next one.
    const dueTimes = this.#waiting.flatMap(({ dueAt }) => (dueAt > now ? dueAt : []));
    if (dueTimes.length > 0 && this.#running.size < this.#concurrency) {
      this.#arm(Math.min(...dueTimes) - now);
    }
  }

  /** Takes the events of the next batch that is due; none when there is no such batch. */
  #next(now: number): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    let isDue = false;
    let isFull = false;
    this.#refuse(now);
    // What has failed before is handled alone: it may be what its batch failed on, or what has killed a process.
    const alone = this.#waiting.find(({ item }) => isAlone(item) && !item.lane?.isBusy);
    for (const waiting of this.#waiting) {
      const { item, dueAt } = waiting;
      const fits = alone ? waiting === alone : !isAlone(item) && !isFull && !item.lane?.isBusy;
      (fits ? batch : rest).push(waiting);
      isFull = batch.length >= this.#limits.maxSize;
      isDue ||= fits && (isFull || dueAt <= now || waiting === alone);
    }
    if (!isDue) return [];
    this.#waiting = rest;
    for (const { item } of batch) if (item.lane) item.lane.isBusy = true;
    return batch;
  }

  /** Removes what can no longer begin: its time is over, or an earlier event of its lane has failed. */
  #refuse(now: number): void {
    const isOver = ({ item }: Waiting) => item.endsAt <= now || item.lane?.hasFailed;
    const refused = this.#waiting.filter(isOver);
    if (refused.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
    for (const waiting of refused) {
      const { item, done } = waiting;
      item.failure = { error: this.#late([waiting]), isBegun: false };
      if (item.lane) item.lane.hasFailed = true;
      done();
    }
  }

  /** Handles a batch, and if it fails each of its events alone, one after the other. Never rejects. */
  async #handle(batch: readonly Waiting[]): Promise<void> {
    const failure = await this.#call(batch);
    if (failure === undefined) return;
    for (const waiting of batch) {
      const { item } = waiting;
      if (item.lane?.hasFailed) item.failure = { ...failure, isBegun: false };
      // A handler that goes on must not run beside itself, and where no time is left nothing can begin.
      else if (batch.length === 1 || failure.running || item.endsAt <= performance.now()) {
        item.failure = failure;
      } else item.failure = await this.#call([waiting]);
      if (item.lane && item.failure) item.lane.hasFailed = true;
    }
  }

  /** Calls the handler, and returns the failure. */
  async #call(batch: readonly Waiting[]): Promise<BatchFailure | undefined> {
    const { contextOf } = this.#dependencies;
    // Taken out first: the host's function must not get this object as `this`.
    const handler = this.#handler;
    const limit = timeOf(batch) - performance.now();
    const events = batch.map(({ item }) => item.event);
    let running: Promise<unknown> | undefined;
    try {
      await this.#dependencies.withTimeout(
        limit,
        (signal) => {
          const contexts = batch.map(({ item }) => contextOf(item.incoming, signal));
          const work = (async () => handler(events, { contexts, signal }))();
          running = work;
          const settle = () => {
            running = undefined;
          };
          work.then(settle, settle);
          return work;
        },
        () => this.#late(batch, limit),
      );
      return undefined;
    } catch (error) {
      return running ? { error, isBegun: true, running } : { error, isBegun: true };
    }
  }

  #late(batch: readonly Waiting[], limit = 0): Error {
    const [first] = batch;
    const what = batch.length === 1 ? `${first?.item.event.event}` : `${batch.length} events`;
    return this.#dependencies.late(what, Math.round(limit));
  }
}

function isAlone(item: BatchItem): boolean {
  return item.isAlone === true || item.incoming.attempt > 1;
}

/** When the time for a batch is over. */
function timeOf(batch: readonly Waiting[]): number {
  return Math.min(...batch.map(({ item }) => item.endsAt));
}
