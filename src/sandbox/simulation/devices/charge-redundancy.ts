import type { ChargeCommand } from "../actions.ts";

/** What a device that charges does now. */
interface ChargeStatus {
  readonly isCharging: boolean;
  /** Whether an action is pending, which a new command would replace. */
  readonly isBusy: boolean;
  readonly maxCurrent: number | null;
}

/** Why a command has nothing to do, in the words by which clients of the API know it; null when it has. */
export function chargeRedundancy(command: ChargeCommand, status: ChargeStatus): string | null {
  if (!("kind" in command)) {
    return command.targetState.maxCurrent === status.maxCurrent
      ? "The asset is already at the current setting."
      : null;
  }
  if (status.isBusy || status.isCharging !== (command.kind === "START")) return null;
  return `The asset is already ${status.isCharging ? "charging" : "stopped"}.`;
}
