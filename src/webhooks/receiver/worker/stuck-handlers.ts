import type { ClaimedEvent } from "../../../storage/contracts/index.ts";
import { laneOf } from "../shared/lanes.ts";
import { ConditionVariable } from "./condition-variable.ts";
import type { EventStoreCalls } from "./event-store-calls.ts";

/** An event in the hands of a worker. */
export interface Held {
  /** By when it should be settled, in ms since the epoch. */
  settledBy: number;
}

/** Handlers that go on after their time limit. */
export interface Stuck {
  readonly claimed: ClaimedEvent;
  readonly value: unknown;
  readonly held: Held;
  /** Settles when the handlers have. */
  readonly work: Promise<unknown>;
}

/** Options of these. */
export interface StuckSettings {
  /** How long an event is held back for its handlers, in ms. */
  readonly limit: number;
  /** In ms. */
  readonly lease: number;
}

/**
 * Keeps handlers that go on after their time limit from running beside the next attempt at their event, or the next
 * event of its lane: the event stays in hand, and its lease is renewed, until they settle or a limit is reached.
 */
export class StuckHandlers {
  readonly #calls: EventStoreCalls;
  readonly #settings: StuckSettings;
  readonly #onFailure: (error: unknown) => void;
  /** Their lanes, and until when they close them at most, by `performance.now()`. */
  readonly #atWork = new Set<{ readonly lane: string; readonly endsAt: number }>();
  readonly #changes = new ConditionVariable();
  /** Another one after each `stop`. */
  #run = {};

  constructor(
    calls: EventStoreCalls,
    settings: StuckSettings,
    onFailure: (error: unknown) => void,
  ) {
    this.#calls = calls;
    this.#settings = settings;
    this.#onFailure = onFailure;
  }

  /** Whether handlers of this lane are still at work: a store that cannot renew leases hands out its events. */
  isClosed(claimed: ClaimedEvent, value: unknown): boolean {
    if (this.#atWork.size === 0) return false;
    const key = laneKey(claimed, value);
    return [...this.#atWork].some(({ lane, endsAt }) => lane === key && endsAt > performance.now());
  }

  /** Holds an event back. Resolves with why it no longer does. */
  async holdBack({ claimed, value, held, work }: Stuck): Promise<"settled" | "limit" | "stopped"> {
    const { limit, lease } = this.#settings;
    const run = this.#run;
    const endsAt = performance.now() + limit;
    // One for each handler: another one of the same lane may be at work, too.
    const stuck = { lane: laneKey(claimed, value), endsAt };
    this.#atWork.add(stuck);
    let isSettled = false;
    const settle = () => {
      isSettled = true;
      this.#atWork.delete(stuck);
      this.#changes.notify();
    };
    work.then(settle, settle);
    let isOurs: boolean | undefined = true;
    const isOver = () => isSettled || run !== this.#run;
    while (!isOver()) {
      const remaining = endsAt - performance.now();
      if (remaining <= 0) {
        this.#atWork.delete(stuck);
        return "limit";
      }
      // In steps, as the request that the handlers run in may end with all of its timers and promises.
      const step = Math.min(remaining, lease / 2);
      held.settledBy = Date.now() + step + lease / 2;
      if (isOurs) isOurs = await this.#renew(claimed);
      await this.#changes.until(isOver, step);
    }
    return isSettled ? "settled" : "stopped";
  }

  /** Holds nothing back any more. Lanes stay closed in this process until their time is over. */
  stop(): void {
    this.#run = {};
    this.#changes.notify();
  }

  async #renew(claimed: ClaimedEvent): Promise<boolean | undefined> {
    try {
      return await this.#calls.renew(claimed, this.#settings.lease);
    } catch (error) {
      this.#onFailure(error);
      return true;
    }
  }
}

function laneKey({ id }: ClaimedEvent, value: unknown): string {
  return laneOf(value) ?? `event:${id}`;
}
