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

  /**
   * Lists batteries, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const battery of enode.batteries.list({ userId: "user-1" })) console.log(battery.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Battery> {
    return this.pagedByUser("listBatteries", "listUserBatteries", query, options);
  }

  /**
   * Reads a battery from Enode's cache.
   *
   * @param batteryId - ID of the battery.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const battery = await enode.batteries.get("a-battery-id");
   * ```
   */
  get(batteryId: string, options?: RequestOptions): ResponsePromise<Battery> {
    return this.api.request("getBattery", { path: { batteryId } }, options);
  }

  /**
   * Sets the operation mode of a battery.
   *
   * @param batteryId - ID of the battery.
   * @param mode - The mode; `capabilities` of the battery says which ones it has.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.batteries.setOperationMode("a-battery-id", { operationMode: "IMPORT_FOCUS" });
   * ```
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

  /**
   * Asks Enode to fetch the battery's data sooner than planned; Enode guarantees nothing.
   *
   * @param batteryId - ID of the battery.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.batteries.refresh("a-battery-id");
   * ```
   */
  refresh(batteryId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshBattery", { path: { batteryId } }, options);
  }
}
