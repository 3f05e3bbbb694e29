import { invalidArgument } from "../../errors/configuration.ts";
import type { IncomingDelivery } from "../receiver/intake/delivery-body.ts";
import type { WebhookReceiver } from "../receiver/receiver.ts";
import { refusals } from "../verification/read-body.ts";

/** The part of a receiver that adapters use; a test double needs `handle` only. */
export type DeliveryReceiver = Pick<WebhookReceiver, "handle"> &
  Partial<Pick<WebhookReceiver, "reportFailure">>;

/** An answer to a delivery, with its text. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** @throws ConfigurationError for an invalid receiver, as handlers are made long before they are called. */
export function checkReceiver(receiver: DeliveryReceiver): void {
  if (typeof receiver?.handle !== "function") {
    throw invalidArgument("receiver", "receiver must be a WebhookReceiver.");
  }
}

/** The receiver's answer to a delivery. Never rejects, even when reading the request fails. */
export async function answerOf(
  receiver: DeliveryReceiver,
  deliveryOf: () => Request | IncomingDelivery,
): Promise<Answer> {
  try {
    const response = await receiver.handle(deliveryOf());
    const { status, headers } = response;
    return { status, headers: Object.fromEntries(headers), body: await response.text() };
  } catch (error) {
    receiver.reportFailure?.(error);
    return { status: 500, headers: {}, body: "failed" };
  }
}

/** Reports to the receiver's `onError` that an answer of success did not reach the sender. */
export async function reportLost(receiver: DeliveryReceiver, { status }: Answer): Promise<void> {
  // Refusals and failures were reported before.
  if (status === 200) receiver.reportFailure?.((await refusals()).ofLostAnswer(status));
}
