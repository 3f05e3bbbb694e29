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

/** Notices when something that should come again and again does not. */
export class SilenceWatch {
  readonly #milliseconds: number;
  readonly #onSilence: () => void;
  /** 0 when it was stopped. */
  #timer: ReturnType<typeof setTimeout> | 0 | undefined;

  constructor(milliseconds: number, onSilence: () => void) {
    this.#milliseconds = milliseconds;
    this.#onSilence = onSilence;
  }

  /** Begins to wait, if it does not already. */
  start(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(this.#onSilence, this.#milliseconds);
    // A process that has nothing else to do may end. Not every runtime has timers that can be told so.
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** The same, but not after it was stopped. */
  begin(): void {
    if (this.#timer !== 0) this.start();
  }

  /** Begins to wait anew, but not after it was stopped. */
  restart(): void {
    if (this.#timer === 0) return;
    this.stop();
    this.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
