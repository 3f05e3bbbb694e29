import { invalidArgument } from "../../errors/configuration.ts";
import { isBuildPhase } from "../../runtime/build-phase.ts";
import { isWorkers } from "../../runtime/workers.ts";
import type { DeadLetter, EventCounts } from "../../storage/contracts/index.ts";
import { refusals } from "../verification/read-body.ts";
import type { VerifiedWebhook } from "../verification/verify.ts";
import type { WebhookEventFor, WebhookEventPattern } from "./dispatch/event-patterns.ts";
import { type BatchLimits, HandlerRegistry } from "./dispatch/handler-registry.ts";
import type { InboxOutcome, InlineProcessor } from "./inline-processor.lazy.ts";
import type { IncomingDelivery } from "./intake/delivery-body.ts";
import { DeliveryIntake } from "./intake/delivery-intake.ts";
import { resolveBatchOptions, resolveOptions } from "./resolve-options.ts";
import type { DrainOptions, DrainResult } from "./shared/drain.ts";
import { ErrorReporter } from "./shared/error-reporter.ts";
import type { BatchOptions, WebhookBatchHandler, WebhookHandler } from "./shared/handlers.ts";
import { HeartbeatMonitor, type WebhookHealth } from "./shared/health.ts";
import type { WebhookReceiverOptions } from "./shared/options.ts";
import type { StoreWorker } from "./worker/store-worker.lazy.ts";

/** How long `start()` may be missing when there are events to handle, in ms. */
const startTimeout = 30_000;
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
  /** The handler of events with unknown names, from the options. */
  readonly onUnknown: WebhookReceiverOptions["onUnknown"];
  readonly #handlers: HandlerRegistry;
  readonly #reporter: ErrorReporter;
  /** Loads what handles deliveries; each time, as the request that waits for it may end before. */
  readonly #load: () => Promise<StoreWorker | InlineProcessor>;
  #inbox: StoreWorker | InlineProcessor | undefined;
  /** Settles when the worker of `start` is loaded. */
  #starting: Promise<void> | undefined;
  readonly #silence: HeartbeatMonitor | undefined;
  /** Notices that `start` is never called. */
  readonly #forgotten: HeartbeatMonitor;
  readonly #intake: DeliveryIntake;
  readonly #handlerTimeout: number;
  /** @throws ConfigurationError for an invalid or unknown option. */
  constructor(options: WebhookReceiverOptions) {
    const resolved = resolveOptions(options);
    const { store, onSilence } = options;
    this.hasStore = store !== undefined;
    this.namespace = resolved.namespace;
    this.maxBodyBytes = resolved.maxBodyBytes;
    this.#handlerTimeout = resolved.handlerTimeout;
    this.#reporter = new ErrorReporter(options.onError);
    this.onUnknown = options.onUnknown;
    this.#handlers = new HandlerRegistry(this);
    this.#load = async () => {
      // Written twice, as a bundler has to see which file is loaded.
      if (store) {
        const { StoreWorker } = await import("./worker/store-worker.lazy.ts");
        this.#inbox ??= new StoreWorker(store, this.#handlers, this.#reporter, resolved);
      } else {
        const { InlineProcessor } = await import("./inline-processor.lazy.ts");
        this.#inbox ??= new InlineProcessor(this.#handlers, this.#reporter, resolved);
      }
      return this.#inbox;
    };
    this.#silence =
      onSilence &&
      new HeartbeatMonitor(resolved.silenceAfter, () =>
        this.#reporter.guard(
          () => onSilence(this.health()),
          (error) => this.#reporter.report(error, { stage: "callback" }),
        ),
      );
    this.#intake = new DeliveryIntake({
      ...resolved,
      options,
      reporter: this.#reporter,
      silence: this.#silence,
      take: (verified) => this.#take(verified),
    });
    this.#forgotten = new HeartbeatMonitor(startTimeout, () =>
      this.#reporter.guard(
        async () => {
          // Thrown, as it is reported in any case: this one, or that it cannot be loaded.
          if (this.#handlers.byName.size > 0) throw (await refusals()).ofStart();
        },
        (error) => this.#reporter.report(error, { stage: "setup" }),
      ),
    );
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
    return this.#add(event, handler, resolveBatchOptions(options, this.#handlerTimeout));
  }

  #add(event: string, handler: (...given: never[]) => unknown, limits?: BatchLimits): () => void {
    if (typeof handler !== "function") {
      throw invalidArgument("handler", "handler must be a function.");
    }
    // At the top of a module Workers and builds of apps allow no timers; there a kept delivery begins this.
    if (this.hasStore && this.#handlers.byName.size < 1 && !isWorkers() && !isBuildPhase()) {
      this.#forgotten.restart();
    }
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
  } = (delivery: Request | IncomingDelivery, response?: { end?: unknown }): Promise<Response> =>
    this.#intake.handle(delivery, response);

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
    if (this.hasStore) {
      this.#starting = this.#workerFor("start").then(
        (worker) => worker.start(),
        (error) => this.#reporter.report(error, { stage: "setup" }),
      );
    }
    this.#silence?.start();
  }

  /** Stops what `start` began. Resolves when the events in progress are done; the others stay in the store. */
  async stop(): Promise<void> {
    this.#silence?.stop();
    this.#forgotten.stop();
    await this.#starting;
    await (this.#inbox as StoreWorker | undefined)?.stop?.();
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
    this.#forgotten.stop();
    return (await this.#workerFor("drain")).drain(options);
  }

  /**
   * The dead letters of the receiver's namespace, the latest first; 100 by default.
   *
   * @throws ConfigurationError without a store, and for an invalid limit; StoreError when the store fails. The same
   * holds for `prune`, `revive` and `counts`.
   *
   * @example
   * ```ts
   * import type { WebhookReceiver } from "enode-sdk/webhooks";
   *
   * export async function reviveAll(receiver: WebhookReceiver): Promise<void> {
   *   const letters = await receiver.deadLetters(1_000);
   *   for (const { reason, attempts } of letters) console.log(attempts, reason);
   *   console.log(await receiver.revive(letters.map(({ id }) => id)), await receiver.counts());
   * }
   * ```
   */
  async deadLetters(limit?: number): Promise<DeadLetter[]> {
    return (await this.#workerFor("deadLetters")).upkeep.deadLetters(limit);
  }

  /**
   * Has dead letters handled once more, from their first attempt on and at their old places in their lanes: by their
   * IDs from `deadLetters`. Returns how many were found.
   */
  async revive(ids: readonly string[]): Promise<number> {
    return (await this.#workerFor("revive")).upkeep.revive(ids);
  }

  /**
   * Deletes the deliveries of the receiver's namespace that came before a time (ms since the epoch) and whose events
   * are handled, and older dead letters: see the option `retention`, which does it on schedule. Returns how many were
   * deleted.
   */
  async prune(before: number): Promise<number> {
    return (await this.#workerFor("prune")).upkeep.prune(before);
  }

  /**
   * Counts the events of the receiver's namespace in the store: waiting, due, held, dead, and the age of the oldest in
   * ms. A StoreError says so when the store is your own and has no method `counts`.
   */
  async counts(): Promise<EventCounts> {
    return (await this.#workerFor("counts")).upkeep.counts();
  }

  /** Returns the state of the receiver. `events` is as old as it says; `counts` is exact. */
  health(): WebhookHealth {
    return { ...this.#reporter.health };
  }

  /** Handles or keeps a delivery. */
  async #take(verified: VerifiedWebhook): Promise<InboxOutcome | "stored"> {
    const outcome = await (this.#inbox ?? (await this.#load())).take(verified);
    if (outcome === "stored") this.#forgotten.begin();
    return outcome;
  }

  /** The worker, for a method of that name. */
  async #workerFor(method: string): Promise<StoreWorker> {
    if (this.hasStore) return (await this.#load()) as StoreWorker;
    throw invalidArgument("store", `${method} needs a receiver with a store.`);
  }
}
