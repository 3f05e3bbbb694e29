import type { Handlers } from "../../http/handler.ts";
import { type ChargingServices, chargingStatisticsHandlers } from "./charging.ts";
import { hemSystemStatisticsHandlers } from "./hem-systems.ts";
import type { InverterStatisticsService } from "./inverter-statistics-service.ts";
import { inverterStatisticsHandlers } from "./inverters.ts";

/** The operations on statistics. */
export function statisticsHandlers(
  services: ChargingServices & { readonly inverterStatistics: InverterStatisticsService },
): Handlers<
  | "getUserChargingStatistics"
  | "listUserChargingSessions"
  | "getHemSystemStatistics"
  | "getInverterStatistics"
> {
  return {
    ...chargingStatisticsHandlers(services),
    ...hemSystemStatisticsHandlers(services.world),
    ...inverterStatisticsHandlers(services.world, services.inverterStatistics),
  };
}
