import type { Webhook, WebhookEvent, WebhookTestResult } from "../../../generated/types.ts";
import { eventEnvelope } from "../events/envelope.ts";
import type { EventLog } from "../events/event-log.ts";
import type { DeliveryFault } from "../faults/fault.ts";
import { type PageOf, pageOf } from "../http/pagination.ts";
import { type Numbered, OrderedList } from "../shared/ordered-list.ts";
import { Random } from "../shared/random.ts";
import type { SandboxClock } from "../shared/time/clock.ts";
import {
  type DeliveryHooks,
  DeliveryQueue,
  type DeliveryRules,
  type Subscriber,
} from "./delivery-queue.ts";
import {
  type Deliver,
  DeliverySender,
  deliveryOf,
  type Endpoint,
  isTaken,
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

interface Entry {
  readonly webhook: WebhookRecord;
  readonly queue: DeliveryQueue;
  readonly sender: DeliverySender;
  /** The IDs of test deliveries, separate from those of the queue: their order is not deterministic. */
  readonly random: Random;
}

/** The dependencies of the webhooks. */
export interface WebhookParts {
  readonly seed: number;
  readonly clock: SandboxClock;
  readonly deliver: Deliver;
  readonly rules: DeliveryRules;
  /** Receives every event that is raised. */
  readonly events: EventLog;
  readonly hooks: Pick<DeliveryHooks, "fault" | "note">;
}

/** The webhooks of a sandbox. */
export class WebhookRegistry {
  readonly #seed: number;
  readonly #clock: SandboxClock;
  readonly #deliver: Deliver;
  readonly #rules: DeliveryRules;
  readonly #events: EventLog;
  readonly #hooks: DeliveryHooks;
  readonly #ids: Random;
  /** The observer of deliveries, if there is one. */
  observer: DeliveryObserver | undefined;
  readonly #list = new OrderedList<WebhookRecord>("webhooks");
  readonly #entries = new Map<string, Entry>();
  #lastNumber = 0;

  constructor({ seed, clock, deliver, rules, events, hooks }: WebhookParts) {
    this.#seed = seed;
    this.#clock = clock;
    this.#deliver = deliver;
    this.#rules = rules;
    this.#events = events;
    this.#hooks = {
      ...hooks,
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
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const now = this.#now();
    const createdAt = new Date(now).toISOString();
    const webhook: WebhookRecord = {
      ...settings,
      id: this.#ids.uuid(),
      number,
      createdAt,
      lastSuccess: createdAt,
      isActive: true,
    };
    const sender = new DeliverySender(this.#deliver);
    const random = new Random(this.#seed, `deliveries/${number}`);
    const parts = { subscriber: webhook, sender, random, rules: this.#rules, now };
    this.#entries.set(webhook.id, {
      webhook,
      sender,
      queue: new DeliveryQueue(parts, this.#hooks),
      random: new Random(this.#seed, `tests/${number}`),
    });
    this.#list.add(webhook);
    return shown(webhook);
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

  /** Delivers a test event at once, before the events in the queue. */
  async test(webhook: WebhookRecord): Promise<WebhookTestResult> {
    const entry = this.#entries.get(webhook.id);
    if (entry === undefined) throw new Error(`There is no webhook ${webhook.id}`);
    const at = this.#now();
    const event = { event: "enode:webhook:test", ...eventEnvelope(at) } as const;
    this.#events.add(event);
    const delivery = deliveryOf(entry.random.uuid(), [JSON.stringify(event)]);
    const answer = await entry.sender.test(webhook, delivery);
    const [status, failure] = typeof answer === "string" ? [null, answer] : [answer.code, null];
    this.#hooks.note({
      at: new Date(at).toISOString(),
      webhookId: webhook.id,
      deliveryId: delivery.id,
      events: 1,
      status,
      reason: failure && `The webhook endpoint ${failure}`,
      attempt: 1,
    });
    if (typeof answer === "string") {
      const description = `The webhook endpoint ${answer}.`;
      return { status: "FAILURE", description, response: null };
    }
    if (isTaken(answer.code)) entry.queue.succeeded(at);
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
      if (webhook.events.includes("*") || webhook.events.includes(event.event)) queue.add(text, at);
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
