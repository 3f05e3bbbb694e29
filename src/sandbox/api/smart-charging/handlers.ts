import type { SmartChargingPolicyUpdate } from "../../../../generated/types.ts";
import { checkBody, optional, type Rule } from "../../http/body-validation.ts";
import type { Handler, Handlers } from "../../http/handler.ts";
import { badRequest, forbidden, notFound } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import { isClockTime } from "../../shared/time/clock-time.ts";
import { CONTROL, vehicleOf } from "./override-service.ts";

const boolean: Rule = (value) => (typeof value === "boolean" ? null : "must be true or false");
const clockTime: Rule = (value) => (isClockTime(value) ? null : "must be a clock time (HH:mm)");
const percentage: Rule = (value) =>
  typeof value === "number" && value >= 0 && value <= 100 ? null : "must be a number from 0 to 100";

const updateVehicleSmartChargingPolicy: Handler = async (call) => {
  const changes = checkBody<SmartChargingPolicyUpdate>(await call.body(), {
    isEnabled: optional(boolean),
    deadline: optional(clockTime),
    minimumChargeLimit: optional(percentage),
  });
  const vehicle = vehicleOf(call);
  const { capabilities, chargeState, smartChargingPolicy } = vehicle.wire;
  const policy = { ...smartChargingPolicy, ...withoutUndefined(changes) };
  if (policy.isEnabled) {
    if (!vehicle.wire.scopes.includes(CONTROL))
      throw forbidden(`The user did not grant ${CONTROL}`);
    if (!capabilities.smartCharging.isCapable) {
      throw badRequest("Smart charging is not possible with this vehicle");
    }
    if (policy.deadline === null) throw badRequest("Smart charging needs a deadline");
  }
  if (policy.minimumChargeLimit > (chargeState.chargeLimit ?? 100)) {
    throw badRequest("minimumChargeLimit must not exceed the charge limit of the vehicle");
  }
  call.smartCharging.setPolicy(vehicle, policy, call.now);
  return ok(policy);
};

/** The operations on smart charging. */
export const smartChargingHandlers: Handlers<
  | "getVehicleSmartChargingPolicy"
  | "updateVehicleSmartChargingPolicy"
  | "getVehicleSmartChargingStatus"
  | "getVehicleSmartChargingPlan"
> = {
  getVehicleSmartChargingPolicy: (call) => ok(vehicleOf(call).wire.smartChargingPolicy),
  updateVehicleSmartChargingPolicy,
  getVehicleSmartChargingStatus: (call) =>
    ok(call.smartCharging.statusOf(vehicleOf(call), call.now)),
  getVehicleSmartChargingPlan(call) {
    const id = call.parameter("smartChargingPlanId");
    const plan = call.smartCharging.planOf(vehicleOf(call), id);
    if (plan === undefined) throw notFound(`The vehicle has no smart charging plan ${id}`);
    return ok(plan);
  },
};
