import { ConfigurationError } from "../errors/index.ts";
import type { KnownNames } from "../shared/known-names.ts";
import { withSafeMessage } from "../shared/store-reason.ts";
import type { DeliveryRecord, EventStore } from "./contracts/index.ts";
import type { ReplayGuard } from "./contracts/replay-guard.ts";
import { checkOptions } from "./shared/options.ts";

/** How {@link deliverySink} works. */
export interface DeliverySinkOptions {
  /** Recognises copies. Default: all copies are handed over, for a queue that recognises them itself. */
  replayGuard?: ReplayGuard | undefined;
}

const known: KnownNames<DeliverySinkOptions> = { replayGuard: true };

/**
 * Hands verified deliveries to a queue of the host's, in place of a store: give it to a `WebhookReceiver` as
 * `store`. A delivery is acknowledged once the function has resolved. When it rejects, takes longer than 4 s, or
 * the guard fails, Enode gets 503 and sends the delivery again; so the function must resolve when the queue has
 * the delivery for good, and can be called more than once for one delivery.
 *
 * The receiver needs no `start()`, and its handlers get no events: retries, order and what became of an event
 * are the queue's business.
 *
 * @throws ConfigurationError for a function or guard that is none, or an option that does not exist.
 *
 * @example
 * ```ts
 * import { deliverySink } from "enode-sdk/storage";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 * import { Queue } from "bullmq";
 *
 * const queue = new Queue("enode", { connection: { url: process.env["REDIS_URL"] ?? "" } });
 * const receiver = new WebhookReceiver({
 *   secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
 *   store: deliverySink((delivery) => queue.add("delivery", delivery)),
 * });
 * ```
 */
export function deliverySink(
  fn: (delivery: DeliveryRecord) => Promise<unknown>,
  options: DeliverySinkOptions = {},
): EventStore {
  checkOptions("deliverySink", options, known, { guard: "replayGuard" });
  const { replayGuard } = options;
  if (typeof fn !== "function") {
    throw new ConfigurationError("fn must be a function.", {
      code: "invalid_argument",
      parameter: "fn",
    });
  }
  if (replayGuard !== undefined && typeof replayGuard?.claim !== "function") {
    throw new ConfigurationError("replayGuard must be a ReplayGuard.", {
      parameter: "replayGuard",
    });
  }
  return {
    async append(delivery) {
      if (!replayGuard) {
        await fn(delivery);
        return "new";
      }
      const claim = await replayGuard.claim(delivery.namespace, delivery.digest);
      if (claim === "duplicate") return claim;
      // What becomes of the other copy is not known yet, so that neither answer would be true.
      if (claim === "busy") {
        throw withSafeMessage(new Error("another copy of the delivery is being handed over"));
      }
      // A guard can be the host's own code.
      if (typeof claim?.confirm !== "function") {
        throw withSafeMessage(new Error("the replayGuard gave nonsense"));
      }
      try {
        await fn(delivery);
      } catch (error) {
        // A claim that is not given back ends by itself.
        await quietly(() => claim.release());
        throw error;
      }
      // The queue has it. To have it sent again would not be better than to miss a copy that may never come.
      await quietly(() => claim.confirm());
      return "new";
    },
    // It keeps nothing, so that there is nothing to hand out, to settle or to forget.
    claim: async () => [],
    complete: async () => false,
    fail: async () => false,
    deadLetters: async () => [],
    revive: async () => 0,
    prune: async () => 0,
    erase: async () => 0,
  };
}

/** Resolves also when the work fails. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // The callers say what then happens.
  }
}
