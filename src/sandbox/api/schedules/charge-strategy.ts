import type {
  ChargeSchedule,
  SmartOverride,
  SmartOverrideStatus,
} from "../../../../generated/types.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import { notOfThisStrategy, type OverrideOf, type ScheduleStrategy } from "./strategy.ts";
import { Timetable } from "./timetable.ts";

/** The strategy of schedules that charge vehicles, directly or by their chargers. */
export function chargeStrategy(
  { rules, defaultShouldCharge }: ChargeSchedule,
  zone: TimeZone,
  overrideOf: OverrideOf,
): ScheduleStrategy {
  const valued = rules.map((rule) => ({ ...rule, value: rule.shouldCharge }));
  const timetable = new Timetable(valued, defaultShouldCharge, zone);
  return {
    switchesAfter: (time) =>
      timetable
        .switchesAfter(time, 2)
        .map(({ at, value }) => ({ at: new Date(at).toISOString(), shouldCharge: value })),
    isCapable(device) {
      if (!isChargeable(device)) return false;
      const { capabilities, scopes } = device.wire;
      return (
        capabilities.startCharging.isCapable &&
        capabilities.stopCharging.isCapable &&
        scopes.includes(`${device.kind}:control:charging`)
      );
    },
    facts(device) {
      if (!isChargeable(device)) throw notOfThisStrategy(device);
      const { isCharging, isPluggedIn, powerDeliveryState } = device.wire.chargeState;
      const override = statusOf(overrideOf(device));
      return [isCharging, isPluggedIn, powerDeliveryState, isFull(device), override];
    },
    assess(device, time) {
      if (!isChargeable(device)) throw notOfThisStrategy(device);
      const { chargeState } = device.wire;
      const isChargingExpectedParts = {
        needsCharge: !isFull(device),
        isPluggedIn: chargeState.isPluggedIn === true,
        shouldCharge: timetable.valueAt(time),
      };
      const isChargingExpected = Object.values(isChargingExpectedParts).every(Boolean);
      const isCharging = chargeState.isCharging === true;
      const command = { kind: isChargingExpected ? "START" : "STOP" } as const;
      return {
        isAligned: isCharging === isChargingExpected,
        command,
        refusal: device.rejectionReason(command) ?? device.redundancyReason(command),
        parts: {
          scheduleType: "CHARGE",
          isCharging,
          isChargingExpected,
          isChargingExpectedParts,
          smartOverride: statusOf(overrideOf(device)),
        },
      };
    },
  };
}

function statusOf(override: Readonly<SmartOverride> | null): SmartOverrideStatus | null {
  if (override === null) return null;
  const { createdAt, endedAt, targetType, targetId, vendorActionId } = override;
  return { createdAt, endedAt, targetType, targetId, vendorActionId };
}

type Chargeable = Extract<AnyDevice, { kind: "vehicle" | "charger" }>;

const isChargeable = (device: AnyDevice): device is Chargeable =>
  device.kind === "vehicle" || device.kind === "charger";

function isFull(device: Chargeable): boolean {
  if (device.kind === "vehicle") return device.wire.chargeState.isFullyCharged === true;
  return device.wire.chargeState.powerDeliveryState === "PLUGGED_IN:NO_POWER";
}
