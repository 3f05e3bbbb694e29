import {
  type UnknownWebhookEvent,
  type WebhookReceiver,
  webhookRequest,
} from "../../../../src/webhooks/index.ts";

export const SECRET = "a-secret-of-the-tests";

type Payload = UnknownWebhookEvent["payload"];

/** An event about a vehicle, with what is checked, and `text` to distinguish it from others. */
export function vehicleEvent(deviceId: string, text = "", event = "user:vehicle:updated"): Payload {
  return {
    event,
    createdAt: new Date().toISOString(),
    version: "2024-10-01",
    user: { id: `user of ${deviceId}` },
    vehicle: { id: deviceId },
    text,
  };
}

/** An event that is about no device and no user. */
export function heartbeat(pendingEvents = 0, text = ""): Payload {
  const createdAt = new Date().toISOString();
  return { event: "system:heartbeat", createdAt, version: "2024-10-01", pendingEvents, text };
}

/** What distinguishes an event from others. */
export function textOf(event: unknown): string {
  return String(Object(event).text);
}

/** Has a receiver handle a delivery as Enode sends it. */
export async function deliver(
  receiver: WebhookReceiver,
  events: readonly Payload[],
  options: { secret?: string; deliveryId?: string } = {},
): Promise<Response> {
  return receiver.handle(await webhookRequest(events, { secret: SECRET, ...options }));
}

/** A promise that a test settles. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
