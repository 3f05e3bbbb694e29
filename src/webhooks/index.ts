/**
 * Receives the events that Enode sends to your server: verified, typed, none lost, none handled twice.
 *
 * @module enode-sdk/webhooks
 */
export * from "./receiving.ts";
export {
  type ValidateOptions,
  type VerifiedWebhook,
  type VerifyOptions,
  verifyWebhook,
  type WebhookDelivery,
  type WebhookSecrets,
} from "./verification/verify.ts";
