/** Something beside devices that happens by itself at moments of the simulated time, such as a schedule. */
export interface TimedProcess {
  /** When it happens next, as a time stamp in milliseconds; Infinity when nothing is to happen. */
  nextEventAt(): number;
  /** Lets happen what is to happen at this moment, after which the next one is later. */
  run(moment: number): void;
}

/** All that happens by itself beside devices. */
export class ProcessScheduler {
  readonly #entries = new Set<TimedProcess>();

  add(entry: TimedProcess): void {
    this.#entries.add(entry);
  }

  remove(entry: TimedProcess): void {
    this.#entries.delete(entry);
  }

  /** The next moment, as a time stamp in milliseconds; Infinity when nothing is to happen. */
  next(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) earliest = Math.min(earliest, entry.nextEventAt());
    return earliest;
  }

  /** Lets happen all that is to happen by this moment. */
  run(moment: number): void {
    for (const entry of [...this.#entries]) if (entry.nextEventAt() <= moment) entry.run(moment);
  }
}
