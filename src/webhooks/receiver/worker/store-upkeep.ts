import { invalidArgument } from "../../../errors/configuration.ts";
import { callStore } from "../../../shared/call-store.ts";
import { unref } from "../../../shared/timers.ts";
import type { DeadLetter, EventCounts, EventStore } from "../../../storage/contracts/index.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import type { WorkerOptions } from "../shared/worker-options.ts";

/** Time limit for one call of the store, in ms: nobody waits for an answer to Enode. */
const storeTimeout = 60_000;
/** Least time from one count to the next, in ms. */
const countInterval = 10_000;
/** The same as a multiple of what a count takes, so that counting takes 1 % of the time. */
const countShare = 100;
/** How often old deliveries are deleted, in ms. */
const pruneInterval = 3_600_000;
/** When they first are, after `start`, in ms. */
const firstPrune = 10_000;

type Call = "counts" | "deadLetters" | "prune" | "revive";

/** What a receiver does with its store beside handling events: for its own namespace, on demand and on schedule. */
export class StoreUpkeep {
  readonly #store: EventStore;
  readonly #namespace: string;
  readonly #retention: number | undefined;
  readonly #reporter: ErrorReporter;
  /** The timers of `start`; undefined when it is stopped. */
  #timers: Set<ReturnType<typeof setTimeout>> | undefined;
  /** Calls that failed the last time. */
  readonly #failing = new Set<Call>();

  constructor(
    store: EventStore,
    { namespace, retention }: Pick<WorkerOptions, "namespace" | "retention">,
    reporter: ErrorReporter,
  ) {
    this.#store = store;
    this.#namespace = namespace;
    this.#retention = retention;
    this.#reporter = reporter;
  }

  /** The dead letters of the namespace, the latest first. */
  async deadLetters(limit = 100): Promise<DeadLetter[]> {
    checkWhole("limit", limit, 1);
    return this.#call("deadLetters", (store) => store.deadLetters(limit, this.#namespace), areAll);
  }

  /** Deletes old deliveries of the namespace. */
  async prune(before: number): Promise<number> {
    checkWhole("before", before, 0);
    return this.#call("prune", (store) => store.prune(before, this.#namespace), isCount);
  }

  /** Has dead letters handled again. */
  async revive(ids: readonly string[]): Promise<number> {
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) {
      throw invalidArgument("ids", "ids must be a list of IDs of dead letters.");
    }
    return this.#call("revive", (store) => store.revive(ids, this.#namespace), isCount);
  }

  /** Counts the events of the namespace, which `health` has from then on. */
  async counts(): Promise<EventCounts> {
    const counts = await this.#call(
      "counts",
      (store) => store.counts?.(this.#namespace),
      areCounts,
    );
    this.#reporter.health.events = { ...counts, countedAt: new Date() };
    return counts;
  }

  /** Begins to count and to delete on schedule. */
  start(): void {
    if (this.#timers) return;
    const timers = new Set<ReturnType<typeof setTimeout>>();
    this.#timers = timers;
    if (this.#store.counts) this.#repeat(timers, "counts", 0, () => this.counts(), countPause);
    const retention = this.#retention;
    if (retention === undefined) return;
    this.#repeat(
      timers,
      "prune",
      // Processes that start together do not delete together.
      firstPrune * (1 + Math.random()),
      () => this.prune(Date.now() - retention),
      () => pruneInterval * (0.9 + Math.random() / 5),
    );
  }

  stop(): void {
    for (const timer of this.#timers ?? []) clearTimeout(timer);
    this.#timers = undefined;
  }

  /** Repeats work until these timers are no longer those of the receiver. */
  #repeat(
    timers: Set<ReturnType<typeof setTimeout>>,
    call: Call,
    first: number,
    work: () => Promise<unknown>,
    pauseAfter: (duration: number) => number,
  ): void {
    const run = async () => {
      const startedAt = performance.now();
      try {
        await work();
        this.#failing.delete(call);
      } catch (error) {
        // Once until it works again: it is tried for ever.
        if (!this.#failing.has(call)) this.#reporter.report(error, { stage: "store" });
        this.#failing.add(call);
      }
      if (this.#timers === timers) wait(pauseAfter(performance.now() - startedAt));
    };
    const wait = (milliseconds: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, milliseconds);
      timers.add(timer);
      unref(timer);
    };
    wait(first);
  }

  async #call<T>(
    method: Call,
    work: (store: EventStore) => unknown,
    isAnswer: (answer: unknown) => answer is T,
  ): Promise<T> {
    const store = this.#store;
    const call = { store: "eventStore", method, timeout: storeTimeout };
    const failures = () => import("../shared/host-failures.lazy.ts");
    // Of the methods only this one is optional.
    if (!store[method]) {
      throw (await failures()).storeFailure(call, "is not a method of the store of the receiver");
    }
    return callStore(call, () => work(store), isAnswer, failures);
  }
}

function countPause(duration: number): number {
  return Math.max(countInterval, countShare * duration);
}

function checkWhole(parameter: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && Number(value) >= least) return;
  throw invalidArgument(parameter, `${parameter} must be a whole number from ${least}.`);
}

function areAll(answer: unknown): answer is DeadLetter[] {
  return Array.isArray(answer) && answer.every((letter) => letter?.id);
}

function isCount(answer: unknown): answer is number {
  return typeof answer === "number";
}

function areCounts(answer: unknown): answer is EventCounts {
  const counts = Object(answer) as Partial<EventCounts>;
  const { waiting, due, held, dead, oldestAge } = counts;
  return [waiting, due, held, dead, oldestAge].every((count) => typeof count === "number");
}
