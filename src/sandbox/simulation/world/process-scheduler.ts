/** A process beside devices that runs at times of its own, such as a schedule. */
export interface TimedProcess {
  /** The time of its next run, as a timestamp in milliseconds; Infinity when there is none. */
  nextEventAt(): number;
  /** Runs it at this time; the next run is later. */
  run(time: number): void;
}

/** Runs all processes beside devices. */
export class ProcessScheduler {
  readonly #entries = new Set<TimedProcess>();

  add(entry: TimedProcess): void {
    this.#entries.add(entry);
  }

  remove(entry: TimedProcess): void {
    this.#entries.delete(entry);
  }

  /** The time of the next run, as a timestamp in milliseconds; Infinity when there is none. */
  next(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) earliest = Math.min(earliest, entry.nextEventAt());
    return earliest;
  }

  /** Runs all processes that are due by this time. */
  run(time: number): void {
    for (const entry of [...this.#entries]) if (entry.nextEventAt() <= time) entry.run(time);
  }
}
