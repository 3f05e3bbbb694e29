import { invalidArgument } from "../../errors/configuration.ts";
import { isWebhookVerificationError } from "../../errors/index.ts";
import { inOwnContext, sleepUntilWoken } from "../../runtime/sleep.ts";
import { callStore } from "../../shared/call-store.ts";
import { describeError } from "../../shared/describe-error.ts";
import type { ClaimedEvent, EventStore } from "../../storage/contracts/index.ts";
import type { VerifiedWebhook } from "../verification/verify.ts";
import { Capacity } from "./capacity.ts";
import type { DrainOptions, DrainResult } from "./drain.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import type { EventDispatcher } from "./event-dispatcher.ts";
import type { Incoming } from "./handlers.ts";
import { laneOf } from "./lanes.ts";
import { areClaimed, isOutcome } from "./store-answers.ts";

export { EventDispatcher } from "./event-dispatcher.ts";

/** Time limit for one call of the store: less than the 5 s that Enode waits for an answer. */
const storeTimeout = 4_000;
/** The longest time of a timer, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;
/** How often the store is polled for events. */
const pollInterval = 1_000;
/** After how many polls in a row other tasks get their turn. */
const breath = 20;
/** Lease beyond the time of the handlers, for the worker itself: more than two calls of the store. */
const leaseMargin = 10_000;
/** How long to wait, after a jump of the clock, for events whose leases may have ended meanwhile. */
const overdueTimeout = 3_000;
/** Length of the reason of a failure that a store keeps. */
const longestReason = 500;

/** Options of a worker. */
export interface WorkerOptions {
  readonly namespace: string;
  readonly handlerTimeout: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
}

/** Takes events from a store, and calls their handlers. */
export class StoreWorker {
  readonly #store: EventStore;
  readonly #handlers: EventDispatcher;
  readonly #reporter: ErrorReporter;
  readonly #options: WorkerOptions;
  /** Events whose handlers run, each with the time by which it should be settled, in ms since the epoch. */
  readonly #inHand = new Map<object, number>();
  /** Calls of the store that add a delivery or fetch events. */
  readonly #calling = new Capacity();
  /** Capacity reserved for events that the store is about to hand out. */
  readonly #promised = new Capacity();
  /** Callbacks that wake waiting calls after a change. */
  readonly #wakes = new Set<() => void>();
  /** Events that the store has handed out for deliveries. */
  #handed: (() => void)[] = [];
  /** Begins these, in the context of `start`. */
  #beginHanded: () => void = () => undefined;
  /** The loop that takes events, since `start`. */
  #loop: object | undefined;
  #asked = 0;
  /** Whether new events may be due since the last poll. */
  #isStale = false;

  constructor(
    store: EventStore,
    handlers: EventDispatcher,
    reporter: ErrorReporter,
    options: WorkerOptions,
  ) {
    this.#store = store;
    this.#handlers = handlers;
    this.#reporter = reporter;
    this.#options = options;
  }

  /** Keeps a delivery, and takes the events that the store hands out at once. */
  async take({ digest, deliveryId, payload }: VerifiedWebhook): Promise<"stored" | "duplicate"> {
    const events = payload.map((value, index) => {
      return { index, lane: laneOf(value), payload: JSON.stringify(value) };
    });
    const { namespace } = this.#options;
    const delivery = { namespace, digest, deliveryId, receivedAt: Date.now(), events };
    const room = this.#loop && this.#store.appendAndClaim ? this.#free : 0;
    const limit = Math.max(0, Math.min(room, events.length));
    const method = limit > 0 ? "appendAndClaim" : "append";
    const arrived = this.#calling.hold(storeTimeout + pollInterval);
    const release = this.#promised.hold(storeTimeout + pollInterval, limit);
    try {
      const outcome = await this.#call(
        method,
        async () => this.#store[method]?.(delivery, limit, this.#lease),
        isOutcome,
      );
      if (outcome === "duplicate") return outcome;
      const claimed = outcome === "new" ? [] : outcome;
      for (const event of claimed) {
        const { index, payload: json } = event;
        // A value that is already known is not parsed again.
        const value = index in payload ? payload[index] : parse(json);
        this.#handed.push(this.#hold(event, value, this.#options.handlerTimeout));
      }
      if (claimed.length < events.length) this.#isStale = true;
      return "stored";
    } finally {
      arrived();
      release();
      this.#beginHanded();
      // A poll in between has seen less room than there is now.
      this.#wake();
    }
  }

  /** Begins to take events, or polls at once when it already does. */
  start(): void {
    this.#isStale = true;
    this.#wake();
    if (this.#loop) return;
    const loop = {};
    this.#loop = loop;
    // Handlers run in the context of `start`, not in that of their delivery.
    this.#beginHanded = inOwnContext(() => {
      for (const begin of this.#handed.splice(0)) begin();
    });
    this.#beginHanded();
    this.#run(() => this.#loop === loop);
  }

  /** Takes no more events, and waits for those in progress. */
  async stop(): Promise<void> {
    this.#loop = undefined;
    this.#wake();
    await this.#until(() => this.#calling.taken === 0, 2 * storeTimeout);
    await this.#until(() => this.#inHand.size === 0, this.#lease);
  }

  /**
   * Takes events that are due, and waits for their handlers, until none are due or the time is nearly over.
   *
   * @throws StoreError when the store fails to return events.
   */
  async drain({ deadline = 5_000 }: DrainOptions): Promise<DrainResult> {
    if (!Number.isFinite(deadline) || deadline <= 0 || deadline > longestTimer) {
      throw invalidArgument("deadline", "deadline must be a time in ms.");
    }
    const result: DrainResult = { handled: 0, failed: 0, isDone: false };
    const limit = Math.min(this.#options.handlerTimeout, deadline / 2);
    const endsAt = performance.now() + deadline;
    // A tenth is reserved for reporting the last outcomes to the store.
    const timeLeft = () => endsAt - deadline / 10 - performance.now();
    const isIdle = () => this.#inHand.size + this.#promised.taken === 0;
    this.#isStale = true;
    try {
      while (timeLeft() > limit && (this.#isStale || !isIdle())) {
        await this.#ask(
          () => timeLeft() > limit,
          () => Math.min(limit, timeLeft()),
          result,
          // The time left when its events need half of the limit.
          () => timeLeft() - limit / 2,
        );
        await this.#until(() => this.#hasRoomForMore() || isIdle(), timeLeft() - limit);
      }
    } finally {
      await this.#until(isIdle, endsAt - performance.now());
    }
    result.isDone = !this.#isStale && isIdle();
    return result;
  }

  get #lease(): number {
    return this.#options.handlerTimeout + leaseMargin;
  }

  get #free(): number {
    return this.#options.concurrency - this.#inHand.size - this.#promised.taken;
  }

  #hasRoomForMore(): boolean {
    return this.#isStale && this.#free > 0;
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  /** Waits for a condition, for so many milliseconds at most; returns whether it holds. */
  async #until(isSo: () => boolean, milliseconds: number): Promise<boolean> {
    const endsAt = performance.now() + milliseconds;
    while (!isSo()) {
      const remaining = endsAt - performance.now();
      if (remaining <= 0) return false;
      await sleepUntilWoken(remaining, this.#wakes);
    }
    return true;
  }

  /** Polls the store for events. */
  async #run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      try {
        await this.#ask(goesOn, () => this.#options.handlerTimeout);
      } catch (error) {
        this.#reporter.report(error, { stage: "store" });
      }
      if (await this.#until(() => !goesOn() || this.#hasRoomForMore(), pollInterval)) continue;
      this.#isStale = true;
    }
  }

  /** Asks the store for events until none are due. */
  async #ask(
    goesOn: () => boolean,
    limit: () => number,
    result?: DrainResult,
    askLimit = () => storeTimeout,
  ): Promise<void> {
    while (goesOn() && this.#isStale) {
      const asked = this.#calling.hold(2 * storeTimeout);
      try {
        // Events that are completed together free their room together: one poll serves all of them. And a store in
        // this process answers without a turn of the event loop, however long its backlog.
        await (++this.#asked % breath === 0 && new Promise((resolve) => setTimeout(resolve)));
        await this.#settleOverdue(askLimit());
        const room = this.#free;
        // A delivery may have taken the room meanwhile; releasing it polls again. And a drain may have no time
        // left. A worker that was stopped meanwhile still polls, so that it has done so once between start and
        // stop.
        if (room <= 0 || (result && !goesOn())) return;
        this.#isStale = false;
        const release = this.#promised.hold(storeTimeout + pollInterval, room);
        try {
          const claimed = await this.#call(
            "claim",
            () => this.#store.claim(room, this.#lease, this.#options.namespace),
            areClaimed,
            Math.min(askLimit(), storeTimeout),
          );
          for (const event of claimed) {
            this.#hold(event, parse(event.payload), limit(), result)();
          }
        } finally {
          release();
        }
      } finally {
        asked();
        this.#wake();
      }
    }
  }

  /**
   * Waits for events whose leases may have ended while this process was frozen: the store would hand them out
   * again, although their handlers are done, and count an attempt each time.
   */
  async #settleOverdue(limit: number): Promise<void> {
    const now = Date.now();
    const overdue = [...this.#inHand].filter(([, settledBy]) => settledBy < now);
    if (overdue.length === 0) return;
    const time = Math.min(limit, overdueTimeout);
    await this.#until(() => !overdue.some(([held]) => this.#inHand.has(held)), time);
    // These will never be settled: the request that they ran in has ended.
    for (const [held] of overdue) this.#inHand.delete(held);
  }

  /** Reserves a place for the event; returns the function that begins to handle it. */
  #hold(claimed: ClaimedEvent, value: unknown, limit: number, result?: DrainResult): () => void {
    const held = {};
    this.#inHand.set(held, Date.now() + limit + leaseMargin / 2);
    return () => {
      this.#handle(claimed, value, limit, result)
        .catch((error) => {
          this.#reporter.report(error, { stage: "store" });
          return false;
        })
        .then((isSettled) => {
          this.#inHand.delete(held);
          // The next event of the same device may now be due. After a failure of the store it waits for the next
          // poll, as a broken store would be called without a pause.
          if (isSettled) this.#isStale = true;
          this.#wake();
        });
    };
  }

  /** Returns whether the store has kept the outcome of the event. */
  async #handle(
    claimed: ClaimedEvent,
    value: unknown,
    limit: number,
    result?: DrainResult,
  ): Promise<boolean> {
    const incoming = { ...claimed, value };
    try {
      // Attempts count when they begin: an event that kills its process is not tried for ever.
      if (claimed.attempt > this.#options.maxAttempts) {
        throw new Error("No attempt came to an end.");
      }
      await this.#handlers.run(incoming, limit);
    } catch (error) {
      if (result) result.failed++;
      return this.#fail(claimed, incoming, error);
    }
    const isDone = await this.#call<boolean>("complete", () => this.#store.complete(claimed));
    if (isDone) {
      this.#reporter.health.handled++;
      if (result) result.handled++;
    }
    return isDone;
  }

  async #fail(claimed: ClaimedEvent, incoming: Incoming, error: unknown): Promise<boolean> {
    const willRetry = claimed.attempt < this.#options.maxAttempts && !isInvalidEvent(error);
    // In this order, as the cut may split a character.
    const reason = describeError(error).slice(0, longestReason).toWellFormed();
    const retryAt = willRetry ? Date.now() + delayAfter(claimed.attempt) : undefined;
    let isTaken = false;
    try {
      isTaken = await this.#call<boolean>("fail", () => this.#store.fail(claimed, reason, retryAt));
      return isTaken;
    } finally {
      // It is also tried again when the store has not kept it as dead.
      this.#reporter.eventFailed(error, incoming, willRetry || !isTaken);
    }
  }

  /**
   * Calls the store; reports failures in words of this package. Events that arrive too late are given back:
   * otherwise nothing could take them until their leases end.
   */
  #call<T>(
    method: keyof EventStore,
    work: () => Promise<unknown>,
    isAnswer = (_answer: unknown): _answer is T => true,
    timeout = storeTimeout,
  ): Promise<T> {
    return callStore(
      { store: "eventStore", method, timeout },
      async (signal) => {
        const given = await work();
        if (signal.aborted && areClaimed(given)) await this.#giveBack(given);
        return given;
      },
      isAnswer,
      () => import("./host-failures.lazy.ts"),
    );
  }

  /**
   * Makes events due again after a pause, as each time counts as an attempt. Events that the store does not take
   * back are due when their leases end.
   */
  async #giveBack(events: readonly ClaimedEvent[]): Promise<void> {
    await Promise.allSettled(
      events.map(async (event) => {
        await this.#store.fail(event, "handed out late", Date.now() + delayAfter(event.attempt));
      }),
    );
  }
}

/** Whether the error says that the event can never be handled. */
function isInvalidEvent(error: unknown): boolean {
  return isWebhookVerificationError(error) && error.code === "invalid_event";
}

/** Undefined for text that is not JSON, which is no event either. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/** Pause from 0.5 s, doubled each time, up to 5 minutes; shortened at random by up to half, to spread retries. */
function delayAfter(attempt: number): number {
  return Math.min(300_000, 500 * 2 ** attempt) * (1 - Math.random() / 2);
}
