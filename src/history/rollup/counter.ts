import type { ReadingPoint } from "../../storage/contracts/index.ts";
import { slotLength } from "../time/buckets.ts";

/** How a meter counts energy. */
export type CounterSort = "lifetime" | "daily";

/** Readings of a counter that lie close together: the first and the last, and what it counted between them. */
export interface CounterMark {
  readonly first: number;
  readonly firstAt: number;
  readonly last: number;
  readonly lastAt: number;
  readonly increase: number;
}

/** By how much of its value a counter may go back without having been reset. */
const jitter = 0.1;
/** Most that a home makes or uses, in kWh per ms: 100 kW. */
const mostPower = 100 / 3_600_000;

/** The metrics that count energy. */
const counters: Readonly<Record<string, CounterSort>> = {
  "productionState.totalLifetimeProduction": "lifetime",
  "status.energy.today.generation": "daily",
  "status.energy.today.consumption": "daily",
  "status.energy.today.charge": "daily",
  "status.energy.today.discharge": "daily",
  "status.energy.today.import": "daily",
  "status.energy.today.export": "daily",
};

export function counterSortOf(metric: string): CounterSort | undefined {
  return Object.hasOwn(counters, metric) ? counters[metric] : undefined;
}

/** The readings of a counter as marks. */
export function marksOf(points: readonly ReadingPoint[], sort: CounterSort): CounterMark[] {
  return points.flatMap(({ at, value }) => {
    // A device that has lost its counter for a moment shows zero, and would seem to have made all of it again.
    const isCount = typeof value === "number" && (sort === "daily" || value !== 0);
    return isCount ? { first: value, firstAt: at, last: value, lastAt: at, increase: 0 } : [];
  });
}

/** The same, with one mark for each quarter of an hour that has any, as days are rolled up. */
export function marksBySlot(marks: readonly CounterMark[], sort: CounterSort): CounterMark[] {
  const slotOf = ({ firstAt }: CounterMark) => Math.floor(firstAt / slotLength);
  const joined: CounterMark[] = [];
  for (const mark of marks) {
    const last = joined.at(-1);
    if (last && slotOf(last) === slotOf(mark)) {
      joined[joined.length - 1] = joinMarks(last, mark, sort);
    } else joined.push(mark);
  }
  return joined;
}

/** One mark for several that follow each other. */
export function joinMarks(one: CounterMark, next: CounterMark, sort: CounterSort): CounterMark {
  const { first, firstAt } = one;
  const { last, lastAt } = next;
  const increase = one.increase + increaseBetween(one, next, sort) + next.increase;
  return { first, firstAt, last, lastAt, increase };
}

/**
 * By how much a counter has counted on between two readings. A little less than before is a correction, which counts
 * as such, so that what it counts again is not counted twice. Much less is a reset: a counter begins again at zero.
 */
export function increaseBetween(one: CounterMark, next: CounterMark, sort: CounterSort): number {
  const change = next.first - one.last;
  if (change >= -jitter * Math.abs(one.last)) return change;
  if (sort === "daily") return Math.max(0, next.first);
  // Another device that has counted for years was not read since its first day.
  return next.first <= Math.max(1, (next.firstAt - one.lastAt) * mostPower)
    ? Math.max(0, next.first)
    : 0;
}
