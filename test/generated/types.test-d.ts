/** Checked by `npm run types`, not run: what the generated types promise to those who use them. */
import type { webhookEventNames } from "../../generated/events.ts";
import type { OperationId } from "../../generated/operations.ts";
import type * as types from "../../generated/types.ts";
import type {
  Operations,
  SmartChargingStatus,
  Vehicle,
  VehicleAction,
  VehicleVendor,
  WebhookEvent,
} from "../../generated/types.ts";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<_T extends true> = true;

export type TheTableAndTheTypesListTheSameOperations = Expect<Same<keyof Operations, OperationId>>;

export type EveryWebhookEventHasAType = Expect<
  Same<WebhookEvent["event"], (typeof webhookEventNames)[number]>
>;

interface EventOfName {
  "user:vehicle:discovered": types.VehicleDiscoveredEvent;
  "user:vehicle:updated": types.VehicleUpdatedEvent;
  "user:vehicle:deleted": types.VehicleDeletedEvent;
  "user:vehicle:smart-charging-status-updated": types.VehicleSmartChargingStatusUpdatedEvent;
  "user:charger:discovered": types.ChargerDiscoveredEvent;
  "user:charger:updated": types.ChargerUpdatedEvent;
  "user:charger:deleted": types.ChargerDeletedEvent;
  "user:hvac:discovered": types.HvacDiscoveredEvent;
  "user:hvac:updated": types.HvacUpdatedEvent;
  "user:hvac:deleted": types.HvacDeletedEvent;
  "user:inverter:discovered": types.InverterDiscoveredEvent;
  "user:inverter:updated": types.InverterUpdatedEvent;
  "user:inverter:deleted": types.InverterDeletedEvent;
  "user:inverter:statistics-updated": types.InverterStatisticsUpdatedEvent;
  "user:battery:discovered": types.BatteryDiscoveredEvent;
  "user:battery:updated": types.BatteryUpdatedEvent;
  "user:battery:deleted": types.BatteryDeletedEvent;
  "user:meter:discovered": types.MeterDiscoveredEvent;
  "user:meter:updated": types.MeterUpdatedEvent;
  "user:meter:deleted": types.MeterDeletedEvent;
  "user:hem-system:discovered": types.HemSystemDiscoveredEvent;
  "user:hem-system:updated": types.HemSystemUpdatedEvent;
  "user:hem-system:deleted": types.HemSystemDeletedEvent;
  "user:credentials:invalidated": types.CredentialsInvalidatedEvent;
  "user:vendor-action:updated": types.VendorActionUpdatedEvent;
  "user:schedule:execution-updated": types.ScheduleExecutionUpdatedEvent;
  "system:heartbeat": types.SystemHeartbeatEvent;
  "enode:webhook:test": types.WebhookTestEvent;
}

export type EachNameOfAnEventLeavesOneMember = Expect<
  Same<
    { [Name in WebhookEvent["event"]]: Extract<WebhookEvent, { event: Name }> },
    { [Name in keyof EventOfName]: EventOfName[Name] }
  >
>;

/** The members that a device has for certain. */
type Certain<Device> = {
  [Key in keyof Device]-?: Record<never, never> extends Pick<Device, Key>
    ? never
    : null extends Device[Key]
      ? never
      : Key;
}[keyof Device];

export type ADiscoveredDeviceIsCertainOfItsInformationOnly = [
  Expect<Same<Certain<types.VehicleDiscoveredEvent["vehicle"]>, "id" | "information">>,
  Expect<Same<Certain<types.HvacDiscoveredEvent["hvac"]>, "id" | "information">>,
  Expect<Same<Certain<types.InverterDiscoveredEvent["inverter"]>, "id" | "information">>,
  Expect<Same<Certain<types.BatteryDiscoveredEvent["battery"]>, "id" | "information">>,
  Expect<Same<Certain<types.MeterDiscoveredEvent["meter"]>, "id" | "information">>,
  Expect<Same<Certain<types.HemSystemDiscoveredEvent["hemSystem"]>, "id" | "information">>,
];

export type ADiscoveredDeviceHasTheMembersOfTheDevice = [
  Expect<Same<keyof types.DiscoveredVehicle, keyof Vehicle>>,
  Expect<Same<keyof types.DiscoveredHvac, keyof types.Hvac>>,
  Expect<Same<keyof types.DiscoveredInverter, keyof types.Inverter>>,
  Expect<Same<keyof types.DiscoveredBattery, keyof types.Battery>>,
  Expect<Same<keyof types.DiscoveredMeter, keyof types.Meter>>,
  Expect<Same<keyof types.DiscoveredHemSystem, keyof types.HemSystem>>,
];

/** A device can be used where the news of its discovery can, which holds if enums stayed open too. */
export type ADeviceIsMoreThanItsDiscovery = [
  Expect<Vehicle extends types.DiscoveredVehicle ? true : false>,
  Expect<types.Hvac extends types.DiscoveredHvac ? true : false>,
  Expect<types.Inverter extends types.DiscoveredInverter ? true : false>,
  Expect<types.Battery extends types.DiscoveredBattery ? true : false>,
  Expect<types.Meter extends types.DiscoveredMeter ? true : false>,
  Expect<types.HemSystem extends types.DiscoveredHemSystem ? true : false>,
];

export type ADiscoveredChargerIsWhole = Expect<
  Same<types.ChargerDiscoveredEvent["charger"], types.Charger>
>;

export type OtherEventsCarryWholeDevices = [
  Expect<Same<types.VehicleUpdatedEvent["vehicle"], Vehicle>>,
  Expect<Same<types.VehicleDeletedEvent["vehicle"], Vehicle>>,
];

export type AnOperationOnlyHasTheMembersItTakes = [
  Expect<Same<keyof Operations["listIntegrations"], "query" | "result">>,
  Expect<Same<keyof Operations["deleteUser"], "path" | "result">>,
  Expect<Same<keyof Operations["createLinkSession"], "path" | "body" | "result">>,
];

export type AnEmptyAnswerIsUndefined = [
  Expect<Same<Operations["refreshVehicle"]["result"], undefined>>,
  Expect<Same<Operations["getServiceReadiness"]["result"], undefined>>,
];

export type TheConflictOfACancelledActionIsTheAction = Expect<
  Same<Operations["cancelVehicleAction"]["result"], VehicleAction>
>;

export type NullMeansUnknownOnlyWhereTheDocumentSaysSo = [
  Expect<Same<Vehicle["isReachable"], boolean | null>>,
  Expect<Same<SmartChargingStatus["state"] & null, never>>,
];

/** `exactOptionalPropertyTypes` makes this line fail if `query` or its members became required. */
export const call: Omit<Operations["listVehicles"], "result"> = {};

/** An open enum takes values that nobody knows yet ... */
export const vendor: VehicleVendor = "A_BRAND_OF_NEXT_YEAR";
/** ... and still is more than a string, or no editor would complete it. */
export type AnOpenEnumIsNotPlainString = Expect<Same<Same<VehicleVendor, string>, false>>;

// @ts-expect-error `Enode-Version` is a header, which is the transport's business.
export type TheVersionHeaderIsNoParameter = Operations["listVehicles"]["header"];

// @ts-expect-error the operation is marked x-unlisted.
export type UnlistedOperationsAreLeftOut = Operations["getLinkResult"];

declare const discovered: types.DiscoveredVehicle;
type ChargeState = NonNullable<typeof discovered.chargeState>;
type StartCharging = NonNullable<NonNullable<typeof discovered.capabilities>["startCharging"]>;
// @ts-expect-error the charge state may be missing or null.
discovered.chargeState.batteryLevel;

export type ADiscoveredVehicleMayLackAnythingElse = [
  Expect<Same<ChargeState["batteryLevel"], number | null | undefined>>,
  Expect<
    Same<ChargeState["powerDeliveryState"], types.VehiclePowerDeliveryState | null | undefined>
  >,
  Expect<Same<StartCharging["isCapable"], boolean | null | undefined>>,
  Expect<Same<typeof discovered.isReachable, boolean | null | undefined>>,
  Expect<Same<typeof discovered.scopes, types.Scope[] | null | undefined>>,
  Expect<Same<typeof discovered.vendor, VehicleVendor | undefined>>,
  Expect<Same<typeof discovered.information, types.VehicleInformation>>,
];

/** `switch` narrows: each branch sees the members of its own event. */
export function subjectOf(event: WebhookEvent): string {
  switch (event.event) {
    case "user:vehicle:discovered":
      return event.vehicle.information.brand ?? event.vehicle.id;
    case "user:vehicle:updated":
      return event.vehicle.id + event.updatedFields.join();
    case "user:charger:discovered":
      return event.charger.id;
    case "system:heartbeat":
      return String(event.pendingEvents);
    default:
      return event.event;
  }
}
