import type { ReadingPoint } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import type { Row } from "../shared/rows.ts";

/** When the day of a time begins. */
export const dayOf = (at: string): string => `(${at} - ${at} % ${dayLength})`;

/** The number of the series of the namespace `$1`, device `$2`, user `$3` and metric `$4`. */
export const oneSeries = (series: string): string =>
  `SELECT id FROM ${series} WHERE namespace = $1 AND device_id = $2 AND user_id = $3 AND metric = $4`;

/** From the columns `at`, `value` and `state`. */
export function toPoint(row: Row): ReadingPoint {
  const { at, value, state } = row;
  if (typeof state === "string") return { at: Number(at), value: state };
  return { at: Number(at), value: value === null ? null : Number(value) };
}
