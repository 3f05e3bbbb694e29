/** Checked by `npm run types`, not run: what the generated types promise to those who use them. */
import type { webhookEventNames } from "../../generated/events.ts";
import type { OperationId } from "../../generated/operations.ts";
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

/** `switch` narrows: each branch sees the members of its own event. */
export function subjectOf(event: WebhookEvent): string {
  switch (event.event) {
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
