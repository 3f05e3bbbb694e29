import type { Device } from "./device.ts";

/** When something happens next to each device that lives: that has an action pending, or charges. */
export class Timeline {
  readonly #moments = new Map<Device, number>();

  /** Works out anew when something happens to a device. */
  schedule(device: Device): void {
    const moment = device.nextMoment();
    if (moment === Number.POSITIVE_INFINITY) this.#moments.delete(device);
    else this.#moments.set(device, moment);
  }

  forget(device: Device): void {
    this.#moments.delete(device);
  }

  clear(): void {
    this.#moments.clear();
  }

  /** The next moment, as a time stamp in milliseconds; Infinity when nothing is to happen. */
  next(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const moment of this.#moments.values()) earliest = Math.min(earliest, moment);
    return earliest;
  }

  /** The devices to which something happens at this moment. */
  dueAt(moment: number): Device[] {
    const due: Device[] = [];
    for (const [device, each] of this.#moments) if (each === moment) due.push(device);
    return due;
  }
}
