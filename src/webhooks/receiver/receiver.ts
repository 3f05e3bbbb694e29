import { invalidArgument } from "../../errors/configuration.ts";
import { isStoreError, isWebhookVerificationError } from "../../errors/index.ts";
import { isBuildPhase } from "../../runtime/build-phase.ts";
import { refuseUnknownNames } from "../../shared/known-names.ts";
import { withTimeout } from "../../shared/with-timeout.ts";
import { refusals } from "../verification/read-body.ts";
import {
  isSecret,
  secretsOf,
  type VerifiedWebhook,
  verifyWebhook,
  type WebhookSecrets,
} from "../verification/verify.ts";
import { Capacity } from "./capacity.ts";
import { bodyOf, type IncomingDelivery } from "./delivery-body.ts";
import type { DrainOptions, DrainResult } from "./drain.ts";
import { ErrorReporter } from "./error-reporter.ts";
import type { WebhookEventFor, WebhookEventPattern } from "./event-patterns.ts";
import { type BatchLimits, HandlerRegistry } from "./handler-registry.ts";
import type { BatchOptions, WebhookBatchHandler, WebhookHandler } from "./handlers.ts";
import { HeartbeatMonitor, type WebhookHealth } from "./health.ts";
import type { InlineProcessor } from "./inline-processor.lazy.ts";
import type { BodyReading } from "./limit-body.ts";
import { knownOptions, otherNames, type WebhookReceiverOptions } from "./options.ts";
import type { askForSecrets, SecretFunction } from "./secrets.lazy.ts";
import type { StoreWorker } from "./store-worker.lazy.ts";

/** Deliveries handled at the same time; more are postponed, as Enode sends them again. */
const maxInWork = 100;
/** Time for a delivery beyond that of its handlers or its store, after which it no longer counts, in ms. */
const workMargin = 1_000;
/** How long `start()` may be missing when there are events to handle, in ms. */
const startTimeout = 30_000;
/** How deep an event may be nested. Enode's events have some 10 levels; stores and databases allow some 1,000. */
const maxDepth = 100;
/** The longest time of a timer, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Receives webhook events: verifies each delivery, and calls the handlers of its events. No event is lost or
 * handled twice.
 *
 * Without a `store` the handlers run before Enode gets its answer, and Enode repeats deliveries that failed. With a
 * store a delivery is answered as soon as it is kept, and `start()` handles the events from there, with retries and
 * in the order of each device, also after this process has died. A handler can be called more than once for one
 * event when it fails or its process dies; `context.id` is then the same.
 *
 * @example
 * ```ts
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: () => process.env["ENODE_WEBHOOK_SECRET"] as string });
 *
 * receiver.on("user:vehicle:updated", ({ user, vehicle }) => {
 *   console.log(user.id, vehicle.chargeState.batteryLevel);
 * });
 *
 * export const POST = receiver.handle; // a route of Next, Hono, Bun, Deno, Workers …
 * ```
 */
export class WebhookReceiver {
  /** The largest accepted body, in bytes. */
  readonly maxBodyBytes: number;
  /** The client whose events these are, from the options. */
  readonly namespace: string;
  /** Whether deliveries are kept in a store, which other receivers may share. */
  readonly hasStore: boolean;
  readonly #options: WebhookReceiverOptions;
  readonly #handlers: HandlerRegistry;
  readonly #reporter: ErrorReporter;
  /** Loads the worker; each time, as the request that waits for it may end before. */
  readonly #loadWorker: (() => Promise<StoreWorker>) | undefined;
  readonly #loadInbox: () => Promise<InlineProcessor>;
  #worker: StoreWorker | undefined;
  #processor: InlineProcessor | undefined;
  /** Settles when the worker of `start` is loaded. */
  #starting: Promise<void> | undefined;
  readonly #silence: HeartbeatMonitor | undefined;
  /** Notices that `start` is never called. */
  readonly #forgotten: HeartbeatMonitor;
  /** Whether a handler was ever added. */
  #isUsed = false;
  readonly #inWork = new Capacity();
  readonly #workTimeout: number;
  readonly #handlerTimeout: number;
  readonly #readings = new Set<BodyReading>();
  /** Kept, as importing a module takes longer than checking an event. */
  #ask: typeof askForSecrets | undefined;

  /** @throws ConfigurationError for an invalid or unknown option. */
  constructor(options: WebhookReceiverOptions) {
    const secrets = secretsOf(Object(options));
    if (typeof secrets[0] !== "function" && !(secrets.length > 0 && secrets.every(isSecret))) {
      throw invalidArgument("secret", "secret is missing, empty, or has white space around it.");
    }
    refuseUnknownNames("WebhookReceiver", options, knownOptions, otherNames);
    const { store, onSilence } = options;
    // A namespace that is present and empty would mix the events of several clients.
    const { namespace = "namespace" in options ? "" : "default" } = options;
    this.hasStore = store !== undefined;
    if (
      typeof namespace !== "string" ||
      namespace.trim() === "" ||
      // The namespace of a client without a clientId: all such clients would share it in the store.
      (this.hasStore && namespace.endsWith(":"))
    ) {
      throw invalidArgument(
        "namespace",
        "namespace must be a text that is not blank, or left out; enode.namespace needs a clientId.",
      );
    }
    this.namespace = namespace;
    if (store !== undefined && typeof store?.append !== "function") {
      throw invalidArgument("store", "store must be an EventStore.");
    }
    const handlerTimeout = check("handlerTimeout", options.handlerTimeout, store ? 30_000 : 4_000);
    const concurrency = check("concurrency", options.concurrency, 10);
    const maxAttempts = check("maxAttempts", options.maxAttempts, 8);
    const silenceAfter = check("silenceAfter", options.silenceAfter, 3_600_000);
    this.maxBodyBytes = check("maxBodyBytes", options.maxBodyBytes, 2 ** 21);
    check("maxAge", options.maxAge, 1);
    this.#handlerTimeout = handlerTimeout;
    this.#workTimeout = Math.max(handlerTimeout, 4_000) + workMargin;
    this.#options = options;
    this.#reporter = new ErrorReporter(options.onError);
    this.#handlers = new HandlerRegistry(options.onUnknown);
    const { circuit } = options;
    const { failures, maxInterval } = Object(circuit);
    const work = {
      namespace,
      handlerTimeout,
      concurrency,
      maxAttempts,
      circuit: {
        failures: circuit === false ? 1 / 0 : check("circuit.failures", failures, 3),
        maxInterval: check("circuit.maxInterval", maxInterval, 60_000),
      },
    };
    this.#loadWorker =
      store &&
      (async () => {
        const { EventDispatcher, StoreWorker } = await import("./store-worker.lazy.ts");
        const dispatcher = new EventDispatcher(this.#handlers, concurrency, true);
        this.#worker ??= new StoreWorker(store, dispatcher, this.#reporter, work);
        return this.#worker;
      });
    this.#loadInbox = async () => {
      const { InlineProcessor } = await import("./inline-processor.lazy.ts");
      this.#processor ??= new InlineProcessor(
        this.#handlers,
        this.#reporter,
        handlerTimeout,
        concurrency,
      );
      return this.#processor;
    };
    this.#silence =
      onSilence &&
      new HeartbeatMonitor(silenceAfter, () =>
        this.#reporter.guard(
          () => onSilence(this.health()),
          (error) => this.#reporter.report(error, { stage: "callback" }),
        ),
      );
    this.#forgotten = new HeartbeatMonitor(startTimeout, async () => {
      if (!this.#isUsed) return;
      this.#reporter.report((await refusals()).ofStart(), { stage: "setup" });
    });
  }

  /**
   * Adds a handler for events of one name, or of several by a pattern in which `*` stands for any text.
   * The handlers of an event run one after the other, in the order in which they were added.
   *
   * @returns A function that removes the handler.
   * @throws ConfigurationError for a name or pattern that matches no event.
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
    return this.#add(event, handler);
  }

  /**
   * Adds a handler that takes several events at once, in the order of arrival: for databases that write 100 rows as
   * fast as one. With a store a batch has one event of each device at most, as the next one is handed out when that is
   * done; without one it has those of a delivery.
   *
   * When the handler fails, each event is handled alone, in a batch of one, and only those that fail then count as
   * failed; events that have failed before are not put into batches. An event that also has handlers of single events
   * is handled by all of them in the order in which they were added. `handlerTimeout` is the time for a batch and,
   * if it fails, its events.
   *
   * Up to `concurrency` batches of a handler are handled at the same time, of different devices. Where all handlers
   * take batches, so many events are in progress that these can be full, up to 1,000; beside handlers of single
   * events `concurrency` limits the events, and so the size of a batch.
   *
   * @param options `maxSize`: the most events of a batch. Default 100. `maxWait`: with a store, how long the first
   * event of a batch waits for others, in ms. Default 0.
   * @returns A function that removes the handler.
   * @throws ConfigurationError for a name or pattern that matches no event, and for invalid options.
   *
   * @example
   * ```ts
   * import type { WebhookReceiver } from "enode-sdk/webhooks";
   *
   * declare function insert(rows: readonly object[], signal: AbortSignal): Promise<void>;
   *
   * export function keepLevels(receiver: WebhookReceiver): void {
   *   receiver.onBatch("user:vehicle:updated", async (events, { contexts, signal }) => {
   *     const rows = events.map(({ vehicle }, index) => {
   *       return { key: contexts[index]?.id, vehicle: vehicle.id, level: vehicle.chargeState.batteryLevel };
   *     });
   *     await insert(rows, signal);
   *   }, { maxSize: 500, maxWait: 200 });
   * }
   * ```
   */
  onBatch<Pattern extends WebhookEventPattern>(
    event: Pattern,
    handler: WebhookBatchHandler<WebhookEventFor<Pattern>>,
    options: BatchOptions = {},
  ): () => void {
    refuseUnknownNames("onBatch", options, { maxSize: 0, maxWait: 0 });
    const maxSize = check("maxSize", options.maxSize, 100);
    const maxWait = check("maxWait", options.maxWait, 0, 0);
    if (maxWait >= this.#handlerTimeout) {
      throw invalidArgument("maxWait", "maxWait must be less than handlerTimeout.");
    }
    return this.#add(event, handler, { maxSize, maxWait });
  }

  #add(event: string, handler: (...given: never[]) => unknown, limits?: BatchLimits): () => void {
    if (typeof handler !== "function") {
      throw invalidArgument("handler", "handler must be a function.");
    }
    this.#isUsed = true;
    return this.#handlers.add(event, handler, limits);
  }

  /**
   * Adds a check that is called for each event that fails. When it resolves with true, the event is no longer
   * needed, as its user was erased: it counts as handled and leaves no dead letter. A mirror adds one when it is
   * attached. The check has the time that the handlers left, and a second at least; a check that fails or is late
   * counts as false.
   *
   * @returns A function that removes the check.
   */
  forgive(check: (event: unknown, error: unknown) => Promise<boolean>): () => void {
    return this.#handlers.forgive(check);
  }

  /**
   * Answers a delivery: 200 when it is handled, or kept in the store; 400, 401 or 413 when it is not a valid
   * delivery of Enode; 405 for another method than POST; 500 when a handler failed; 503 when a store failed, also
   * one that a handler uses, or too many deliveries are being handled. Never rejects, and may be passed on without
   * its receiver. Servers without `Request` have handlers of their own: `nodeHandler`, `koaHandler` and so on.
   */
  readonly handle: {
    (delivery: Request | IncomingDelivery): Promise<Response>;
    // The last overload: the type check of `next build` reads this one.
    (request: Request): Promise<Response>;
  } = async (
    delivery: Request | IncomingDelivery,
    response?: { end?: unknown },
  ): Promise<Response> => {
    try {
      if (response?.end) throw (await refusals()).ofNodeRequest(response);
      const { method = "POST" } = delivery;
      if (method !== "POST") return answer(405, "method_not_allowed", { allow: "POST" });
      return await this.#receive(delivery);
    } catch (error) {
      return this.#refuse(error);
    }
  };

  /**
   * Reports an error of an adapter to `onError`, such as an answer that cannot be sent. The handlers of this
   * package call it.
   */
  reportFailure(error: unknown): void {
    this.#reporter.report(error, { stage: "delivery" });
  }

  /**
   * Begins to handle the events in the store, and to wait for heartbeats. With a store call it in every process
   * that should handle events; processes that only receive them need not. Handlers then run in the asynchronous
   * context of this call.
   *
   * Where processes do not live on between requests (Lambda, Cloud Run, Vercel, Workers), call `drain` instead.
   * While Next builds an app, which imports its modules, this does nothing.
   */
  start(): void {
    if (isBuildPhase()) return;
    this.#forgotten.stop();
    this.#starting = this.#loadWorker?.().then(
      (worker) => worker.start(),
      (error) => this.#reporter.report(error, { stage: "setup" }),
    );
    this.#silence?.start();
  }

  /** Stops what `start` began. Resolves when the events in progress are done; the others stay in the store. */
  async stop(): Promise<void> {
    this.#silence?.stop();
    this.#forgotten.stop();
    await this.#starting;
    await this.#worker?.stop();
  }

  /**
   * Handles the events in the store that are due, and resolves when they are done: for hosts whose processes
   * are frozen or end between requests, in a route that is called every minute, or after a delivery. It needs no
   * `start`, and works beside it. An event that fails is tried again after a pause, by a later call.
   *
   * The handlers of an event have `handlerTimeout`, or half of `deadline` if that is less; an event is only begun
   * when enough time is left.
   *
   * @param options `deadline`: the time limit, in ms. Default 5,000.
   * @throws StoreError when the store fails to return events; ConfigurationError without a store, as handlers then
   * run before Enode gets its answer.
   *
   * @example
   * ```ts
   * import type { WebhookReceiver } from "enode-sdk/webhooks";
   *
   * export async function handleEvents(receiver: WebhookReceiver): Promise<Response> {
   *   const { handled, failed, isDone } = await receiver.drain({ deadline: 20_000 });
   *   return Response.json({ handled, failed, isDone });
   * }
   * ```
   */
  async drain(options: DrainOptions = {}): Promise<DrainResult> {
    if (!this.#loadWorker) throw invalidArgument("store", "drain needs a receiver with a store.");
    this.#forgotten.stop();
    return (await this.#loadWorker()).drain(options);
  }

  /** Returns the state of the receiver. */
  health(): WebhookHealth {
    return { ...this.#reporter.health };
  }

  async #receive(delivery: Request | IncomingDelivery): Promise<Response> {
    if (this.#inWork.taken >= maxInWork) return this.#postpone("too_busy");
    const { signature } = delivery as IncomingDelivery;
    const { secret } = this.#options;
    // Before the body is read, as bodies would pile up while a vault does not answer. Without an `await` for plain
    // secrets: other listeners on a request of node:http make its body flow in the next turn.
    const secrets =
      typeof secret === "function"
        ? await this.#askFor(secret)
        : (secretsOf(this.#options as WebhookSecrets) as string[]);
    const verified = await verifyWebhook({
      body: await bodyOf(delivery, this.maxBodyBytes, this.#readings),
      headers: delivery.headers ?? {},
      ...(signature === undefined ? undefined : { signature }),
      secrets,
      validate: this.#options.validate ?? "off",
    });
    if (isDeeper(verified.payload, maxDepth)) throw (await refusals()).ofDepth(maxDepth);
    const { maxAge } = this.#options;
    if (maxAge !== undefined) (await refusals()).checkAge(verified, maxAge);
    await this.#note(verified);
    // Checked again, as many may have arrived while this one was read.
    if (this.#inWork.taken >= maxInWork) return this.#postpone("too_busy");
    const done = this.#inWork.hold(this.#workTimeout);
    try {
      return await this.#take(verified);
    } finally {
      done();
    }
  }

  /** Called for each delivery, so that a secret can be replaced. */
  async #askFor(secret: SecretFunction): Promise<readonly string[]> {
    const done = this.#inWork.hold(this.#workTimeout);
    try {
      this.#ask ??= (await import("./secrets.lazy.ts")).askForSecrets;
      return await this.#ask(secret, withTimeout);
    } finally {
      done();
    }
  }

  async #take(verified: VerifiedWebhook): Promise<Response> {
    const inbox =
      this.#worker ?? this.#processor ?? (await (this.#loadWorker ?? this.#loadInbox)());
    const outcome = await inbox.take(verified);
    if (outcome === "duplicate") this.#reporter.health.duplicates++;
    if (outcome === "stored") this.#forgotten.begin();
    if (outcome === "store_failed") return this.#postpone(outcome);
    return answer(outcome === "failed" ? 500 : 200, outcome);
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
    const error = (await refusals()).ofIssues(issues);
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
    const status = (await refusals()).statusOf(error.code);
    if (status === 503) return this.#postpone(error.code);
    this.#reporter.health.refused++;
    return answer(status, error.code);
  }
}

/** Holds only the outcome, nothing of the request or the secret: Enode shows it for a test event. */
function answer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers });
}

function check(parameter: string, value: number | undefined, usual: number, least = 1): number {
  if (value === undefined) return usual;
  if (Number.isInteger(value) && value >= least && value <= longestTimer) return value;
  throw invalidArgument(parameter, `${parameter} must be a whole number from ${least}.`);
}

/** Whether a value is nested more than so many levels deep. */
function isDeeper(value: unknown, levels: number): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)))
  );
}
