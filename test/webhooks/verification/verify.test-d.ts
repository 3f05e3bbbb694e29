/** Checked by `npm run types`, not run: what the types of verified webhooks allow, and what they do not. */
import type * as types from "../../../generated/types.ts";
import {
  type UnknownWebhookEvent,
  type VerifiedWebhook,
  verifyWebhook,
  type WebhookDelivery,
} from "../../../src/webhooks/index.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<_T extends true> = true;

declare const verified: VerifiedWebhook;
declare const request: Request;
declare const secret: string;

/** Takes a value of exactly this type: neither a wider nor a narrower one. */
function exactly<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._different: Equal<Actual, Expected> extends true ? [] : [never]
  ): void => {};
}

export function eachNameNarrowsToOneTypeAndNoneIsLeft(): void {
  for (const event of verified.events) {
    switch (event.event) {
      case "user:vehicle:discovered":
        exactly<types.VehicleDiscoveredEvent>()(event);
        break;
      case "user:vehicle:updated":
        exactly<types.VehicleUpdatedEvent>()(event);
        break;
      case "user:vehicle:deleted":
        exactly<types.VehicleDeletedEvent>()(event);
        break;
      case "user:vehicle:smart-charging-status-updated":
        exactly<types.VehicleSmartChargingStatusUpdatedEvent>()(event);
        break;
      case "user:charger:discovered":
        exactly<types.ChargerDiscoveredEvent>()(event);
        break;
      case "user:charger:updated":
        exactly<types.ChargerUpdatedEvent>()(event);
        break;
      case "user:charger:deleted":
        exactly<types.ChargerDeletedEvent>()(event);
        break;
      case "user:hvac:discovered":
        exactly<types.HvacDiscoveredEvent>()(event);
        break;
      case "user:hvac:updated":
        exactly<types.HvacUpdatedEvent>()(event);
        break;
      case "user:hvac:deleted":
        exactly<types.HvacDeletedEvent>()(event);
        break;
      case "user:inverter:discovered":
        exactly<types.InverterDiscoveredEvent>()(event);
        break;
      case "user:inverter:updated":
        exactly<types.InverterUpdatedEvent>()(event);
        break;
      case "user:inverter:deleted":
        exactly<types.InverterDeletedEvent>()(event);
        break;
      case "user:inverter:statistics-updated":
        exactly<types.InverterStatisticsUpdatedEvent>()(event);
        break;
      case "user:battery:discovered":
        exactly<types.BatteryDiscoveredEvent>()(event);
        break;
      case "user:battery:updated":
        exactly<types.BatteryUpdatedEvent>()(event);
        break;
      case "user:battery:deleted":
        exactly<types.BatteryDeletedEvent>()(event);
        break;
      case "user:meter:discovered":
        exactly<types.MeterDiscoveredEvent>()(event);
        break;
      case "user:meter:updated":
        exactly<types.MeterUpdatedEvent>()(event);
        break;
      case "user:meter:deleted":
        exactly<types.MeterDeletedEvent>()(event);
        break;
      case "user:hem-system:discovered":
        exactly<types.HemSystemDiscoveredEvent>()(event);
        break;
      case "user:hem-system:updated":
        exactly<types.HemSystemUpdatedEvent>()(event);
        break;
      case "user:hem-system:deleted":
        exactly<types.HemSystemDeletedEvent>()(event);
        break;
      case "user:credentials:invalidated":
        exactly<types.CredentialsInvalidatedEvent>()(event);
        break;
      case "user:vendor-action:updated":
        exactly<types.VendorActionUpdatedEvent>()(event);
        break;
      case "user:schedule:execution-updated":
        exactly<types.ScheduleExecutionUpdatedEvent>()(event);
        break;
      case "system:heartbeat":
        exactly<types.SystemHeartbeatEvent>()(event);
        break;
      case "enode:webhook:test":
        exactly<types.WebhookTestEvent>()(event);
        break;
      default:
        exactly<never>()(event);
    }
  }
}

export function aNameThatIsNoneIsNoCase(): void {
  for (const event of verified.events) {
    // @ts-expect-error: it is none of the 28, and would never come
    if (event.event === "user:vehicle:upgraded") return;
  }
  // @ts-expect-error: it is not the type of another event
  exactly<types.VehicleDeletedEvent>()(verified.events[0]);
}

export function valuesAreThereOnceTheNameIsKnown(): void {
  for (const event of verified.events) {
    // @ts-expect-error: not every event is of a vehicle
    event.vehicle;
    if (event.event === "user:vehicle:updated") {
      exactly<number | null>()(event.vehicle.chargeState.batteryLevel);
      exactly<string>()(event.user.id);
    }
    if (event.event === "system:heartbeat") {
      exactly<number>()(event.pendingEvents);
      // @ts-expect-error: it is of no user
      event.user;
    }
  }
}

type Discovered = Extract<types.WebhookEvent, { event: `user:${string}:discovered` }>;

export type DiscoveredDevicesHaveTheirInformationOnly = [
  Expect<Equal<Extract<Discovered, { vehicle: unknown }>["vehicle"], types.DiscoveredVehicle>>,
  Expect<Equal<Extract<Discovered, { hvac: unknown }>["hvac"], types.DiscoveredHvac>>,
  Expect<Equal<Extract<Discovered, { inverter: unknown }>["inverter"], types.DiscoveredInverter>>,
  Expect<Equal<Extract<Discovered, { battery: unknown }>["battery"], types.DiscoveredBattery>>,
  Expect<Equal<Extract<Discovered, { meter: unknown }>["meter"], types.DiscoveredMeter>>,
  Expect<
    Equal<Extract<Discovered, { hemSystem: unknown }>["hemSystem"], types.DiscoveredHemSystem>
  >,
  // The one kind that comes whole.
  Expect<Equal<Extract<Discovered, { charger: unknown }>["charger"], types.Charger>>,
];

export function whatADiscoveredVehicleLacksMustBeAskedFor(
  event: types.VehicleDiscoveredEvent,
): void {
  exactly<types.Vehicle["information"]>()(event.vehicle.information);
  // @ts-expect-error: there may be no charge state
  event.vehicle.chargeState.batteryLevel;
  exactly<number | null | undefined>()(event.vehicle.chargeState?.batteryLevel);
}

export function unknownEventsComeApart(): void {
  exactly<UnknownWebhookEvent[]>()(verified.unknownEvents);
  for (const { event, payload } of verified.unknownEvents) {
    exactly<string>()(event);
    exactly<unknown>()(payload["anything"]);
  }
}

// How it is called.

export const calls: Promise<VerifiedWebhook>[] = [
  verifyWebhook(request, { secret }),
  verifyWebhook(request, { secret: [secret, secret] }),
  verifyWebhook(request, { secrets: [secret] as const, validate: "report" }),
  verifyWebhook({ body: "[]", signature: "sha1=0", secret }),
  verifyWebhook({ body: Buffer.from("[]"), headers: request.headers, secret }),
  verifyWebhook({ body: new ArrayBuffer(0), headers: { "X-Enode-Signature": "sha1=0" }, secret }),
  verifyWebhook({ body: "", headers: { a: ["b"], c: undefined }, secrets: [secret] }),
  verifyWebhook({ body: "", headers: {} satisfies NodeJS.Dict<string | string[]> }, { secret }),
];

export function whatCannotBeRightIsNoCall(delivery: WebhookDelivery): void {
  // @ts-expect-error: there is no body
  verifyWebhook({ signature: "sha1=0", secret });
  // @ts-expect-error: secrets are text
  verifyWebhook(request, { secret: Buffer.from(secret) });
  // @ts-expect-error: no such way to validate
  verifyWebhook(request, { secret, validate: "warn" });
  // @ts-expect-error: no such option
  verifyWebhook(delivery, { secret, tolerance: 5 });
}
