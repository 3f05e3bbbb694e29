import type {
  ActionFailureReason,
  ActionFailureType,
  ActionState,
  BatteryAction,
  ChargeAction,
  HvacFollowScheduleAction,
  HvacPermanentHoldAction,
  MaxCurrentAction,
} from "../../../generated/types.ts";
import type { Known } from "../shared/open-enum.ts";

/** Charging on or off, or a current limit. */
export type ChargeCommand = Pick<ChargeAction, "kind"> | Pick<MaxCurrentAction, "targetState">;
/** A permanent hold, or the return to the device's own programme. */
export type HvacCommand =
  | Pick<HvacPermanentHoldAction, "target">
  | Pick<HvacFollowScheduleAction, "target">;
/** An operation mode. */
export type BatteryCommand = Pick<BatteryAction, "targetState">;
/** The aim of an action. */
export type Command = ChargeCommand | HvacCommand | BatteryCommand;

export type ActionWire =
  | ChargeAction
  | MaxCurrentAction
  | HvacPermanentHoldAction
  | HvacFollowScheduleAction
  | BatteryAction;

/** How a test lets an action end, see `faults.nextAction()`. */
export interface ActionFate {
  /** Why it does not succeed. */
  readonly type: Known<ActionFailureType>;
  /** How it ends. By default `FAILED` for `NO_RESPONSE` and `NOT_FOUND`, and `CANCELLED` for the rest. */
  readonly state?: "FAILED" | "CANCELLED" | undefined;
  /** Simulated milliseconds until it ends; by default the time that the device takes for a command. */
  readonly after?: number | undefined;
}

/** An action with its internal state. */
export interface ActionRecord {
  readonly wire: ActionWire;
  readonly command: Command;
  /** When it was created: a timestamp in milliseconds, like those below. */
  readonly madeAt: number;
  /** When a device in reach has carried it out. */
  readonly dueAt: number;
  /** When Enode stops waiting for the device. */
  readonly deadline: number;
  readonly fate: ActionFate | undefined;
}

const DETAILS: Readonly<Record<Known<ActionFailureType>, string>> = {
  NO_RESPONSE: "The device did not respond in time.",
  FAILED_PRECONDITION: "The device was not in a fit state for the command.",
  CONFLICT: "A newer action took the place of this one.",
  NOT_FOUND: "The device no longer exists.",
  UNNECESSARY: "The device was in the wanted state already.",
  REQUESTED_CANCELLATION: "The action was cancelled on request.",
};

const FAILURES: ReadonlySet<string> = new Set(["NO_RESPONSE", "NOT_FOUND"]);

/** Ends a pending action. */
export function finish(
  action: ActionRecord,
  at: number,
  reason: Known<ActionFailureType> | null,
  state: Known<ActionState> = stateFor(reason),
): void {
  const { wire } = action;
  wire.state = state;
  wire.completedAt = new Date(at).toISOString();
  wire.updatedAt = wire.completedAt;
  wire.failureReason = reason === null ? null : failure(reason);
}

/** Whether both commands have the same aim. */
export function sameAim(one: Command, other: Command): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function stateFor(reason: Known<ActionFailureType> | null): Known<ActionState> {
  if (reason === null) return "CONFIRMED";
  return FAILURES.has(reason) ? "FAILED" : "CANCELLED";
}

function failure(type: Known<ActionFailureType>): ActionFailureReason {
  return { type, detail: DETAILS[type] };
}
