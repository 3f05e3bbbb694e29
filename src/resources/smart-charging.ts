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
  /**
   * Reads when and how far a vehicle is to be charged.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const policy = await enode.vehicles.smartCharging.getPolicy("a-vehicle-id");
   * ```
   */
  getPolicy(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartChargingPolicy> {
    return this.api.request("getVehicleSmartChargingPolicy", { path: { vehicleId } }, options);
  }

  /**
   * Changes when and how far a vehicle is to be charged.
   *
   * @param vehicleId - ID of the vehicle.
   * @param policy - What to change: `deadline` as HH:mm, `minimumChargeLimit` in %.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws BadRequestError for an invalid policy.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const policy = await enode.vehicles.smartCharging.updatePolicy("a-vehicle-id", {
   *   isEnabled: true, deadline: "06:45",
   * });
   * ```
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

  /**
   * Reads the current state of smart charging of a vehicle.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const status = await enode.vehicles.smartCharging.getStatus("a-vehicle-id");
   * ```
   */
  getStatus(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartChargingStatus> {
    return this.api.request("getVehicleSmartChargingStatus", { path: { vehicleId } }, options);
  }

  /**
   * Reads one plan.
   *
   * @param vehicleId - ID of the vehicle.
   * @param smartChargingPlanId - ID of the plan, from the status.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const plan = await enode.vehicles.smartCharging.getPlan("a-vehicle-id", "a-smart-charging-plan-id");
   * ```
   */
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

  /**
   * Charges now, whatever the plan says.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const override = await enode.vehicles.smartCharging.createOverride("a-vehicle-id");
   * ```
   */
  createOverride(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartOverride> {
    return this.api.request("createVehicleSmartOverride", { path: { vehicleId } }, options);
  }

  /**
   * Ends an override and returns to the plan.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws NotFoundError when there is no override.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const override = await enode.vehicles.smartCharging.endOverride("a-vehicle-id");
   * ```
   */
  endOverride(vehicleId: string, options?: RequestOptions): ResponsePromise<SmartOverride> {
    return this.api.request("endVehicleSmartOverride", { path: { vehicleId } }, options);
  }
}
