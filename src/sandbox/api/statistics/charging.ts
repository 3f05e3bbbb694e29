import type {
  ChargingSession,
  ChargingStatisticsEntry,
  StatisticsResolution,
} from "../../../../generated/types.ts";
import type { Handler, Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { type Period, periodEnd, periodStart, RESOLUTIONS } from "../../shared/time/periods.ts";
import { HOUR } from "../../shared/time/units.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import { devicesOf } from "../../simulation/world/world.ts";
import { pricedTimes, pricesOf } from "../tariffs/prices.ts";
import { userOf } from "../users/handlers.ts";
import { type ChargePiece, type NonSmartPrice, Tally } from "./tally.ts";

const TYPES: readonly string[] = ["charger", "vehicle", "hvac"];
// A wrong year must not keep the sandbox busy for minutes.
const MOST_PERIODS = 50_000;

/** Answers with what the user's devices charged in each period that the time asked for touches. */
const getUserChargingStatistics: Handler = (call) => {
  const { devices, from, to, locationId } = askedFor(call);
  const offset = offsetIn(call);
  const resolution = resolutionIn(call);
  const periods: (Period & { readonly tally: Tally })[] = [];
  for (let start = periodStart(resolution, from, offset); start < to; ) {
    if (periods.length === MOST_PERIODS) throw badRequest("That is too long a time for one answer");
    const end = periodEnd(resolution, start, offset);
    periods.push({ from: start, to: end, tally: new Tally() });
    start = end;
  }
  for (const device of devices) {
    let at = 0;
    for (const piece of piecesOf(call, device, from, to, locationId)) {
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
  const entries = periods.map(
    (period): ChargingStatisticsEntry => ({
      ...period.tally.figures(Math.min(period.to, to) - Math.max(period.from, from)),
      date: new Date(period.from).toISOString(),
    }),
  );
  return ok(entries);
};

/** Answers with the charging sessions that are over and touch the time asked for, oldest first. */
const listUserChargingSessions: Handler = (call) => {
  const { devices, from, to, locationId } = askedFor(call);
  const sessions = devices.flatMap((device) =>
    sessionsOf(device)
      .filter((session) => session.from < to && session.to > from)
      .filter((session) => locationId === null || session.locationId === locationId)
      .map((session): ChargingSession => {
        const tally = new Tally();
        for (const piece of piecesOf(call, device, session.from, session.to, null)) {
          tally.add(piece);
        }
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
};

interface Session extends Period {
  readonly locationId: string | null;
}

/** What a device charged without a break; not what it charges now. */
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

/** What a device charged between two moments, taken apart by power and price. */
function piecesOf(
  { locations, tariffs, smartCharging }: RequestContext,
  device: AnyDevice,
  from: number,
  to: number,
  locationId: string | null,
): ChargePiece[] {
  const plans = smartCharging.plansOf(device);
  const edges = plans.flatMap((plan) => [plan.from, plan.to]).sort((a, b) => a - b);
  return device.charges
    .filter((span) => locationId === null || span.locationId === locationId)
    .flatMap((span) => {
      const prices = pricesOf(locations, tariffs, span.locationId);
      const [start, end] = [Math.max(span.from, from), Math.min(span.to, to)];
      // Smart charging played its part in all of a piece or in nothing of it.
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

/** A time in which smart charging decided, and what charging would have cost without. */
export interface SmartTime extends Period {
  readonly price: NonSmartPrice;
}

function nonSmartPriceAt(plans: readonly SmartTime[], moment: number): NonSmartPrice | null {
  return plans.find(({ from, to }) => from <= moment && moment < to)?.price ?? null;
}

/** The devices, time and place that the query names, brought up to date. */
function askedFor(call: RequestContext) {
  const { query, now } = call;
  const user = userOf(call);
  const type = query.get("type");
  if (type === null || !TYPES.includes(type)) {
    throw badRequest(`"type" must be one of ${TYPES.join(", ")}`);
  }
  const from = momentIn(query, "startDate") ?? undefined;
  if (from === undefined) throw badRequest('"startDate" is needed');
  // What is to come is not known.
  const to = Math.min(momentIn(query, "endDate") ?? now, now);
  if (query.has("endDate") && (momentIn(query, "endDate") ?? 0) <= from) {
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

function momentIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const moment = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) throw badRequest(`"${name}" must be a date and time of ISO 8601`);
  return moment;
}

function resolutionIn({ query }: RequestContext): StatisticsResolution {
  const text = query.get("resolution") ?? "DAY";
  const known = Object.keys(RESOLUTIONS).find((each) => each === text);
  if (known === undefined) {
    throw badRequest(`"resolution" must be one of ${Object.keys(RESOLUTIONS).join(", ")}`);
  }
  // One of the keys, which Object.keys() forgets.
  return known as StatisticsResolution;
}

/** How far days begin before those of UTC, in milliseconds. */
function offsetIn({ query }: RequestContext): number {
  const text = query.get("utcOffset") ?? "0";
  const hours = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(hours) && Math.abs(hours) <= 24) return hours * HOUR;
  throw badRequest('"utcOffset" must be a number of hours');
}

/** The operations on charging statistics. */
export const chargingStatisticsHandlers: Handlers<
  "getUserChargingStatistics" | "listUserChargingSessions"
> = {
  getUserChargingStatistics,
  listUserChargingSessions,
};
