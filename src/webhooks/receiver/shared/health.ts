import { inOwnContext } from "../../../runtime/sleep.ts";
import type { EventCounts } from "../../../storage/contracts/index.ts";

/** The state of a receiver. Counts are those of this process, except `events`. */
export interface WebhookHealth {
  /** When the last verified delivery arrived, if any. */
  lastDeliveryAt?: Date;
  /** When the last `system:heartbeat` arrived, if any. */
  lastHeartbeatAt?: Date;
  /** Enode's estimate, in that heartbeat, of the number of events that wait for delivery. */
  pendingEvents?: number;
  /** Verified deliveries, duplicates included. */
  deliveries: number;
  /** Verified deliveries that had arrived before. */
  duplicates: number;
  /** Deliveries that could not be verified. */
  refused: number;
  /** Deliveries that Enode was asked to send again, as the store failed or there were too many at once. */
  postponed: number;
  /** Events whose handlers were done. */
  handled: number;
  /** Attempts at events that failed. */
  failed: number;
  /** Events that were given up, without those that were revived as an outage had made them fail. */
  deadLetters: number;
  /**
   * The events in the store, of all processes, as they were counted last. A receiver that was started counts them every
   * 10 s, or as seldom as it takes for counting to use 1 % of the time; `counts()` counts them at once. Missing until
   * then, without a store, and when the store has no method `counts`.
   */
  events?: EventCounts & {
    /** When they were counted, by this host's clock. */
    countedAt: Date;
  };
  /**
   * With a store: `open` when several different events have failed since the last success, and until one succeeds.
   * Meanwhile no attempts count, and one event at a time is tried, at intervals of up to a minute.
   */
  circuit: "closed" | "open";
  /** Since when it is open. */
  circuitOpenedAt?: Date;
}

/**
 * Notices when an expected event does not come in time. Its timer runs in the context of the caller of `start`,
 * else of the constructor, and never in that of a delivery.
 */
export class HeartbeatMonitor {
  readonly #milliseconds: number;
  readonly #onTime: () => void;
  /** 0 after `stop`. */
  #timer: ReturnType<typeof setTimeout> | 0 | undefined;
  #dueAt = 0;
  #arm: () => void = inOwnContext(() => this.#wait());
  #tell: () => void = inOwnContext(() => this.#onTime());

  constructor(milliseconds: number, onTime: () => void) {
    this.#milliseconds = milliseconds;
    this.#onTime = onTime;
  }

  /** Begins to wait, unless it already does. */
  start(): void {
    if (this.#timer) return;
    this.#timer = undefined;
    this.#arm = inOwnContext(() => this.#wait());
    this.#tell = inOwnContext(() => this.#onTime());
    this.#wait();
  }

  /**
   * The same, except after `stop`. When it already waits, this checks whether the time is over: the timer may have
   * ended with the request that armed it, or the process may have been frozen.
   */
  begin(): void {
    if (this.#timer === undefined) this.#arm();
    else if (this.#timer && Date.now() > this.#dueAt) this.#expire();
  }

  /** Begins to wait again, except after `stop`. */
  restart(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #wait(): void {
    if (this.#timer === 0) return;
    clearTimeout(this.#timer);
    this.#dueAt = Date.now() + this.#milliseconds;
    this.#timer = setTimeout(() => this.#expire(), this.#milliseconds);
    // The timer must not keep the process alive. Not every runtime has `unref`.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #expire(): void {
    if (this.#dueAt === Number.POSITIVE_INFINITY) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#tell();
  }
}
