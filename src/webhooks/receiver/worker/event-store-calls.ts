import { callStore } from "../../../shared/call-store.ts";
import type {
  ClaimedEvent,
  DeliveryRecord,
  EventStore,
  Postponement,
} from "../../../storage/contracts/index.ts";
import { areBooleans, areClaimed, isNumber, isOutcome } from "./store-answers.ts";

/** Time limit for one call of the store: less than the 5 s that Enode waits for an answer. */
export const storeTimeout = 4_000;
/** Pause of an event that was handed out too late, in ms. */
const latePause = 1_000;

/** Calls the store of the host for a worker. What a store does not offer is done with what every store has. */
export class EventStoreCalls {
  readonly #store: EventStore;
  readonly #namespace: string;

  constructor(store: EventStore, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
  }

  /** Whether the store hands out events as it keeps them. */
  get canClaimArrivals(): boolean {
    return this.#store.appendAndClaim !== undefined;
  }

  /** Whether the store completes several events in one call. */
  get canCompleteMany(): boolean {
    return this.#store.completeMany !== undefined;
  }

  /** Keeps a delivery; with a limit the store hands out so many of its events. */
  add(
    delivery: DeliveryRecord,
    limit: number,
    lease: number,
  ): Promise<"new" | "duplicate" | ClaimedEvent[]> {
    const method = limit > 0 ? "appendAndClaim" : "append";
    return this.#call(method, async () => this.#store[method]?.(delivery, limit, lease), isOutcome);
  }

  claim(limit: number, lease: number, timeout: number): Promise<ClaimedEvent[]> {
    const work = () => this.#store.claim(limit, lease, this.#namespace);
    return this.#call("claim", work, areClaimed, Math.min(timeout, storeTimeout));
  }

  /** Completes events: several only where {@link canCompleteMany}. */
  async complete(events: readonly ClaimedEvent[]): Promise<boolean[]> {
    const [event] = events;
    if (event && events.length === 1) {
      return [await this.#call<boolean>("complete", () => this.#store.complete(event))];
    }
    const work = async () => this.#store.completeMany?.(events);
    return this.#call("completeMany", work, areBooleans);
  }

  /** Makes a dead letter of an event. */
  bury(event: ClaimedEvent, reason: string): Promise<boolean> {
    return this.#call<boolean>("fail", () => this.#store.fail(event, reason));
  }

  /**
   * Gives an event back to be handed out after a pause; returns how many attempts the store counts then, or undefined
   * when the event was no longer this worker's.
   */
  async postpone(postponement: Postponement): Promise<number | undefined> {
    const { event, pause, attempts, reason = "handed out in vain" } = postponement;
    if (this.#store.postpone) {
      const work = async () => this.#store.postpone?.([postponement]);
      const [isTaken] = await this.#call("postpone", work, areBooleans);
      return isTaken ? attempts : undefined;
    }
    const retryAt = Date.now() + pause;
    const isTaken = await this.#call<boolean>("fail", () =>
      this.#store.fail(event, reason, retryAt),
    );
    return isTaken ? event.attempt : undefined;
  }

  /** Has the lease of an event end later; undefined when the store cannot. */
  async renew(event: ClaimedEvent, lease: number): Promise<boolean | undefined> {
    if (!this.#store.renew) return undefined;
    const work = async () => this.#store.renew?.([event], lease);
    const [isHeld] = await this.#call("renew", work, areBooleans);
    return isHeld === true;
  }

  revive(ids: readonly string[]): Promise<number> {
    return this.#call("revive", () => this.#store.revive(ids, this.#namespace), isNumber);
  }

  /** Has the store call back when another process has added events; returns the function that ends it. */
  listen(onEvents: () => void, onFailure: (error: unknown) => void): () => Promise<unknown> {
    // Also of a host that wraps the methods of a store one like the other, and so makes this one asynchronous, too.
    const end = this.#call<ReturnType<NonNullable<EventStore["listen"]>> | undefined>(
      "listen",
      async () => this.#store.listen?.(onEvents, this.#namespace),
    ).catch((error) => void onFailure(error));
    return () => this.#call("listen", async () => (await end)?.());
  }

  /**
   * Reports failures in words of this package. Events that arrive too late are given back: otherwise nothing could take
   * them until their leases end.
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
        if (signal.aborted && areClaimed(given) && given.length > 0) await this.#giveBack(given);
        return given;
      },
      isAnswer,
      () => import("../shared/host-failures.lazy.ts"),
    );
  }

  /**
   * Makes events due again after a pause. Their attempts do not count where the store can tell. Events that the store
   * does not take back are due when their leases end.
   */
  async #giveBack(events: readonly ClaimedEvent[]): Promise<void> {
    const back = events.map((event) => {
      return { event, pause: latePause, attempts: event.attempt - 1, reason: undefined };
    });
    if (this.#store.postpone) await this.#store.postpone(back);
    else await Promise.allSettled(back.map((each) => this.postpone(each)));
  }
}
