import {
  strictChargeScheduleCreate,
  strictChargeScheduleUpdate,
  strictTemperatureScheduleCreate,
  strictTemperatureScheduleUpdate,
} from "../../../../generated/request-schemas.ts";
import type { Schedule, ScheduleCreate, ScheduleUpdate } from "../../../../generated/types.ts";
import { checkBody, isObject } from "../../http/body-validation.ts";

/** Reads a new schedule; throws a 400 that lists all faults. */
export function readNewSchedule(body: unknown): ScheduleCreate {
  const isTemperature = isObject(body) && Reflect.get(body, "targetType") === "hvac";
  return isTemperature
    ? checkBody(body, strictTemperatureScheduleCreate)
    : checkBody(body, strictChargeScheduleCreate);
}

/** Reads changes to a schedule; throws a 400 that lists all faults. */
export function readScheduleChanges(body: unknown, { targetType }: Schedule): ScheduleUpdate {
  return targetType === "hvac"
    ? checkBody(body, strictTemperatureScheduleUpdate)
    : checkBody(body, strictChargeScheduleUpdate);
}
