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
/** A hold, or back to the programme on the device. */
export type HvacCommand =
  | Pick<HvacPermanentHoldAction, "target">
  | Pick<HvacFollowScheduleAction, "target">;
/** An operation mode. */
export type BatteryCommand = Pick<BatteryAction, "targetState">;
/** What an action is to bring about. */
export type Command = ChargeCommand | HvacCommand | BatteryCommand;

export type ActionWire =
  | ChargeAction
  | MaxCurrentAction
  | HvacPermanentHoldAction
  | HvacFollowScheduleAction
  | BatteryAction;

/** How a test wants an action to end, see `faults.nextAction()`. */
export interface ActionFate {
  /** Why it does not succeed. */
  readonly type: Known<ActionFailureType>;
  /** How it ends. By default `FAILED` for `NO_RESPONSE` and `NOT_FOUND`, and `CANCELLED` for the rest. */
  readonly state?: "FAILED" | "CANCELLED" | undefined;
  /** Simulated milliseconds until it ends; by default the time that the device takes for a command. */
  readonly after?: number | undefined;
}

/** One action, and what the simulation has to remember about it. */
export interface ActionRecord {
  readonly wire: ActionWire;
  readonly command: Command;
  /** When it was made, as a time stamp in milliseconds. The ones below as well. */
  readonly madeAt: number;
  /** When the device has carried it out, if it can be reached. */
  readonly dueAt: number;
  /** When Enode gives up. */
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

/** Whether both aim for the same. */
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
