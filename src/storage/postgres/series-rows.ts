import type { ReadingPoint } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import type { Row } from "../shared/rows.ts";

/** When the day of a time begins. */
export const dayOf = (at: string): string => `(${at} - ${at} % ${dayLength})`;

/** The number of the series of the namespace `$1`, device `$2`, user `$3` and metric `$4`. */
export const oneSeries = (series: string): string =>
  `SELECT id FROM ${series} WHERE namespace = $1 AND device_id = $2 AND user_id = $3 AND metric = $4`;

/**
 * Columns that have the columns `at`, `value` and `state` of all rows, in their order: one row of three texts costs a
 * third of what as many rows do.
 */
export const packed: string = `
  array_to_json(array_agg(at))::text AS times, array_to_json(array_agg(value))::text AS numbers,
  CASE WHEN count(state) > 0 THEN array_to_json(array_agg(state))::text END AS states`;

/** From the columns of {@link packed}. */
export function toPoints({ times, numbers, states }: Row): ReadingPoint[] {
  const ats: number[] = listOf(times);
  const values: (number | null)[] = listOf(numbers);
  const texts: (string | null)[] = listOf(states);
  return ats.map((at, n) => ({ at, value: texts[n] ?? values[n] ?? null }));
}

/** No rows have no lists, and neither have numbers alone one of states. */
function listOf<T>(json: unknown): T[] {
  return typeof json === "string" ? JSON.parse(json) : [];
}

/** From the columns `at`, `value` and `state`. */
export function toPoint(row: Row): ReadingPoint {
  const { at, value, state } = row;
  if (typeof state === "string") return { at: Number(at), value: state };
  return { at: Number(at), value: value === null ? null : Number(value) };
}
