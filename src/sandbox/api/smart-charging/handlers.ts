import { strictSmartChargingPolicyUpdate } from "../../../../generated/request-schemas.ts";
import { checkBody, type Rule } from "../../http/body-validation.ts";
import type { Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, forbidden, notFound, type ProblemError } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import type { SimulatedVehicle } from "../../simulation/devices/vehicle.ts";
import type { World } from "../../simulation/world/world.ts";
import type { OverrideService } from "./override-service.ts";
import type { SmartChargingService } from "./smart-charging-service.ts";

/** The operations on smart charging, and on what overrides it. */
export function smartChargingHandlers(
  world: World,
  smartCharging: SmartChargingService,
  overrides: OverrideService,
): Handlers<
  | "getVehicleSmartChargingPolicy"
  | "updateVehicleSmartChargingPolicy"
  | "getVehicleSmartChargingStatus"
  | "getVehicleSmartChargingPlan"
  | "createVehicleSmartOverride"
  | "endVehicleSmartOverride"
> {
  return {
    getVehicleSmartChargingPolicy: (request) =>
      ok(findVehicle(world, request).wire.smartChargingPolicy),
    async updateVehicleSmartChargingPolicy(request) {
      const changes = checkBody(await request.body(), strictSmartChargingPolicyUpdate, {
        rules: { minimumChargeLimit: percentage },
        others: "refused",
      });
      const vehicle = findVehicle(world, request);
      const { capabilities, chargeState, smartChargingPolicy } = vehicle.wire;
      const policy = { ...smartChargingPolicy, ...withoutUndefined(changes) };
      if (policy.isEnabled) {
        checkControl(vehicle);
        if (!capabilities.smartCharging.isCapable) {
          throw cannotActivate("Smart charging is not possible with this vehicle");
        }
        if (policy.deadline === null) throw cannotActivate("Smart charging needs a deadline");
      }
      if (policy.minimumChargeLimit > (chargeState.chargeLimit ?? 100)) {
        throw badRequest("minimumChargeLimit must not exceed the charge limit of the vehicle");
      }
      smartCharging.setPolicy(vehicle, policy, request.now);
      return ok(policy);
    },
    getVehicleSmartChargingStatus: (request) =>
      ok(smartCharging.statusOf(findVehicle(world, request), request.now)),
    getVehicleSmartChargingPlan(request) {
      const id = request.parameter("smartChargingPlanId");
      const plan = smartCharging.planOf(findVehicle(world, request), id);
      if (plan === undefined) throw notFound(`The vehicle has no smart charging plan ${id}`);
      return ok(plan);
    },
    createVehicleSmartOverride(request) {
      const vehicle = findVehicle(world, request);
      checkControl(vehicle);
      return ok(overrides.begin(vehicle, request.now));
    },
    endVehicleSmartOverride(request) {
      const vehicle = findVehicle(world, request);
      checkControl(vehicle);
      return ok(overrides.end(vehicle, request.now));
    },
  };
}

/** The vehicle that the path names, brought up to date; throws a 404 when there is none. */
function findVehicle(world: World, { parameter, now }: RequestContext): SimulatedVehicle {
  const id = parameter("vehicleId");
  const device = world.devices.get(id);
  if (device?.kind !== "vehicle") throw notFound(`There is no vehicle with the ID ${id}`);
  device.advanceTo(now);
  return device;
}

function cannotActivate(detail: string): ProblemError {
  return badRequest(detail, undefined, "Cannot activate smart charging");
}

/** The scope that smart charging and overrides take. */
const CONTROL = "vehicle:control:charging";

function checkControl({ wire }: SimulatedVehicle): void {
  if (!wire.scopes.includes(CONTROL)) throw forbidden(`The user did not grant ${CONTROL}`);
}

const percentage: Rule<number> = (value) =>
  value >= 0 && value <= 100 ? null : "must be a number from 0 to 100";
