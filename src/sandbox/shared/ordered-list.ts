import type { Pagination } from "../../../generated/types.ts";
import { badRequest } from "../http/problems.ts";

const DEFAULT_PAGE_SIZE = 50;

/** What can stand in a paged list: things numbered in the order in which they came. */
export interface Numbered {
  readonly number: number;
}

/** One page, newest entry first. */
export interface PageOf<T> {
  readonly data: T[];
  readonly pagination: Pagination;
}

/**
 * Entries in the order of their numbers, read newest first. A cursor holds the number next to which it stands, so
 * pages neither skip nor repeat an entry while others come and go.
 */
export class OrderedList<T extends Numbered> {
  readonly #name: string;
  readonly #entries: T[] = [];

  /** @param name Ties cursors to this kind of list: a cursor of another one is refused. */
  constructor(name: string) {
    this.#name = name;
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

  /** The page that the query (`after`, `before`, `pageSize`) asks for. */
  page(query: URLSearchParams): PageOf<T> {
    const size = pageSize(query.get("pageSize"));
    const after = query.get("after");
    const before = query.get("before");
    if (after !== null && before !== null) {
      throw badRequest('Give either "after" or "before", not both');
    }
    let start: number;
    let end: number;
    if (before !== null) {
      start = this.#indexFrom(this.#decode("before", before) + 1);
      end = Math.min(start + size, this.#entries.length);
    } else {
      end = after === null ? this.#entries.length : this.#indexFrom(this.#decode("after", after));
      start = Math.max(0, end - size);
    }
    return {
      data: this.#entries.slice(start, end).reverse(),
      pagination: { after: this.#after(start), before: this.#before(end) },
    };
  }

  /** The cursor of the entries older than position `start`. */
  #after(start: number): string | null {
    const older = this.#entries[start - 1];
    return older === undefined ? null : this.#encode(older.number + 1);
  }

  /** The cursor of the entries at position `end` and newer. */
  #before(end: number): string | null {
    const newer = this.#entries[end];
    return newer === undefined ? null : this.#encode(newer.number - 1);
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

  #encode(number: number): string {
    return btoa(`${this.#name}:${number}`)
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/=+$/, "");
  }

  #decode(parameter: string, cursor: string): number {
    let text = "";
    try {
      text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    } catch {
      // Not base64, so not a cursor of ours: refused below.
    }
    const [name, number, ...rest] = text.split(":");
    if (
      name !== this.#name ||
      number === undefined ||
      rest.length > 0 ||
      !/^-?\d{1,15}$/.test(number)
    ) {
      throw badRequest(`"${parameter}" is not a cursor of this list`);
    }
    return Number(number);
  }
}

function pageSize(text: string | null): number {
  if (text === null) return DEFAULT_PAGE_SIZE;
  const size = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size) && size > 0) return size;
  throw badRequest('"pageSize" must be a whole number above 0');
}
