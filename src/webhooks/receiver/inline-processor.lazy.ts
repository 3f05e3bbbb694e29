import { isStoreError } from "../../errors/index.ts";
import type { VerifiedWebhook } from "../verification/verify.ts";
import type { BatchLane } from "./dispatch/batch-queue.lazy.ts";
import { EventDispatcher, type PlannedItem } from "./dispatch/event-dispatcher.ts";
import { isDiscard } from "./dispatch/handler-errors.ts";
import type { HandlerRegistry } from "./dispatch/handler-registry.ts";
import type { ErrorReporter } from "./shared/error-reporter.ts";
import type { Incoming } from "./shared/handlers.ts";
import { Lanes, laneOf } from "./shared/lanes.ts";
import type { WorkerOptions } from "./shared/worker-options.ts";

/** Number of deliveries that are remembered, to recognise their copies. */
const maxRemembered = 10_000;

/** The state of one delivery. */
interface Memory {
  /** Indexes of its events that are still to be handled. */
  readonly left: Set<number>;
  /** How many attempts have begun. */
  attempts: number;
  /** How many of them have ended. */
  ended: number;
  /** When the latest attempt will be over, by `performance.now()`. */
  endsAt: number;
  /** The latest failure. A handler may use a store, too. */
  failure: "failed" | "store_failed";
}

/** The outcome of a delivery. */
export type InboxOutcome = "handled" | "duplicate" | "failed" | "store_failed";

type NewEvent = Omit<Incoming, "attempt">;

/** Handles deliveries before they are answered, in the memory of this process. */
export class InlineProcessor {
  readonly #handlers: HandlerRegistry;
  readonly #reporter: ErrorReporter;
  readonly #limit: number;
  readonly #concurrency: number;
  readonly #lanes: Lanes;
  /** One lane for the copies of each delivery. */
  readonly #copies = new Lanes(Number.POSITIVE_INFINITY);
  readonly #memories = new Map<string, Memory>();

  constructor(
    handlers: HandlerRegistry,
    reporter: ErrorReporter,
    { handlerTimeout, concurrency }: Pick<WorkerOptions, "handlerTimeout" | "concurrency">,
  ) {
    this.#handlers = handlers;
    this.#reporter = reporter;
    this.#limit = handlerTimeout;
    this.#concurrency = concurrency;
    this.#lanes = new Lanes(concurrency);
  }

  /** Handles a delivery, and reports its values that are not events. */
  async take({
    digest,
    deliveryId,
    payload,
    invalidEvents,
  }: VerifiedWebhook): Promise<InboxOutcome> {
    const receivedAt = Date.now();
    const events = payload.map((value, index) => {
      return { value, index, digest, deliveryId, receivedAt };
    });
    // These can never be handled, so it would not help to have them sent again.
    const invalid = new Set(invalidEvents.map(({ index }) => index));
    const outcome = await this.receive(
      digest,
      events.filter(({ index }) => !invalid.has(index)),
    );
    if (outcome === "duplicate" || invalidEvents.length === 0) return outcome;
    const { ofEvent } = await import("../verification/refusals.lazy.ts");
    for (const { index, field, payload: value } of invalidEvents) {
      const event = { value, index, digest, deliveryId, receivedAt, attempt: 1 };
      this.#reporter.eventFailed(ofEvent(index, field), event, false);
    }
    return outcome;
  }

  /**
   * Handles the events of a delivery that are not handled yet. Of copies that arrive at the same time one is
   * handled, and the others wait for its outcome; of a delivery that failed in part, the rest is tried again.
   */
  async receive(digest: string, events: readonly NewEvent[]): Promise<InboxOutcome> {
    const memory = this.#memories.get(digest) ?? this.#remember(digest, events);
    const { ended } = memory;
    const endsAt = performance.now() + this.#limit;
    let isMine = false;
    await this.#copies.run([digest], endsAt, async () => {
      // Another copy has just had its attempt, and this one shares its outcome.
      if (memory.ended > ended || (ended > 0 && memory.left.size === 0)) return;
      isMine = true;
      memory.endsAt = endsAt;
      await this.#handleAll(memory, events, endsAt);
      memory.ended++;
      memory.endsAt = 0;
    });
    if (memory.left.size > 0) return memory.failure;
    return isMine ? "handled" : "duplicate";
  }

  #remember(digest: string, events: readonly NewEvent[]): Memory {
    for (const [old, { endsAt }] of this.#memories) {
      if (this.#memories.size < maxRemembered) break;
      if (endsAt <= performance.now()) this.#memories.delete(old);
    }
    const left = new Set(events.map(({ index }) => index));
    const memory: Memory = { left, attempts: 0, ended: 0, endsAt: 0, failure: "failed" };
    this.#memories.set(digest, memory);
    return memory;
  }

  async #handleAll(memory: Memory, events: readonly NewEvent[], endsAt: number): Promise<void> {
    const attempt = ++memory.attempts;
    // One for each delivery: on Workers a request must not wait for the work of another one.
    const dispatcher = new EventDispatcher(this.#handlers, this.#concurrency, false);
    const lanes = new Map<unknown, Incoming[]>();
    for (const event of events) {
      // An event about no device and no user has a lane of its own.
      const lane = laneOf(event.value) ?? event;
      if (!memory.left.has(event.index)) continue;
      const inLane = lanes.get(lane);
      if (inLane) inLane.push({ ...event, attempt });
      else lanes.set(lane, [{ ...event, attempt }]);
    }
    const batched: PlannedItem[] = [];
    const batchedLanes: unknown[] = [];
    const work: Promise<void>[] = [];
    for (const [lane, inLane] of lanes) {
      const state: BatchLane = { isBusy: false, hasFailed: false };
      const planned = inLane.flatMap((event) => dispatcher.planBatch(event, state) ?? []);
      if (planned.length === inLane.length) {
        batched.push(...planned);
        batchedLanes.push(lane);
        continue;
      }
      const run = async () => {
        for (const event of inLane) {
          // Later events of the lane wait for a failed one, and are sent again with it.
          if (!(await this.#handle(dispatcher, event, endsAt, memory))) break;
        }
      };
      work.push(this.#lanes.run([lane], endsAt, run));
    }
    if (batched.length > 0) {
      batched.sort((one, other) => one.incoming.index - other.incoming.index);
      const run = () => this.#handleBatched(dispatcher, batched, endsAt, memory);
      work.push(this.#lanes.run(batchedLanes, endsAt, run));
    }
    await Promise.all(work);
  }

  /** Handles events whose handlers all take batches: those of a lane that have the same handler in one batch. */
  async #handleBatched(
    dispatcher: EventDispatcher,
    items: readonly PlannedItem[],
    endsAt: number,
    memory: Memory,
  ): Promise<void> {
    let left = items;
    while (left.length > 0) {
      const remaining = endsAt - performance.now();
      if (remaining <= 0) return;
      /** What the next event of each lane must have in common with the one before it. */
      const keys = new Map<unknown, unknown>();
      const wave: PlannedItem[] = [];
      const later: PlannedItem[] = [];
      for (const item of left) {
        const { lane, key, plan } = item;
        if (lane?.hasFailed) continue;
        const fits = !keys.has(lane) || keys.get(lane) === key;
        (fits ? wave : later).push(item);
        // Of several handlers the last one has an event before the first one has the next of its lane.
        keys.set(lane, fits && plan.length === 1 ? key : item);
      }
      await dispatcher.runBatches(wave, remaining);
      for (const { incoming, failure, lane } of wave) {
        if (!failure) this.#succeeded(incoming, memory);
        else if (failure.isBegun && this.#failed(failure.error, incoming, memory) && lane) {
          lane.hasFailed = false;
        }
      }
      left = later;
    }
  }

  async #handle(
    dispatcher: EventDispatcher,
    event: Incoming,
    endsAt: number,
    memory: Memory,
  ): Promise<boolean> {
    const remaining = Math.ceil(endsAt - performance.now());
    // No time is left to begin.
    if (remaining <= 0) return false;
    try {
      await dispatcher.run(event, remaining);
      this.#succeeded(event, memory);
      return true;
    } catch (error) {
      return this.#failed(error, event, memory);
    }
  }

  #succeeded({ index }: Incoming, memory: Memory): void {
    memory.left.delete(index);
    this.#reporter.health.handled++;
  }

  /** Returns whether the event is done with all the same, as its handler has given it up. */
  #failed(error: unknown, event: Incoming, memory: Memory): boolean {
    const isGivenUp = isDiscard(error);
    if (isGivenUp) memory.left.delete(event.index);
    else memory.failure = isStoreError(error) ? "store_failed" : "failed";
    this.#reporter.eventFailed(error, event, !isGivenUp);
    return isGivenUp;
  }
}
