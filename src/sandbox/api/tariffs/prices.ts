import { minutesOf } from "../../shared/time/clock-time.ts";
import { HOUR, MINUTE } from "../../shared/time/units.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import type { TariffRepository } from "./tariff-repository.ts";

/** The price of energy from a time on. */
export interface Price {
  /** Per kWh. */
  readonly cost: number;
  /** The price holds at least until this timestamp in milliseconds. */
  readonly until: number;
}

/** The price of energy at a location over time. */
export type Prices = (time: number) => Price;

/** The price of charging without smart charging, per kWh. */
export interface NonSmartPrice {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** The currency of all prices: tariffs do not name theirs. */
export const CURRENCY = "EUR";

// EUR per kWh by the hour of the local day, the same every day: cheap at night, expensive in the evening.
const MARKET = [
  0.11, 0.1, 0.09, 0.09, 0.09, 0.11, 0.16, 0.22, 0.24, 0.21, 0.19, 0.17, 0.16, 0.16, 0.17, 0.19,
  0.23, 0.29, 0.32, 0.3, 0.25, 0.2, 0.15, 0.13,
];

// UTC offsets, and their changes, are multiples of a quarter of an hour everywhere.
const QUARTER = 15;

/** The prices of a location: those of its tariff, and in the gaps and elsewhere those of the market. */
export function pricesOf(
  locations: LocationRepository,
  tariffs: TariffRepository,
  locationId: string | null,
): Prices {
  const zone = locations.zoneOf(locationId);
  const costAt = (time: number) => {
    const cost = locationId === null ? null : tariffs.costAt(locationId, time);
    if (cost !== null) return cost;
    return MARKET[new Date(time + zone.offsetAt(time)).getUTCHours()] ?? 0;
  };
  const week = locationId === null ? undefined : tariffs.weekOf(locationId);
  const edges = new Set([0]);
  for (const { fromHourMinute, toHourMinute } of week ?? []) {
    edges.add(minutesOf(fromHourMinute) % QUARTER).add(minutesOf(toHourMinute) % QUARTER);
  }
  return (time) => {
    let minute = Math.floor(time / MINUTE) + 1;
    while (!edges.has(minute % QUARTER)) minute += 1;
    return { cost: costAt(time), until: minute * MINUTE };
  };
}

/** A time with constant price. */
export interface PricedTime {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** Splits a time where the price changes. */
export function pricedTimes(prices: Prices, from: number, to: number): PricedTime[] {
  const times: PricedTime[] = [];
  for (let time = from; time < to; ) {
    const { cost, until } = prices(time);
    const end = Math.min(until, to);
    const last = times.at(-1);
    if (last?.cost === cost) times[times.length - 1] = { ...last, to: end };
    else times.push({ from: time, to: end, cost });
    time = end;
  }
  return times;
}

/** The cost of constant power, in kW, between two times. */
export function costBetween(
  times: readonly PricedTime[],
  from: number,
  to: number,
  power: number,
): number {
  return times.reduce((sum, time) => {
    const length = Math.min(time.to, to) - Math.max(time.from, from);
    return length > 0 ? sum + (power * time.cost * length) / HOUR : sum;
  }, 0);
}

/** The start at which a charge of this length is cheapest; the earliest of several. */
export function cheapestStart(
  times: readonly PricedTime[],
  earliest: number,
  latest: number,
  length: number,
): number {
  // Prices change in steps, so a cheapest time begins or ends at one.
  const edges = times.flatMap(({ from, to }) => [from, Math.floor(to - length)]);
  const starts = edges.filter((start) => start > earliest && start <= latest);
  let best = earliest;
  let least = costBetween(times, best, best + length, 1);
  for (const start of starts.sort((a, b) => a - b)) {
    const cost = costBetween(times, start, start + length, 1);
    // Rounding must not make a later start seem cheaper.
    if (cost < least - 1e-9) [best, least] = [start, cost];
  }
  return best;
}
