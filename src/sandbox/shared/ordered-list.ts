/** A record that an ordered list can hold: records are numbered in the order in which they were added. */
export interface Numbered {
  readonly number: number;
}

/** Neighbours in a list, newest first. */
export interface ListSection<T> {
  readonly entries: T[];
  /** The number that all older entries are below; null when there are none. */
  readonly olderThan: number | null;
  /** The number that all newer entries are above; null when there are none. */
  readonly newerThan: number | null;
}

/** Entries in the order of their numbers, read newest first. */
export class OrderedList<T extends Numbered> {
  readonly name: string;
  readonly #entries: T[] = [];

  /** @param name Names the kind of entry; lists of different kinds have different names. */
  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Adds an entry, whose number must be above all others. */
  add(entry: T): void {
    this.#entries.push(entry);
  }

  remove(entry: T): void {
    const at = this.#indexFrom(entry.number);
    if (this.#entries[at] === entry) this.#entries.splice(at, 1);
  }

  /** All entries, newest first. */
  all(): T[] {
    return this.#entries.toReversed();
  }

  /** The newest entries below a number, `most` at most. */
  olderThan(number: number, most: number): ListSection<T> {
    const end = this.#indexFrom(number);
    return this.#section(Math.max(0, end - most), end);
  }

  /** The oldest entries above a number, `most` at most. */
  newerThan(number: number, most: number): ListSection<T> {
    const start = this.#indexFrom(number + 1);
    return this.#section(start, Math.min(start + most, this.#entries.length));
  }

  #section(start: number, end: number): ListSection<T> {
    const older = this.#entries[start - 1];
    const newer = this.#entries[end];
    return {
      entries: this.#entries.slice(start, end).reverse(),
      olderThan: older === undefined ? null : older.number + 1,
      newerThan: newer === undefined ? null : newer.number - 1,
    };
  }

  /** The position of the first entry whose number is at least `number`. */
  #indexFrom(number: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.number ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
