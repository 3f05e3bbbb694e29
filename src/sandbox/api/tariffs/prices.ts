import { minutesOf } from "../../shared/time/clock-time.ts";
import { HOUR, MINUTE } from "../../shared/time/units.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import type { TariffRepository } from "./tariff-repository.ts";

/** What energy costs from a moment on. */
export interface Price {
  /** Per kWh. */
  readonly cost: number;
  /** Until when at least, as a time stamp in milliseconds. */
  readonly until: number;
}

/** What energy costs at a place over time. */
export type Prices = (moment: number) => Price;

/** What charging would have cost without smart charging, per kWh. */
export interface NonSmartPrice {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** The currency of all prices: tariffs do not name theirs. */
export const CURRENCY = "EUR";

// EUR per kWh by the hour of the local day, the same every day: cheap at night, dear in the evening.
const MARKET = [
  0.11, 0.1, 0.09, 0.09, 0.09, 0.11, 0.16, 0.22, 0.24, 0.21, 0.19, 0.17, 0.16, 0.16, 0.17, 0.19,
  0.23, 0.29, 0.32, 0.3, 0.25, 0.2, 0.15, 0.13,
];

// Everywhere clocks are ahead of UTC, and are set, by quarters of an hour.
const QUARTER = 15;

/** The prices of a location: those of its tariff, and in the gaps and elsewhere those of the market. */
export function pricesOf(
  locations: LocationRepository,
  tariffs: TariffRepository,
  locationId: string | null,
): Prices {
  const zone = locations.zoneOf(locationId);
  const costAt = (moment: number) => {
    const cost = locationId === null ? null : tariffs.costAt(locationId, moment);
    if (cost !== null) return cost;
    return MARKET[new Date(moment + zone.offsetAt(moment)).getUTCHours()] ?? 0;
  };
  const week = locationId === null ? undefined : tariffs.weekOf(locationId);
  const edges = new Set([0]);
  for (const { fromHourMinute, toHourMinute } of week ?? []) {
    edges.add(minutesOf(fromHourMinute) % QUARTER).add(minutesOf(toHourMinute) % QUARTER);
  }
  return (moment) => {
    let minute = Math.floor(moment / MINUTE) + 1;
    while (!edges.has(minute % QUARTER)) minute += 1;
    return { cost: costAt(moment), until: minute * MINUTE };
  };
}

/** A stretch of time with one price. */
export interface PricedTime {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** Takes a time apart where the price changes. */
export function pricedTimes(prices: Prices, from: number, to: number): PricedTime[] {
  const times: PricedTime[] = [];
  for (let moment = from; moment < to; ) {
    const { cost, until } = prices(moment);
    const end = Math.min(until, to);
    const last = times.at(-1);
    if (last?.cost === cost) times[times.length - 1] = { ...last, to: end };
    else times.push({ from: moment, to: end, cost });
    moment = end;
  }
  return times;
}

/** What it costs to draw so much power, in kW, all the time between the two. */
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

/** The start between the two at which so long a charge is cheapest; the earliest of several. */
export function cheapestStart(
  times: readonly PricedTime[],
  earliest: number,
  latest: number,
  length: number,
): number {
  // Prices have steps, so that a cheapest time begins or ends at one.
  const edges = times.flatMap(({ from, to }) => [from, Math.floor(to - length)]);
  const starts = edges.filter((start) => start > earliest && start <= latest);
  let best = earliest;
  let least = costBetween(times, best, best + length, 1);
  for (const start of starts.sort((a, b) => a - b)) {
    const cost = costBetween(times, start, start + length, 1);
    // Rounding must not make a later start look cheaper.
    if (cost < least - 1e-9) [best, least] = [start, cost];
  }
  return best;
}
