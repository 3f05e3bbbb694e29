import { describeError } from "../../../shared/describe-error.ts";
import type { Incoming } from "./handlers.ts";
import type { WebhookHealth } from "./health.ts";
import type { WebhookErrorContext, WebhookReceiverOptions } from "./options.ts";

/** Counts outcomes, and reports errors to the host. */
export class ErrorReporter {
  readonly health: WebhookHealth = {
    deliveries: 0,
    duplicates: 0,
    refused: 0,
    postponed: 0,
    handled: 0,
    failed: 0,
    deadLetters: 0,
    circuit: "closed",
  };
  readonly #onError: NonNullable<WebhookReceiverOptions["onError"]>;

  constructor(onError: WebhookReceiverOptions["onError"]) {
    this.#onError = onError ?? printError;
  }

  /** Reports to the host. A failure of its callback changes nothing. */
  report(error: unknown, context: WebhookErrorContext): void {
    // Taken out first: the host's function must not get this object as `this`.
    const onError = this.#onError;
    this.guard(() => onError(error, context));
  }

  /** Calls code of the host whose errors cannot be thrown to a caller. */
  guard(callback: () => unknown, onFailure: (error: unknown) => void = () => undefined): void {
    // Inside a promise, so that code that throws is treated like code that rejects.
    Promise.resolve().then(callback).catch(onFailure);
  }

  /** Counts and reports a failed attempt at an event. */
  eventFailed(error: unknown, incoming: Incoming, willRetry: boolean): void {
    const { digest, deliveryId, attempt, value: event } = incoming;
    this.health.failed++;
    if (!willRetry) this.health.deadLetters++;
    this.report(error, { stage: "event", digest, deliveryId, event, attempt, willRetry });
  }
}

function printError(error: unknown, { stage, willRetry }: WebhookErrorContext): void {
  const outlook = willRetry === false ? " It was given up." : "";
  // biome-ignore lint/suspicious/noConsole: a failure must not be silent; onError replaces it.
  console.error(`enode-sdk: a webhook ${stage} failed. ${describeError(error)}${outlook}`);
}
