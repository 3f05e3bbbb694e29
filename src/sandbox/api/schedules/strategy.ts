import type {
  ChargeScheduleStatus,
  ChargeScheduleTransition,
  SmartOverride,
  TemperatureScheduleStatus,
  TemperatureScheduleTransition,
} from "../../../../generated/types.ts";
import type { Command } from "../../simulation/actions.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";

/** Tells the override of a device, if one is in effect. */
export type OverrideOf = (device: AnyDevice) => Readonly<SmartOverride> | null;

type CommonParts = "scheduleId" | "changedAt" | "state" | "upcomingTransitions";
export type Transition = ChargeScheduleTransition | TemperatureScheduleTransition;

/** How a device does, as a schedule sees it. */
export interface Assessment {
  /** Whether the device does what it should. */
  readonly isAligned: boolean;
  /** What would bring it into line. */
  readonly command: Command;
  /** Why the device would not take the command, or null. */
  readonly refusal: string | null;
  /** What the status of the schedule tells of it. */
  readonly parts:
    | Omit<ChargeScheduleStatus, CommonParts>
    | Omit<TemperatureScheduleStatus, CommonParts>;
}

/** What a schedule has to know of the matter that it sees to: charging or temperature. */
export interface ScheduleStrategy {
  /** The next switches after a moment, two at most. */
  switchesAfter(moment: number): Transition[];
  /** Whether a device can be told what to do. */
  isCapable(device: AnyDevice): boolean;
  /** What of a device has to be the same for the assessment to be the same. */
  facts(device: AnyDevice): readonly unknown[];
  /** How a device does at a moment. */
  assess(device: AnyDevice, moment: number): Assessment;
}

export function notOfThisStrategy({ kind }: AnyDevice): Error {
  return new Error(`A schedule of this kind cannot control a ${kind}`);
}
