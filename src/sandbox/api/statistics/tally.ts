import type {
  NullableStatisticsAggregates,
  StatisticsAggregates,
} from "../../../../generated/types.ts";
import { HOUR } from "../../shared/time/units.ts";
import type { NonSmartPrice } from "../tariffs/prices.ts";

/** Charging with constant power and price. */
export interface ChargePiece {
  readonly from: number;
  readonly to: number;
  /** In kW. */
  readonly power: number;
  /** Per kWh. */
  readonly cost: number;
  /** Null without smart charging. */
  readonly nonSmart: NonSmartPrice | null;
}

/** The figures that charging statistics and sessions share. */
export interface ChargeFigures {
  readonly kw: StatisticsAggregates;
  readonly kwhSum: number;
  readonly price: StatisticsAggregates;
  readonly costSum: number;
  readonly nonSmartPrice: NullableStatisticsAggregates;
  readonly estimatedSavings: number | null;
}

const NOTHING: StatisticsAggregates = { min: 0, max: 0, mean: 0 };

/** Sums up charging. */
export class Tally {
  readonly #power = new Range();
  readonly #price = new Range();
  readonly #nonSmart = new Range();
  #time = 0;
  #energy = 0;
  #cost = 0;
  #smartEnergy = 0;
  #smartCost = 0;
  #nonSmartCost = 0;

  add({ from, to, power, cost, nonSmart }: ChargePiece): void {
    const time = to - from;
    const energy = (power * time) / HOUR;
    this.#time += time;
    this.#energy += energy;
    this.#cost += energy * cost;
    this.#power.add(power);
    this.#price.add(cost);
    if (nonSmart === null) return;
    this.#smartEnergy += energy;
    this.#smartCost += energy * cost;
    this.#nonSmartCost += energy * nonSmart.mean;
    this.#nonSmart.add(nonSmart.min);
    this.#nonSmart.add(nonSmart.max);
  }

  /** @param whole Length of the period: when charging does not fill it, the least power is 0. */
  figures(whole: number): ChargeFigures {
    const isSmart = this.#smartEnergy > 0;
    if (this.#time === 0) {
      return {
        kw: NOTHING,
        kwhSum: 0,
        price: NOTHING,
        costSum: 0,
        nonSmartPrice: { min: null, max: null, mean: null },
        estimatedSavings: null,
      };
    }
    const power = this.#power.with(this.#energy / (this.#time / HOUR));
    return {
      kw: this.#time < whole ? { ...power, min: 0 } : power,
      kwhSum: rounded(this.#energy),
      price: this.#price.with(this.#cost / this.#energy),
      costSum: rounded(this.#cost),
      nonSmartPrice: isSmart
        ? this.#nonSmart.with(this.#nonSmartCost / this.#smartEnergy)
        : { min: null, max: null, mean: null },
      estimatedSavings: isSmart ? rounded(this.#nonSmartCost - this.#smartCost) : null,
    };
  }
}

class Range {
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  with(mean: number): StatisticsAggregates {
    return { min: rounded(this.#min), max: rounded(this.#max), mean: rounded(mean) };
  }
}

/** Rounds away floating-point errors of sums, and keeps enough decimals for sums to agree. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
