import type {
  Location,
  LocationCreate,
  LocationTariff,
  LocationTariffSchedule,
  LocationUpdate,
} from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/** Places of users, to which devices are assigned and tariffs linked. */
export class Locations extends Resource {
  /** Lists locations, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Location> {
    return this.pagedByUser("listLocations", "listUserLocations", query, options);
  }

  /** Creates a location of a user. */
  create(
    userId: string,
    location: LocationCreate,
    options?: RequestOptions,
  ): ResponsePromise<Location> {
    return this.api.request("createLocation", { path: { userId }, body: location }, options);
  }

  /** Reads a location. */
  get(locationId: string, options?: RequestOptions): ResponsePromise<Location> {
    return this.api.request("getLocation", { path: { locationId } }, options);
  }

  /** Changes a location. */
  update(
    locationId: string,
    location: LocationUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Location> {
    return this.api.request("updateLocation", { path: { locationId }, body: location }, options);
  }

  /** Deletes a location and returns it. */
  delete(locationId: string, options?: RequestOptions): ResponsePromise<Location> {
    return this.api.request("deleteLocation", { path: { locationId } }, options);
  }

  /**
   * Reads which tariffs apply at a location, and when.
   *
   * @throws NotFoundError when none applies.
   */
  getTariff(locationId: string, options?: RequestOptions): ResponsePromise<LocationTariffSchedule> {
    return this.api.request("getLocationTariff", { path: { locationId } }, options);
  }

  /**
   * Sets a tariff for a location.
   *
   * @throws BadRequestError when it overlaps another one.
   */
  setTariff(
    locationId: string,
    tariff: LocationTariff,
    options?: RequestOptions,
  ): ResponsePromise<undefined> {
    return this.api.request("setLocationTariff", { path: { locationId }, body: tariff }, options);
  }
}
