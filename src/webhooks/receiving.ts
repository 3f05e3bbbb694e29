/**
 * All of the entry but verifyWebhook. The build makes a file of it: whoever takes verifyWebhook alone then
 * gets nothing of this, and whoever imports the entry loads few files.
 */
export type {
  BatteryDeletedEvent,
  BatteryDiscoveredEvent,
  BatteryUpdatedEvent,
  ChargerDeletedEvent,
  ChargerDiscoveredEvent,
  ChargerUpdatedEvent,
  CredentialsInvalidatedEvent,
  HemSystemDeletedEvent,
  HemSystemDiscoveredEvent,
  HemSystemUpdatedEvent,
  HvacDeletedEvent,
  HvacDiscoveredEvent,
  HvacUpdatedEvent,
  InverterDeletedEvent,
  InverterDiscoveredEvent,
  InverterStatisticsUpdatedEvent,
  InverterUpdatedEvent,
  MeterDeletedEvent,
  MeterDiscoveredEvent,
  MeterUpdatedEvent,
  ScheduleExecutionUpdatedEvent,
  SystemHeartbeatEvent,
  VehicleDeletedEvent,
  VehicleDiscoveredEvent,
  VehicleSmartChargingStatusUpdatedEvent,
  VehicleUpdatedEvent,
  VendorActionUpdatedEvent,
  WebhookEvent,
  WebhookTestEvent,
} from "../../generated/types.ts";
export type { WebhookErrorCode, WebhookVerificationError } from "../errors.ts";
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
export type {
  InvalidWebhookEvent,
  SortedEvents,
  UnknownWebhookEvent,
  WebhookEventName,
} from "./events.ts";
export { isWebhookVerificationError } from "./guard.ts";
export type { WebhookContext, WebhookHandler } from "./handlers.ts";
export type { DeliveryHeaders } from "./headers.ts";
export type { WebhookHealth } from "./health.ts";
export {
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  nodeHandler,
} from "./node-handler.ts";
export type {
  ReceiverSecret,
  ReceiverSecrets,
  ReceiverSettings,
  WebhookErrorContext,
  WebhookReceiverOptions,
} from "./options.ts";
export type { WebhookEventFor, WebhookEventPattern } from "./patterns.ts";
export { type IncomingDelivery, WebhookReceiver } from "./receiver.ts";
export {
  generateWebhookSecret,
  signWebhook,
  type WebhookRequestOptions,
  webhookRequest,
} from "./sign.ts";
export type { DrainOptions, DrainResult } from "./worker.ts";
