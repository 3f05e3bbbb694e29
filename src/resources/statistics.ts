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
  /** Reads energy and cost of a user's charging, in even steps of time. */
  charging(
    userId: string,
    query: ChargingStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingStatistics> {
    return this.api.request("getUserChargingStatistics", { path: { userId }, query }, options);
  }

  /** Reads energy and cost of each charging session of a user. */
  chargingSessions(
    userId: string,
    query: ChargingSessionsQuery,
    options?: RequestOptions,
  ): ResponsePromise<ChargingSessions> {
    return this.api.request("listUserChargingSessions", { path: { userId }, query }, options);
  }
}
