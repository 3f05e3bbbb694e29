import type {
  BatteryOperationModeRequest,
  ChargingCommand,
  ChargingCommandRequest,
  HvacPermanentHoldRequest,
  PermanentHoldTargetState,
  TargetMaxCurrent,
} from "../../../../generated/types.ts";
import { checkBody, oneOf } from "../../http/body-validation.ts";
import type { BatteryCommand, ChargeCommand, HvacCommand } from "../../simulation/actions.ts";
import { operationModes } from "../../simulation/devices/battery.ts";

/** Reads a command to start or stop charging; throws a 400 when it is not valid. So do the others here. */
export function chargingCommandIn(body: unknown): ChargeCommand {
  const { action } = checkBody<ChargingCommandRequest>(body, { action: command });
  return { kind: action };
}

export function maxCurrentIn(body: unknown): ChargeCommand {
  const { maxCurrent } = checkBody<TargetMaxCurrent>(body, { maxCurrent: current }, "ignored");
  return { targetState: { maxCurrent } };
}

export function operationModeIn(body: unknown): BatteryCommand {
  const rules = { operationMode: oneOf(operationModes) };
  const { operationMode } = checkBody<BatteryOperationModeRequest>(body, rules);
  return { targetState: { operationMode } };
}

export function permanentHoldIn(body: unknown): HvacCommand {
  const { mode } = checkBody<{ mode: PermanentHoldTargetState["mode"] }>(body, holdMode, "ignored");
  const hold = checkBody<HvacPermanentHoldRequest>(body, { ...holdMode, ...HOLDS[mode] });
  return { target: { ...hold, holdType: "PERMANENT" } };
}

const degrees = (value: unknown): string | null =>
  typeof value === "number" && Number.isFinite(value) ? null : "must be a number";

const HOLDS = {
  AUTO: { heatSetpoint: degrees, coolSetpoint: degrees },
  COOL: { coolSetpoint: degrees },
  HEAT: { heatSetpoint: degrees },
  OFF: {},
} satisfies Record<PermanentHoldTargetState["mode"], object>;
const holdMode = { mode: oneOf(Object.keys(HOLDS)) };

const COMMANDS: Record<ChargingCommand, true> = { START: true, STOP: true };
const command = oneOf(Object.keys(COMMANDS));

const current = (value: unknown): string | null =>
  typeof value === "number" && Number.isFinite(value) && value > 0
    ? null
    : "must be a number above 0";
