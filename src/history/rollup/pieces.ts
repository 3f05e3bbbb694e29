import type { ReadingPoint } from "../../storage/contracts/index.ts";
import type { Span } from "../time/buckets.ts";

/** A value, and the time for which it is known. */
export interface Piece extends Span {
  readonly value: number | string;
  /** Whether it ends as the reading was too old, and not as another one came. */
  readonly isExpired?: true;
}

/**
 * What is known by readings: each holds until the next one, and `maxAge` at most. None holds longer than `now`, as
 * nobody knows the future.
 *
 * @param within Nothing before or after it is returned.
 */
export function piecesOf(
  points: readonly ReadingPoint[],
  maxAge: number,
  now: number,
  within: Span,
): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, { at, value }] of points.entries()) {
    if (value === null) continue;
    const next = points[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    // A clock that is a little ahead of this machine's is no reason to miss a reading.
    const end = Math.min(next, Math.max(Math.min(at + maxAge, now), at + 1));
    const from = Math.max(at, within.from);
    const to = Math.min(end, within.to);
    if (from >= to) continue;
    pieces.push({ from, to, value, ...(end < next && to === end && { isExpired: true }) });
  }
  return pieces;
}

/** The same, with one piece for equal ones that follow each other without a gap. */
export function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last?.to === piece.from && last.value === piece.value) {
      all[all.length - 1] = { ...piece, from: last.from };
    } else all.push(piece);
  }
  return all;
}
