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
  /**
   * Lists locations, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const location of enode.locations.list({ userId: "user-1" })) console.log(location.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Location> {
    return this.pagedByUser("listLocations", "listUserLocations", query, options);
  }

  /**
   * Creates a location of a user.
   *
   * @param userId - ID of the user at Enode.
   * @param location - Its name, position in degrees and IANA time zone.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const location = await enode.locations.create("user-1", {
   *   name: "Home", latitude: 60.39, longitude: 5.32, timezoneName: "Europe/Oslo",
   * });
   * ```
   */
  create(
    userId: string,
    location: LocationCreate,
    options?: RequestOptions,
  ): ResponsePromise<Location> {
    return this.api.request("createLocation", { path: { userId }, body: location }, options);
  }

  /**
   * Reads a location.
   *
   * @param locationId - ID of the location.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const location = await enode.locations.get("a-location-id");
   * ```
   */
  get(locationId: string, options?: RequestOptions): ResponsePromise<Location> {
    return this.api.request("getLocation", { path: { locationId } }, options);
  }

  /**
   * Changes a location.
   *
   * @param locationId - ID of the location.
   * @param location - What to change.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const location = await enode.locations.update("a-location-id", { name: "Summer cabin" });
   * ```
   */
  update(
    locationId: string,
    location: LocationUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Location> {
    return this.api.request("updateLocation", { path: { locationId }, body: location }, options);
  }

  /**
   * Deletes a location and returns it.
   *
   * @param locationId - ID of the location.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const location = await enode.locations.delete("a-location-id");
   * ```
   */
  delete(locationId: string, options?: RequestOptions): ResponsePromise<Location> {
    return this.api.request("deleteLocation", { path: { locationId } }, options);
  }

  /**
   * Reads which tariffs apply at a location, and when.
   *
   * @param locationId - ID of the location.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws NotFoundError when none applies.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const entries = await enode.locations.getTariff("a-location-id");
   * ```
   */
  getTariff(locationId: string, options?: RequestOptions): ResponsePromise<LocationTariffSchedule> {
    return this.api.request("getLocationTariff", { path: { locationId } }, options);
  }

  /**
   * Sets a tariff for a location.
   *
   * @param locationId - ID of the location.
   * @param tariff - The tariff, and when its rates apply, as HH:mm.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws BadRequestError when it overlaps another one.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * await enode.locations.setTariff("a-location-id", {
   *   tariffId: "night", tariffIntervals: [{ name: "LOW", from: "00:00", to: "06:00" }],
   * });
   * ```
   */
  setTariff(
    locationId: string,
    tariff: LocationTariff,
    options?: RequestOptions,
  ): ResponsePromise<undefined> {
    return this.api.request("setLocationTariff", { path: { locationId }, body: tariff }, options);
  }
}
