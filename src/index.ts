/**
 * A typed client of the Enode API for servers. Independent, not published by Enode.
 *
 * @module enode-sdk
 */
export type { OperationId } from "../generated/operations.ts";
export type * from "../generated/types.ts";
export {
  List,
  type ListOptions,
  Page,
  type PageQuery,
} from "./core/pagination.ts";
export type {
  OperationInput,
  OperationResult,
  RequestArguments,
} from "./core/request/operations.ts";
export type { ResponsePromise, WithResponse } from "./core/response-promise.ts";
export { Enode } from "./enode.ts";
export * from "./errors/index.ts";
export type * from "./hooks.ts";
export type * from "./http-transport.ts";
export type { ErasableStore, ErasureReport } from "./identity/erasure.lazy.ts";
export type * from "./options.ts";
export { type ActionEvents, Actions, type WaitOptions } from "./resources/actions.ts";
export type { Assets } from "./resources/assets.ts";
export type { Batteries } from "./resources/batteries.ts";
export type { Chargers } from "./resources/chargers.ts";
export type { HemSystemStatisticsQuery, HemSystems } from "./resources/hem-systems.ts";
export type { Hvacs } from "./resources/hvacs.ts";
export type { InterventionQuery, Interventions } from "./resources/interventions.ts";
export type {
  InverterStatisticsQuery,
  InverterStatisticsResult,
  Inverters,
} from "./resources/inverters.ts";
export type { Locations } from "./resources/locations.ts";
export type { Meters } from "./resources/meters.ts";
export type { UserPageQuery } from "./resources/resource.ts";
export type { Schedules } from "./resources/schedules.ts";
export type { IntegrationQuery, Service } from "./resources/service.ts";
export type { SmartCharging } from "./resources/smart-charging.ts";
export type {
  ChargingSessionsQuery,
  ChargingStatisticsQuery,
  Statistics,
} from "./resources/statistics.ts";
export type { Tariffs } from "./resources/tariffs.ts";
export type { DisconnectArguments, Users } from "./resources/users.ts";
export type { Vehicles } from "./resources/vehicles.ts";
export type { Webhooks } from "./resources/webhooks.ts";
export type {
  HostUserScope,
  UserLocations,
  UserSchedules,
  UserScope,
  UserStatistics,
} from "./scope/user-scope.ts";
export type { OptionalMembers } from "./shared/optional.ts";
export type * from "./storage/contracts/index.ts";
