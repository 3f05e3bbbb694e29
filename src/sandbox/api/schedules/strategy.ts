import type {
  ChargeScheduleStatus,
  ChargeScheduleTransition,
  SmartOverride,
  TemperatureScheduleStatus,
  TemperatureScheduleTransition,
} from "../../../../generated/types.ts";
import type { Command } from "../../simulation/actions.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";

/** Returns the override of a device that is in effect, or null. */
export type OverrideOf = (device: AnyDevice) => Readonly<SmartOverride> | null;

type CommonParts = "scheduleId" | "changedAt" | "state" | "upcomingTransitions";
export type Transition = ChargeScheduleTransition | TemperatureScheduleTransition;

/** The state of a device compared with its schedule. */
export interface Assessment {
  /** Whether the device is in the scheduled state. */
  readonly isAligned: boolean;
  /** The command that would bring it into that state. */
  readonly command: Command;
  /** Why the device would refuse the command, or null. */
  readonly refusal: string | null;
  /** The part of the schedule's status that describes it. */
  readonly parts:
    | Omit<ChargeScheduleStatus, CommonParts>
    | Omit<TemperatureScheduleStatus, CommonParts>;
}

/** The part of a schedule that depends on what it controls: charging or temperature. */
export interface ScheduleStrategy {
  /** The next switches after a time, two at most. */
  switchesAfter(time: number): Transition[];
  /** Whether a device accepts the commands of the schedule. */
  isCapable(device: AnyDevice): boolean;
  /** The facts of a device on which its assessment depends. */
  facts(device: AnyDevice): readonly unknown[];
  /** Compares a device with its schedule at a time. */
  assess(device: AnyDevice, time: number): Assessment;
}

export function notOfThisStrategy({ kind }: AnyDevice): Error {
  return new Error(`A schedule of this kind cannot control a ${kind}`);
}
