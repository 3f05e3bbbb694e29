import type {
  Hvac,
  TemperatureSchedule,
  TemperatureTargetState,
} from "../../../../generated/types.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import type { HvacCommand } from "../../simulation/actions.ts";
import { notOfThisStrategy, type ScheduleStrategy } from "./strategy.ts";
import { Timetable } from "./timetable.ts";

/** The strategy of schedules that set the mode and temperature of HVAC units. */
export function temperatureStrategy(
  { rules, defaultTargetState }: TemperatureSchedule,
  zone: TimeZone,
): ScheduleStrategy {
  const valued = rules.map((rule) => ({ ...rule, value: rule.targetState }));
  const timetable = new Timetable(valued, defaultTargetState, zone);
  return {
    switchesAfter: (time) =>
      timetable
        .switchesAfter(time, 2)
        .map(({ at, value }) => ({ at: new Date(at).toISOString(), target: value })),
    isCapable({ kind, wire }) {
      if (kind !== "hvac" || !wire.scopes.includes("hvac:control:mode")) return false;
      const { setFollowSchedule, setPermanentHold } = wire.capabilities;
      const targets = [defaultTargetState, ...rules.map(({ targetState }) => targetState)];
      return targets.every(({ holdType }) =>
        holdType === "SCHEDULED" ? setFollowSchedule.isCapable : setPermanentHold.isCapable,
      );
    },
    facts(device) {
      if (device.kind !== "hvac") throw notOfThisStrategy(device);
      return [currentTarget(device.wire)];
    },
    assess(device, time) {
      if (device.kind !== "hvac") throw notOfThisStrategy(device);
      const expected = timetable.valueAt(time);
      const current = currentTarget(device.wire);
      const command: HvacCommand =
        expected.holdType === "SCHEDULED" ? { target: expected } : { target: expected };
      return {
        isAligned: current !== null && isSame(current, expected),
        command,
        refusal: device.rejectionReason(command),
        parts: { scheduleType: "TEMPERATURE", current, expected },
      };
    },
  };
}

/** The present state of a unit as the target of a schedule; null when it is unknown. */
function currentTarget({ thermostatState }: Hvac): TemperatureTargetState | null {
  const { mode, heatSetpoint, coolSetpoint, holdType } = thermostatState;
  if (holdType === "SCHEDULED") return { holdType: "SCHEDULED" };
  if (holdType !== "PERMANENT") return null;
  const hold = { holdType: "PERMANENT" } as const;
  if (mode === "OFF") return { mode: "OFF", ...hold };
  if (mode === "HEAT" && heatSetpoint !== null) return { mode: "HEAT", heatSetpoint, ...hold };
  if (mode === "COOL" && coolSetpoint !== null) return { mode: "COOL", coolSetpoint, ...hold };
  if (mode === "AUTO" && heatSetpoint !== null && coolSetpoint !== null) {
    return { mode: "AUTO", coolSetpoint, heatSetpoint, ...hold };
  }
  return null;
}

function isSame(one: TemperatureTargetState, other: TemperatureTargetState): boolean {
  const inOrder = (target: TemperatureTargetState) => Object.entries(target).sort();
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}
