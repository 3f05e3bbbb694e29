import { invalidArgument } from "../../errors/configuration.ts";
import { refuseUnknownNames } from "../../shared/known-names.ts";
import { isSecret, secretsOf } from "../verification/verify.ts";
import type { BatchLimits } from "./dispatch/handler-registry.ts";
import type { BatchOptions } from "./shared/handlers.ts";
import { knownOptions, otherNames, type WebhookReceiverOptions } from "./shared/options.ts";

/** The longest time of a timer, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;
/** The least retention, in ms: Enode repeats deliveries for a day. */
const day = 86_400_000;

/** The options that have a default, with it. */
export interface ResolvedOptions {
  readonly namespace: string;
  readonly handlerTimeout: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly circuit: { readonly failures: number; readonly maxInterval: number };
  readonly retention: number | undefined;
  readonly silenceAfter: number;
  readonly maxBodyBytes: number;
}

/** @throws ConfigurationError for an invalid or unknown option. */
export function resolveOptions(options: WebhookReceiverOptions): ResolvedOptions {
  const secrets = secretsOf(Object(options));
  if (typeof secrets[0] !== "function" && !(secrets.length > 0 && secrets.every(isSecret))) {
    throw invalidArgument("secret", "secret is missing, empty, or has white space around it.");
  }
  refuseUnknownNames("WebhookReceiver", options, knownOptions, otherNames);
  const { store } = options;
  // A namespace that is present and empty would mix the events of several clients.
  const { namespace = "namespace" in options ? "" : "default" } = options;
  if (
    typeof namespace !== "string" ||
    namespace.trim() === "" ||
    // The namespace of a client without a clientId: all such clients would share it in the store.
    (store !== undefined && namespace.endsWith(":"))
  ) {
    throw invalidArgument(
      "namespace",
      "namespace must be a text that is not blank, or left out; enode.namespace needs a clientId.",
    );
  }
  if (store !== undefined && typeof store?.append !== "function") {
    throw invalidArgument("store", "store must be an EventStore.");
  }
  check("maxAge", options.maxAge, 1);
  check("retention", options.retention, day, day, 1e15);
  if (options.retention && !store) {
    throw invalidArgument("retention", "retention needs a store.");
  }
  const { circuit = {} } = options;
  return {
    namespace,
    circuit: {
      failures: circuit ? check("circuit.failures", circuit.failures, 3) : 1 / 0,
      maxInterval: check("circuit.maxInterval", Object(circuit).maxInterval, 60_000),
    },
    handlerTimeout: check("handlerTimeout", options.handlerTimeout, store ? 30_000 : 4_000),
    concurrency: check("concurrency", options.concurrency, 10),
    retention: options.retention,
    maxAttempts: check("maxAttempts", options.maxAttempts, 8),
    silenceAfter: check("silenceAfter", options.silenceAfter, 3_600_000),
    maxBodyBytes: check("maxBodyBytes", options.maxBodyBytes, 2 ** 21),
  };
}

/** @throws ConfigurationError for an invalid or unknown option. */
export function resolveBatchOptions(options: BatchOptions, handlerTimeout: number): BatchLimits {
  refuseUnknownNames("onBatch", options, { maxSize: 0, maxWait: 0 });
  return {
    maxSize: check("maxSize", options.maxSize, 100),
    // It is a part of the time for the handlers.
    maxWait: check("maxWait", options.maxWait, 0, 0, handlerTimeout - 1),
  };
}

function check(
  parameter: string,
  value: number | undefined,
  usual: number,
  least = 1,
  most: number = longestTimer,
): number {
  if (value === undefined) return usual;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidArgument(parameter, `${parameter} must be a whole number from ${least} to ${most}.`);
}
