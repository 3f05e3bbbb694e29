import type { Marker, Reading, Sample } from "./reading.ts";
import { Samples } from "./samples.ts";

/** The most markers of a device. */
export const MOST_MARKERS = 100;

/** The history of one device. */
export class Track {
  readonly #samples = new Samples();
  readonly #markers: Marker[] = [];

  /** Its samples, oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples.list();
  }

  /** What happened to it, oldest first. */
  get markers(): readonly Marker[] {
    return this.#markers;
  }

  /** Takes a sample. */
  note(at: number, reading: Reading): void {
    this.#samples.add(at, reading);
  }

  /** Remembers something that happened. */
  mark(at: number, text: string): void {
    this.#markers.push({ at, text });
    if (this.#markers.length > MOST_MARKERS) this.#markers.shift();
  }
}
