import type { Log } from "../shared/log.ts";
import type { RecordedExchange, Recordings } from "../shared/recordings.ts";
import { withoutQuery } from "../shared/without-query.ts";
import type { DeliveryEntry } from "./delivery-log.ts";
import type { Delivery } from "./delivery-sender.ts";

/** A delivery with what the log says of it. */
export interface LoggedDelivery extends Delivery {
  /** How many events it holds. */
  readonly size: number;
  /** Their names, each once. */
  readonly eventNames: readonly string[];
  /** Whether its body was written by hand. */
  readonly isEdited: boolean;
  /** How often it was sent. */
  attempts: number;
}

/** The part of an entry that tells one attempt from another. */
export interface DeliveryAttempt
  extends Pick<DeliveryEntry, "webhookId" | "status" | "reason" | "nextAttemptAt"> {
  /** Timestamp in milliseconds. */
  readonly at: number;
  /** The whole address; the log holds it without its query. */
  readonly url: string;
  /** What went over the wire, if it is recorded. */
  readonly exchange: RecordedExchange | undefined;
}

/** A delivery that may be sent again. */
export interface KeptDelivery {
  readonly webhookId: string;
  readonly delivery: LoggedDelivery;
}

/** Notes attempts in the log, and keeps as many deliveries as there are recordings. */
export class DeliveryJournal {
  readonly #log: Log<DeliveryEntry>;
  readonly #recordings: Recordings;
  readonly #kept = new Map<number, KeptDelivery>();

  constructor(log: Log<DeliveryEntry>, recordings: Recordings) {
    this.#log = log;
    this.#recordings = recordings;
  }

  /** Whether anything is kept beyond the log. */
  get isRecording(): boolean {
    return this.#recordings.isOn;
  }

  get(number: number): KeptDelivery | undefined {
    return this.#kept.get(number);
  }

  /** Notes an attempt; returns the number of its entry. */
  note(delivery: LoggedDelivery, attempt: DeliveryAttempt): number {
    const { at, url, webhookId, status, reason, nextAttemptAt, exchange } = attempt;
    const number = this.#log.add({
      at: new Date(at).toISOString(),
      webhookId,
      url: withoutQuery(url),
      deliveryId: delivery.id,
      events: delivery.size,
      eventNames: delivery.eventNames.slice(0, MOST_NAMES),
      status,
      reason,
      attempt: delivery.attempts,
      nextAttemptAt,
      isEdited: delivery.isEdited,
    });
    if (exchange !== undefined) this.#recordings.add(number, exchange);
    if (this.#recordings.isOn) this.#keep(number, { webhookId, delivery });
    return number;
  }

  #keep(number: number, kept: KeptDelivery): void {
    this.#kept.set(number, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

const MOST_NAMES = 5;
const MOST_KEPT = 200;
