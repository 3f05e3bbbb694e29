/**
 * All of the entry except verifyWebhook. The build makes one file of it: a bundle with verifyWebhook alone contains
 * none of this, and importing the entry loads few files.
 */
export type * from "../../generated/event-types.ts";
export {
  DiscardError,
  isDiscardError,
  isRetryLaterError,
  RetryLaterError,
} from "../errors/handling.ts";
export type { WebhookErrorCode, WebhookVerificationError } from "../errors/index.ts";
export type { DeliveryReceiver } from "./adapters/adapter.ts";
export {
  type AzureAnswer,
  type AzureHandler,
  type AzureRequest,
  azureHandler,
} from "./adapters/azure.ts";
export { type FastifyPlugin, type FastifyScope, fastifyPlugin } from "./adapters/fastify.ts";
export { type KoaContext, type KoaHandler, koaHandler } from "./adapters/koa.ts";
export {
  type LambdaAnswer,
  type LambdaEvent,
  type LambdaHandler,
  lambdaHandler,
} from "./adapters/lambda.ts";
export { nextPagesHandler } from "./adapters/next-pages.ts";
export {
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  nodeHandler,
} from "./adapters/node.ts";
export type { WebhookEventFor, WebhookEventPattern } from "./receiver/dispatch/event-patterns.ts";
export type { IncomingDelivery } from "./receiver/intake/delivery-body.ts";
export { WebhookReceiver } from "./receiver/receiver.ts";
export type { DrainOptions, DrainResult } from "./receiver/shared/drain.ts";
export type {
  BatchOptions,
  WebhookBatchContext,
  WebhookBatchHandler,
  WebhookContext,
  WebhookHandler,
} from "./receiver/shared/handlers.ts";
export type { WebhookHealth } from "./receiver/shared/health.ts";
export type {
  CircuitOptions,
  ReceiverSecret,
  ReceiverSecrets,
  ReceiverSettings,
  WebhookErrorContext,
  WebhookReceiverOptions,
} from "./receiver/shared/options.ts";
export type { DeliveryHeaders } from "./verification/delivery-headers.ts";
export { isWebhookVerificationError } from "./verification/guard.ts";
export {
  generateWebhookSecret,
  signWebhook,
  type WebhookRequestOptions,
  webhookRequest,
} from "./verification/sign.ts";
export type {
  InvalidWebhookEvent,
  SortedEvents,
  UnknownWebhookEvent,
  WebhookEventName,
} from "./verification/sort-events.ts";
