import type {
  ChargingSessions,
  ChargingStatistics,
  LinkSession,
  LinkSessionRequest,
  Location,
  LocationCreate,
  Schedule,
  ScheduleCreate,
  User,
} from "../../generated/types.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import { fillPath } from "../core/request/path.ts";
import {
  type CallResult,
  type ResponsePromise,
  toResponsePromise,
} from "../core/response-promise.ts";
import type { Requester } from "../core/transport.ts";
import { isHostUser, type LoadHostUsers } from "../identity/load-host-users.ts";
import type { HostUser, RequestOptions } from "../options.ts";
import { Batteries } from "../resources/batteries.ts";
import { Chargers } from "../resources/chargers.ts";
import { HemSystems } from "../resources/hem-systems.ts";
import { Hvacs } from "../resources/hvacs.ts";
import { Inverters } from "../resources/inverters.ts";
import { Locations } from "../resources/locations.ts";
import { Meters } from "../resources/meters.ts";
import { Schedules } from "../resources/schedules.ts";
import {
  type ChargingSessionsQuery,
  type ChargingStatisticsQuery,
  Statistics,
} from "../resources/statistics.ts";
import { type DisconnectArguments, Users } from "../resources/users.ts";
import { Vehicles } from "../resources/vehicles.ts";
import { foundLater, ScopedRequester } from "./scoped-requester.ts";

/** Locations of the one user. */
export type UserLocations = Omit<Locations, "create"> & {
  /** Creates a location of the user. */
  create(location: LocationCreate, options?: RequestOptions): ResponsePromise<Location>;
};

/** Schedules of the one user. */
export type UserSchedules = Omit<Schedules, "list" | "create"> & {
  /** Lists the schedules of the user. */
  list(query?: PageQuery, options?: ListOptions): List<Schedule>;
  /** Creates a schedule for a device of the user. */
  create(schedule: ScheduleCreate, options?: RequestOptions): ResponsePromise<Schedule>;
};

/** Statistics of the one user. */
export interface UserStatistics {
  /** Reads energy and cost of the user's charging, in even steps of time. */
  charging(
    query: ChargingStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingStatistics>;
  /** Reads energy and cost of each charging session of the user. */
  chargingSessions(
    query: ChargingSessionsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingSessions>;
}

/**
 * The client, confined to one end user: use it in the handler of an app's request. Lists return the user's own
 * resources, and an ID of another user's device fails with NotFoundError like one that does not exist; no command
 * is sent then.
 *
 * Each command and each read of a part of a device costs one read of the device before it, and so does
 * each device or location that a body or query names.
 *
 * @example
 * ```ts
 * import type { ChargeAction, Enode } from "enode-sdk";
 *
 * export async function onStartButton(
 *   enode: Enode,
 *   session: { userId: string },
 *   vehicleId: string,
 * ): Promise<ChargeAction> {
 *   return enode.user(session.userId).vehicles.startCharging(vehicleId);
 * }
 * ```
 */
export class UserScope {
  // Declared and not defined: a definition would set each to undefined before the constructor sets it.
  /** The ID at Enode. */
  declare readonly userId: string;
  /** Vehicles of the user. */
  declare readonly vehicles: Vehicles;
  /** Charging stations of the user. */
  declare readonly chargers: Chargers;
  /** HVAC units of the user. */
  declare readonly hvacs: Hvacs;
  /** Solar inverters of the user. */
  declare readonly inverters: Inverters;
  /** Home batteries of the user. */
  declare readonly batteries: Batteries;
  /** Energy meters of the user. */
  declare readonly meters: Meters;
  /** Home energy management systems of the user. */
  declare readonly hemSystems: HemSystems;
  /** Places of the user. */
  declare readonly locations: UserLocations;
  /** Schedules of the user. */
  declare readonly schedules: UserSchedules;
  /** Charging statistics and sessions of the user. */
  declare readonly statistics: UserStatistics;
  readonly #users: Users;
  readonly #pathId: string;
  readonly #linkHostUser:
    | ((...args: Parameters<UserScope["link"]>) => Promise<CallResult>)
    | undefined;

  /** @internal */
  constructor(requester: Requester, user: string | HostUser, hostUsers: LoadHostUsers) {
    let userId = foundLater;
    let confined: ScopedRequester;
    if (isHostUser(user)) {
      const { hostUserId } = user;
      this.#linkHostUser = async (session, options) =>
        (await hostUsers()).linkAgain(hostUserId, session, options);
      confined = new ScopedRequester(requester, "", async (operation, options) =>
        (await hostUsers()).locate(operation, hostUserId, options),
      );
    } else {
      // Throws for an ID that is invalid in a path, before the scope exists.
      fillPath("{userId}", { userId: user });
      userId = user;
      this.userId = userId;
      confined = new ScopedRequester(requester, userId);
    }
    this.#pathId = userId;
    const locations = new Locations(confined);
    const schedules = new Schedules(confined);
    const statistics = new Statistics(confined);
    this.vehicles = new Vehicles(confined);
    this.chargers = new Chargers(confined);
    this.hvacs = new Hvacs(confined);
    this.inverters = new Inverters(confined);
    this.batteries = new Batteries(confined);
    this.meters = new Meters(confined);
    this.hemSystems = new HemSystems(confined);
    // The same objects, except for the methods that would take the user ID again.
    this.locations = Object.assign(new Locations(confined), {
      create: (location: LocationCreate, options?: RequestOptions) =>
        locations.create(userId, location, options),
    });
    this.schedules = Object.assign(new Schedules(confined), {
      list: (query?: PageQuery, options?: ListOptions) => schedules.list(userId, query, options),
      create: (schedule: ScheduleCreate, options?: RequestOptions) =>
        schedules.create(userId, schedule, options),
    });
    this.statistics = {
      charging: (query, options) => statistics.charging(userId, query, options),
      chargingSessions: (query, options) => statistics.chargingSessions(userId, query, options),
    };
    this.#users = new Users(confined, hostUsers);
  }

  /** Reads the user with its linked vendor accounts. */
  get(options?: RequestOptions): ResponsePromise<User> {
    return this.#users.get(this.#pathId, options);
  }

  /** Starts a session in which the user connects a vendor account; see `enode.users.link`. */
  link(session: LinkSessionRequest, options?: RequestOptions): ResponsePromise<LinkSession> {
    return this.#linkHostUser
      ? toResponsePromise(this.#linkHostUser(session, options))
      : this.#users.link(this.#pathId, session, options);
  }

  /** Deletes the user with its devices, history and credentials, for good. */
  delete(options?: RequestOptions): ResponsePromise<undefined> {
    return this.#users.delete(this.#pathId, options);
  }

  /** Deletes the user's vendor credentials and keeps the data. */
  deauthorize(options?: RequestOptions): ResponsePromise<undefined> {
    return this.#users.deauthorize(this.#pathId, options);
  }

  /** Deletes the data of one vendor account, or with `vendorType` its devices of one kind. */
  disconnectVendor(vendor: string, ...rest: DisconnectArguments): ResponsePromise<undefined> {
    return this.#users.disconnectVendor(this.#pathId, vendor, ...rest);
  }
}

/**
 * The scope of a user by the host's own ID, as `enode.user({ hostUserId })` returns it. Each request resolves the
 * ID at Enode, so that a scope that is held ends with the erasure of its user; `enode.users.resolve` returns that
 * ID.
 */
export type HostUserScope = Omit<UserScope, "userId">;
