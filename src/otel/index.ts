/**
 * Traces and metrics of clients, receivers of webhooks and stores, for OpenTelemetry. Needs `@opentelemetry/api` 1.3 or
 * newer beside it, and records nothing until the app registers an SDK.
 *
 * @module
 */
export type { Observability, OpenTelemetryOptions } from "./open-telemetry.ts";
export { openTelemetry } from "./open-telemetry.ts";
export type { ObservableReceiver } from "./receiver.ts";
export type { ObservableStores } from "./stores.ts";
