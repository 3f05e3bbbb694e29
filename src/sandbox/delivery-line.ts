import type { WebhookEvent } from "../../generated/types.ts";
import { type Courier, type Destination, type Parcel, parcelOf } from "./courier.ts";
import { heading } from "./news.ts";
import type { Random } from "./random.ts";

/** How deliveries run. Times are simulated milliseconds. */
export interface DeliveryRules {
  /** For how long failed deliveries are tried again. */
  readonly retryWindow: number;
  readonly heartbeatInterval: number;
  /** Simulated milliseconds in one of the wall clock, 0 when the clock stands still. */
  readonly speed: number;
}

/** What a line has to know and may change about its webhook. */
export interface Subscriber extends Destination {
  isActive: boolean;
  lastSuccess: string;
}

interface Batch extends Parcel {
  /** When it is to be sent, or sent again, as a time stamp in milliseconds. */
  dueAt: number;
  /** How many events it holds. */
  readonly size: number;
}

const BATCH_SIZE = 100;
const FIRST_RETRY = 5_000;
const LAST_RETRY = 3_600_000;

/**
 * The deliveries to one webhook: one at a time, in order. It keeps a time of its own, which follows the simulated one
 * step by step, so that a clock advanced by a day makes all attempts of that day one after the other.
 */
export class DeliveryLine {
  readonly #subscriber: Subscriber;
  readonly #courier: Courier;
  readonly #random: Random;
  readonly #rules: DeliveryRules;
  readonly #onHeartbeat: (event: WebhookEvent) => void;
  /** Events as JSON text, in the order of their time stamps. */
  #waiting: { readonly text: string; readonly at: number }[] = [];
  #batch: Batch | undefined;
  #time: number;
  #heartbeatAt: number;
  #failures = 0;
  #failingSince: number | undefined;
  #step: Promise<void> | undefined;
  #isKicked = false;
  #isClosed = false;

  constructor(
    parts: {
      readonly subscriber: Subscriber;
      readonly courier: Courier;
      readonly random: Random;
      readonly rules: DeliveryRules;
      readonly now: number;
    },
    onHeartbeat: (event: WebhookEvent) => void,
  ) {
    this.#subscriber = parts.subscriber;
    this.#courier = parts.courier;
    this.#random = parts.random;
    this.#rules = parts.rules;
    this.#time = parts.now;
    this.#heartbeatAt = parts.now + parts.rules.heartbeatInterval;
    this.#onHeartbeat = onHeartbeat;
  }

  /** Puts an event at the end of the line. */
  add(text: string, at: number): void {
    if (this.#subscriber.isActive) this.#waiting.push({ text, at });
  }

  /** When there is something to do next, as a time stamp in milliseconds; the past while it is being done. */
  next(): number {
    if (this.#isClosed || !this.#subscriber.isActive) return Number.POSITIVE_INFINITY;
    const attemptAt = this.#batch?.dueAt ?? this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(attemptAt, this.#heartbeatAt);
  }

  /** When somebody has to call `kick()`; Infinity while a call of it is at work. */
  wakeAt(): number {
    return this.#isKicked ? Number.POSITIVE_INFINITY : this.next();
  }

  /** Does what is due, until nothing is. */
  async kick(now: () => number): Promise<void> {
    if (this.#isKicked) return;
    this.#isKicked = true;
    // Between the last look at what is due and the end of the kick nothing may be awaited: it would not be seen.
    while (this.next() <= now()) await this.#takeStep();
    this.#isKicked = false;
  }

  /** Does, or waits for, what is due until this moment. */
  async drain(until: number): Promise<void> {
    while (this.next() <= until) await this.#takeStep();
  }

  /** Notes that the endpoint took a delivery, which makes the webhook good again. */
  succeeded(at: number): void {
    this.#subscriber.lastSuccess = new Date(at).toISOString();
    this.#failures = 0;
    this.#failingSince = undefined;
    // There is no point in waiting for the next try of what failed before.
    if (this.#batch !== undefined) this.#batch.dueAt = Math.min(this.#batch.dueAt, at);
    this.activate(at);
  }

  /** Begins anew after the webhook was given up. */
  activate(at: number): void {
    if (this.#subscriber.isActive) return;
    this.#subscriber.isActive = true;
    this.#time = at;
    this.#heartbeatAt = at + this.#rules.heartbeatInterval;
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.#courier.stop();
  }

  /** The step under way, or else the next one. */
  #takeStep(): Promise<void> {
    this.#step ??= this.#work().finally(() => {
      this.#step = undefined;
    });
    return this.#step;
  }

  async #work(): Promise<void> {
    const moment = this.next();
    if (this.#heartbeatAt <= moment) this.#beat();
    else await this.#attempt(moment);
  }

  /** Queues a heartbeat in its place: behind what is older, before what is newer. */
  #beat(): void {
    const at = this.#heartbeatAt;
    const behind = this.#waiting.findIndex((each) => each.at > at);
    const place = behind === -1 ? this.#waiting.length : behind;
    const pendingEvents = (this.#batch?.size ?? 0) + place;
    const event = { event: "system:heartbeat", ...heading(at), pendingEvents } as const;
    this.#waiting.splice(place, 0, { text: JSON.stringify(event), at });
    this.#heartbeatAt += this.#rules.heartbeatInterval;
    this.#onHeartbeat(event);
  }

  async #attempt(moment: number): Promise<void> {
    this.#time = Math.max(this.#time, moment);
    this.#batch ??= this.#pack();
    const begun = Date.now();
    const isTaken = await this.#courier.send(this.#subscriber, this.#batch);
    if (this.#isClosed) return;
    this.#time += Math.max(0, Date.now() - begun) * this.#rules.speed;
    if (isTaken) {
      this.succeeded(this.#time);
      this.#batch = undefined;
    } else this.#failed(this.#batch);
  }

  /** Makes one delivery of all that waits by now, or as much as fits in. */
  #pack(): Batch {
    const newer = this.#waiting.findIndex((each) => each.at > this.#time);
    const count = Math.min(newer === -1 ? this.#waiting.length : newer, BATCH_SIZE);
    const events = this.#waiting.splice(0, count).map(({ text }) => text);
    return { ...parcelOf(this.#random.uuid(), events), size: count, dueAt: this.#time };
  }

  /**
   * Puts the batch off, a little longer each time and the last time to the end of the retry window; when that is over,
   * drops all that waits and gives the webhook up. How Enode spaces its tries is not documented.
   */
  #failed(batch: Batch): void {
    this.#failingSince ??= this.#time;
    const end = this.#failingSince + this.#rules.retryWindow;
    if (this.#time < end) {
      const pause = Math.min(FIRST_RETRY * 3 ** this.#failures, LAST_RETRY);
      this.#failures += 1;
      batch.dueAt = Math.min(this.#time + pause, end);
      return;
    }
    this.#subscriber.isActive = false;
    this.#batch = undefined;
    this.#waiting = [];
    this.#failures = 0;
    this.#failingSince = undefined;
  }
}
