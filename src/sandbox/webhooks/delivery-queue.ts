import type { WebhookEvent } from "../../../generated/types.ts";
import { eventEnvelope } from "../events/envelope.ts";
import type { DeliveryFault } from "../faults/fault.ts";
import { withUnknowns } from "../faults/unknown-values.ts";
import type { Random } from "../shared/random.ts";
import type { SimulatedClock } from "../shared/time/clock.ts";
import type { DeliveryEntry } from "./delivery-log.ts";
import {
  type Delivery,
  type DeliverySender,
  deliveryOf,
  type Endpoint,
  isTaken,
} from "./delivery-sender.ts";

/** How deliveries run. Times are simulated milliseconds. */
export interface DeliveryRules {
  /** How long failed deliveries are tried again; by a clock that runs, for so long by the wall clock, too. */
  readonly retryWindow: number;
  readonly heartbeatInterval: number;
  readonly clock: Pick<SimulatedClock, "now" | "speed" | "isManual">;
}

/** The part of a webhook that its queue reads and changes. */
export interface Subscriber extends Endpoint {
  readonly id: string;
  isActive: boolean;
  lastSuccess: string;
}

/** The source of delivery faults, and the observers of deliveries. */
export interface DeliveryHooks {
  /** Takes a fault of this kind, if there is one; returns its title. */
  readonly fault: (what: DeliveryFault["delivery"]) => string | undefined;
  readonly note: (entry: Omit<DeliveryEntry, "number">) => void;
  readonly heartbeat: (event: WebhookEvent) => void;
  /** Reports that an endpoint did not accept a delivery, and why. */
  readonly failed: (webhookId: string, reason: string) => void;
  readonly succeeded: (webhookId: string) => void;
  /** Reports that a webhook was made inactive and its waiting events were dropped. */
  readonly inactive: (webhookId: string) => void;
}

/** A waiting event. */
interface Waiting {
  /** As JSON. */
  readonly text: string;
  /** When it may be sent, as a timestamp in milliseconds. */
  readonly at: number;
  /** Whether a fault has postponed it already. */
  readonly isLate?: boolean;
}

interface Batch extends Delivery {
  /** When it is to be sent, or sent again, as a timestamp in milliseconds. */
  dueAt: number;
  /** How many events it holds. */
  readonly size: number;
  /** How often it was sent. */
  attempts: number;
}

const BATCH_SIZE = 100;
const FIRST_RETRY = 5_000;
const LAST_RETRY = 3_600_000;
/** How long a fault postpones events, in simulated milliseconds. */
const LATENESS = 5_000;

/**
 * The deliveries to one webhook: one at a time, in order. The queue has a time of its own, which follows the simulated
 * time step by step, so that advancing the clock by a day makes all attempts of that day one after the other.
 */
export class DeliveryQueue {
  readonly #subscriber: Subscriber;
  readonly #sender: DeliverySender;
  readonly #random: Random;
  readonly #rules: DeliveryRules;
  readonly #hooks: DeliveryHooks;
  /** Events in the order in which they may be sent. */
  #waiting: Waiting[] = [];
  #batch: Batch | undefined;
  #time: number;
  #heartbeatAt: number;
  #failures = 0;
  /** When the first of the failures in a row was, by the simulated time and by the wall clock. */
  #failingSince: { readonly time: number; readonly wall: number } | undefined;
  #step: Promise<void> | undefined;
  #isKicked = false;
  #isClosed = false;

  constructor(
    parts: {
      readonly subscriber: Subscriber;
      readonly sender: DeliverySender;
      readonly random: Random;
      readonly rules: DeliveryRules;
      readonly now: number;
    },
    hooks: DeliveryHooks,
  ) {
    this.#subscriber = parts.subscriber;
    this.#sender = parts.sender;
    this.#random = parts.random;
    this.#rules = parts.rules;
    this.#time = parts.now;
    this.#heartbeatAt = parts.now + parts.rules.heartbeatInterval;
    this.#hooks = hooks;
  }

  /** Puts an event at the end of the queue. */
  add(text: string, at: number): void {
    if (this.#subscriber.isActive) this.#enqueue({ text, at });
  }

  /** The time of the next step, as a timestamp in milliseconds; in the past while that step runs. */
  next(): number {
    if (this.#isClosed || !this.#subscriber.isActive) return Number.POSITIVE_INFINITY;
    const attemptAt = this.#batch?.dueAt ?? this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(attemptAt, this.#heartbeatAt);
  }

  /** When `kick()` has to be called; Infinity while a call of it runs. */
  wakeAt(): number {
    return this.#isKicked ? Number.POSITIVE_INFINITY : this.next();
  }

  /** Takes all steps that are due. */
  async kick(now: () => number): Promise<void> {
    if (this.#isKicked) return;
    this.#isKicked = true;
    // Nothing may be awaited between the last check and the end of the kick: a step that becomes due would be missed.
    while (this.next() <= now()) await this.#takeStep();
    this.#isKicked = false;
  }

  /** Takes, or waits for, all steps that are due by this time. */
  async drain(until: number): Promise<void> {
    while (this.next() <= until) await this.#takeStep();
  }

  /** Records that the endpoint accepted a delivery, which ends the retry window. */
  succeeded(at: number): void {
    this.#subscriber.lastSuccess = new Date(at).toISOString();
    this.#failures = 0;
    this.#failingSince = undefined;
    // The endpoint works again, so a failed batch need not wait for its next attempt.
    if (this.#batch !== undefined) this.#batch.dueAt = Math.min(this.#batch.dueAt, at);
    this.activate(at);
    this.#hooks.succeeded(this.#subscriber.id);
  }

  /** Begins again after the webhook was made inactive. */
  activate(at: number): void {
    if (this.#subscriber.isActive) return;
    this.#subscriber.isActive = true;
    this.#time = at;
    this.#heartbeatAt = at + this.#rules.heartbeatInterval;
  }

  /** Ends the queue permanently. */
  close(): void {
    this.#isClosed = true;
    this.#sender.stop();
  }

  /** Returns the step that runs, or starts the next one. */
  #takeStep(): Promise<void> {
    this.#step ??= this.#work().finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #work(): Promise<void> {
    const time = this.next();
    if (this.#heartbeatAt <= time) this.#beat();
    else await this.#attempt(time);
  }

  /** Queues a heartbeat in order of time: behind older events, before newer ones. */
  #beat(): void {
    const at = this.#heartbeatAt;
    const pendingEvents = (this.#batch?.size ?? 0) + this.#placeOf(at);
    const event = { event: "system:heartbeat", ...eventEnvelope(at), pendingEvents } as const;
    this.#enqueue({ text: JSON.stringify(event), at });
    this.#heartbeatAt += this.#rules.heartbeatInterval;
    this.#hooks.heartbeat(event);
  }

  #enqueue(event: Waiting): void {
    this.#waiting.splice(this.#placeOf(event.at), 0, event);
  }

  /** The position in the queue for an event that may be sent at this time: nearly always the end. */
  #placeOf(at: number): number {
    const before = this.#waiting.findLastIndex((each) => each.at <= at);
    return before + 1;
  }

  async #attempt(time: number): Promise<void> {
    this.#time = Math.max(this.#time, time);
    this.#batch ??= this.#pack();
    const batch = this.#batch;
    if (batch === undefined) return;
    const dropped = this.#hooks.fault("dropped");
    if (dropped !== undefined) {
      batch.attempts += 1;
      this.#note(batch, null, dropped);
      this.#batch = undefined;
      return;
    }
    const answer = await this.#send(batch);
    if (this.#isClosed) return;
    if (!isTaken(answer)) {
      this.#failed(batch, answer);
      return;
    }
    this.#batch = undefined;
    this.succeeded(this.#time);
    const duplicated = this.#hooks.fault("duplicated");
    if (duplicated !== undefined) await this.#send(batch, duplicated);
  }

  async #send(batch: Batch, fault?: string): Promise<number | string> {
    const begun = Date.now();
    batch.attempts += 1;
    const answer = await this.#sender.send(this.#subscriber, batch);
    if (this.#isClosed) return answer;
    const isText = typeof answer === "string";
    this.#note(batch, isText ? null : answer, isText ? `The webhook endpoint ${answer}` : fault);
    this.#time += Math.max(0, Date.now() - begun) * this.#rules.clock.speed;
    return answer;
  }

  #note({ id, size, attempts }: Batch, status: number | null, reason: string | null = null): void {
    this.#hooks.note({
      at: new Date(this.#time).toISOString(),
      webhookId: this.#subscriber.id,
      deliveryId: id,
      events: size,
      status,
      reason,
      attempt: attempts,
    });
  }

  /** Packs as many waiting events as fit into one delivery; undefined when a fault postpones all of them. */
  #pack(): Batch | undefined {
    const newer = this.#waiting.findIndex((each) => each.at > this.#time);
    const count = Math.min(newer === -1 ? this.#waiting.length : newer, BATCH_SIZE);
    const events = this.#postpone(this.#waiting.splice(0, count)).map(({ text }) => text);
    if (events.length === 0) return undefined;
    const isOdd = this.#hooks.fault("unknowns") !== undefined;
    const sent = isOdd
      ? events.map((text) => JSON.stringify(withUnknowns(JSON.parse(text))))
      : events;
    const delivery = deliveryOf(this.#random.uuid(), sent);
    return { ...delivery, size: events.length, attempts: 0, dueAt: this.#time };
  }

  /** Postpones the older half when a fault strikes, each event once; returns the rest. */
  #postpone(events: Waiting[]): Waiting[] {
    const early = events.filter(({ isLate }) => isLate !== true);
    if (early.length === 0 || this.#hooks.fault("reordered") === undefined) return events;
    const late = new Set(early.slice(0, Math.ceil(early.length / 2)));
    for (const { text } of late) {
      this.#enqueue({ text, at: this.#time + LATENESS, isLate: true });
    }
    return events.filter((event) => !late.has(event));
  }

  /**
   * Postpones the batch, longer each time and the last time to the end of the retry window. After that, drops all
   * waiting events and makes the webhook inactive. The intervals of Enode's attempts are not documented.
   *
   * A clock that runs fast, or is advanced, ends no window before its time has passed on the wall: an endpoint that
   * restarts would lose its webhook within seconds.
   */
  #failed(batch: Batch, answer: number | string): void {
    const reason = typeof answer === "string" ? answer : `answered with status ${answer}`;
    this.#hooks.failed(this.#subscriber.id, reason);
    this.#failingSince ??= { time: this.#time, wall: Date.now() };
    const { retryWindow, clock } = this.#rules;
    const end = this.#failingSince.time + retryWindow;
    if (this.#time < end) {
      const pause = Math.min(FIRST_RETRY * 3 ** this.#failures, LAST_RETRY);
      this.#failures += 1;
      batch.dueAt = Math.min(this.#time + pause, end);
      return;
    }
    const left = this.#failingSince.wall + retryWindow - Date.now();
    if (!clock.isManual && left > 0) {
      // From now on, also after a long advance. While the clock is paused the next attempt waits until it runs.
      const from = Math.max(this.#time, clock.now().getTime());
      batch.dueAt = from + Math.min(FIRST_RETRY, left) * (clock.speed || 1);
      return;
    }
    this.#subscriber.isActive = false;
    this.#batch = undefined;
    this.#waiting = [];
    this.#failures = 0;
    this.#failingSince = undefined;
    this.#hooks.inactive(this.#subscriber.id);
  }
}
