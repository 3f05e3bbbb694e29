import type {
  AvailableHemSystemTimeSeries,
  HemSystemStatistics,
  HemSystemTimeSeries,
} from "../../../../generated/types.ts";
import { statisticsNotAvailable, vendorUnavailable } from "../../http/documented-problems.ts";
import type { Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { type CalendarTime, exists, partsOf, spanOf } from "../../shared/time/calendar.ts";
import { type TimeZone, timeZone } from "../../shared/time/time-zone.ts";
import { MINUTE, withOffset } from "../../shared/time/units.ts";
import type { SimulatedHemSystem } from "../../simulation/devices/hem-system.ts";
import type { Flows } from "../../simulation/devices/home.ts";
import { SimulatedInverter } from "../../simulation/devices/inverter.ts";
import type { World } from "../../simulation/world/world.ts";
import { withProblemType } from "./problem-type.ts";
import { rounded } from "./tally.ts";

const QUARTER = 15 * MINUTE;
const QUARTERS_PER_HOUR = 4;

/** The operations on statistics of HEM systems. */
export function hemSystemStatisticsHandlers(world: World): Handlers<"getHemSystemStatistics"> {
  return {
    getHemSystemStatistics: withProblemType([400, 422, 503], (request) => {
      const system = findSystem(world, request);
      return ok(statisticsOf(system, intervalIn(request.query), request.now));
    }),
  };
}

function statisticsOf(
  system: SimulatedHemSystem,
  time: CalendarTime,
  now: number,
): HemSystemStatistics {
  const zone = timeZone(system.home.site.timezone);
  if (spanOf(time, zone).to <= Date.parse(system.wire.information.installationDate)) {
    throw badRequest("The interval lies before the installation of the system");
  }
  const members = [...system.members];
  if (!members.some(({ isReachable }) => isReachable)) throw vendorUnavailable();
  if (members.some((each) => each instanceof SimulatedInverter && hasNoHistory(each))) {
    throw statisticsNotAvailable();
  }
  system.advanceTo(now);
  const report = { system, time, zone, now };
  const kinds = new Set(members.map(({ kind }) => kind));
  const series = (kind: "inverter" | "battery" | "meter", make: () => HemSystemTimeSeries) =>
    kinds.has(kind) ? make() : unavailable(`The system has no ${kind}.`);
  return {
    timeseries: {
      generation: series("inverter", () => flowSeries(report, "generation")),
      consumption: series("meter", () => flowSeries(report, "consumption")),
      import: series("meter", () => flowSeries(report, "import")),
      export: series("meter", () => flowSeries(report, "export")),
      charge: series("battery", () => flowSeries(report, "charge")),
      discharge: series("battery", () => flowSeries(report, "discharge")),
      batteryLevel: series("battery", () => levelSeries(report)),
    },
  };
}

/** The system and interval of requested statistics. */
interface Report {
  readonly system: SimulatedHemSystem;
  readonly time: CalendarTime;
  readonly zone: TimeZone;
  readonly now: number;
}

/** Mean power in quarters of an hour for a day, energy in days for a month. */
function flowSeries(
  { system, time, zone, now }: Report,
  name: keyof Flows,
): AvailableHemSystemTimeSeries {
  const isDay = time.day !== null;
  const data = partsOf(time, zone).map(({ from, to }) => {
    let energy: number | null = null;
    for (let start = from; start < to; start += QUARTER) {
      // The mean of a quarter of an hour is known only at its end.
      const flows = isDay && start + QUARTER > now ? undefined : system.quarters.get(start);
      if (flows !== undefined) energy = (energy ?? 0) + flows[name];
    }
    const value = energy === null ? null : rounded(isDay ? energy * QUARTERS_PER_HOUR : energy);
    return { t: withOffset(from, zone.offsetAt(from)), v: value };
  });
  return {
    isAvailable: true,
    unit: isDay ? "kW" : "kWh",
    unitType: isDay ? "Power" : "Energy",
    sampling: { mode: "bucketed", resolution: isDay ? "PT15M" : "P1D" },
    timezone: system.home.site.timezone,
    data,
  };
}

function levelSeries({ system, time, zone }: Report): HemSystemTimeSeries {
  if (time.day === null) return unavailable("The battery level is there for days only.");
  return {
    isAvailable: true,
    unit: "%",
    unitType: "SoC",
    sampling: { mode: "bucketed", resolution: "PT15M" },
    timezone: system.home.site.timezone,
    data: partsOf(time, zone).map(({ from }) => ({
      t: withOffset(from, zone.offsetAt(from)),
      v: system.levels.get(from) ?? null,
    })),
  };
}

const unavailable = (reason: string): HemSystemTimeSeries => ({ isAvailable: false, reason });

const hasNoHistory = ({ wire }: SimulatedInverter) =>
  !wire.capabilities.productionStatistics.isCapable;

function findSystem(world: World, { parameter }: RequestContext): SimulatedHemSystem {
  const id = parameter("hemSystemId");
  const system = world.hemSystems.get(id);
  if (system === undefined) throw notFound(`There is no HEM system with the ID ${id}`);
  return system;
}

const INTERVAL = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/;

function intervalIn(query: URLSearchParams): CalendarTime {
  const [, year, month, day] = INTERVAL.exec(query.get("interval") ?? "") ?? [];
  const time = {
    year: Number(year),
    month: Number(month),
    day: day === undefined ? null : Number(day),
  };
  if (year !== undefined && exists(time)) return time;
  throw badRequest("The interval must be a day (YYYY-MM-DD) or a month (YYYY-MM)");
}
