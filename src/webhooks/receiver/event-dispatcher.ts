import type { WebhookEvent } from "../../../generated/types.ts";
import { EnodeError } from "../../errors/index.ts";
import { withTimeout } from "../../shared/with-timeout.ts";
import { refusals } from "../verification/read-body.ts";
import {
  type SortedEvents,
  sortEvents,
  type UnknownWebhookEvent,
} from "../verification/sort-events.ts";
import { namesOf, type WebhookEventFor, type WebhookEventPattern } from "./event-patterns.ts";
import type { MootCheck } from "./moot-check.lazy.ts";

/** What a handler receives beside the event. */
export interface WebhookContext {
  /**
   * The same for every attempt at this event, whatever ID its delivery has: use it as an idempotency key. It
   * consists of `[0-9a-f-]`, so that it can also be the ID of a job in a queue, a file name or a part of a URL.
   */
  readonly id: string;
  /** Enode's ID of the delivery. It is not signed. */
  readonly deliveryId: string | undefined;
  /** When the delivery arrived. */
  readonly receivedAt: Date;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** Aborted when the time for the handlers is over. */
  readonly signal: AbortSignal;
}

/** Handles one event. When it throws or rejects, the attempt counts as failed, and the event is handled again. */
export type WebhookHandler<Event> = (event: Event, context: WebhookContext) => unknown;

/** An event to be handled. */
export interface Incoming {
  readonly value: unknown;
  readonly index: number;
  readonly digest: string;
  readonly deliveryId: string | undefined;
  readonly receivedAt: number;
  readonly attempt: number;
}

/** One entry for each registration, as a function may be registered twice. */
interface Registration {
  readonly handler: WebhookHandler<never>;
}

/** Calls the handlers of events. */
export class EventDispatcher {
  readonly #byName = new Map<string, Set<Registration>>();
  readonly #onUnknown: WebhookHandler<UnknownWebhookEvent> | undefined;
  readonly #isMoot = new Set<MootCheck>();

  constructor(onUnknown: WebhookHandler<UnknownWebhookEvent> | undefined) {
    this.#onUnknown = onUnknown;
  }

  /** Adds a handler; returns the function that removes it. */
  add<Pattern extends WebhookEventPattern>(
    pattern: Pattern,
    handler: WebhookHandler<WebhookEventFor<Pattern>>,
  ): () => void {
    const registration: Registration = { handler };
    const sets = namesOf(pattern).map((name) => {
      const set = this.#byName.get(name) ?? new Set();
      this.#byName.set(name, set.add(registration));
      return set;
    });
    return () => {
      for (const set of sets) set.delete(registration);
    };
  }

  /** Adds a check by which a failed event may count as handled; returns the function that removes it. */
  forgive(check: MootCheck): () => void {
    // A new function, as one function may be added twice.
    const entry: MootCheck = (value, error) => check(value, error);
    this.#isMoot.add(entry);
    return () => {
      this.#isMoot.delete(entry);
    };
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
    const { value, index, digest, deliveryId, receivedAt, attempt } = incoming;
    const sorted: SortedEvents = { events: [], unknownEvents: [], invalidEvents: [] };
    sortEvents([value], sorted);
    const [event] = sorted.events;
    const [unknown] = sorted.unknownEvents;
    const name = (event ?? unknown)?.event;
    // Taken out first: the host's function must not get this object as `this`.
    const onUnknown = this.#onUnknown;
    const late = () =>
      new EnodeError(`The handlers of ${name} were not done within ${limit} ms.`, {
        code: "handler_timeout",
      });
    const endsAt = performance.now() + limit;
    const handle = async (signal: AbortSignal): Promise<boolean> => {
      const context = {
        id: `${digest}-${index}`,
        deliveryId,
        receivedAt: new Date(receivedAt),
        attempt,
        signal,
      };
      if (event) return this.#runKnown(event, context);
      if (!unknown) throw (await refusals()).ofEvent(index, sorted.invalidEvents[0]?.field);
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
      late,
    ).catch(async (error: unknown) => {
      // Most receivers have no check.
      if (this.#isMoot.size > 0) {
        const { isMoot } = await import("./moot-check.lazy.ts");
        if (await isMoot(this.#isMoot, value, error, endsAt)) return false;
      }
      throw error;
    });
  }

  async #runKnown(event: WebhookEvent, context: WebhookContext): Promise<boolean> {
    const registrations = [...(this.#byName.get(event.event) ?? [])];
    for (const { handler } of registrations) {
      // After the time limit the event has already counted as failed, and will be handled again.
      if (context.signal.aborted) break;
      // It was added under a pattern that matches this event.
      await (handler as WebhookHandler<WebhookEvent>)(event, context);
    }
    return registrations.length > 0;
  }
}
