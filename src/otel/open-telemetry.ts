import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
// Not `metrics` by its name: where a version lacks it, the import would fail with the words of the runtime.
import * as api from "@opentelemetry/api";
import { sdkVersion } from "../../generated/version.ts";
import { invalidArgument, invalidOption } from "../errors/configuration.ts";
import type { Hooks } from "../hooks.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { clientHooks } from "./client-hooks.ts";
import { EventSpans } from "./event-spans.ts";
import { createInstruments } from "./instruments.ts";
import { type ObservableReceiver, observeReceiver } from "./receiver.ts";
import { observeQueue } from "./receiver-gauges.ts";
import { type ObservableStores, observeStores } from "./stores.ts";

/** Where spans and metrics go. */
export interface OpenTelemetryOptions {
  /** Default: the provider that the app has registered. */
  tracerProvider?: TracerProvider | undefined;
  /** Default: the provider that the app has registered before. */
  meterProvider?: MeterProvider | undefined;
}

/** What makes the parts of this package observable. */
export interface Observability {
  /** For `new Enode({ hooks })`; `combineHooks` of `enode-sdk/mirror` adds others to them. */
  readonly hooks: Hooks;
  /**
   * Makes spans and metrics of a receiver's deliveries and of the handlers that are added afterwards, and reports what
   * its store holds. Returns the same receiver: wrap it before a mirror is attached.
   */
  receiver<Receiver extends ObservableReceiver>(receiver: Receiver): Receiver;
  /**
   * Makes spans and metrics of the calls of stores: a `Storage`, or single stores under the names that they have there,
   * as in `storage({ tokenStore }).tokenStore`. Give the result to the client, the mirror and the receiver, in place of
   * the stores themselves.
   */
  storage<Stores extends ObservableStores>(stores: Stores): Stores;
}

const knownOptions: KnownNames<OpenTelemetryOptions> = { tracerProvider: 0, meterProvider: 0 };

/**
 * Observes clients, receivers and stores. Call it once, after the app has registered its SDK of OpenTelemetry, and use
 * the result everywhere: a handler is linked to its delivery only when receiver and store come from the same one.
 *
 * @throws ConfigurationError for invalid options, and when `@opentelemetry/api` is older than 1.3.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { openTelemetry } from "enode-sdk/otel";
 * import { sqliteStorage } from "enode-sdk/storage/sqlite";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const observability = openTelemetry();
 * const storage = observability.storage(sqliteStorage({ path: "enode.db" }));
 * const enode = Enode.fromEnv({ hooks: observability.hooks, storage });
 * const receiver = observability.receiver(
 *   new WebhookReceiver({
 *     secret: () => process.env["ENODE_WEBHOOK_SECRET"],
 *     store: storage.eventStore,
 *     namespace: enode.namespace,
 *   }),
 * );
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Observability {
  checkOptions(options);
  const { tracerProvider = api.trace, meterProvider = api.metrics } = options;
  const tracer = tracerProvider.getTracer("enode-sdk", sdkVersion);
  const meter = meterProvider.getMeter("enode-sdk", sdkVersion);
  const instruments = createInstruments(meter);
  const observer = { tracer, instruments, spans: new EventSpans() };
  const observed = new WeakSet<object>();
  return {
    hooks: clientHooks(tracer, instruments),
    receiver(receiver) {
      if (typeof receiver?.handle !== "function") {
        throw invalidArgument("receiver", "The receiver must be a WebhookReceiver.");
      }
      // Once, however often it is passed: each event would have several spans.
      if (!observed.has(receiver)) {
        observed.add(receiver);
        observeReceiver(receiver, observer);
        observeQueue(receiver, meter);
      }
      return receiver;
    },
    storage(stores) {
      if (typeof stores !== "object" || stores === null) {
        throw invalidArgument("stores", "storage() takes a storage, or an object of stores.");
      }
      return observeStores(stores, observer);
    },
  };
}

function checkOptions(options: OpenTelemetryOptions): void {
  // Versions before 1.3 have none.
  if (typeof api.metrics?.getMeter !== "function") {
    throw invalidOption(
      "options",
      "enode-sdk/otel needs the package @opentelemetry/api, version 1.3 or newer, not an older one: npm install @opentelemetry/api",
    );
  }
  if (typeof options !== "object" || options === null) {
    throw invalidOption("options", "openTelemetry() takes an object of options.");
  }
  refuseUnknownNames("openTelemetry", options, knownOptions, {
    tracer: "tracerProvider",
    meter: "meterProvider",
  });
  const { tracerProvider, meterProvider } = options;
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== "function") {
    throw invalidOption("tracerProvider", "tracerProvider must be a TracerProvider.");
  }
  if (meterProvider !== undefined && typeof meterProvider?.getMeter !== "function") {
    throw invalidOption("meterProvider", "meterProvider must be a MeterProvider.");
  }
}
