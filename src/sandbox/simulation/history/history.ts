import type { Marker, Sample } from "./reading.ts";
import { Track } from "./track.ts";

/** The most devices of a world whose devices all have a history. */
const MOST_DEVICES = 1_000;
/** How many devices of a larger world have a history. */
export const MOST_LOOKED_AT = 200;

/** A device that has a history while it has a track. */
export interface Tracked {
  readonly track: Track | null;
  /** Begins a history with its present state, or ends it. */
  follow(track: Track | null): void;
}

/**
 * The devices whose history is kept: all of a small world, from their creation, and of a large one those that were
 * looked at last.
 */
export class History {
  /** In the order in which they were looked at. */
  readonly #tracked = new Set<Tracked>();
  #isLarge = false;

  /** Begins the history of a new device, if the world is small. */
  add(device: Tracked, deviceCount: number): void {
    if (deviceCount > MOST_DEVICES) {
      if (!this.#isLarge) this.#makeRoom();
      this.#isLarge = true;
    } else if (!this.#isLarge) {
      this.#begin(device);
    }
  }

  /** Keeps the history of a device that somebody looks at. */
  look(device: Tracked): void {
    this.#begin(device);
    if (this.#isLarge) this.#makeRoom();
  }

  /** Drops the history of a removed device. */
  remove(device: Tracked): void {
    this.#tracked.delete(device);
  }

  /** The samples of a device, oldest first; none where it has no history. */
  of({ track }: Tracked): readonly Sample[] {
    return track?.samples ?? [];
  }

  /** What happened to a device, oldest first. */
  markersOf({ track }: Tracked): readonly Marker[] {
    return track?.markers ?? [];
  }

  #begin(device: Tracked): void {
    this.#tracked.delete(device);
    this.#tracked.add(device);
    if (device.track === null) device.follow(new Track());
  }

  #makeRoom(): void {
    for (const device of this.#tracked) {
      if (this.#tracked.size <= MOST_LOOKED_AT) return;
      this.#tracked.delete(device);
      device.follow(null);
    }
  }
}
