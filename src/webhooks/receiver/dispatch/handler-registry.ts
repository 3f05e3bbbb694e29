import type { WebhookEvent } from "../../../../generated/types.ts";
import { refusals } from "../../verification/read-body.ts";
import { sortEvents, type UnknownWebhookEvent } from "../../verification/sort-events.ts";
import type { WebhookBatchHandler, WebhookHandler } from "../shared/handlers.ts";
import { namesOf } from "./event-patterns.ts";
import type { MootCheck } from "./moot-check.lazy.ts";

/** How the events of a batch handler are collected. */
export interface BatchLimits {
  readonly maxSize: number;
  readonly maxWait: number;
}

/** A handler of single events. */
export interface SingleRegistration {
  readonly handler: WebhookHandler<WebhookEvent>;
  readonly limits?: undefined;
}

/** A handler of batches. */
export interface BatchRegistration {
  readonly handler: WebhookBatchHandler<WebhookEvent>;
  readonly limits: BatchLimits;
}

/** One entry for each registration, as a function may be registered twice. */
export type Registration = SingleRegistration | BatchRegistration;

/** The receiver, as far as its handlers are concerned. */
interface HandlerOwner {
  readonly onUnknown?: WebhookHandler<UnknownWebhookEvent> | undefined;
}

/** The functions of the host that handle events. What calls them is loaded with the first delivery. */
export class HandlerRegistry {
  /** The handlers of each name, in the order in which they were added. */
  readonly byName: Map<string, Set<Registration>> = new Map();
  readonly checks: Set<MootCheck> = new Set();
  /** Read with each event: what observes a receiver replaces its handler. */
  readonly owner: HandlerOwner;
  // Passed on to what is loaded later: importing them there would make a file of them in each bundle.
  readonly sortEvents: typeof sortEvents = sortEvents;
  readonly refusals: typeof refusals = refusals;

  constructor(owner: HandlerOwner) {
    this.owner = owner;
  }

  /** Adds a handler; returns the function that removes it. */
  add(pattern: string, handler: (...given: never[]) => unknown, limits?: BatchLimits): () => void {
    // It gets what its pattern matches, as its type says.
    const registration = { handler, limits } as unknown as Registration;
    const sets = namesOf(pattern).map((name) => {
      const set = this.byName.get(name) ?? new Set();
      this.byName.set(name, set.add(registration));
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
    this.checks.add(entry);
    return () => {
      this.checks.delete(entry);
    };
  }
}
