import type { WebhookEvent } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import { nodeHmac } from "../../runtime/hmac/node.ts";
import type { UnknownWebhookEvent } from "./sort-events.ts";
import { isSecret } from "./verify.ts";

/**
 * Signs a body as Enode does, for tests: returns the header `x-enode-signature`.
 *
 * @param payload The body exactly as it will be sent, as text or bytes.
 * @throws ConfigurationError for anything else, and for an invalid secret.
 *
 * @example
 * ```ts
 * import { signWebhook } from "enode-sdk/webhooks";
 *
 * console.log(await signWebhook('{"payload":"example"}', "example-secret"));
 * // sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d
 * ```
 */
export async function signWebhook(payload: string | Uint8Array, secret: string): Promise<string> {
  if (typeof payload !== "string" && !ArrayBuffer.isView(payload)) {
    throw invalidArgument(
      "payload",
      "payload must be the body as it will be sent: a string, or bytes.",
    );
  }
  if (!isSecret(secret)) {
    throw invalidArgument(
      "secret",
      "secret must be a string, not empty and without white space around it.",
    );
  }
  const { sign } = nodeHmac() ?? (await import("../../runtime/hmac/web.ts"));
  return `sha1=${await sign(payload, secret)}`;
}

/** Options of a delivery for a test. */
export interface WebhookRequestOptions {
  /** The secret that signs it. */
  secret: string;
  /** Its URL. Default `https://localhost/`; a handler that is called directly ignores it. */
  url?: string | undefined;
  /** Enode's ID of the delivery. Default: a new one. */
  deliveryId?: string | undefined;
}

/**
 * Makes a delivery as Enode sends it, for tests of handlers.
 *
 * @example
 * ```ts
 * import { type WebhookReceiver, webhookRequest } from "enode-sdk/webhooks";
 *
 * export async function testHeartbeat(receiver: WebhookReceiver): Promise<void> {
 *   const createdAt = new Date().toISOString();
 *   const event = { event: "system:heartbeat", createdAt, version: "2024-10-01", pendingEvents: 0 } as const;
 *   const response = await receiver.handle(await webhookRequest([event], { secret: "example-secret" }));
 *   console.log(response.status); // 200
 * }
 * ```
 */
export async function webhookRequest(
  events: readonly (WebhookEvent | UnknownWebhookEvent["payload"])[],
  { secret, url = "https://localhost/", deliveryId = crypto.randomUUID() }: WebhookRequestOptions,
): Promise<Request> {
  const body = JSON.stringify(events);
  return new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-enode-delivery": deliveryId,
      "x-enode-signature": await signWebhook(body, secret),
    },
    body,
  });
}

/** A new secret for a webhook: 256 random bits, as 64 hex digits. */
export function generateWebhookSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
