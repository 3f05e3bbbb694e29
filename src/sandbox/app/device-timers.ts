import type { Device } from "../simulation/devices/device.ts";

interface Entry {
  readonly moment: number;
  readonly device: Device;
}

/** When something happens next to each device that lives: that has an action pending, charges, or is part of a home. */
export class DeviceTimers {
  readonly #moments = new Map<Device, number>();
  /** A heap, earliest first; entries that are no longer true stay until they come up. */
  #heap: Entry[] = [];

  /** Works out anew when something happens to a device. */
  schedule(device: Device): void {
    const moment = device.nextEventAt();
    if (moment === Number.POSITIVE_INFINITY) {
      this.#moments.delete(device);
    } else if (this.#moments.get(device) !== moment) {
      this.#moments.set(device, moment);
      this.#push({ moment, device });
      if (this.#heap.length > 4 * this.#moments.size + 1_000) this.#tidy();
    }
  }

  forget(device: Device): void {
    this.#moments.delete(device);
  }

  clear(): void {
    this.#moments.clear();
    this.#heap = [];
  }

  /** The next moment, as a time stamp in milliseconds; Infinity when nothing is to happen. */
  next(): number {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#isTrue(first)) return first.moment;
      this.#pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes off the devices to which something happens at this moment; they are to be scheduled anew. */
  takeDue(moment: number): Device[] {
    const due: Device[] = [];
    while (this.next() <= moment) {
      const { device } = this.#pop();
      this.#moments.delete(device);
      due.push(device);
    }
    return due;
  }

  #isTrue({ device, moment }: Entry): boolean {
    return this.#moments.get(device) === moment;
  }

  #tidy(): void {
    // A sorted list is a heap.
    this.#heap = this.#heap.filter((entry) => this.#isTrue(entry)).sort(compare);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || compare(above, entry) <= 0) break;
      heap[at] = above;
      heap[parent] = entry;
      at = parent;
    }
  }

  /** Takes off the first entry, of which there must be one. */
  #pop(): Entry {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) throw new Error("There are no timers");
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && compare(right, left) < 0) {
        least = right;
        child += 1;
      }
      if (compare(last, least) <= 0) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** At the same moment the order is that in which devices came, so that the same calls give the same events. */
function compare(one: Entry, other: Entry): number {
  return one.moment - other.moment || one.device.number - other.device.number;
}
