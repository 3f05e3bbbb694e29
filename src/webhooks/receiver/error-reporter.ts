import { describeError } from "../../shared/describe-error.ts";
import type { Incoming } from "./event-dispatcher.ts";
import type { WebhookHealth } from "./health.ts";
import type { WebhookErrorContext, WebhookReceiverOptions } from "./options.ts";

/** Counts what happens, and tells the host what goes wrong. */
export class ErrorReporter {
  readonly health: WebhookHealth = {
    deliveries: 0,
    duplicates: 0,
    refused: 0,
    postponed: 0,
    handled: 0,
    failed: 0,
    deadLetters: 0,
  };
  readonly #onError: NonNullable<WebhookReceiverOptions["onError"]>;

  constructor(onError: WebhookReceiverOptions["onError"]) {
    this.#onError = onError ?? printError;
  }

  /** Tells the host. Whatever the host makes of it changes nothing here. */
  report(error: unknown, context: WebhookErrorContext): void {
    // Taken out first: the host's function gets no `this` of ours.
    const onError = this.#onError;
    this.guard(() => onError(error, context));
  }

  /** Calls the host's own code where there is nobody to throw to. */
  guard(callback: () => unknown, onFailure: (error: unknown) => void = () => undefined): void {
    // Inside a promise, so that code that throws at once is no different from code that rejects.
    Promise.resolve().then(callback).catch(onFailure);
  }

  /** Counts and tells that an attempt at an event failed. */
  eventFailed(error: unknown, incoming: Incoming, willRetry: boolean): void {
    const { digest, deliveryId, attempt, value: event } = incoming;
    this.health.failed++;
    if (!willRetry) this.health.deadLetters++;
    this.report(error, { stage: "event", digest, deliveryId, event, attempt, willRetry });
  }
}

function printError(error: unknown, { stage, willRetry }: WebhookErrorContext): void {
  const outlook = willRetry === false ? " It was given up." : "";
  // biome-ignore lint/suspicious/noConsole: a failure that nobody is told of would be worse; onError replaces it.
  console.error(`enode-sdk: a webhook ${stage} failed. ${describeError(error)}${outlook}`);
}
