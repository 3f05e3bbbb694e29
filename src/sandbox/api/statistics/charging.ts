import type {
  ChargingSession,
  ChargingStatisticsEntry,
  StatisticsResolution,
} from "../../../../generated/types.ts";
import type { Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { type Period, periodEnd, periodStart, RESOLUTIONS } from "../../shared/time/periods.ts";
import { HOUR } from "../../shared/time/units.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import { devicesOf, type World } from "../../simulation/world/world.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import type { SmartTime } from "../smart-charging/plan.ts";
import type { SmartChargingService } from "../smart-charging/smart-charging-service.ts";
import { type NonSmartPrice, pricedTimes, pricesOf } from "../tariffs/prices.ts";
import type { TariffRepository } from "../tariffs/tariff-repository.ts";
import { findUser } from "../users/find-user.ts";
import { type ChargePiece, Tally } from "./tally.ts";

const TYPES: readonly string[] = ["charger", "vehicle", "hvac"];
// A wrong year must not block the sandbox for minutes.
const MOST_PERIODS = 50_000;

/** The dependencies of charging statistics. */
export interface ChargingServices {
  readonly world: World;
  readonly locations: LocationRepository;
  readonly tariffs: TariffRepository;
  readonly smartCharging: SmartChargingService;
}

/** The operations on charging statistics. */
export function chargingStatisticsHandlers(
  services: ChargingServices,
): Handlers<"getUserChargingStatistics" | "listUserChargingSessions"> {
  return {
    /** Answers with the charging of the user's devices in each period that overlaps the requested time. */
    getUserChargingStatistics(request) {
      const { devices, from, to, locationId } = selectionIn(services.world, request);
      const periods = periodsIn(request.query, from, to);
      for (const device of devices) {
        tallyUp(piecesOf(services, device, { from, to }, locationId), periods);
      }
      const entries = periods.map(
        (period): ChargingStatisticsEntry => ({
          ...period.tally.figures(Math.min(period.to, to) - Math.max(period.from, from)),
          date: new Date(period.from).toISOString(),
        }),
      );
      return ok(entries);
    },
    /** Answers with the ended charging sessions that overlap the requested time, oldest first. */
    listUserChargingSessions(request) {
      const { devices, from, to, locationId } = selectionIn(services.world, request);
      const sessions = devices.flatMap((device) =>
        sessionsOf(device)
          .filter((session) => session.from < to && session.to > from)
          .filter((session) => locationId === null || session.locationId === locationId)
          .map((session): ChargingSession => {
            const tally = new Tally();
            for (const piece of piecesOf(services, device, session)) tally.add(piece);
            return {
              id: device.wire.id,
              locationId: session.locationId,
              from: new Date(session.from).toISOString(),
              to: new Date(session.to).toISOString(),
              ...tally.figures(session.to - session.from),
            };
          }),
      );
      return ok(sessions.sort((one, other) => (one.from < other.from ? -1 : 1)));
    },
  };
}

interface TalliedPeriod extends Period {
  readonly tally: Tally;
}

/** The periods of a time, in the resolution of the query. */
function periodsIn(query: URLSearchParams, from: number, to: number): TalliedPeriod[] {
  const offset = offsetIn(query);
  const resolution = resolutionIn(query);
  const periods: TalliedPeriod[] = [];
  for (let start = periodStart(resolution, from, offset); start < to; ) {
    if (periods.length === MOST_PERIODS) throw badRequest("That is too long a time for one answer");
    const end = periodEnd(resolution, start, offset);
    periods.push({ from: start, to: end, tally: new Tally() });
    start = end;
  }
  return periods;
}

/** Adds the charging of one device, oldest first, to the periods that contain it. */
function tallyUp(pieces: readonly ChargePiece[], periods: readonly TalliedPeriod[]): void {
  let at = 0;
  for (const piece of pieces) {
    while ((periods[at]?.to ?? Number.POSITIVE_INFINITY) <= piece.from) at += 1;
    for (let index = at; index < periods.length; index++) {
      const period = periods[index];
      if (period === undefined || period.from >= piece.to) break;
      period.tally.add({
        ...piece,
        from: Math.max(period.from, piece.from),
        to: Math.min(period.to, piece.to),
      });
    }
  }
}

interface Session extends Period {
  readonly locationId: string | null;
}

/** The ended charging sessions of a device: charging without a break. */
function sessionsOf(device: AnyDevice): Session[] {
  const sessions: Session[] = [];
  for (const { from, to, locationId } of device.charges) {
    const last = sessions.at(-1);
    if (last?.to === from) sessions[sessions.length - 1] = { ...last, to };
    else sessions.push({ from, to, locationId });
  }
  const goesOn = device.power() > 0 && sessions.at(-1)?.to === device.settledAt;
  return goesOn ? sessions.slice(0, -1) : sessions;
}

/** The charging of a device between two times, split by power and price. */
function piecesOf(
  { locations, tariffs, smartCharging }: ChargingServices,
  device: AnyDevice,
  { from, to }: Period,
  locationId: string | null = null,
): ChargePiece[] {
  const plans = smartCharging.plansOf(device);
  const edges = plans.flatMap((plan) => [plan.from, plan.to]).sort((a, b) => a - b);
  return device.charges
    .filter((span) => locationId === null || span.locationId === locationId)
    .flatMap((span) => {
      const prices = pricesOf(locations, tariffs, span.locationId);
      const [start, end] = [Math.max(span.from, from), Math.min(span.to, to)];
      // Cut where plans begin and end, so that smart charging controlled all of a piece or none of it.
      const cuts = [start, ...edges.filter((edge) => edge > start && edge < end), end];
      return cuts.slice(1).flatMap((cut, index) =>
        pricedTimes(prices, cuts[index] ?? cut, cut).map((time) => ({
          ...time,
          power: span.power,
          nonSmart: nonSmartPriceAt(plans, time.from),
        })),
      );
    });
}

function nonSmartPriceAt(plans: readonly SmartTime[], time: number): NonSmartPrice | null {
  return plans.find(({ from, to }) => from <= time && time < to)?.price ?? null;
}

/** The devices, time and place that the query names, brought up to date. */
function selectionIn(world: World, request: RequestContext) {
  const { query, now } = request;
  const user = findUser(world, request);
  const type = query.get("type");
  if (type === null || !TYPES.includes(type)) {
    throw badRequest(`"type" must be one of ${TYPES.join(", ")}`);
  }
  const from = timeIn(query, "startDate") ?? undefined;
  if (from === undefined) throw badRequest('"startDate" is needed');
  // There are no figures of the future.
  const to = Math.min(timeIn(query, "endDate") ?? now, now);
  if (query.has("endDate") && (timeIn(query, "endDate") ?? 0) <= from) {
    throw badRequest('"endDate" must be after "startDate"');
  }
  const id = query.get("id");
  const devices = devicesOf(user).filter(
    ({ kind, wire }) => kind === type && (id === null || wire.id === id),
  );
  if (id !== null && devices.length === 0) {
    throw notFound(`The user has no ${type} with the ID ${id}`);
  }
  for (const device of devices) device.advanceTo(now);
  return { devices, from, to, locationId: query.get("locationId") };
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

function timeIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const time = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw badRequest(`"${name}" must be a date and time of ISO 8601`);
  return time;
}

function resolutionIn(query: URLSearchParams): StatisticsResolution {
  const text = query.get("resolution") ?? "DAY";
  const known = Object.keys(RESOLUTIONS).find((each) => each === text);
  if (known === undefined) {
    throw badRequest(`"resolution" must be one of ${Object.keys(RESOLUTIONS).join(", ")}`);
  }
  // One of the keys, which the type of Object.keys() does not keep.
  return known as StatisticsResolution;
}

/** The UTC offset in the query, in milliseconds. */
function offsetIn(query: URLSearchParams): number {
  const text = query.get("utcOffset") ?? "0";
  const hours = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(hours) && Math.abs(hours) <= 24) return hours * HOUR;
  throw badRequest('"utcOffset" must be a number of hours');
}
