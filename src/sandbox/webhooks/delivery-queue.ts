import type { WebhookEvent } from "../../../generated/types.ts";
import { eventEnvelope } from "../events/envelope.ts";
import type { DeliveryFault } from "../faults/fault.ts";
import { withUnknowns } from "../faults/unknown-values.ts";
import type { Random } from "../shared/random.ts";
import type { SimulatedClock } from "../shared/time/clock.ts";
import type { DeliveryAttempt, DeliveryJournal, LoggedDelivery } from "./delivery-journal.ts";
import { type DeliverySender, deliveryOf, type Endpoint, isTaken } from "./delivery-sender.ts";

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
  readonly heartbeat: (event: WebhookEvent) => void;
  /** Reports that an endpoint did not accept a delivery, and why. */
  readonly failed: (webhookId: string, reason: string) => void;
  readonly succeeded: (webhookId: string) => void;
  /** Reports that a webhook was made inactive and its waiting events were dropped. */
  readonly inactive: (webhookId: string) => void;
}

/** A waiting event. */
interface Waiting {
  readonly name: string;
  /** As JSON. */
  readonly text: string;
  /** When it may be sent, as a timestamp in milliseconds. */
  readonly at: number;
  /** Whether a fault has postponed it already. */
  readonly isLate?: boolean;
}

interface Batch extends LoggedDelivery {
  /** When it is to be sent, or sent again, as a timestamp in milliseconds. */
  dueAt: number;
  /** The speed of the clock for which `dueAt` was computed from the wall clock; undefined when it was not. */
  pace: number | undefined;
  readonly content: readonly Waiting[];
}

/** What a queue is doing. Times are timestamps in milliseconds. */
export interface QueueState {
  /** How many events wait, those of a failed delivery among them. */
  readonly waiting: number;
  /** How many attempts in a row have failed. */
  readonly failures: number;
  readonly failingSince: number | null;
  /** When a failed delivery is tried again; null when none waits for it. */
  readonly nextAttemptAt: number | null;
  readonly isPaused: boolean;
  /** How many of the events that were not sent can still be. */
  readonly droppedEvents: number;
}

const BATCH_SIZE = 100;
const FIRST_RETRY = 5_000;
const LAST_RETRY = 3_600_000;
/** How long a fault postpones events, in simulated milliseconds. */
const LATENESS = 5_000;
/** How many events wait while the queue is paused or its endpoint fails; and how many are kept that were dropped. */
const MOST_KEPT = 10_000;

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
  readonly #journal: DeliveryJournal;
  /** Events in the order in which they may be sent. */
  #waiting: Waiting[] = [];
  /** The latest events that were not sent and never will be by themselves, oldest first. */
  #dropped: Waiting[] = [];
  #batch: Batch | undefined;
  #time: number;
  #heartbeatAt: number;
  #failures = 0;
  /** When the first of the failures in a row was, by the simulated time and by the wall clock. */
  #failingSince: { readonly time: number; readonly wall: number } | undefined;
  #step: Promise<void> | undefined;
  #isKicked = false;
  #isPaused = false;
  #isClosed = false;

  constructor(
    parts: {
      readonly subscriber: Subscriber;
      readonly sender: DeliverySender;
      readonly random: Random;
      readonly rules: DeliveryRules;
      readonly now: number;
      readonly journal: DeliveryJournal;
    },
    hooks: DeliveryHooks,
  ) {
    this.#subscriber = parts.subscriber;
    this.#sender = parts.sender;
    this.#random = parts.random;
    this.#rules = parts.rules;
    this.#time = parts.now;
    this.#heartbeatAt = parts.now + parts.rules.heartbeatInterval;
    this.#journal = parts.journal;
    this.#hooks = hooks;
  }

  get state(): QueueState {
    const isRetried = this.#batch !== undefined && this.#failures > 0;
    return {
      waiting: (this.#batch?.size ?? 0) + this.#waiting.length,
      failures: this.#failures,
      failingSince: this.#failingSince?.time ?? null,
      nextAttemptAt: isRetried && !this.#isPaused ? (this.#batch?.dueAt ?? null) : null,
      isPaused: this.#isPaused,
      droppedEvents: Math.min(this.#dropped.length, MOST_KEPT),
    };
  }

  /** Puts an event at the end of the queue. */
  add(name: string, text: string, at: number): void {
    const event = { name, text, at };
    if (!this.#subscriber.isActive) {
      this.#drop([event]);
      return;
    }
    this.#enqueue(event);
    // At high speed days pass while an endpoint restarts, and a large fleet would fill the memory.
    const isHeldUp = this.#isPaused || (this.#failures > 0 && !this.#rules.clock.isManual);
    if (isHeldUp && this.#waiting.length > MOST_KEPT) this.#drop(this.#waiting.splice(0, 1));
  }

  /** Sends nothing until `resume()`: events wait. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on; the retry window begins again. */
  resume(at: number): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#failures = 0;
    this.#failingSince = undefined;
    if (this.#batch !== undefined) this.#batch.dueAt = at;
    // Heartbeats of the pause are not sent afterwards.
    if (this.#heartbeatAt < at) this.#heartbeatAt = at + this.#rules.heartbeatInterval;
  }

  /** Queues the events again that were dropped; returns how many. */
  redeliverDropped(at: number): number {
    this.activate(at);
    const events = this.#dropped.slice(-MOST_KEPT);
    this.#dropped = [];
    for (const { name, text } of events) this.#enqueue({ name, text, at });
    return events.length;
  }

  /** The time of the next step, as a timestamp in milliseconds; in the past while that step runs. */
  next(): number {
    if (this.#isClosed || this.#isPaused || !this.#subscriber.isActive) {
      return Number.POSITIVE_INFINITY;
    }
    this.#keepPace();
    const attemptAt = this.#batch?.dueAt ?? this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(attemptAt, this.#heartbeatAt);
  }

  /** Moves an attempt that is due by the wall clock, when the clock has got another speed since. */
  #keepPace(): void {
    const batch = this.#batch;
    const { clock } = this.#rules;
    if (batch?.pace === undefined || clock.speed === 0 || batch.pace === clock.speed) return;
    const now = clock.now().getTime();
    batch.dueAt = now + (Math.max(0, batch.dueAt - now) / batch.pace) * clock.speed;
    batch.pace = clock.speed;
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

  /** Takes a delivery out of the queue that was accepted on another way, if it is there. */
  settle(delivery: LoggedDelivery): void {
    if (this.#batch === delivery) this.#batch = undefined;
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
    this.#enqueue({ name: event.event, text: JSON.stringify(event), at });
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
      this.#note(batch, { at: this.#time, status: null, reason: dropped });
      this.#batch = undefined;
      return;
    }
    const isDelivered = await this.#send(batch);
    if (this.#isClosed || !isDelivered) return;
    this.#batch = undefined;
    this.succeeded(this.#time);
    const duplicated = this.#hooks.fault("duplicated");
    if (duplicated !== undefined) await this.#send(batch, duplicated);
  }

  /** Sends the batch; returns whether the endpoint accepted it. Otherwise it is tried again, or given up. */
  async #send(batch: Batch, fault?: string): Promise<boolean> {
    const begun = Date.now();
    const at = this.#time;
    batch.attempts += 1;
    const { answer, exchange } = await this.#sender.send(this.#subscriber, batch);
    if (this.#isClosed) return false;
    this.#time += Math.max(0, Date.now() - begun) * this.#rules.clock.speed;
    const isDelivered = isTaken(answer);
    // A copy that a fault sends is not tried again.
    const isFailure = !isDelivered && fault === undefined && this.#batch === batch;
    const nextAttempt = isFailure ? this.#nextAttempt(batch) : null;
    const nextAttemptAt = nextAttempt === null ? null : new Date(nextAttempt).toISOString();
    const [status, reason] =
      typeof answer === "string" ? [null, `The webhook endpoint ${answer}`] : [answer, fault];
    this.#note(batch, { at, status, reason: reason ?? null, nextAttemptAt, exchange });
    if (isFailure) this.#failed(batch, answer, nextAttempt);
    return isDelivered;
  }

  #note(
    batch: Batch,
    attempt: Pick<DeliveryAttempt, "at" | "status" | "reason"> & Partial<DeliveryAttempt>,
  ): void {
    const { id, url } = this.#subscriber;
    const more = { nextAttemptAt: null, exchange: undefined };
    this.#journal.note(batch, { ...more, ...attempt, webhookId: id, url });
  }

  /** Packs as many waiting events as fit into one delivery; undefined when a fault postpones all of them. */
  #pack(): Batch | undefined {
    const newer = this.#waiting.findIndex((each) => each.at > this.#time);
    const count = Math.min(newer === -1 ? this.#waiting.length : newer, BATCH_SIZE);
    const content = this.#postpone(this.#waiting.splice(0, count));
    if (content.length === 0) return undefined;
    const isOdd = this.#hooks.fault("unknowns") !== undefined;
    const sent = isOdd ? content.map(odd) : content;
    const { id, body } = deliveryOf(
      this.#random.uuid(),
      sent.map(({ text }) => text),
    );
    return {
      id,
      body,
      content,
      size: content.length,
      eventNames: [...new Set(sent.map(({ name }) => name))],
      isEdited: false,
      attempts: 0,
      dueAt: this.#time,
      pace: undefined,
    };
  }

  /** Postpones the older half when a fault strikes, each event once; returns the rest. */
  #postpone(events: Waiting[]): Waiting[] {
    const early = events.filter(({ isLate }) => isLate !== true);
    if (early.length === 0 || this.#hooks.fault("reordered") === undefined) return events;
    const late = new Set(early.slice(0, Math.ceil(early.length / 2)));
    for (const { name, text } of late) {
      this.#enqueue({ name, text, at: this.#time + LATENESS, isLate: true });
    }
    return events.filter((event) => !late.has(event));
  }

  /**
   * The time of the next attempt: later each time, and the last one at the end of the retry window; null when that is
   * over. The intervals of Enode's attempts are not documented.
   *
   * A clock that runs fast, or is advanced, ends no window before its time has passed on the wall: an endpoint that
   * restarts would lose its webhook within seconds.
   */
  #nextAttempt(batch: Batch): number | null {
    batch.pace = undefined;
    this.#failingSince ??= { time: this.#time, wall: Date.now() };
    const { retryWindow, clock } = this.#rules;
    const end = this.#failingSince.time + retryWindow;
    if (this.#time < end) {
      const pause = Math.min(FIRST_RETRY * 3 ** this.#failures, LAST_RETRY);
      return Math.min(this.#time + pause, end);
    }
    const left = this.#failingSince.wall + retryWindow - Date.now();
    if (clock.isManual || left <= 0) return null;
    // From now on, also after a long advance. While the clock is paused the next attempt waits until it runs.
    const from = Math.max(this.#time, clock.now().getTime());
    batch.pace = clock.speed || 1;
    return from + Math.min(FIRST_RETRY, left) * batch.pace;
  }

  /** Postpones the batch, or drops all waiting events and makes the webhook inactive. */
  #failed(batch: Batch, answer: number | string, nextAttempt: number | null): void {
    const reason = typeof answer === "string" ? answer : `answered with status ${answer}`;
    this.#hooks.failed(this.#subscriber.id, reason);
    if (nextAttempt !== null) {
      this.#failures += 1;
      batch.dueAt = nextAttempt;
      return;
    }
    this.#subscriber.isActive = false;
    this.#drop([...batch.content, ...this.#waiting]);
    this.#batch = undefined;
    this.#waiting = [];
    this.#failures = 0;
    this.#failingSince = undefined;
    this.#hooks.inactive(this.#subscriber.id);
  }

  #drop(events: readonly Waiting[]): void {
    if (!this.#journal.isRecording) return;
    for (const event of events) if (event.name !== "system:heartbeat") this.#dropped.push(event);
    // Letting go of old events in batches is cheaper than of one each time.
    if (this.#dropped.length > 2 * MOST_KEPT) this.#dropped = this.#dropped.slice(-MOST_KEPT);
  }
}

/** An event with members and values that no program knows; its name stays. */
function odd(event: Waiting): Waiting {
  return { ...event, text: JSON.stringify(withUnknowns(JSON.parse(event.text))) };
}
