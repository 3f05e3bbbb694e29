import type {
  SmartChargingPlan,
  SmartChargingPolicy,
  SmartChargingPolicyUpdate,
  SmartChargingStatus,
  SmartOverride,
} from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Charging of vehicles at the cheapest hours, planned by Enode. */
export class SmartCharging extends Resource {
  /** Reads when and how far a vehicle is to be charged. */
  getPolicy(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartChargingPolicy> {
    return this.api.request("getVehicleSmartChargingPolicy", { path: { vehicleId } }, options);
  }

  /**
   * Changes when and how far a vehicle is to be charged.
   *
   * @throws BadRequestError for an invalid policy.
   */
  updatePolicy(
    vehicleId: string,
    policy: SmartChargingPolicyUpdate,
    options?: RequestOptions,
  ): ResponsePromise<SmartChargingPolicy> {
    return this.api.request(
      "updateVehicleSmartChargingPolicy",
      { path: { vehicleId }, body: policy },
      options,
    );
  }

  /** Reads the current state of smart charging of a vehicle. */
  getStatus(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartChargingStatus> {
    return this.api.request("getVehicleSmartChargingStatus", { path: { vehicleId } }, options);
  }

  /** Reads one plan. */
  getPlan(
    vehicleId: string,
    smartChargingPlanId: string,
    options?: RequestOptions,
  ): ResponsePromise<SmartChargingPlan> {
    return this.api.request(
      "getVehicleSmartChargingPlan",
      { path: { vehicleId, smartChargingPlanId } },
      options,
    );
  }

  /** Charges now, whatever the plan says. */
  createOverride(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartOverride> {
    return this.api.request("createVehicleSmartOverride", { path: { vehicleId } }, options);
  }

  /**
   * Ends an override and returns to the plan.
   *
   * @throws NotFoundError when there is no override.
   */
  endOverride(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartOverride> {
    return this.api.request("endVehicleSmartOverride", { path: { vehicleId } }, options);
  }
}
