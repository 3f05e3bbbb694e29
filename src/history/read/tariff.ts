import type { Tariff, TariffRateInterval } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import type { TimeZone } from "../time/time-zone.ts";

const minute = 60_000;
const day = 86_400_000;
const minutesPerDay = 1_440;

/** What energy costs, as Enode's tariffs say it. */
export interface SessionTariff {
  /** The rates, as `tariffs.get()` has them: a name, and the price per kWh. */
  rates: Tariff;
  /** When each rate applies, by the clocks of the time zone; as `tariffs.setForLocation()` takes it. */
  intervals: readonly TariffRateInterval[];
}

/** The price per kWh in a minute; undefined where there is none. */
export type Prices = (time: number) => number | undefined;

/** @throws ConfigurationError for a tariff that is none. */
export function pricesOf(tariff: SessionTariff, zone: TimeZone): Prices {
  const { rates, intervals } = Object(tariff) as SessionTariff;
  const areObjects = (all: unknown) =>
    Array.isArray(all) && all.every((each) => typeof each === "object" && each !== null);
  if (!areObjects(rates) || !areObjects(intervals)) {
    throw invalidArgument(
      "tariff",
      "tariff must have rates and intervals, which are arrays of objects.",
    );
  }
  const costs = new Map(rates.map(({ name, cost }) => [name, costOf(cost)]));
  // The days of the week, from Monday on.
  const week = Array.from({ length: 7 }, () => new Array<number | undefined>(minutesPerDay));
  for (const { name, weekdays, from, to } of intervals) {
    const cost = costs.get(name);
    if (cost === undefined) {
      throw invalidArgument(
        "tariff",
        "An interval of the tariff has a rate that the tariff has not.",
      );
    }
    const begin = minuteOf(from);
    // The end of a day can be written as its beginning.
    const end = minuteOf(to) || minutesPerDay;
    const days = weekdays ?? [0, 1, 2, 3, 4, 5, 6];
    if (
      !Array.isArray(days) ||
      !days.every((each) => Number.isInteger(each) && each >= 0 && each < 7)
    ) {
      throw invalidArgument("tariff", "weekdays of an interval must be numbers from 0 to 6.");
    }
    for (const weekday of days) {
      // One that ends before it begins goes on in the night.
      const length = end > begin ? end - begin : end - begin + minutesPerDay;
      for (let step = 0; step < length; step++) {
        const at = begin + step;
        const costsOfDay = week[(weekday + Math.floor(at / minutesPerDay)) % 7];
        if (costsOfDay) costsOfDay[at % minutesPerDay] = cost;
      }
    }
  }
  return (time) => {
    const wall = zone.wallAt(time);
    const date = Math.floor(wall / day);
    // The first day of the epoch was a Thursday.
    return week[(((date + 3) % 7) + 7) % 7]?.[Math.floor((wall - date * day) / minute)];
  };
}

function costOf(cost: unknown): number {
  const number = typeof cost === "string" && cost.trim() !== "" ? Number(cost) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw invalidArgument("tariff", "The cost of each rate must be a decimal in a string.");
}

function minuteOf(time: unknown): number {
  const [, hours = "", minutes = ""] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(String(time)) ?? [];
  const found = Number(hours) * 60 + Number(minutes);
  if (hours !== "" && found <= minutesPerDay) return found;
  throw invalidArgument("tariff", "from and to of an interval must be clock times: HH:mm.");
}
