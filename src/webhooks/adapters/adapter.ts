import { invalidArgument } from "../../errors/configuration.ts";
import type { IncomingDelivery } from "../receiver/delivery-body.ts";
import type { WebhookReceiver } from "../receiver/receiver.ts";
import { refusals } from "../verification/read-body.ts";

/** What adapters use of a receiver: a stand-in of a test may do without the second. */
export type DeliveryReceiver = Pick<WebhookReceiver, "handle"> &
  Partial<Pick<WebhookReceiver, "reportFailure">>;

/** An answer to a delivery, with its text. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** @throws ConfigurationError when it cannot be a receiver: handlers are made long before they are called. */
export function checkReceiver(receiver: DeliveryReceiver): void {
  if (typeof receiver?.handle !== "function") {
    throw invalidArgument("receiver", "receiver must be a WebhookReceiver.");
  }
}

/** Has a receiver answer a delivery. Never rejects, also when the request itself fails while it is looked at. */
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

/** Reports to the receiver's `onError` that an answer did not reach the sender, if that changes anything. */
export async function reportLost(receiver: DeliveryReceiver, { status }: Answer): Promise<void> {
  // What was refused or failed was reported then.
  if (status === 200) receiver.reportFailure?.((await refusals()).ofLostAnswer(status));
}
