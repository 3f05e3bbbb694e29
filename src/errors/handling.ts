import { EnodeError, isKind } from "./base.ts";
import { invalidArgument } from "./configuration.ts";

/** The longest time of a timer, about 24.8 days. */
const longestPause = 2 ** 31 - 1;

/**
 * Thrown by a handler of webhook events that cannot handle an event now: it is handed out again after a pause, and no
 * attempt counts. With a store nothing is reported and no failure is counted, and until then the later events of the
 * same device wait. Without a store the delivery fails as with any other error, and Enode repeats it in its own time.
 *
 * @throws ConfigurationError when `after` is not a number of ms from 0 to 2,147,483,647 (some 24 days).
 *
 * @example
 * ```ts
 * import { RetryLaterError, type WebhookReceiver } from "enode-sdk/webhooks";
 *
 * export function forward(receiver: WebhookReceiver): void {
 *   receiver.on("user:vehicle:updated", async (event) => {
 *     const response = await fetch("https://example.com/events", { method: "POST", body: JSON.stringify(event) });
 *     if (response.status === 429) throw new RetryLaterError({ after: 60_000 });
 *   });
 * }
 * ```
 */
export class RetryLaterError extends EnodeError {
  static override readonly kind: string = "RetryLaterError";

  /** After how many ms the event is to be handed out again. */
  readonly after: number;

  constructor(options: { after: number; message?: string | undefined; cause?: unknown }) {
    const { after, message, cause } = Object(options) as typeof options;
    if (typeof after !== "number" || !(after >= 0 && after <= longestPause)) {
      throw invalidArgument("after", `after must be a number of ms from 0 to ${longestPause}.`);
    }
    super(message ?? `The event is to be handled in ${after} ms.`, { code: "retry_later", cause });
    this.after = after;
  }
}

/**
 * Thrown by a handler of webhook events that can never handle an event: it becomes a dead letter at once, and is
 * reported with `willRetry: false`. Without a store it counts as done.
 *
 * @example
 * ```ts
 * import { DiscardError, type WebhookReceiver } from "enode-sdk/webhooks";
 *
 * export function check(receiver: WebhookReceiver, isOurs: (userId: string) => boolean): void {
 *   receiver.on("user:vehicle:updated", ({ user }) => {
 *     if (!isOurs(user.id)) throw new DiscardError("The user is not one of ours.");
 *   });
 * }
 * ```
 */
export class DiscardError extends EnodeError {
  static override readonly kind: string = "DiscardError";

  constructor(message = "The event cannot be handled.", options: { cause?: unknown } = {}) {
    super(message, { code: "discarded", cause: options.cause });
  }
}

/** Whether a handler asked for a pause. */
export function isRetryLaterError(error: unknown): error is RetryLaterError {
  return isKind(error, RetryLaterError.kind);
}

/** Whether a handler has given an event up. */
export function isDiscardError(error: unknown): error is DiscardError {
  return isKind(error, DiscardError.kind);
}
