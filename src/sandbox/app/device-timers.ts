import type { Device } from "../simulation/devices/device.ts";

interface Entry {
  readonly time: number;
  readonly device: Device;
}

/** The next event of each device that has one: a pending action, charging, or a home that it is part of. */
export class DeviceTimers {
  readonly #times = new Map<Device, number>();
  /** A heap, earliest first; outdated entries stay until they are first. */
  #heap: Entry[] = [];

  /** Reads the time of a device's next event again. */
  schedule(device: Device): void {
    const time = device.nextEventAt();
    if (time === Number.POSITIVE_INFINITY) {
      this.#times.delete(device);
    } else if (this.#times.get(device) !== time) {
      this.#times.set(device, time);
      this.#push({ time, device });
      if (this.#heap.length > 4 * this.#times.size + 1_000) this.#tidy();
    }
  }

  forget(device: Device): void {
    this.#times.delete(device);
  }

  clear(): void {
    this.#times.clear();
    this.#heap = [];
  }

  /** The time of the next event, as a timestamp in milliseconds; Infinity when there is none. */
  next(): number {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#isCurrent(first)) return first.time;
      this.#pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Removes and returns the devices with an event that is due; schedule them again afterwards. */
  takeDue(time: number): Device[] {
    const due: Device[] = [];
    while (this.next() <= time) {
      const { device } = this.#pop();
      this.#times.delete(device);
      due.push(device);
    }
    return due;
  }

  #isCurrent({ device, time }: Entry): boolean {
    return this.#times.get(device) === time;
  }

  #tidy(): void {
    // A sorted list is a heap.
    this.#heap = this.#heap.filter((entry) => this.#isCurrent(entry)).sort(compare);
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

  /** Removes and returns the first entry, which must exist. */
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

/** Devices with the same time are in order of creation, so that the same calls give the same events. */
function compare(one: Entry, other: Entry): number {
  return one.time - other.time || one.device.number - other.device.number;
}
