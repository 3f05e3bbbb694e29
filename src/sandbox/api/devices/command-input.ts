import {
  strictBatteryOperationModeRequest,
  strictChargingCommandRequest,
  strictHvacPermanentHoldRequest,
  strictTargetMaxCurrent,
} from "../../../../generated/request-schemas.ts";
import { checkBody } from "../../http/body-validation.ts";
import type { BatteryCommand, ChargeCommand, HvacCommand } from "../../simulation/actions.ts";

/** Reads a command to start or stop charging; throws a 400 when it is invalid, as the other functions here do. */
export function chargingCommandIn(body: unknown): ChargeCommand {
  const { action } = checkBody(body, strictChargingCommandRequest);
  return { kind: action };
}

export function maxCurrentIn(body: unknown): ChargeCommand {
  const { maxCurrent } = checkBody(body, strictTargetMaxCurrent);
  return { targetState: { maxCurrent } };
}

export function operationModeIn(body: unknown): BatteryCommand {
  const { operationMode } = checkBody(body, strictBatteryOperationModeRequest);
  return { targetState: { operationMode } };
}

export function permanentHoldIn(body: unknown): HvacCommand {
  const hold = checkBody(body, strictHvacPermanentHoldRequest);
  return { target: { ...hold, holdType: "PERMANENT" } };
}
