import type {
  AvailableHemSystemTimeSeries,
  HemSystemStatistics,
  HemSystemTimeSeries,
} from "../../../../generated/types.ts";
import type { Handler, Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, notFound, ProblemError, problem } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { type CalendarTime, exists, partsOf, spanOf } from "../../shared/time/calendar.ts";
import { type TimeZone, timeZone } from "../../shared/time/time-zone.ts";
import { MINUTE, withOffset } from "../../shared/time/units.ts";
import type { SimulatedHemSystem } from "../../simulation/devices/hem-system.ts";
import type { Flows } from "../../simulation/devices/home.ts";
import { SimulatedInverter } from "../../simulation/devices/inverter.ts";
import { withProblemType } from "./problem-type.ts";
import { rounded } from "./tally.ts";

const QUARTER = 15 * MINUTE;
const QUARTERS_PER_HOUR = 4;
// Seconds after which asking again makes sense. Enode does not tell its own measure.
const RETRY_AFTER = "60";

const getHemSystemStatistics: Handler = (call) => {
  const system = systemOf(call);
  const time = intervalIn(call);
  const zone = timeZone(system.home.site.timezone);
  if (spanOf(time, zone).to <= Date.parse(system.wire.information.installationDate)) {
    throw badRequest("The interval lies before the installation of the system");
  }
  const members = [...system.members];
  if (!members.some(({ isReachable }) => isReachable)) throw vendorUnavailable();
  if (members.some((each) => each instanceof SimulatedInverter && hasNoHistory(each))) {
    throw notAvailable();
  }
  system.advanceTo(call.now);
  const report = { system, time, zone, now: call.now };
  const kinds = new Set(members.map(({ kind }) => kind));
  const series = (kind: "inverter" | "battery" | "meter", make: () => HemSystemTimeSeries) =>
    kinds.has(kind) ? make() : unavailable(`The system has no ${kind}.`);
  return ok({
    timeseries: {
      generation: series("inverter", () => flowSeries(report, "generation")),
      consumption: series("meter", () => flowSeries(report, "consumption")),
      import: series("meter", () => flowSeries(report, "import")),
      export: series("meter", () => flowSeries(report, "export")),
      charge: series("battery", () => flowSeries(report, "charge")),
      discharge: series("battery", () => flowSeries(report, "discharge")),
      batteryLevel: series("battery", () => levelSeries(report)),
    },
  } satisfies HemSystemStatistics);
};

/** What the statistics of a system are asked for. */
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
      // The mean of a quarter of an hour is known at its end.
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

/** The problem that the description has for a status of this operation, or null. */
export function hemStatisticsRefusal(status: number): ProblemError | null {
  if (status === 503) return vendorUnavailable();
  return status === 422 ? notAvailable() : null;
}

function vendorUnavailable(): ProblemError {
  const detail = "The vendor did not answer in time.";
  const document = problem(
    "vendor-temporarily-unavailable",
    "Vendor Temporarily Unavailable",
    detail,
  );
  return new ProblemError(503, document, { "retry-after": RETRY_AFTER });
}

function notAvailable(): ProblemError {
  const detail = "The vendor offers no history for this system.";
  const title = "HEM System Statistics Not Available";
  return new ProblemError(422, problem("hem-system-statistics-not-available", title, detail));
}

function systemOf({ world, parameter }: RequestContext): SimulatedHemSystem {
  const id = parameter("hemSystemId");
  const system = world.hemSystems.get(id);
  if (system === undefined) throw notFound(`There is no HEM system with the ID ${id}`);
  return system;
}

const INTERVAL = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/;

function intervalIn({ query }: RequestContext): CalendarTime {
  const [, year, month, day] = INTERVAL.exec(query.get("interval") ?? "") ?? [];
  const time = {
    year: Number(year),
    month: Number(month),
    day: day === undefined ? null : Number(day),
  };
  if (year !== undefined && exists(time)) return time;
  throw badRequest("The interval must be a day (YYYY-MM-DD) or a month (YYYY-MM)");
}

/** The operations on statistics of HEM systems. */
export const hemStatisticsHandlers: Handlers<"getHemSystemStatistics"> = {
  getHemSystemStatistics: withProblemType([400, 422, 503], getHemSystemStatistics),
};
