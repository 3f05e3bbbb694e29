import type { ReadingPoint } from "../../storage/contracts/index.ts";
import { dayLength } from "../../storage/contracts/reading-store.ts";
import { slotLength } from "../time/buckets.ts";
import { type CounterMark, type CounterSort, marksBySlot, marksOf } from "./counter.ts";
import { joined, type Piece, piecesOf } from "./pieces.ts";

const slotsPerDay = dayLength / slotLength;
/** Changes of a day up to which they are kept as they are: more take more room than quarters of an hour. */
const mostChanges = 150;

/** What is known of a quarter of an hour of numbers. */
export interface Slot {
  readonly from: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  /** For how much of it the value is known, in ms. */
  readonly known: number;
  /** Sum of value times ms; and of those values above zero. */
  readonly integral: number;
  readonly positive: number;
}

/** A day that was rolled up. */
export interface DayContent {
  /** What is known, each until the next; undefined where there are slots. */
  readonly pieces: readonly Piece[] | undefined;
  /** Those of which something is known, oldest first. */
  readonly slots: readonly Slot[];
  /** How many readings there were in each quarter of an hour. */
  readonly counts: readonly number[];
  /** What a counter counted in each quarter of an hour that has readings. */
  readonly marks: readonly CounterMark[];
  /** When states were no longer known, by a reading. */
  readonly nulls: readonly number[];
}

/**
 * The content as it is kept. `c` holds how many readings a quarter of an hour has, and in how many in succession.
 * `at` and `is` are the changes: when, and to what; null where nothing is known from then on, false where the value had
 * become too old. In place of these the
 * others have a number for each quarter of an hour. `n` has the times of readings that were null; `m` has five numbers for each mark of a counter. Times are in ms
 * since the beginning of the day.
 */
type Change = number | string | null | false;

interface Kept {
  v: 1;
  c: number[];
  at?: number[];
  is?: Change[];
  lo?: (number | null)[];
  hi?: number[];
  la?: number[];
  in?: number[];
  /** Left out where the value is known all day. */
  kn?: number[];
  /** Left out where no value is below zero: it is the same as `in`. */
  po?: number[];
  m?: number[];
  n?: number[];
}

/** A day to keep. */
export interface DayToKeep {
  readonly day: number;
  /** The newest reading before it. */
  readonly previous: ReadingPoint | undefined;
  readonly points: readonly ReadingPoint[];
  /** Whether all changes are kept: a state has no mean. */
  readonly isExact: boolean;
  readonly counter: CounterSort | undefined;
}

/** What is kept of a day of a series. */
export function encodeDay(
  { day, previous, points, isExact, counter }: DayToKeep,
  maxAge: number,
): string {
  const within = { from: day, to: day + dayLength };
  const all = previous ? [previous, ...points] : points;
  const pieces = joined(piecesOf(all, maxAge, Number.POSITIVE_INFINITY, within));
  const kept: Kept = { v: 1, c: packed(countsOf(points, day)) };
  const areNumbers = !isExact && pieces.every(({ value }) => typeof value === "number");
  if (areNumbers && pieces.length > mostChanges) keepSlots(kept, pieces, day);
  else keepChanges(kept, pieces, day);
  if (counter)
    kept.m = marksBySlot(marksOf(points, counter), counter).flatMap((mark) =>
      packedMark(mark, day),
    );
  if (isExact) kept.n = points.filter(isFirstNull).map(({ at }) => at - day);
  return JSON.stringify(kept);
}

/** Undefined for a text that is none of {@link encodeDay}. */
export function decodeDay(day: number, content: string): DayContent | undefined {
  let kept: Partial<Kept>;
  try {
    kept = Object(JSON.parse(content));
  } catch {
    return undefined;
  }
  if (kept.v !== 1 || !kept.c) return undefined;
  return {
    pieces: kept.at && kept.is && unpackedPieces(kept.at, kept.is, day),
    slots: slotsIn(kept, day),
    counts: unpacked(kept.c),
    marks: unpackedMarks(kept.m ?? [], day),
    nulls: (kept.n ?? []).map((at) => day + at),
  };
}

function isFirstNull(
  { value }: ReadingPoint,
  index: number,
  points: readonly ReadingPoint[],
): boolean {
  return value === null && points[index - 1]?.value !== null;
}

function countsOf(points: readonly ReadingPoint[], day: number): number[] {
  const counts = new Array<number>(slotsPerDay).fill(0);
  for (const { at, value } of points) {
    if (value === null) continue;
    const slot = Math.floor((at - day) / slotLength);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

function packed(counts: readonly number[]): number[] {
  const runs: number[] = [];
  for (const count of counts) {
    if (runs.at(-2) === count) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else runs.push(count, 1);
  }
  return runs;
}

function unpacked(runs: readonly number[]): number[] {
  const counts: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let times = runs[at + 1] ?? 0; times > 0; times--) counts.push(runs[at] ?? 0);
  }
  return counts;
}

function keepChanges(kept: Kept, pieces: readonly Piece[], day: number): void {
  const at: number[] = [];
  const is: Change[] = [];
  for (const [index, { from, to, value, isExpired }] of pieces.entries()) {
    at.push(from - day);
    is.push(value);
    if (to === pieces[index + 1]?.from || to === day + dayLength) continue;
    at.push(to - day);
    is.push(isExpired ? false : null);
  }
  kept.at = at;
  kept.is = is;
}

function unpackedPieces(at: readonly number[], is: readonly Change[], day: number): Piece[] {
  return at.flatMap((from, index) => {
    const value = is[index] ?? null;
    if (value === null || value === false) return [];
    const to = day + (at[index + 1] ?? dayLength);
    const isExpired = is[index + 1] === false;
    return { from: day + from, to, value, ...(isExpired && { isExpired }) };
  });
}

function keepSlots(kept: Kept, pieces: readonly Piece[], day: number): void {
  const lo = new Array<number | null>(slotsPerDay).fill(null);
  const [hi, la, sums, positive, known] = Array.from({ length: 5 }, () =>
    new Array<number>(slotsPerDay).fill(0),
  ) as [number[], number[], number[], number[], number[]];
  for (const { from, to, value } of pieces) {
    const number = Number(value);
    for (let start = from; start < to; ) {
      const slot = Math.floor((start - day) / slotLength);
      const end = Math.min(to, day + (slot + 1) * slotLength);
      const least = lo[slot] ?? null;
      lo[slot] = least === null ? number : Math.min(least, number);
      hi[slot] = least === null ? number : Math.max(hi[slot] ?? number, number);
      la[slot] = number;
      known[slot] = (known[slot] ?? 0) + end - start;
      sums[slot] = (sums[slot] ?? 0) + number * (end - start);
      positive[slot] = (positive[slot] ?? 0) + Math.max(0, number) * (end - start);
      start = end;
    }
  }
  kept.lo = lo;
  kept.hi = hi;
  kept.la = la;
  kept.in = sums.map(rounded);
  if (known.some((each) => each !== slotLength)) kept.kn = known;
  if (lo.some((each) => each !== null && each < 0)) kept.po = positive.map(rounded);
}

function slotsIn({ lo, hi, la, in: sums, kn, po = sums }: Partial<Kept>, day: number): Slot[] {
  if (!lo || !hi || !la || !sums || !po) return [];
  const slots: Slot[] = [];
  for (let index = 0; index < slotsPerDay; index++) {
    const min = lo[index] ?? null;
    if (min === null) continue;
    slots.push({
      from: day + index * slotLength,
      min,
      max: hi[index] ?? min,
      last: la[index] ?? min,
      known: kn ? (kn[index] ?? 0) : slotLength,
      integral: sums[index] ?? 0,
      positive: po[index] ?? 0,
    });
  }
  return slots;
}

/** Sums need no more digits than they have true ones. */
function rounded(sum: number): number {
  return Number(sum.toPrecision(12));
}

function packedMark(
  { first, firstAt, last, lastAt, increase }: CounterMark,
  day: number,
): number[] {
  return [first, firstAt - day, last, lastAt - day, rounded(increase)];
}

function unpackedMarks(numbers: readonly number[], day: number): CounterMark[] {
  const marks: CounterMark[] = [];
  for (let at = 0; at + 4 < numbers.length; at += 5) {
    const [first = 0, firstAt = 0, last = 0, lastAt = 0, increase = 0] = numbers.slice(at, at + 5);
    marks.push({ first, firstAt: day + firstAt, last, lastAt: day + lastAt, increase });
  }
  return marks;
}
