import type { Handlers } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { json, ok } from "../../http/responses.ts";
import { exists } from "../../shared/time/calendar.ts";
import type { World } from "../../simulation/world/world.ts";
import type { InverterStatisticsService } from "./inverter-statistics-service.ts";
import { withProblemType } from "./problem-type.ts";

/** The operations on statistics of inverters. */
export function inverterStatisticsHandlers(
  world: World,
  inverterStatistics: InverterStatisticsService,
): Handlers<"getInverterStatistics"> {
  return {
    getInverterStatistics: withProblemType([400, 404], ({ parameter, query, now }) => {
      const id = parameter("inverterId");
      const inverter = world.devices.get(id);
      if (inverter?.kind !== "inverter") throw notFound(`There is no inverter with the ID ${id}`);
      const time = {
        year: wholeIn(query, "year", [1969, 2999]),
        month: wholeIn(query, "month", [1, 12]),
        day: query.has("day") ? wholeIn(query, "day", [1, 31]) : null,
      };
      if (!exists(time)) {
        throw badRequest(`There is no ${time.year}-${time.month}-${time.day ?? ""}`);
      }
      if (!inverter.wire.capabilities.productionStatistics.isCapable) {
        throw badRequest("The vendor offers no history for this inverter");
      }
      inverter.advanceTo(now);
      const statistics = inverterStatistics.statisticsOf(inverter, time, now);
      return "retryAfter" in statistics ? json(202, statistics) : ok(statistics);
    }),
  };
}

function wholeIn(
  query: URLSearchParams,
  name: string,
  [least, most]: readonly [number, number],
): number {
  const text = query.get(name) ?? "";
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw badRequest(`"${name}" must be a whole number from ${least} to ${most}`);
}
