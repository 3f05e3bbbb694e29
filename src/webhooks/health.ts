/** How a receiver is doing. Counts are those of this process. */
export interface WebhookHealth {
  /** When the last verified delivery came. */
  lastDeliveryAt: Date | undefined;
  /** When the last `system:heartbeat` came. */
  lastHeartbeatAt: Date | undefined;
  /** Enode's estimate, in that heartbeat, of how many events wait for delivery. */
  pendingEvents: number | undefined;
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

/** Health before anything came. */
export function newHealth(): WebhookHealth {
  return {
    lastDeliveryAt: undefined,
    lastHeartbeatAt: undefined,
    pendingEvents: undefined,
    deliveries: 0,
    duplicates: 0,
    refused: 0,
    postponed: 0,
    handled: 0,
    failed: 0,
    deadLetters: 0,
  };
}

/** Notices when something that should come again and again does not. */
export class SilenceWatch {
  readonly #milliseconds: number;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, onSilence: () => void) {
    this.#milliseconds = milliseconds;
    this.#onSilence = onSilence;
  }

  /** Begins to wait, if it does not already. */
  start(): void {
    if (this.#timer === undefined) this.restart();
  }

  /** Begins to wait anew. */
  restart(): void {
    this.stop();
    this.#timer = setTimeout(this.#onSilence, this.#milliseconds);
    // A process that has nothing else to do may end. Not every runtime has timers that can be told so.
    (this.#timer as { unref?(): void }).unref?.();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
