import type {
  Hvac,
  HvacAction,
  HvacFollowScheduleAction,
  HvacPermanentHoldAction,
  HvacPermanentHoldRequest,
  HvacUpdate,
} from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Actions } from "./actions.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/** Heaters, heat pumps, air conditioners and thermostats. */
export class Hvacs extends Resource {
  /** Commands in progress. */
  readonly actions: Actions<HvacAction> = new Actions(
    this.api,
    "getHvacAction",
    "cancelHvacAction",
  );

  /**
   * Lists HVAC units, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const hvac of enode.hvacs.list({ userId: "user-1" })) console.log(hvac.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Hvac> {
    return this.pagedByUser("listHvacs", "listUserHvacs", query, options);
  }

  /**
   * Reads an HVAC unit from Enode's cache.
   *
   * @param hvacId - ID of the HVAC unit.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const hvac = await enode.hvacs.get("a-hvac-id");
   * ```
   */
  get(hvacId: string, options?: RequestOptions): ResponsePromise<Hvac> {
    return this.api.request("getHvac", { path: { hvacId } }, options);
  }

  /**
   * Puts an HVAC unit at one of its user's locations, or with `locationId: null` at none.
   *
   * @param hvacId - ID of the HVAC unit.
   * @param location - The location, or null.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const hvac = await enode.hvacs.setLocation("a-hvac-id", { locationId: "a-location-id" });
   * ```
   */
  setLocation(
    hvacId: string,
    location: HvacUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Hvac> {
    return this.api.request("setHvacLocation", { path: { hvacId }, body: location }, options);
  }

  /**
   * Holds a mode and its setpoints (°C) until the next command.
   *
   * @param hvacId - ID of the HVAC unit.
   * @param hold - The mode, and its setpoints in °C.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold.
   * @throws UnprocessableError while a schedule controls the unit.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.hvacs.setPermanentHold("a-hvac-id", { mode: "HEAT", heatSetpoint: 21.5 });
   * ```
   */
  setPermanentHold(
    hvacId: string,
    hold: HvacPermanentHoldRequest,
    options?: RequestOptions,
  ): ResponsePromise<HvacPermanentHoldAction> {
    return this.api.request("setHvacPermanentHold", { path: { hvacId }, body: hold }, options);
  }

  /**
   * Ends a hold and lets the unit follow its own schedule; results and errors as with a hold.
   *
   * @param hvacId - ID of the HVAC unit.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.hvacs.followSchedule("a-hvac-id");
   * ```
   */
  followSchedule(
    hvacId: string,
    options?: RequestOptions,
  ): ResponsePromise<HvacFollowScheduleAction> {
    return this.api.request("setHvacFollowSchedule", { path: { hvacId } }, options);
  }

  /**
   * Asks Enode to fetch the unit's data sooner than planned; Enode guarantees nothing.
   *
   * @param hvacId - ID of the HVAC unit.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.hvacs.refresh("a-hvac-id");
   * ```
   */
  refresh(hvacId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshHvac", { path: { hvacId } }, options);
  }
}
