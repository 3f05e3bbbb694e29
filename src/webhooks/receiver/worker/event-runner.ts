import { isWebhookVerificationError } from "../../../errors/index.ts";
import { describeError } from "../../../shared/describe-error.ts";
import type { ClaimedEvent } from "../../../storage/contracts/index.ts";
import type { EventDispatcher, PlannedItem } from "../dispatch/event-dispatcher.ts";
import { isDiscard, isRetryLater } from "../dispatch/handler-errors.ts";
import type { DrainResult } from "../shared/drain.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import type { Incoming } from "../shared/handlers.ts";
import type { WorkerOptions } from "../shared/worker-options.ts";
import { Circuit, type Verdict } from "./circuit.ts";
import type { EventStoreCalls } from "./event-store-calls.ts";
import { type Held, StuckHandlers } from "./stuck-handlers.ts";
import { postponeCounted, type Suspect, Suspects } from "./suspects.ts";

/** Length of the reason of a failure that a store keeps. */
const longestReason = 500;
/** For how many times of their time limit an event is held back for handlers that go on. */
const stuckFactor = 10;

/** An event to be handled. */
export interface Task {
  readonly claimed: ClaimedEvent;
  readonly value: unknown;
  /** Time limit for its handlers, in ms. */
  readonly limit: number;
  readonly held: Held;
  /** Whether it is tried while the circuit is open. */
  readonly isProbe: boolean;
  /** Called when the attempt is over; the handlers may still be at work. */
  readonly onEnd: () => void;
  readonly result: DrainResult | undefined;
}

/** An event that the store has handed out. */
export interface Handed {
  readonly claimed: ClaimedEvent;
  readonly value: unknown;
}

/** The same for handlers that take batches. */
export interface Batched extends Handed {
  readonly item: PlannedItem;
}

/** An event to be handled in a batch. */
export type BatchTask = Task & Batched;

/** Pause of an event that no handler had in time, in ms. */
const notBegunPause = 1_000;

/** Calls the handlers of events, and tells the store what has become of it. */
export class EventRunner {
  readonly circuit: Circuit;
  readonly suspects: Suspects;
  readonly stuck: StuckHandlers;
  readonly #calls: EventStoreCalls;
  readonly #handlers: EventDispatcher;
  readonly #reporter: ErrorReporter;
  readonly #maxAttempts: number;
  readonly #failures: number;
  readonly #stuckLimit: number;

  constructor(
    calls: EventStoreCalls,
    handlers: EventDispatcher,
    reporter: ErrorReporter,
    options: WorkerOptions & { readonly lease: number },
  ) {
    const { maxAttempts, circuit, handlerTimeout, lease } = options;
    this.#calls = calls;
    this.#handlers = handlers;
    this.#reporter = reporter;
    this.#maxAttempts = maxAttempts;
    this.#failures = circuit.failures;
    this.#stuckLimit = stuckFactor * handlerTimeout;
    this.circuit = new Circuit({ ...circuit, maxAttempts });
    this.suspects = new Suspects(calls, this.circuit, reporter, { lease, maxAttempts });
    this.stuck = new StuckHandlers(calls, { limit: this.#stuckLimit, lease }, this.storeFailed);
  }

  /** Reports a failure of the store; false, as nothing was kept. */
  readonly storeFailed = (error: unknown): boolean => {
    this.#reporter.report(error, { stage: "store" });
    return false;
  };

  /** How many events may be in hand. */
  get room(): number {
    return this.#handlers.room;
  }

  /** Parts the events to be handled in batches from the others. */
  sort(events: readonly Handed[]): { batches: Batched[][]; singles: Handed[] } {
    const singles: Handed[] = [];
    const batches: Batched[][] = [];
    /** The batch of each handler that is not full. */
    const open = new Map<unknown, Batched[]>();
    for (const handed of events) {
      const { claimed, value } = handed;
      const attempt = this.circuit.attemptOf(claimed);
      const item =
        attempt <= this.#maxAttempts && !this.stuck.isClosed(claimed, value)
          ? this.#handlers.planBatch({ ...claimed, value, attempt })
          : undefined;
      if (!item) {
        singles.push(handed);
        continue;
      }
      item.isAlone = this.circuit.hasFailed(claimed.id);
      const { key, plan } = item;
      const batch = open.get(key) ?? [];
      if (batch.length === 0) batches.push(batch);
      batch.push({ ...handed, item });
      const isFull = batch.length >= (plan[0]?.limits.maxSize ?? 1);
      open.set(key, isFull ? [] : batch);
    }
    return { batches, singles };
  }

  /**
   * Has events handled in a batch. Resolves when all of them are settled; never rejects.
   *
   * @param onSettled Gets events, and whether the store has kept their outcomes.
   */
  async runBatch(
    tasks: readonly BatchTask[],
    limit: number,
    onSettled: (tasks: readonly BatchTask[], isKept: boolean) => void,
  ): Promise<void> {
    await this.#handlers.runBatches(
      tasks.map(({ item }) => item),
      limit,
    );
    const done: BatchTask[] = [];
    const settling: Promise<void>[] = [];
    const settle = (some: readonly BatchTask[], outcome: Promise<boolean>) => {
      const kept = outcome.catch(this.storeFailed);
      settling.push(kept.then((isKept) => onSettled(some, isKept)));
    };
    // In their order: between two failures there may have been a success.
    for (const task of tasks) {
      const { claimed, item, result } = task;
      const { failure, incoming } = item;
      if (!failure) {
        done.push(task);
        if (!item.isForgiven) await this.#succeeded(claimed.id);
      } else if (failure.isBegun) {
        if (result) result.failed++;
        settle([task], this.#fail(task, incoming, failure.error, failure.running));
      } else settle([task], this.giveBack(claimed, notBegunPause));
    }
    // Otherwise each on its own: a call that fails or takes long says nothing of the others.
    const isOneCall = this.#calls.canCompleteMany && done.length > 0;
    for (const part of isOneCall ? [done] : done.map((task) => [task])) {
      settle(part, this.#complete(part));
    }
    await Promise.all(settling);
  }

  /** Returns whether the store has kept that some of them are done. */
  async #complete(tasks: readonly Task[]): Promise<boolean> {
    const answers = await this.#calls.complete(tasks.map(({ claimed }) => claimed));
    for (const [index, { result }] of tasks.entries()) {
      if (!answers[index]) continue;
      this.#reporter.health.handled++;
      if (result) result.handled++;
    }
    return answers.includes(true);
  }

  /** Returns whether the store has kept the outcome of the event. */
  async run(task: Task): Promise<boolean> {
    const { claimed, value, limit, result } = task;
    const incoming = { ...claimed, value, attempt: this.circuit.attemptOf(claimed) };
    let work: Promise<boolean> | undefined;
    let isOver = false;
    try {
      // Attempts count when they begin: an event that kills its process is not tried for ever.
      if (incoming.attempt > this.#maxAttempts) throw new Error("No attempt came to an end.");
      const wasHandled = await this.#handlers.run(incoming, limit, (begun) => {
        work = begun;
        const end = () => {
          isOver = true;
        };
        begun.then(end, end);
      });
      // Nothing is known of an outage by an event that has no handler.
      if (wasHandled) await this.#succeeded(claimed.id);
      else if (task.isProbe) this.circuit.probeIn(0);
    } catch (error) {
      if (result) result.failed++;
      return this.#fail(task, incoming, error, isOver ? undefined : work);
    }
    return this.#complete([task]);
  }

  /** Gives an event back that was not begun. */
  giveBack(claimed: ClaimedEvent, pause: number): Promise<boolean> {
    const attempts = this.circuit.attemptOf(claimed) - 1;
    return this.#postpone(claimed, { pause, attempts }, undefined);
  }

  /** Revives dead letters that an outage has made. */
  async revive(): Promise<void> {
    const ids = this.circuit.revivals;
    if (ids.length === 0) return;
    await this.#calls.revive(ids);
    this.#reporter.health.deadLetters -= this.circuit.revived(ids);
  }

  async #succeeded(id: string): Promise<void> {
    if (!this.circuit.succeeded(id)) return;
    const { health } = this.#reporter;
    health.circuit = "closed";
    delete health.circuitOpenedAt;
    await this.suspects.settle(true);
  }

  async #fail(
    task: Task,
    incoming: Incoming,
    error: unknown,
    work: Promise<unknown> | undefined,
  ): Promise<boolean> {
    const { claimed, isProbe } = task;
    const { attempt } = incoming;
    // In this order, as the cut may split a character.
    const reason = describeError(error).slice(0, longestReason).toWellFormed();
    if (isRetryLater(error)) {
      if (isProbe) this.circuit.probeAgain();
      return this.#postpone(claimed, { pause: error.after, attempts: attempt - 1 }, reason);
    }
    if (isForGood(error) || attempt > this.#maxAttempts) {
      if (isProbe) this.circuit.probeIn(0);
      return this.#reported(error, incoming, false, this.#calls.bury(claimed, reason));
    }
    const verdict = this.circuit.failed(claimed.id, attempt, isProbe);
    if (verdict.opens) await this.#opened(error);
    const suspect = { claimed, incoming, error, reason, verdict };
    if (work) {
      // A suspect is reported when it is known what becomes of it.
      if (!verdict.isSuspect) {
        this.#reporter.eventFailed(error, incoming, verdict.willRetry);
        if (isProbe) await this.suspects.settle(false);
      }
      task.onEnd();
      return this.#settleLate({ ...task, work }, suspect);
    }
    if (verdict.isSuspect) {
      await this.suspects.add(suspect);
      return true;
    }
    const settled = this.#settle(claimed, verdict, reason);
    try {
      return await this.#reported(error, incoming, verdict.willRetry, settled);
    } finally {
      if (isProbe) await this.suspects.settle(false);
    }
  }

  /** Reports a failed attempt when the store has kept what is to become of the event. */
  async #reported(
    error: unknown,
    incoming: Incoming,
    willRetry: boolean,
    settled: Promise<boolean>,
  ): Promise<boolean> {
    let isTaken = false;
    try {
      isTaken = await settled;
      return isTaken;
    } finally {
      // It is also tried again when the store has not kept it as dead.
      this.#reporter.eventFailed(error, incoming, willRetry || !isTaken);
    }
  }

  async #settleLate(
    stuck: Task & { readonly work: Promise<unknown> },
    suspect: Omit<Suspect, "isHeld">,
  ): Promise<boolean> {
    const { claimed, incoming, error, reason, verdict } = suspect;
    const outcome = await this.stuck.holdBack(stuck);
    if (outcome === "limit") {
      const { digest, deliveryId, attempt, value: event } = incoming;
      const { willRetry } = verdict;
      const { ofStuck } = await import("../shared/host-failures.lazy.ts");
      const context = { stage: "event", digest, deliveryId, event, attempt, willRetry } as const;
      this.#reporter.report(ofStuck(this.#stuckLimit), context);
    }
    if (verdict.isSuspect) {
      if (outcome !== "stopped" && this.circuit.isOpen) {
        await this.suspects.add(suspect);
        return true;
      }
      this.#reporter.eventFailed(error, incoming, true);
    }
    // Another process takes the event when its lease ends.
    if (outcome === "stopped") return false;
    return this.#settle(claimed, verdict, reason);
  }

  async #settle(claimed: ClaimedEvent, verdict: Verdict, reason: string): Promise<boolean> {
    if (verdict.willRetry) return this.#postpone(claimed, verdict, reason);
    const isTaken = await this.#calls.bury(claimed, reason);
    if (isTaken) this.circuit.died(claimed.id, verdict.period);
    return isTaken;
  }

  #postpone(
    event: ClaimedEvent,
    { pause, attempts }: { readonly pause: number; readonly attempts: number },
    reason: string | undefined,
  ): Promise<boolean> {
    return postponeCounted(this.#calls, this.circuit, { event, pause, attempts, reason });
  }

  async #opened(error: unknown): Promise<void> {
    const { health } = this.#reporter;
    health.circuit = "open";
    health.circuitOpenedAt = new Date();
    const { ofCircuit } = await import("../shared/host-failures.lazy.ts");
    this.#reporter.report(ofCircuit(this.#failures, error), { stage: "circuit" });
    try {
      await this.revive();
    } catch (failure) {
      // It is done before the next probe.
      this.storeFailed(failure);
    }
  }
}

/** Whether an event can never be handled, whatever is up or down. */
function isForGood(error: unknown): boolean {
  return isDiscard(error) || (isWebhookVerificationError(error) && error.code === "invalid_event");
}
