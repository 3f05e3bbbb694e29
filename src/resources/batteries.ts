import type { Battery, BatteryAction, BatteryOperationModeRequest } from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Actions } from "./actions.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/**
 * Home batteries.
 *
 * @beta Enode may change this without notice.
 */
export class Batteries extends Resource {
  /** Commands in progress. */
  readonly actions: Actions<BatteryAction> = new Actions(
    this.api,
    "getBatteryAction",
    "cancelBatteryAction",
  );

  /** Lists batteries, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Battery> {
    return this.pagedByUser("listBatteries", "listUserBatteries", query, options);
  }

  /** Reads a battery from Enode's cache. */
  get(batteryId: string, options?: RequestOptions): ResponsePromise<Battery> {
    return this.api.request("getBattery", { path: { batteryId } }, options);
  }

  /**
   * Sets the operation mode of a battery.
   *
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold.
   */
  setOperationMode(
    batteryId: string,
    mode: BatteryOperationModeRequest,
    options?: RequestOptions,
  ): ResponsePromise<BatteryAction> {
    return this.api.request(
      "setBatteryOperationMode",
      { path: { batteryId }, body: mode },
      options,
    );
  }

  /** Asks Enode to fetch the battery's data sooner than planned; Enode guarantees nothing. */
  refresh(batteryId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshBattery", { path: { batteryId } }, options);
  }
}
