import type {
  LocationTariff,
  LocationTariffScheduleEntry,
  Tariff,
  TariffRateInterval,
} from "../../../../generated/types.ts";
import { checkBody, invalid, isObject, type Rule, text } from "../../http/body-validation.ts";
import type { Handler, Handlers } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import { isClockTime, minutesOf } from "../../shared/time/clock-time.ts";
import { isWeekdays, WEEKDAYS, weekdayOf } from "../../shared/time/weekdays.ts";
import { type LocationRepository, locationOf } from "../locations/location-repository.ts";

type Week = readonly LocationTariffScheduleEntry[];

/** The prices of a client, and when they hold where. */
export class TariffRepository {
  readonly #locations: LocationRepository;
  readonly #tariffs = new Map<string, Tariff>();
  readonly #weeks = new Map<string, Week>();

  constructor(locations: LocationRepository) {
    this.#locations = locations;
    locations.onRemoved.push((id) => this.#weeks.delete(id));
  }

  get(id: string): Tariff | undefined {
    return this.#tariffs.get(id);
  }

  set(id: string, tariff: Tariff): void {
    this.#tariffs.set(id, tariff);
  }

  /** What holds at a location in a week, in its order; undefined when no tariff was linked. */
  weekOf(locationId: string): Week | undefined {
    return this.#weeks.get(locationId);
  }

  link(locationId: string, { tariffId, tariffIntervals }: LocationTariff): void {
    const week = WEEKDAYS.flatMap((weekday) =>
      tariffIntervals
        .filter(({ weekdays = WEEKDAYS }) => weekdays.includes(weekday))
        .map(({ name, from, to }) => {
          const hours = { fromHourMinute: from, toHourMinute: to };
          return { weekday, ...hours, tariffId, tariffName: name };
        })
        .sort((a, b) => minutesOf(a.fromHourMinute) - minutesOf(b.fromHourMinute)),
    );
    for (const [index, entry] of week.entries()) {
      const next = week[index + 1];
      if (next?.weekday !== entry.weekday || next.fromHourMinute >= entry.toHourMinute) continue;
      const message = `must not overlap: ${entry.tariffName} and ${next.tariffName} do`;
      throw invalid("tariffIntervals", message);
    }
    this.#weeks.set(locationId, week);
  }

  /** The price per kWh at a location, of its own tariff; null where none holds. */
  costAt(locationId: string, moment: number): number | null {
    const zone = this.#locations.zoneOf(locationId);
    const day = zone.dayAt(moment);
    const entry = this.#weeks
      .get(locationId)
      ?.find(
        ({ weekday, fromHourMinute, toHourMinute }) =>
          weekday === weekdayOf(day) &&
          zone.momentOf(day, minutesOf(fromHourMinute)) <= moment &&
          moment < zone.momentOf(day, minutesOf(toHourMinute)),
      );
    const tariff = entry === undefined ? undefined : this.#tariffs.get(entry.tariffId);
    const rate = tariff?.find(({ name }) => name === entry?.tariffName);
    return rate === undefined ? null : Number(rate.cost);
  }
}

const COST = /^[+-]?(?:\d{1,9}(?:[.]\d{0,9})?|[.]\d{1,9})$/;

const setTariff: Handler = async (call) => {
  const body = await call.body();
  if (!Array.isArray(body)) throw badRequest("The body must be a list of rates");
  const names = new Set<string>();
  const tariff = body.map((rate: unknown, index) => {
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
  call.tariffs.set(call.parameter("tariffId"), tariff);
  return noContent();
};

const setLocationTariff: Handler = async (call) => {
  const list: Rule = (value) => (Array.isArray(value) ? null : "must be a list of intervals");
  const rules = { tariffId: text, tariffIntervals: list };
  const link = checkBody<LocationTariff>(await call.body(), rules);
  const { id } = locationOf(call);
  const tariff = call.tariffs.get(link.tariffId);
  if (tariff === undefined) throw notFound(`There is no tariff with the ID ${link.tariffId}`);
  for (const [index, interval] of link.tariffIntervals.entries()) {
    checkInterval(interval, `tariffIntervals[${index}]`, tariff);
  }
  call.tariffs.link(id, link);
  return noContent();
};

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

/** The operations on tariffs. */
export const tariffHandlers: Handlers<
  "getTariff" | "setTariff" | "getLocationTariff" | "setLocationTariff"
> = {
  getTariff(call) {
    const id = call.parameter("tariffId");
    const tariff = call.tariffs.get(id);
    if (tariff === undefined) throw notFound(`There is no tariff with the ID ${id}`);
    return ok(tariff);
  },
  setTariff,
  getLocationTariff(call) {
    const week = call.tariffs.weekOf(locationOf(call).id);
    if (week === undefined) throw notFound("No tariff was linked to this location");
    return ok(week);
  },
  setLocationTariff,
};
