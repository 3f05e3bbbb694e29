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

  /** Lists HVAC units, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Hvac> {
    return this.pagedByUser("listHvacs", "listUserHvacs", query, options);
  }

  /** Reads an HVAC unit from Enode's cache. */
  get(hvacId: string, options?: RequestOptions): ResponsePromise<Hvac> {
    return this.api.request("getHvac", { path: { hvacId } }, options);
  }

  /** Puts an HVAC unit at one of its user's locations, or with `locationId: null` at none. */
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
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold.
   * @throws UnprocessableError while a schedule controls the unit.
   */
  setPermanentHold(
    hvacId: string,
    hold: HvacPermanentHoldRequest,
    options?: RequestOptions,
  ): ResponsePromise<HvacPermanentHoldAction> {
    return this.api.request("setHvacPermanentHold", { path: { hvacId }, body: hold }, options);
  }

  /** Ends a hold and lets the unit follow its own schedule; results and errors as with a hold. */
  followSchedule(
    hvacId: string,
    options?: RequestOptions,
  ): ResponsePromise<HvacFollowScheduleAction> {
    return this.api.request("setHvacFollowSchedule", { path: { hvacId } }, options);
  }

  /** Asks Enode to fetch the unit's data sooner than planned; Enode guarantees nothing. */
  refresh(hvacId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshHvac", { path: { hvacId } }, options);
  }
}
