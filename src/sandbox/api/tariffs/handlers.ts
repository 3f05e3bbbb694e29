import { strictLocationTariff, strictTariff } from "../../../../generated/request-schemas.ts";
import type { Tariff, TariffRateInterval } from "../../../../generated/types.ts";
import { checkBody, checkList, invalid } from "../../http/body-validation.ts";
import type { Handlers } from "../../http/handler.ts";
import { notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
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
      const link = checkBody(await request.body(), strictLocationTariff);
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

/** Reads a tariff; throws a 400 when it is invalid. */
function tariffIn(body: unknown): Tariff {
  const tariff = checkList(body, strictTariff, "rates");
  const names = new Set<string>();
  for (const [index, { name }] of tariff.entries()) {
    if (names.has(name)) throw invalid(`[${index}].name`, "must not be that of another rate");
    names.add(name);
  }
  return tariff;
}

function checkInterval(interval: TariffRateInterval, path: string, tariff: Tariff): void {
  const isRate = tariff.some(({ name }) => name === interval.name);
  if (!isRate) throw invalid(`${path}.name`, "must be a rate of the tariff");
  // Unlike a schedule's, a tariff's span cannot pass midnight.
  if (interval.to <= interval.from) throw invalid(`${path}.to`, "must be after from");
}
