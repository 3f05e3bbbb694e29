/**
 * The condition of an event to be of a lane, in a form that only the index about lanes can serve, whatever PostgreSQL
 * believes of the table. It has both ends: events that have gone may be there for long, and those of other lanes would
 * be walked over, too.
 */
export function inLane(event: string, lane: string): string {
  const place = `(${event}.lane, ${event}.id)`;
  return `${place} >= (${lane}, 0) AND ${place} <= (${lane}, ${2n ** 63n - 1n})`;
}
