import type {
  ChargeAction,
  MaxCurrentAction,
  TargetMaxCurrent,
  Vehicle,
  VehicleAction,
} from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Actions } from "./actions.ts";
import { Resource, type UserPageQuery } from "./resource.ts";
import { SmartCharging } from "./smart-charging.ts";

/** Electric and hybrid vehicles. */
export class Vehicles extends Resource {
  /** Charging commands in progress. */
  readonly actions: Actions<VehicleAction> = new Actions(
    this.api,
    "getVehicleAction",
    "cancelVehicleAction",
  );
  /** Charging at the cheapest hours. */
  readonly smartCharging: SmartCharging = new SmartCharging(this.api);

  /** Lists vehicles, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Vehicle> {
    return this.pagedByUser("listVehicles", "listUserVehicles", query, options);
  }

  /** Reads a vehicle from Enode's cache. */
  get(vehicleId: string, options?: RequestOptions): ResponsePromise<Vehicle> {
    return this.api.request("getVehicle", { path: { vehicleId } }, options);
  }

  /**
   * Starts charging. A newer command cancels one that is still pending.
   *
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold, for instance no cable is connected.
   * @throws UnprocessableError while a schedule or smart charging controls the vehicle.
   */
  startCharging(vehicleId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlVehicleCharging",
      { path: { vehicleId }, body: { action: "START" } },
      options,
    );
  }

  /** Stops charging; results and errors as with `startCharging`. */
  stopCharging(vehicleId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlVehicleCharging",
      { path: { vehicleId }, body: { action: "STOP" } },
      options,
    );
  }

  /**
   * Limits the current that a vehicle draws, in A.
   *
   * @experimental Enode may change this without notice.
   */
  setMaxCurrent(
    vehicleId: string,
    target: TargetMaxCurrent,
    options?: RequestOptions,
  ): ResponsePromise<MaxCurrentAction> {
    return this.api.request("setVehicleMaxCurrent", { path: { vehicleId }, body: target }, options);
  }

  /** Asks Enode to fetch the vehicle's data sooner than planned; Enode guarantees nothing. */
  refresh(vehicleId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshVehicle", { path: { vehicleId } }, options);
  }
}
