/** A value at a time; null where none is known. Two points at the same time are a jump. */
export interface Point {
  /** A timestamp in milliseconds. */
  readonly at: number;
  readonly value: number | null;
}

/** What a chart draws as one line. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** Selects its colour and its dashes. */
  readonly look: Look;
  /** Whether a value holds until the next point; others lie on the line to it. */
  readonly isSteps: boolean;
  /** The scale that it belongs to. */
  readonly axis: "left" | "right";
  /** Whether its last value stands at its end. */
  readonly hasLabel: boolean;
  readonly points: readonly Point[];
}

/** The looks of lines. */
export type Look =
  | "power"
  | "level"
  | "temperature"
  | "heat"
  | "cool"
  | "solar"
  | "battery"
  | "charging"
  | "climate"
  | "rest";

/** The value of a series at a time; at a jump the one after it. Before its first point and after its last it is unknown. */
export function valueAt({ points, isSteps }: Series, time: number): number | null {
  const index = lastIndexBy(points, time);
  const [point, next] = [points[index], points[index + 1]];
  if (point === undefined || (next === undefined && point.at < time)) return null;
  const { at, value } = point;
  if (isSteps || value === null || next === undefined || next.value === null || at === time)
    return value;
  return value + ((next.value - value) * (time - at)) / (next.at - at);
}

/** The part of a series between two times. */
export function clip(series: Series, from: number, to: number): Series {
  const inside = series.points.filter(({ at }) => at > from && at <= to);
  const first = series.points.some(({ at }) => at <= from);
  const points = first ? [{ at: from, value: valueAt(series, from) }, ...inside] : inside;
  return { ...series, points };
}

/** The area under a series of power in kW, above and below zero, in kWh. */
export function energyOf({ points }: Series): { readonly above: number; readonly below: number } {
  let [above, below] = [0, 0];
  for (const [index, { at, value }] of points.entries()) {
    const next = points[index + 1];
    if (next === undefined || value === null) continue;
    const energy = (value * (next.at - at)) / 3_600_000;
    if (energy > 0) above += energy;
    else below -= energy;
  }
  return { above, below };
}

/** The times of all points, in order. */
export function timesOf(all: readonly Series[]): number[] {
  const times = new Set(all.flatMap(({ points }) => points.map(({ at }) => at)));
  return [...times].sort((one, other) => one - other);
}

/** The index of the last point up to a time, -1 when there is none. */
function lastIndexBy(points: readonly Point[], time: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
