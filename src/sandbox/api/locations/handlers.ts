import {
  strictLocationCreate,
  strictLocationUpdate,
} from "../../../../generated/request-schemas.ts";
import { checkBody, type Rule } from "../../http/body-validation.ts";
import type { Handlers } from "../../http/handler.ts";
import { ok } from "../../http/responses.ts";
import { isTimeZone } from "../../shared/time/time-zone.ts";
import type { World } from "../../simulation/world/world.ts";
import { findUser } from "../users/find-user.ts";
import type { LocationRepository } from "./location-repository.ts";

/** The operations on locations. */
export function locationHandlers(
  world: World,
  locations: LocationRepository,
): Handlers<
  | "listLocations"
  | "listUserLocations"
  | "createLocation"
  | "getLocation"
  | "updateLocation"
  | "deleteLocation"
> {
  return {
    listLocations: ({ query }) => ok(locations.page(query)),
    // Whoever never linked anything has no locations.
    listUserLocations: ({ query, parameter }) => ok(locations.page(query, parameter("userId"))),
    async createLocation(request) {
      const input = checkBody(await request.body(), strictLocationCreate, { rules });
      return ok(locations.create(findUser(world, request).id, input));
    },
    getLocation: ({ parameter }) => ok(locations.require(parameter("locationId"))),
    async updateLocation(request) {
      const changes = checkBody(await request.body(), strictLocationUpdate, { rules });
      return ok(locations.update(request.parameter("locationId"), changes));
    },
    deleteLocation: ({ parameter }) => ok(locations.remove(parameter("locationId"))),
  };
}

const within =
  (most: number): Rule<number> =>
  (value) =>
    Math.abs(value) <= most ? null : `must be a number from -${most} to ${most}`;

const zoneName: Rule<string> = (value) =>
  isTimeZone(value) ? null : "must be the IANA name of a time zone";

const rules = { latitude: within(90), longitude: within(180), timezoneName: zoneName };
