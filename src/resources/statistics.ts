import type { ChargingSessions, ChargingStatistics, Operations } from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** The device, time range and resolution of charging statistics. */
export type ChargingStatisticsQuery = Operations["getUserChargingStatistics"]["query"];
/** The device and time range of charging sessions. */
export type ChargingSessionsQuery = Operations["listUserChargingSessions"]["query"];

/** Energy use and cost of charging over time. */
export class Statistics extends Resource {
  /**
   * Reads energy and cost of a user's charging, in even steps of time.
   *
   * @param userId - ID of the user at Enode.
   * @param query - Kind of device, time range and resolution; `id` for one device.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const periods = await enode.statistics.charging("user-1", {
   *   type: "vehicle", startDate: "2026-01-01T00:00:00Z", resolution: "DAY",
   * });
   * ```
   */
  charging(
    userId: string,
    query: ChargingStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingStatistics> {
    return this.api.request("getUserChargingStatistics", { path: { userId }, query }, options);
  }

  /**
   * Reads energy and cost of each charging session of a user.
   *
   * @param userId - ID of the user at Enode.
   * @param query - Kind of device and time range; `id` for one device.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const sessions = await enode.statistics.chargingSessions("user-1", {
   *   type: "vehicle", startDate: "2026-01-01T00:00:00Z",
   * });
   * ```
   */
  chargingSessions(
    userId: string,
    query: ChargingSessionsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingSessions> {
    return this.api.request("listUserChargingSessions", { path: { userId }, query }, options);
  }
}
