import type { LocationTariff, Tariff, TariffRateInterval } from "../../../../generated/types.ts";
import { checkBody, invalid, isObject, type Rule, text } from "../../http/body-validation.ts";
import type { Handlers } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import { isClockTime } from "../../shared/time/clock-time.ts";
import { isWeekdays } from "../../shared/time/weekdays.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import type { TariffRepository } from "./tariff-repository.ts";

/** The operations on tariffs. */
export function tariffHandlers(
  locations: LocationRepository,
  tariffs: TariffRepository,
): Handlers<"getTariff" | "setTariff" | "getLocationTariff" | "setLocationTariff"> {
  return {
    getTariff: ({ parameter }) => ok(tariffs.require(parameter("tariffId"))),
    async setTariff(request) {
      const tariff = tariffIn(await request.body());
      tariffs.set(request.parameter("tariffId"), tariff);
      return noContent();
    },
    getLocationTariff({ parameter }) {
      const week = tariffs.weekOf(locations.require(parameter("locationId")).id);
      if (week === undefined) throw notFound("No tariff was linked to this location");
      return ok(week);
    },
    async setLocationTariff(request) {
      const rules = { tariffId: text, tariffIntervals: list };
      const link = checkBody<LocationTariff>(await request.body(), rules);
      const { id } = locations.require(request.parameter("locationId"));
      const tariff = tariffs.require(link.tariffId);
      for (const [index, interval] of link.tariffIntervals.entries()) {
        checkInterval(interval, `tariffIntervals[${index}]`, tariff);
      }
      tariffs.link(id, link);
      return noContent();
    },
  };
}

const COST = /^[+-]?(?:\d{1,9}(?:[.]\d{0,9})?|[.]\d{1,9})$/;

/** Reads a tariff; throws a 400 when it is not valid. */
function tariffIn(body: unknown): Tariff {
  if (!Array.isArray(body)) throw badRequest("The body must be a list of rates");
  const names = new Set<string>();
  return body.map((rate: unknown, index) => {
    const path = `[${index}]`;
    if (!isObject(rate)) throw invalid(path, "must be a rate");
    const name = Reflect.get(rate, "name");
    const cost = Reflect.get(rate, "cost");
    if (typeof name !== "string") throw invalid(`${path}.name`, "must be text");
    if (names.has(name)) throw invalid(`${path}.name`, "must not be that of another rate");
    if (typeof cost !== "string" || !COST.test(cost)) {
      throw invalid(`${path}.cost`, "must be a decimal in a string");
    }
    names.add(name);
    return { name, cost };
  });
}

const list: Rule = (value) => (Array.isArray(value) ? null : "must be a list of intervals");

function checkInterval(interval: unknown, path: string, tariff: Tariff): void {
  if (!isObject(interval)) throw invalid(path, "must be an interval");
  const rateNames = tariff.map(({ name }) => name);
  const { from } = checkBody<TariffRateInterval>(interval, {
    name: (value) =>
      rateNames.some((name) => name === value) ? null : `must be a rate of the tariff (${path})`,
    weekdays: (value) => (value === undefined || isWeekdays(value) ? null : `${WANTED} (${path})`),
    from: (value) => (isClockTime(value) ? null : `must be a clock time (${path})`),
    to: (value) => (isClockTime(value) ? null : `must be a clock time (${path})`),
  });
  // Only a span of a schedule may go on into the next day.
  if (Reflect.get(interval, "to") <= from) throw invalid(`${path}.to`, "must be after from");
}

const WANTED = "must list days from 0 for Monday to 6 for Sunday";
