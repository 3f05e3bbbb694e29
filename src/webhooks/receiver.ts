import { isStoreError, isWebhookVerificationError } from "../errors.ts";
import { invalidArgument } from "./arguments.ts";
import { diagnosis, readBody } from "./body.ts";
import { Handlers, type WebhookHandler } from "./handlers.ts";
import { SilenceWatch, type WebhookHealth } from "./health.ts";
import { Inbox } from "./inbox.ts";
import { laneOf } from "./lanes.ts";
import type { WebhookReceiverOptions } from "./options.ts";
import type { WebhookEventFor, WebhookEventPattern } from "./patterns.ts";
import { Reporter } from "./reporter.ts";
import {
  isSecret,
  secretsOf,
  type VerifiedWebhook,
  verifyWebhook,
  type WebhookDelivery,
} from "./verify.ts";
import { Worker } from "./worker.ts";

/** A delivery as a server got it, for servers that know no `Request`. */
export interface IncomingDelivery extends WebhookDelivery {
  /** HTTP method. Default POST. */
  method?: string;
}

/** Deliveries in work at the same time; more are postponed, as Enode sends them again. */
const maxInWork = 100;
/** The longest time that a timer can hold, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Receives webhook events: checks each delivery, and has its events handled, none twice and none never.
 *
 * Without a `store` the handlers run before Enode gets its answer, and Enode repeats what failed. With one
 * a delivery is answered as soon as it is kept, and `start()` has the events handled from there, with
 * retries and in the order of each device, also after this process has died. A handler can be called more
 * than once for one event when it fails or its process dies; `context.id` is then the same.
 *
 * @example
 * ```ts
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 *
 * receiver.on("user:vehicle:updated", ({ user, vehicle }) => {
 *   console.log(user.id, vehicle.chargeState.batteryLevel);
 * });
 *
 * export const POST = receiver.handle; // a route of Next, Hono, Bun, Deno, Workers …
 * ```
 */
export class WebhookReceiver {
  /** The largest body that is taken, in bytes. */
  readonly maxBodyBytes: number;
  /** Whose events these are, as told in the options. */
  readonly namespace: string;
  /** Whether deliveries are kept in a store, which other receivers may share. */
  readonly hasStore: boolean;
  readonly #options: WebhookReceiverOptions;
  readonly #handlers: Handlers;
  readonly #reporter: Reporter;
  readonly #inbox: Inbox;
  readonly #worker: Worker | undefined;
  readonly #silence: SilenceWatch | undefined;
  #inWork = 0;

  /** @throws ConfigurationError for an option that cannot work. */
  constructor(options: WebhookReceiverOptions) {
    const secrets = secretsOf(options);
    if (secrets.length === 0 || !secrets.every(isSecret)) {
      throw invalidArgument("secret", "secret is missing, empty, or has white space around it.");
    }
    const { store, onSilence, namespace = "default" } = options;
    this.namespace = namespace;
    this.hasStore = store !== undefined;
    if (store !== undefined && typeof store?.append !== "function") {
      throw invalidArgument("store", "store must be an EventStore.");
    }
    const handlerTimeout = check("handlerTimeout", options.handlerTimeout, store ? 30_000 : 4_000);
    const concurrency = check("concurrency", options.concurrency, 10);
    const maxAttempts = check("maxAttempts", options.maxAttempts, 8);
    const silenceAfter = check("silenceAfter", options.silenceAfter, 3_600_000);
    this.maxBodyBytes = check("maxBodyBytes", options.maxBodyBytes, 2 ** 21);
    this.#options = options;
    this.#reporter = new Reporter(options.onError);
    this.#handlers = new Handlers(options.onUnknown);
    this.#inbox = new Inbox(this.#handlers, this.#reporter, handlerTimeout, concurrency);
    const work = { namespace, handlerTimeout, concurrency, maxAttempts };
    this.#worker = store && new Worker(store, this.#handlers, this.#reporter, work);
    this.#silence =
      onSilence &&
      new SilenceWatch(silenceAfter, () =>
        this.#reporter.guard(
          () => onSilence(this.health()),
          (error) => this.#reporter.report(error, { stage: "callback" }),
        ),
      );
  }

  /**
   * Adds a handler for events of one name, or of several by a pattern in which `*` stands for any text.
   * The handlers of an event run one after the other, in the order in which they were added.
   *
   * @returns The function that takes the handler away again.
   * @throws ConfigurationError for a name or pattern that no event has.
   *
   * @example
   * ```ts
   * import type { WebhookReceiver } from "enode-sdk/webhooks";
   *
   * export function watch(receiver: WebhookReceiver): void {
   *   receiver.on("user:*:deleted", (event) => console.log(event.event, event.user.id));
   *   receiver.on("*", (event, { id, attempt }) => console.log(id, attempt, event.createdAt));
   * }
   * ```
   */
  on<Pattern extends WebhookEventPattern>(
    event: Pattern,
    handler: WebhookHandler<WebhookEventFor<Pattern>>,
  ): () => void {
    if (typeof handler === "function") return this.#handlers.add(event, handler);
    throw invalidArgument("handler", "handler must be a function.");
  }

  /**
   * Adds a check that is asked about each event that fails: one that nobody needs any more, as its user was erased,
   * counts as handled, so that nothing of it stays as a dead letter. A mirror does it when it is attached.
   *
   * @returns The function that takes the check away again.
   */
  forgive(check: (event: unknown, error: unknown) => Promise<boolean>): () => void {
    return this.#handlers.forgive(check);
  }

  /**
   * Answers a delivery: 200 when it is handled, or kept in the store; 400, 401 or 413 when it is not what
   * Enode sends; 405 for another method than POST; 500 when a handler failed; 503 when a store failed, also
   * one that a handler uses, or too much is in work. Never rejects, and may be passed on without its receiver.
   */
  readonly handle = async (delivery: Request | IncomingDelivery): Promise<Response> => {
    try {
      const { method = "POST" } = delivery;
      if (method !== "POST") return answer(405, "method_not_allowed", { allow: "POST" });
      return await this.#receive(delivery);
    } catch (error) {
      return this.#refuse(error);
    }
  };

  /**
   * Begins to handle the events in the store, and to wait for heartbeats. With a store call it in every
   * process that should handle events; those that only take them in need not.
   */
  start(): void {
    this.#worker?.start();
    this.#silence?.start();
  }

  /** Ends what `start` began. Resolves when the events in work are done; the others stay in the store. */
  async stop(): Promise<void> {
    this.#silence?.stop();
    await this.#worker?.stop();
  }

  /** How it is doing. */
  health(): WebhookHealth {
    return { ...this.#reporter.health };
  }

  async #receive(delivery: Request | IncomingDelivery): Promise<Response> {
    if (this.#inWork >= maxInWork) return this.#postpone("too_busy");
    const { signature } = delivery as IncomingDelivery;
    const verified = await verifyWebhook({
      body: await this.#bodyOf(delivery),
      headers: delivery.headers ?? {},
      ...(signature === undefined ? undefined : { signature }),
      secrets: secretsOf(this.#options) as readonly string[],
      validate: this.#options.validate ?? "off",
    });
    await this.#checkAge(verified);
    await this.#note(verified);
    // Looked at again, as many may have come while this one was read.
    if (this.#inWork >= maxInWork) return this.#postpone("too_busy");
    this.#inWork++;
    try {
      return await (this.#worker ? this.#keep(verified, this.#worker) : this.#handleNow(verified));
    } finally {
      this.#inWork--;
    }
  }

  async #bodyOf(delivery: Request | IncomingDelivery): Promise<unknown> {
    if ("arrayBuffer" in delivery) return readBody(delivery, this.maxBodyBytes);
    const { body } = delivery;
    const { byteLength, length = 0 } = Object(body) as { byteLength?: number; length?: number };
    const size = byteLength ?? length;
    if (size > this.maxBodyBytes) throw (await diagnosis()).ofReading(this.maxBodyBytes, size);
    return body;
  }

  /** Keeps a delivery; the worker of this process or of another one has its events handled. */
  async #keep(verified: VerifiedWebhook, worker: Worker): Promise<Response> {
    const { digest, deliveryId, payload } = verified;
    const events = payload.map((value, index) => ({
      index,
      lane: laneOf(value),
      payload: JSON.stringify(value),
    }));
    const receivedAt = Date.now();
    const { namespace } = this;
    const outcome = await worker.append(
      { namespace, digest, deliveryId, receivedAt, events },
      payload,
    );
    if (outcome === "new") return answer(200, "stored");
    this.#reporter.health.duplicates++;
    return answer(200, outcome);
  }

  async #handleNow(verified: VerifiedWebhook): Promise<Response> {
    const { digest, deliveryId, payload, invalidEvents } = verified;
    const receivedAt = Date.now();
    const events = payload.map((value, index) => {
      return { value, index, digest, deliveryId, receivedAt };
    });
    // Nobody can handle these, so nothing would come of having them sent again.
    const invalid = new Set(invalidEvents.map(({ index }) => index));
    const outcome = await this.#inbox.receive(
      digest,
      events.filter(({ index }) => !invalid.has(index)),
    );
    if (outcome === "duplicate") this.#reporter.health.duplicates++;
    else {
      for (const { index, field, payload: value } of invalidEvents) {
        const event = { value, index, digest, deliveryId, receivedAt, attempt: 1 };
        this.#reporter.eventFailed((await diagnosis()).ofEvent(index, field), event, false);
      }
    }
    if (outcome === "store_failed") return this.#postpone(outcome);
    return answer(outcome === "failed" ? 500 : 200, outcome);
  }

  /** By the times in the signed events: nothing else tells how old a delivery is. */
  async #checkAge({ events }: VerifiedWebhook): Promise<void> {
    const { maxAge } = this.#options;
    if (maxAge === undefined || events.length === 0) return;
    // A time that makes no sense is not a recent one.
    if (events.some(({ createdAt }) => Date.parse(createdAt) >= Date.now() - maxAge)) return;
    throw (await diagnosis()).ofAge();
  }

  async #note({ events, issues, digest, deliveryId }: VerifiedWebhook): Promise<void> {
    const { health } = this.#reporter;
    health.deliveries++;
    health.lastDeliveryAt = new Date();
    this.#silence?.begin();
    for (const event of events) {
      if (event.event !== "system:heartbeat") continue;
      health.lastHeartbeatAt = new Date();
      health.pendingEvents = event.pendingEvents;
      this.#silence?.restart();
    }
    if (issues.length === 0) return;
    const error = (await diagnosis()).ofIssues(issues);
    this.#reporter.report(error, { stage: "delivery", digest, deliveryId });
  }

  #postpone(reason: string): Response {
    this.#reporter.health.postponed++;
    return answer(503, reason, { "retry-after": "5" });
  }

  async #refuse(error: unknown): Promise<Response> {
    if (isStoreError(error)) {
      this.#reporter.report(error, { stage: "store" });
      return this.#postpone(error.code);
    }
    this.#reporter.report(error, { stage: "delivery" });
    if (!isWebhookVerificationError(error)) return answer(500, "failed");
    this.#reporter.health.refused++;
    return answer((await diagnosis()).statusOf(error.code), error.code);
  }
}

/** Nothing of the request or the secret, only what became of it; Enode shows it for a test event. */
function answer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers });
}

function check(parameter: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isInteger(value) && value >= 1 && value <= longestTimer) return value;
  throw invalidArgument(parameter, `${parameter} must be a whole number from 1.`);
}
