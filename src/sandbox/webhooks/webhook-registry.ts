import type { Webhook, WebhookEvent, WebhookTestResult } from "../../../generated/types.ts";
import { eventEnvelope } from "../events/envelope.ts";
import type { EventLog } from "../events/event-log.ts";
import type { DeliveryFault } from "../faults/fault.ts";
import { type PageOf, pageOf } from "../http/pagination.ts";
import { type Numbered, OrderedList } from "../shared/ordered-list.ts";
import { Random, type Seed } from "../shared/random.ts";
import type { SandboxClock } from "../shared/time/clock.ts";
import type { DeliveryJournal, LoggedDelivery } from "./delivery-journal.ts";
import {
  type DeliveryHooks,
  DeliveryQueue,
  type DeliveryRules,
  type QueueState,
  type Subscriber,
} from "./delivery-queue.ts";
import {
  type Deliver,
  DeliverySender,
  deliveryOf,
  type Endpoint,
  isTaken,
  type Sent,
} from "./delivery-sender.ts";

/** The settings of a subscription: where and what to deliver. */
export interface WebhookSettings extends Endpoint {
  readonly events: readonly string[];
  readonly apiVersion: string | null;
}

/** One subscription with its deliveries. */
export interface WebhookRecord extends Numbered, WebhookSettings, Subscriber {
  readonly id: string;
  readonly createdAt: string;
}

/** Is notified of the outcome of deliveries. */
export interface DeliveryObserver {
  /** An endpoint did not accept a delivery; `reason` completes a sentence about it. */
  failed(webhook: WebhookRecord, reason: string): void;
  succeeded(webhook: WebhookRecord): void;
  /** A webhook was made inactive and its waiting events were dropped. */
  inactive(webhook: WebhookRecord): void;
}

/** A webhook and what its queue is doing. */
export interface WebhookState extends QueueState {
  readonly webhook: WebhookRecord;
}

/** How a delivery by hand ended. */
export interface ManualDelivery {
  /** Number of its entry in the log; null when nothing was sent. */
  readonly number: number | null;
  /** Status of the endpoint's answer; null when there was none. */
  readonly status: number | null;
  /** Why there was no answer, or why nothing was sent; null when there was one. */
  readonly reason: string | null;
}

interface Entry {
  readonly webhook: WebhookRecord;
  readonly queue: DeliveryQueue;
  readonly sender: DeliverySender;
  /** The IDs of deliveries by hand, separate from those of the queue: their order is not deterministic. */
  readonly random: Random;
}

/** The dependencies of the webhooks. */
export interface WebhookParts {
  readonly seed: Seed;
  readonly clock: SandboxClock;
  readonly deliver: Deliver;
  readonly rules: DeliveryRules;
  /** Receives every event that is raised. */
  readonly events: EventLog;
  readonly fault: DeliveryHooks["fault"];
  readonly journal: DeliveryJournal;
  /** Is called when a delivery may have become due outside of the API. */
  readonly onDue: () => void;
}

/** The webhooks of a sandbox. */
export class WebhookRegistry {
  readonly #seed: Seed;
  readonly #clock: SandboxClock;
  readonly #deliver: Deliver;
  readonly #rules: DeliveryRules;
  readonly #events: EventLog;
  readonly #hooks: DeliveryHooks;
  readonly #journal: DeliveryJournal;
  readonly #onDue: () => void;
  readonly #ids: Random;
  /** The observer of deliveries, if there is one. */
  observer: DeliveryObserver | undefined;
  readonly #list = new OrderedList<WebhookRecord>("webhooks");
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;

  constructor({ seed, clock, deliver, rules, events, fault, journal, onDue }: WebhookParts) {
    this.#seed = seed;
    this.#clock = clock;
    this.#deliver = deliver;
    this.#rules = rules;
    this.#events = events;
    this.#journal = journal;
    this.#onDue = onDue;
    this.#hooks = {
      fault,
      heartbeat: (event) => events.add(event),
      failed: (id, reason) => this.#observe(id, (to, webhook) => to.failed(webhook, reason)),
      succeeded: (id) => this.#observe(id, (to, webhook) => to.succeeded(webhook)),
      inactive: (id) => this.#observe(id, (to, webhook) => to.inactive(webhook)),
    };
    this.#ids = new Random(seed, "webhooks");
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(id: string): WebhookRecord | undefined {
    return this.#entries.get(id)?.webhook;
  }

  /** The webhook with this URL, if there is one. */
  at(url: string): WebhookRecord | undefined {
    return this.#list.all().find((webhook) => webhook.url === url);
  }

  page(query: URLSearchParams): PageOf<Webhook> {
    const { data, pagination } = pageOf(this.#list, query);
    return { data: data.map(shown), pagination };
  }

  create(settings: WebhookSettings): Webhook {
    const createdAt = new Date(this.#now()).toISOString();
    const webhook = {
      ...settings,
      id: this.#ids.uuid(),
      number: this.#lastNumber + 1,
      createdAt,
      lastSuccess: createdAt,
      isActive: true,
    };
    this.restore(webhook);
    return shown(webhook);
  }

  /** Adds a webhook, which another sandbox may have had; call it in the order of the numbers. */
  restore(webhook: WebhookRecord): void {
    const { number } = webhook;
    this.#lastNumber = number;
    const now = this.#now();
    const journal = this.#journal;
    const sender = new DeliverySender(this.#deliver, journal.isRecording);
    const random = new Random(this.#seed, `deliveries/${number}`);
    const parts = { subscriber: webhook, sender, random, rules: this.#rules, now, journal };
    this.#entries.set(webhook.id, {
      webhook,
      sender,
      queue: new DeliveryQueue(parts, this.#hooks),
      random: new Random(this.#seed, `tests/${number}`),
    });
    this.#list.add(webhook);
  }

  /** Changes the given settings, and makes an inactive webhook active. */
  update(webhook: WebhookRecord, changes: Partial<WebhookSettings>): Webhook {
    Object.assign(webhook, changes);
    this.#entries.get(webhook.id)?.queue.activate(this.#now());
    return shown(webhook);
  }

  delete(webhook: WebhookRecord): void {
    this.#entries.get(webhook.id)?.queue.close();
    this.#entries.delete(webhook.id);
    this.#list.remove(webhook);
  }

  /** The webhooks and their queues, oldest first. */
  states(): WebhookState[] {
    return Array.from(this.#entries.values(), ({ webhook, queue }) => ({
      webhook,
      ...queue.state,
    }));
  }

  /** Lets the events of a webhook wait until `resume()`; the oldest are dropped when there are too many. */
  pause(webhook: WebhookRecord): void {
    this.#entryOf(webhook).queue.pause();
  }

  resume(webhook: WebhookRecord): void {
    this.#entryOf(webhook).queue.resume(this.#now());
    this.#onDue();
  }

  /** Makes an inactive webhook active again, as an update through the API does. */
  reactivate(webhook: WebhookRecord): void {
    this.#entryOf(webhook).queue.activate(this.#now());
    this.#onDue();
  }

  /**
   * Makes the webhook active, and queues the events again that were dropped when it became inactive or since; returns how
   * many. At most the last 10,000 are kept, and none when bodies are not.
   */
  redeliverDropped(webhook: WebhookRecord): number {
    const count = this.#entryOf(webhook).queue.redeliverDropped(this.#now());
    this.#onDue();
    return count;
  }

  /** Sends a delivery of the log again at once, byte by byte, as a new attempt. Never rejects. */
  async resend(entryNumber: number): Promise<ManualDelivery> {
    const kept = this.#journal.get(entryNumber);
    if (kept === undefined) return notSent("Its body is not kept any more");
    const entry = this.#entries.get(kept.webhookId);
    if (entry === undefined) return notSent("Its webhook was deleted");
    const { answer, number } = await this.#deliverNow(entry, kept.delivery, (sender) =>
      sender.send(entry.webhook, kept.delivery),
    );
    return { number, ...outcomeOf(answer) };
  }

  /** Sends a text as the body of one delivery at once, also when it is not JSON. Never rejects. */
  async sendEvent(webhook: WebhookRecord, text: string): Promise<ManualDelivery> {
    const entry = this.#entryOf(webhook);
    const names = namesIn(text);
    const delivery: LoggedDelivery = {
      id: entry.random.uuid(),
      body: new TextEncoder().encode(text),
      size: names.length,
      eventNames: [...new Set(names)],
      isEdited: true,
      attempts: 0,
    };
    const { answer, number } = await this.#deliverNow(entry, delivery, (sender) =>
      sender.send(webhook, delivery),
    );
    return { number, ...outcomeOf(answer) };
  }

  /** Delivers a test event at once, before the events in the queue. */
  async test(webhook: WebhookRecord): Promise<WebhookTestResult> {
    const entry = this.#entryOf(webhook);
    const event = { event: "enode:webhook:test", ...eventEnvelope(this.#now()) } as const;
    this.#events.add(event);
    const delivery: LoggedDelivery = {
      ...deliveryOf(entry.random.uuid(), [JSON.stringify(event)]),
      size: 1,
      eventNames: [event.event],
      isEdited: false,
      attempts: 0,
    };
    const { answer } = await this.#deliverNow(entry, delivery, (sender) =>
      sender.test(webhook, delivery),
    );
    if (typeof answer === "string") {
      const description = `The webhook endpoint ${answer}.`;
      return { status: "FAILURE", description, response: null };
    }
    return {
      status: isTaken(answer.code) ? "SUCCESS" : "FAILURE",
      description: `The webhook endpoint answered with status ${answer.code}.`,
      response: answer,
    };
  }

  /** Queues an event for the webhooks that subscribe to it. */
  publish(event: WebhookEvent, at: number): void {
    this.#events.add(event);
    const text = JSON.stringify(event);
    for (const { webhook, queue } of this.#entries.values()) {
      if (webhook.events.includes("*") || webhook.events.includes(event.event)) {
        queue.add(event.event, text, at);
      }
    }
  }

  /** Takes a fault of events, if there is one of this kind. */
  strikes(what: DeliveryFault["delivery"]): boolean {
    return this.#hooks.fault(what) !== undefined;
  }

  /** Delivers what is due; resolves when nothing is due any more. */
  async kick(): Promise<void> {
    await Promise.all(this.#queues().map((queue) => queue.kick(() => this.#now())));
  }

  /** Resolves when everything that is due by this time was delivered or failed. */
  async drain(until: number): Promise<void> {
    // An endpoint may, while it is called, cause events for another.
    while (this.#queues().some((queue) => queue.next() <= until)) {
      await Promise.all(this.#queues().map((queue) => queue.drain(until)));
    }
  }

  /** When `kick()` has to be called next, as a timestamp in milliseconds. */
  wakeAt(): number {
    return Math.min(...this.#queues().map((queue) => queue.wakeAt()));
  }

  /** Ends all deliveries. */
  close(): void {
    for (const queue of this.#queues()) queue.close();
  }

  /** Makes one attempt beside the queue, and notes it. */
  async #deliverNow<T extends number | { readonly code: number }>(
    { webhook, queue, sender }: Entry,
    delivery: LoggedDelivery,
    send: (sender: DeliverySender) => Promise<Sent<T>>,
  ): Promise<{ readonly answer: T | string; readonly number: number }> {
    const at = this.#now();
    delivery.attempts += 1;
    const { answer, exchange } = await send(sender);
    const { status, reason } = outcomeOf(typeof answer === "object" ? answer.code : answer);
    const { id: webhookId, url } = webhook;
    const attempt = { at, webhookId, url, status, reason, nextAttemptAt: null, exchange };
    const number = this.#journal.note(delivery, attempt);
    if (isTaken(status)) {
      queue.settle(delivery);
      queue.succeeded(at);
      this.#onDue();
    }
    return { answer, number };
  }

  #entryOf({ id }: WebhookRecord): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`There is no webhook ${id}`);
    return entry;
  }

  #observe(id: string, report: (to: DeliveryObserver, webhook: WebhookRecord) => void): void {
    const webhook = this.get(id);
    if (webhook !== undefined && this.observer !== undefined) report(this.observer, webhook);
  }

  #queues(): DeliveryQueue[] {
    return Array.from(this.#entries.values(), ({ queue }) => queue);
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

/** A webhook as the API returns it: without its secret and the value of its header. */
export function shown(webhook: WebhookRecord): Webhook {
  const { id, url, events, lastSuccess, isActive, createdAt, apiVersion, authentication } = webhook;
  return {
    id,
    url,
    events: [...events],
    lastSuccess,
    isActive,
    createdAt,
    apiVersion,
    authentication: authentication === null ? null : { headerName: authentication.headerName },
  };
}

/** The answer of an endpoint in the form of the log. */
function outcomeOf(answer: number | string): Pick<ManualDelivery, "status" | "reason"> {
  return typeof answer === "string"
    ? { status: null, reason: `The webhook endpoint ${answer}` }
    : { status: answer, reason: null };
}

function notSent(reason: string): ManualDelivery {
  return { number: null, status: null, reason };
}

/** The names of the events in a text, as far as it holds any. */
function namesIn(text: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(json) ? json : [json]).flatMap((event: unknown) => {
    if (typeof event !== "object" || event === null || !("event" in event)) return [];
    return typeof event.event === "string" ? [event.event] : [];
  });
}
