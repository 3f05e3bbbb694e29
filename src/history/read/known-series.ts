import type { ReadingPoint, ReadingSeries } from "../../storage/contracts/index.ts";
import { dayLength } from "../../storage/contracts/reading-store.ts";
import { type CounterMark, counterSortOf, marksOf } from "../rollup/counter.ts";
import { decodeDay, type Slot } from "../rollup/day-content.ts";
import { type Piece, piecesOf } from "../rollup/pieces.ts";
import type { CheckedReadingStore } from "../store/checked-store.ts";
import { type Span, slotLength } from "../time/buckets.ts";

/** Readings in one call of the store. */
const pageSize = 5_000;

/** What is known of a series. Each list is in the order of time. */
export interface KnownSeries {
  /** Values that are known exactly. */
  readonly pieces: Piece[];
  /** Quarters of an hour of which a summary is known, elsewhere. */
  readonly slots: Slot[];
  /** How many readings there were, by time: single ones, and those of a quarter of an hour. */
  readonly counts: { readonly at: number; readonly count: number }[];
  /** What a counter counted. */
  readonly marks: CounterMark[];
  /** When states were no longer known, by a reading. */
  readonly nulls: number[];
}

/** Of a series that there is not. */
export function nothingKnown(): KnownSeries {
  return { pieces: [], slots: [], counts: [], marks: [], nulls: [] };
}

/** How a series is read. */
export interface ReadSettings {
  readonly store: CheckedReadingStore;
  /** How long a reading holds, in ms. */
  readonly maxAge: number;
  readonly now: number;
  /** Whether single readings are wanted where the days are rolled up, too. */
  readonly isFine?: boolean;
}

/** Reads what is known of a series between two times, of rolled up days and of readings. */
export async function readSeries(
  settings: ReadSettings,
  series: ReadingSeries,
  span: Span,
): Promise<KnownSeries> {
  const { store, isFine } = settings;
  const known = nothingKnown();
  // No device was read before the epoch.
  const first = Math.max(0, dayOf(span.from));
  if (span.to <= first) return known;
  const rolled = isFine
    ? { until: first, days: [], stale: [] }
    : await store.rolledDays(series, first, span.to);
  const stale = new Set(rolled.stale);
  const contents = new Map(rolled.days.map(({ day, content }) => [day, content]));
  for (let day = first; day < span.to; ) {
    if (day < rolled.until && !stale.has(day)) {
      const content = contents.get(day);
      if (content !== undefined) addDay(known, day, content, store);
      day += dayLength;
      continue;
    }
    const from = day;
    do day += dayLength;
    while (day < span.to && (day >= rolled.until || stale.has(day)));
    await addReadings(known, settings, series, { from, to: Math.min(day, span.to) });
  }
  return known;
}

function addDay(known: KnownSeries, day: number, content: string, store: CheckedReadingStore) {
  const decoded = decodeDay(day, content);
  if (!decoded) throw store.failure("rolledDays", "gave a day that cannot be read");
  if (decoded.pieces) known.pieces.push(...decoded.pieces);
  known.slots.push(...decoded.slots);
  known.marks.push(...decoded.marks);
  known.nulls.push(...decoded.nulls);
  for (const [index, count] of decoded.counts.entries()) {
    if (count > 0) known.counts.push({ at: day + index * slotLength, count });
  }
}

async function addReadings(
  known: KnownSeries,
  { store, maxAge, now }: ReadSettings,
  series: ReadingSeries,
  span: Span,
): Promise<void> {
  const sort = counterSortOf(series.metric);
  let previous: ReadingPoint | undefined;
  let { from } = span;
  for (;;) {
    const withPrevious = previous === undefined;
    const page = await store.read(series, { from, to: span.to, withPrevious, limit: pageSize });
    const isLast = page.length < pageSize;
    const points = previous ? [previous, ...page] : page;
    const last = page.at(-1);
    // The last reading of a page holds until one of the next page.
    const to = isLast || !last ? span.to : Math.max(last.at, span.from);
    const start = Math.max(span.from, previous?.at ?? span.from);
    for (const piece of piecesOf(points, maxAge, now, { from: start, to }))
      known.pieces.push(piece);
    const isNew = page.filter(({ at }) => at >= span.from);
    for (const { at, value } of isNew) {
      if (value === null) known.nulls.push(at);
      else known.counts.push({ at, count: 1 });
    }
    if (sort) known.marks.push(...marksOf(isNew, sort));
    if (isLast || !last) return;
    previous = last;
    from = last.at + 1;
  }
}

function dayOf(time: number): number {
  return Math.floor(time / dayLength) * dayLength;
}
