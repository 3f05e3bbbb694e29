import {
  type UnknownWebhookEvent,
  type WebhookReceiver,
  webhookRequest,
} from "../../../src/webhooks/index.ts";

/** An event about the user `anna`, of Tuesday, 2026-03-03, with no more than the required fields. */
export function eventOf(event: string, more: object): UnknownWebhookEvent["payload"] {
  return {
    event,
    createdAt: "2026-03-03T12:00:00.000Z",
    version: "2024-10-01",
    user: { id: "anna" },
    ...more,
  };
}

/** Delivers events, signed. */
export async function send(
  receiver: WebhookReceiver,
  secret: string,
  events: readonly UnknownWebhookEvent["payload"][],
): Promise<Response> {
  return receiver.handle(await webhookRequest(events, { secret }));
}
