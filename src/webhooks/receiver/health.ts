import { inOwnContext } from "../../runtime/sleep.ts";

/** How a receiver is doing. Counts are those of this process. */
export interface WebhookHealth {
  /** When the last verified delivery came, if one did. */
  lastDeliveryAt?: Date;
  /** When the last `system:heartbeat` came, if one did. */
  lastHeartbeatAt?: Date;
  /** Enode's estimate, in that heartbeat, of how many events wait for delivery. */
  pendingEvents?: number;
  /** Verified deliveries, duplicates included. */
  deliveries: number;
  /** Verified deliveries that had come before. */
  duplicates: number;
  /** Deliveries that were not verified. */
  refused: number;
  /** Deliveries that Enode was asked to send again, as the store failed or too many came at once. */
  postponed: number;
  /** Events whose handlers were done. */
  handled: number;
  /** Attempts at events that failed. */
  failed: number;
  /** Events that were given up. */
  deadLetters: number;
}

/**
 * Notices when something does not come in time. Its timer belongs to the context of who has started it, else of
 * who has made it, and never to the delivery that it begins with.
 */
export class HeartbeatMonitor {
  readonly #milliseconds: number;
  readonly #onTime: () => void;
  /** 0 when it was stopped. */
  #timer: ReturnType<typeof setTimeout> | 0 | undefined;
  #dueAt = 0;
  #arm: () => void = inOwnContext(() => this.#wait());

  constructor(milliseconds: number, onTime: () => void) {
    this.#milliseconds = milliseconds;
    this.#onTime = onTime;
  }

  /** Begins to wait, if it does not already. */
  start(): void {
    if (this.#timer) return;
    this.#timer = undefined;
    this.#arm = inOwnContext(() => this.#wait());
    this.#wait();
  }

  /**
   * The same, but not after it was stopped. When it waits already, this looks whether the time is over: the
   * timer may have ended with the request that armed it, or the process may have been frozen.
   */
  begin(): void {
    if (this.#timer === undefined) this.#arm();
    else if (this.#timer && Date.now() > this.#dueAt) this.#tell();
  }

  /** Begins to wait again, but not after it was stopped. */
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
    this.#timer = setTimeout(() => this.#tell(), this.#milliseconds);
    // A process that has nothing else to do may end. Not every runtime has timers that can be told so.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #tell(): void {
    if (this.#dueAt === Number.POSITIVE_INFINITY) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#onTime();
  }
}
