/** A point on the earth, in degrees. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

const METRES_PER_DEGREE = 111_320;

/** Metres between two positions, good for short distances. */
export function distance(one: Position, other: Position): number {
  const north = (one.latitude - other.latitude) * METRES_PER_DEGREE;
  const degreesEast = ((((one.longitude - other.longitude) % 360) + 540) % 360) - 180;
  const east = degreesEast * METRES_PER_DEGREE * Math.cos((one.latitude * Math.PI) / 180);
  return Math.hypot(north, east);
}
