/** One attempt to deliver events to a webhook. */
export interface DeliveryEntry {
  /** Starts at 1. */
  readonly number: number;
  /** When it was made, in simulated time: an ISO 8601 date. */
  readonly at: string;
  /** ID of the webhook. */
  readonly webhookId: string;
  /** Where it was sent, without the query, which may hold a key. */
  readonly url: string;
  /** `X-Enode-Delivery`: the same for all attempts to deliver these events. */
  readonly deliveryId: string;
  /** How many events it holds. */
  readonly events: number;
  /** The names of these events, each once, at most 5. */
  readonly eventNames: readonly string[];
  /** Status of the endpoint's answer; null when there was none. */
  readonly status: number | null;
  /** Why there was no answer, or the fault that struck; null when neither applies. */
  readonly reason: string | null;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** When it is tried again, in simulated time: an ISO 8601 date; null when it is not. */
  readonly nextAttemptAt: string | null;
  /** Whether its body was written by hand, on the workbench. */
  readonly isEdited: boolean;
}
