/**
 * The zod schemas of everything the API sends and takes, for hosts that validate or store it. Each
 * is named like its type: `VehicleSchema` for `Vehicle`, `WebhookEventSchema` for `WebhookEvent`.
 *
 * Objects are loose: a field that Enode adds later passes through unchanged. So does a new value of
 * an enum that Enode may extend. Formats (dates, UUIDs, URLs) are plain strings.
 *
 * @example
 * ```ts
 * import { VehicleSchema } from "enode-sdk/schemas";
 *
 * export function levelOf(row: { vehicle: string }): number | null {
 *   const vehicle = VehicleSchema.parse(JSON.parse(row.vehicle));
 *   return vehicle.chargeState.batteryLevel; // in percent
 * }
 * ```
 *
 * @module enode-sdk/schemas
 */
export * from "../../generated/public-schemas.ts";
