/** What a device shows at one time; null or missing where it has no such reading, or none is known. */
export interface Reading {
  /** Power in kW, with the sign that the API gives it. It is constant until the next sample. */
  readonly power?: number | null;
  /** State of charge, in %. */
  readonly level?: number | null;
  /** Air temperature, in °C. */
  readonly temperature?: number | null;
  /** Set points, in °C; constant until the next sample. */
  readonly heatSetpoint?: number | null;
  readonly coolSetpoint?: number | null;
}

/** A reading of a device that is out of reach. */
export const UNKNOWN: Reading = {};

/** A reading in the history of a device. */
export type Sample = { readonly [Name in keyof Reading]-?: number | null } & {
  /** A timestamp in milliseconds, with fractions. */
  readonly at: number;
};

/** Something that happened to a device. */
export interface Marker {
  /** A timestamp in milliseconds. */
  readonly at: number;
  /** What happened, and who did it. */
  readonly text: string;
}
