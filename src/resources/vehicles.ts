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

  /**
   * Lists vehicles, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const vehicle of enode.vehicles.list({ userId: "user-1" })) console.log(vehicle.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Vehicle> {
    return this.pagedByUser("listVehicles", "listUserVehicles", query, options);
  }

  /**
   * Reads a vehicle from Enode's cache.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vehicle = await enode.vehicles.get("a-vehicle-id");
   * ```
   */
  get(vehicleId: string, options?: RequestOptions): ResponsePromise<Vehicle> {
    return this.api.request("getVehicle", { path: { vehicleId } }, options);
  }

  /**
   * Starts charging. A newer command cancels one that is still pending.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold, for instance no cable is connected.
   * @throws UnprocessableError while a schedule or smart charging controls the vehicle.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.vehicles.startCharging("a-vehicle-id");
   * ```
   */
  startCharging(vehicleId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlVehicleCharging",
      { path: { vehicleId }, body: { action: "START" } },
      options,
    );
  }

  /**
   * Stops charging; results and errors as with `startCharging`.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.vehicles.stopCharging("a-vehicle-id");
   * ```
   */
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
   * @param vehicleId - ID of the vehicle.
   * @param target - The current, in A.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @experimental Enode may change this without notice.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.vehicles.setMaxCurrent("a-vehicle-id", { maxCurrent: 10 });
   * ```
   */
  setMaxCurrent(
    vehicleId: string,
    target: TargetMaxCurrent,
    options?: RequestOptions,
  ): ResponsePromise<MaxCurrentAction> {
    return this.api.request("setVehicleMaxCurrent", { path: { vehicleId }, body: target }, options);
  }

  /**
   * Asks Enode to fetch the vehicle's data sooner than planned; Enode guarantees nothing.
   *
   * @param vehicleId - ID of the vehicle.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.vehicles.refresh("a-vehicle-id");
   * ```
   */
  refresh(vehicleId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshVehicle", { path: { vehicleId } }, options);
  }
}
