import { round } from "../../../../shared/numbers.ts";
import type { Series } from "./series.ts";

/** A scale of values. */
export interface ValueAxis {
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  /** Its round values, lowest first. */
  readonly ticks: readonly number[];
}

const ROWS = 4;
const STEPS = Array.from({ length: 16 }, (_, exponent) =>
  [1, 2, 2.5, 5].map((factor) => factor * 10 ** (exponent - 2)),
).flat();

/** The scale for lines of one unit; undefined for none. */
export function axisFor(all: readonly Series[]): ValueAxis | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const { unit } = first;
  if (unit === "%") return axis(unit, 0, 25);
  const isPower = unit === "kW";
  const values = all.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  // Power is compared with none; temperatures are not.
  const known = isPower || values.length === 0 ? [0, ...values] : values;
  const low = known.reduce((one, other) => Math.min(one, other));
  const high = known.reduce((one, other) => Math.max(one, other));
  const bottomFor = (step: number) => Math.floor(low / step) * step;
  const step = STEPS.find(
    (each) => each >= (isPower ? 0.25 : 1) && bottomFor(each) + ROWS * each >= high,
  );
  if (step === undefined) throw new Error(`There is no scale from ${low} to ${high}`);
  return axis(unit, bottomFor(step), step);
}

/** A value with its unit. */
export function amount(value: number | null, unit: string): string {
  return value === null ? "unknown" : `${round(value, unit === "kW" ? 2 : 1)} ${unit}`;
}

function axis(unit: string, low: number, step: number): ValueAxis {
  const ticks = Array.from({ length: ROWS + 1 }, (_, row) => round(low + row * step, 4));
  return { unit, low, high: low + ROWS * step, ticks };
}
