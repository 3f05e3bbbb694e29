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
import type { EventDispatcher, Incoming } from "./event-dispatcher.ts";
import { laneOf } from "./lanes.ts";
import { areClaimed, isOutcome } from "./store-answers.ts";

/** Time for one call of the store: less than the 5 s after which Enode stops waiting for its answer. */
const storeTimeout = 4_000;
/** The longest time that a timer can hold, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;
/** How often the store is asked for events when nothing says that there are some. */
const pollInterval = 1_000;
/** After how many questions in a row others get their turn. */
const breath = 20;
/** Lease beyond the time of the handlers, for what the worker itself does: more than two calls of the store. */
const leaseMargin = 10_000;
/** How long to wait, after a jump of time, for the events in hand whose leases may have ended meanwhile. */
const overdueTimeout = 3_000;
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
export class StoreWorker {
  readonly #store: EventStore;
  readonly #handlers: EventDispatcher;
  readonly #reporter: ErrorReporter;
  readonly #options: WorkerOptions;
  /** Events whose handlers run, each with when it should be settled by, in ms since the epoch. */
  readonly #inHand = new Map<object, number>();
  /** Calls of the store that bring a delivery or fetch events. */
  readonly #calling = new Capacity();
  /** Room for events that the store is about to hand out. */
  readonly #promised = new Capacity();
  /** Wake those who wait for something to change. */
  readonly #wakes = new Set<() => void>();
  /** What the store has handed out for deliveries. */
  #handed: (() => void)[] = [];
  /** Begins those, in the context of `start`. */
  #beginHanded: () => void = () => undefined;
  /** The loop that takes events, since `start`. */
  #loop: object | undefined;
  #asked = 0;
  /** Something may have come up since the store was last asked. */
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

  /** Keeps a delivery, and takes those of its events that the store hands out at once. */
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
        // What is known already is not parsed again.
        const value = index in payload ? payload[index] : parse(json);
        this.#handed.push(this.#hold(event, value, this.#options.handlerTimeout));
      }
      if (claimed.length < events.length) this.#isStale = true;
      return "stored";
    } finally {
      arrived();
      release();
      this.#beginHanded();
      // Also who has asked meanwhile was told that there is less room.
      this.#wake();
    }
  }

  /** Begins to take events, or looks for some at once when it does so already. */
  start(): void {
    this.#isStale = true;
    this.#wake();
    if (this.#loop) return;
    const loop = {};
    this.#loop = loop;
    // Handlers run in the context of who has started them, not in that of the delivery they came with.
    this.#beginHanded = inOwnContext(() => {
      for (const begin of this.#handed.splice(0)) begin();
    });
    this.#beginHanded();
    this.#run(() => this.#loop === loop);
  }

  /** Takes no more events, and waits for those that it has taken. */
  async stop(): Promise<void> {
    this.#loop = undefined;
    this.#wake();
    await this.#until(() => this.#calling.taken === 0, 2 * storeTimeout);
    await this.#until(() => this.#inHand.size === 0, this.#lease);
  }

  /**
   * Takes events that are due, and waits for them, until there are none or the time is nearly over.
   *
   * @throws StoreError when the store cannot be asked for events.
   */
  async drain({ deadline = 5_000 }: DrainOptions): Promise<DrainResult> {
    if (!Number.isFinite(deadline) || deadline <= 0 || deadline > longestTimer) {
      throw invalidArgument("deadline", "deadline must be a time in ms.");
    }
    const result: DrainResult = { handled: 0, failed: 0, isDone: false };
    const limit = Math.min(this.#options.handlerTimeout, deadline / 2);
    const endsAt = performance.now() + deadline;
    // What is kept for telling the store what became of the last ones.
    const timeLeft = () => endsAt - deadline / 10 - performance.now();
    const isIdle = () => this.#inHand.size + this.#promised.taken === 0;
    this.#isStale = true;
    try {
      while (timeLeft() > limit && (this.#isStale || !isIdle())) {
        await this.#ask(
          () => timeLeft() > limit,
          () => Math.min(limit, timeLeft()),
          result,
          // What is left when its events are to have half of their time.
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

  /** Waits until something is so, but no longer than so many milliseconds; tells whether it is. */
  async #until(isSo: () => boolean, milliseconds: number): Promise<boolean> {
    const endsAt = performance.now() + milliseconds;
    while (!isSo()) {
      const remaining = endsAt - performance.now();
      if (remaining <= 0) return false;
      await sleepUntilWoken(remaining, this.#wakes);
    }
    return true;
  }

  /** Asks the store for events, again and again. */
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

  /** Asks the store for events, until it has no more that are due. */
  async #ask(
    goesOn: () => boolean,
    limit: () => number,
    result?: DrainResult,
    askLimit = () => storeTimeout,
  ): Promise<void> {
    while (goesOn() && this.#isStale) {
      const asked = this.#calling.hold(2 * storeTimeout);
      try {
        // Events that are completed together make room together: one question for all of them. And a store in
        // this process answers without the event loop getting its turn, however long its backlog.
        await (++this.#asked % breath === 0 && new Promise((resolve) => setTimeout(resolve)));
        await this.#settleOverdue(askLimit());
        const room = this.#free;
        // A delivery has taken it meanwhile; who makes room again asks again. And a drain may have no time left;
        // a worker that is stopped meanwhile asks, so that it has asked once between start and stop.
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
   * Lets events be settled whose leases may have ended while this process was frozen: the store would hand them
   * out again, although their handlers were done, and count an attempt each time.
   */
  async #settleOverdue(limit: number): Promise<void> {
    const now = Date.now();
    const overdue = [...this.#inHand].filter(([, settledBy]) => settledBy < now);
    if (overdue.length === 0) return;
    const time = Math.min(limit, overdueTimeout);
    await this.#until(() => !overdue.some(([held]) => this.#inHand.has(held)), time);
    // Nothing will become of these any more: the request that they ran in has ended.
    for (const [held] of overdue) this.#inHand.delete(held);
  }

  /** Makes a place the event's; gives the function that begins with it. */
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
          // The next one of the same device may now be handed out. After a failure of the store it is left to
          // the next poll, or one that is broken would be asked without a pause.
          if (isSettled) this.#isStale = true;
          this.#wake();
        });
    };
  }

  /** Tells whether the store has taken what became of the event. */
  async #handle(
    claimed: ClaimedEvent,
    value: unknown,
    limit: number,
    result?: DrainResult,
  ): Promise<boolean> {
    const incoming = { ...claimed, value };
    try {
      // Attempts count when they begin: one that kills its process is not tried for ever.
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
    // In this order, as the end may be in the middle of a character.
    const reason = describeError(error).slice(0, longestReason).toWellFormed();
    const retryAt = willRetry ? Date.now() + delayAfter(claimed.attempt) : undefined;
    let isTaken = false;
    try {
      isTaken = await this.#call<boolean>("fail", () => this.#store.fail(claimed, reason, retryAt));
      return isTaken;
    } finally {
      // It comes again also when the store did not take it for dead.
      this.#reporter.eventFailed(error, incoming, willRetry || !isTaken);
    }
  }

  /**
   * Has the store do something; tells what went wrong in words of this package. Events that come too late are given
   * back: otherwise nobody would have them until their leases end.
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
   * Has events handed out again after a pause, as each time counts as an attempt. Those that the store does not take
   * back come when their leases end.
   */
  async #giveBack(events: readonly ClaimedEvent[]): Promise<void> {
    await Promise.allSettled(
      events.map(async (event) => {
        await this.#store.fail(event, "handed out late", Date.now() + delayAfter(event.attempt));
      }),
    );
  }
}

/** Whether it was found that nobody can handle the event. */
function isInvalidEvent(error: unknown): boolean {
  return isWebhookVerificationError(error) && error.code === "invalid_event";
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
