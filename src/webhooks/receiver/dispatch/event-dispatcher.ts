import type { WebhookEvent } from "../../../../generated/types.ts";
import { EnodeError } from "../../../errors/base.ts";
import { withTimeout } from "../../../shared/with-timeout.ts";
import type { SortedEvents } from "../../verification/sort-events.ts";
import type { Incoming, WebhookContext } from "../shared/handlers.ts";
import type { BatchItem, BatchLane, BatchQueue } from "./batch-queue.lazy.ts";
import type { BatchRegistration, HandlerRegistry } from "./handler-registry.ts";

/** The handlers of an event, all of which take batches. */
type BatchPlan = readonly BatchRegistration[];

/** An event for handlers of batches, and which ones. */
export interface PlannedItem extends BatchItem {
  readonly plan: BatchPlan;
  /** The same for events that are handled together. */
  readonly key: unknown;
}

/** Most events that are in hand where all handlers take batches. */
const maxInHand = 1_000;

/** Calls the handlers of events. */
export class EventDispatcher {
  readonly #registry: HandlerRegistry;
  readonly #concurrency: number;
  readonly #mayWait: boolean;
  readonly #queues = new Map<BatchRegistration, BatchQueue>();

  /**
   * @param concurrency How many batches of a handler are handled at the same time.
   * @param mayWait Whether batches wait for events of other deliveries.
   */
  constructor(registry: HandlerRegistry, concurrency: number, mayWait: boolean) {
    this.#registry = registry;
    this.#concurrency = concurrency;
    this.#mayWait = mayWait;
  }

  /**
   * How many events may be in hand. Where all handlers take batches, so many that each of the batches that are handled
   * at the same time can be full.
   */
  get room(): number {
    let size = maxInHand;
    let isBatched = false;
    for (const registrations of this.#registry.byName.values()) {
      for (const { limits } of registrations) {
        if (!limits) return this.#concurrency;
        isBatched = true;
        size = Math.min(size, this.#concurrency * limits.maxSize);
      }
    }
    return isBatched ? Math.max(size, this.#concurrency) : this.#concurrency;
  }

  /**
   * What {@link runBatches} takes, when all handlers of the event take batches.
   *
   * @param lane For events of one lane that are in hand together.
   */
  planBatch(incoming: Incoming, lane?: BatchLane): PlannedItem | undefined {
    const sorted: SortedEvents = { events: [], unknownEvents: [], invalidEvents: [] };
    this.#registry.sortEvents([incoming.value], sorted);
    const [event] = sorted.events;
    if (!event) return undefined;
    const plan: BatchRegistration[] = [];
    for (const registration of this.#registry.byName.get(event.event) ?? []) {
      if (!registration.limits) return undefined;
      plan.push(registration);
    }
    if (plan.length === 0) return undefined;
    // Events of several names that have the same handler are handled together.
    const key = plan.length === 1 ? plan[0] : event.event;
    return { incoming, event, lane, plan, key, endsAt: 0, failure: undefined };
  }

  /** Has events handled in batches. Resolves when each of them is done, or has its failure. */
  async runBatches(items: readonly PlannedItem[], limit: number): Promise<void> {
    const endsAt = performance.now() + limit;
    const groups = new Map<unknown, PlannedItem[]>();
    for (const item of items) {
      item.endsAt = endsAt;
      const group = groups.get(item.key);
      if (group) group.push(item);
      else groups.set(item.key, [item]);
    }
    await Promise.all([...groups.values()].map((group) => this.#runGroup(group)));
    await Promise.all(items.map((item) => this.#forgive(item)));
  }

  async #forgive(item: PlannedItem): Promise<void> {
    const { failure, incoming, endsAt } = item;
    if (!failure?.isBegun || failure.running) return;
    try {
      item.isForgiven = await this.#isMoot(incoming.value, failure.error, endsAt);
      if (item.isForgiven) item.failure = undefined;
    } catch (error) {
      // The check cannot be loaded. Whatever its handler says, the event is tried again: it may be about an erased user.
      item.failure = { error, isBegun: true };
    }
  }

  async #runGroup(group: readonly PlannedItem[]): Promise<void> {
    for (const registration of group[0]?.plan ?? []) {
      const left = group.filter(({ failure }) => failure === undefined);
      try {
        await (await this.#queueOf(registration)).run(left, true);
      } catch (error) {
        // The queue cannot be loaded, as after a deployment that has removed its file.
        for (const item of left) item.failure = { error, isBegun: true };
      }
    }
  }

  async #queueOf(registration: BatchRegistration): Promise<BatchQueue> {
    let queue = this.#queues.get(registration);
    if (queue) return queue;
    const { BatchQueue } = await import("./batch-queue.lazy.ts");
    const { handler, limits } = registration;
    queue = this.#queues.get(registration);
    queue ??= new BatchQueue(
      handler,
      this.#mayWait ? limits : { ...limits, maxWait: 0 },
      this.#concurrency,
      { withTimeout, contextOf, late },
    );
    this.#queues.set(registration, queue);
    return queue;
  }

  /**
   * Runs the handlers of an event, in the order in which they were added, until one fails; resolves with whether there
   * was one.
   *
   * @param onBegin Gets the promise of the handlers, which may settle only after the time limit.
   * @throws what the handler throws; EnodeError with code `handler_timeout`; WebhookVerificationError with
   * code `invalid_event` when no handler could handle the event
   */
  run(
    incoming: Incoming,
    limit: number,
    onBegin: (work: Promise<boolean>) => void = () => undefined,
  ): Promise<boolean> {
    const { value, index } = incoming;
    const sorted: SortedEvents = { events: [], unknownEvents: [], invalidEvents: [] };
    this.#registry.sortEvents([value], sorted);
    const [event] = sorted.events;
    const [unknown] = sorted.unknownEvents;
    const name = (event ?? unknown)?.event;
    // Taken out first: the host's function must not get this object as `this`.
    const { onUnknown } = this.#registry.owner;
    const endsAt = performance.now() + limit;
    const handle = async (signal: AbortSignal): Promise<boolean> => {
      const context = contextOf(incoming, signal);
      if (event) return this.#runKnown(event, context, incoming, endsAt);
      if (!unknown)
        throw (await this.#registry.refusals()).ofEvent(index, sorted.invalidEvents[0]?.field);
      await onUnknown?.(unknown, context);
      return onUnknown !== undefined;
    };
    return withTimeout(
      limit,
      (signal) => {
        const work = handle(signal);
        onBegin(work);
        return work;
      },
      () => late(`${name}`, limit),
    ).catch(async (error: unknown) => {
      if (await this.#isMoot(value, error, endsAt)) return false;
      throw error;
    });
  }

  async #isMoot(value: unknown, error: unknown, endsAt: number): Promise<boolean> {
    const { checks } = this.#registry;
    // Most receivers have no check.
    if (checks.size === 0) return false;
    const { isMoot } = await import("./moot-check.lazy.ts");
    return isMoot(checks, value, error, endsAt);
  }

  async #runKnown(
    event: WebhookEvent,
    context: WebhookContext,
    incoming: Incoming,
    endsAt: number,
  ): Promise<boolean> {
    const registrations = [...(this.#registry.byName.get(event.event) ?? [])];
    for (const registration of registrations) {
      // After the time limit the event has already counted as failed, and will be handled again.
      if (context.signal.aborted) break;
      if (registration.limits) {
        const item: BatchItem = { incoming, event, lane: undefined, endsAt, failure: undefined };
        await (await this.#queueOf(registration)).run([item], false);
        // Typed again, as it is the queue that sets it.
        const { failure } = item as BatchItem;
        if (!failure) continue;
        // Its time is over, but who waits for the end of the handlers waits for this one, too.
        await Promise.allSettled([failure.running]);
        throw failure.error;
      }
      const { handler } = registration;
      await handler(event, context);
    }
    return registrations.length > 0;
  }
}

function contextOf(incoming: Incoming, signal: AbortSignal): WebhookContext {
  const { index, digest, deliveryId, receivedAt, attempt } = incoming;
  return {
    id: `${digest}-${index}`,
    deliveryId,
    receivedAt: new Date(receivedAt),
    attempt,
    signal,
  };
}

function late(what: string, limit: number): EnodeError {
  return new EnodeError(`The handlers of ${what} were not done within ${limit} ms.`, {
    code: "handler_timeout",
  });
}
