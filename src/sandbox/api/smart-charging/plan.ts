import type { SmartChargingPlan, SmartChargingPolicy } from "../../../../generated/types.ts";
import { minutesOf } from "../../shared/time/clock-time.ts";
import type { Period } from "../../shared/time/periods.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import { HOUR, MINUTE } from "../../shared/time/units.ts";
import type { SimulatedVehicle } from "../../simulation/devices/vehicle.ts";
import {
  CURRENCY,
  cheapestStart,
  costBetween,
  type NonSmartPrice,
  type Prices,
  pricedTimes,
} from "../tariffs/prices.ts";

// Devices need time for commands, and a plan should end before its deadline.
const MARGIN = 5 * MINUTE;

/** A plan with its internal state. Times are timestamps in milliseconds. */
export interface PlanRecord {
  readonly wire: SmartChargingPlan;
  readonly madeAt: number;
  readonly stopAt: number;
  readonly startAt: number;
  readonly finishAt: number;
  readonly deadline: number;
  /** The price of charging at once, per kWh. */
  readonly nonSmartPrice: NonSmartPrice;
  endedAt: number;
}

/** A time that smart charging controlled, and the price without it. */
export interface SmartTime extends Period {
  readonly price: NonSmartPrice;
}

/**
 * Creates the plan for a vehicle below its limit: it charges to its minimum level at once, and then stops until the
 * cheapest time before the deadline that is long enough for the rest.
 */
export function makePlan(
  id: string,
  vehicle: SimulatedVehicle,
  prices: Prices,
  deadline: number,
  now: number,
): PlanRecord {
  const { minimumChargeLimit } = vehicle.wire.smartChargingPolicy;
  const whole = vehicle.timeToReach();
  const first = Math.min(whole, vehicle.timeToReach(minimumChargeLimit));
  const rest = Math.ceil(whole - first);
  const stopAt = now + Math.ceil(first);
  const latest = deadline - MARGIN - rest;
  const horizon = Math.max(deadline, now + Math.ceil(whole) + 1);
  const times = pricedTimes(prices, now, horizon);
  const startAt = latest > stopAt ? cheapestStart(times, stopAt, latest, rest) : stopAt;
  const costOf = (from: number, to: number) => costBetween(times, from, to, vehicle.rate);
  const nonSmartCost = costOf(now, now + whole);
  const costs = times.filter(({ from }) => from < now + whole).map(({ cost }) => cost);
  const finishAt = startAt + rest;
  // Rounding to milliseconds must not make a plan more expensive than none.
  const smartCost = Math.min(nonSmartCost, costOf(now, stopAt) + costOf(startAt, finishAt));
  return {
    madeAt: now,
    stopAt,
    startAt,
    finishAt,
    deadline,
    nonSmartPrice: {
      min: Math.min(...costs),
      max: Math.max(...costs),
      mean: nonSmartCost / ((vehicle.rate * whole) / HOUR),
    },
    endedAt: Number.POSITIVE_INFINITY,
    wire: {
      id,
      vehicleId: vehicle.wire.id,
      userId: vehicle.wire.userId,
      locationId: vehicle.wire.location.id,
      vendor: vehicle.wire.vendor,
      currency: CURRENCY,
      nonSmartCost: cents(nonSmartCost),
      smartCost: cents(smartCost),
      stopAt: new Date(stopAt).toISOString(),
      startAt: new Date(startAt).toISOString(),
      estimatedFinishAt: new Date(finishAt).toISOString(),
      stopConfirmedAt: null,
      startConfirmedAt: null,
      endedAt: null,
      finalState: null,
      failureCondition: null,
    },
  };
}

/** The next time at which local clocks show the deadline of a policy. */
export function nextDeadline(
  { deadline }: SmartChargingPolicy,
  zone: TimeZone,
  now: number,
): number {
  const minutes = minutesOf(deadline ?? "00:00");
  const today = zone.dayAt(now);
  const time = zone.timestampOf(today, minutes);
  return time > now ? time : zone.timestampOf(today + 1, minutes);
}

/** Whether a plan that finishes now is more than 15 % late. */
export function isLate({ madeAt, finishAt }: PlanRecord, now: number): boolean {
  return now - madeAt > (finishAt - madeAt) * 1.15;
}

const cents = (cost: number) => Math.round(cost * 100) / 100;
