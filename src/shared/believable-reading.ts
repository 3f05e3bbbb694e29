/** By how much a reading may be later than the news that tells of it, in ms: no two clocks agree. */
const tolerance = 1_000;

/**
 * The time of a reading of which an event of that time tells. No device is read after that: a reading from the
 * future comes from a wrong clock, and counts as of the event, so that it shuts out nothing that is read later.
 */
export function readingBefore(reading: number | undefined, at: number): number | undefined {
  return believable(reading, at + tolerance, at);
}

/** A time of a reading that may be at most `latest`; `present` in place of a later one. */
export function believable(
  reading: number | undefined,
  latest: number,
  present: number,
): number | undefined {
  return reading !== undefined && reading > latest ? present : reading;
}
