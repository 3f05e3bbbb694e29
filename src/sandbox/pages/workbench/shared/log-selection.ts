const MOST = 30;

/** The entries of a log that a page shows. */
export interface Selection<Entry> {
  /** Newest first. */
  readonly shown: readonly Entry[];
  /** How many entries fit the filter. */
  readonly fitting: number;
  /** How many entries the log holds. */
  readonly kept: number;
  /** Number of the newest entry; 0 when there is none. */
  readonly newest: number;
  /** Whether older entries fit, too. */
  readonly hasOlder: boolean;
}

/**
 * Selects entries for a page by its query: those after the number `after`, up to `until` on a page that stands still,
 * and before the number `before` on a page of older ones.
 */
export function selectEntries<Entry extends { readonly number: number }>(
  entries: readonly Entry[],
  query: URLSearchParams,
  fits: (entry: Entry) => boolean,
): Selection<Entry> {
  const after = numberIn(query, "after") ?? 0;
  const until = numberIn(query, "until") ?? Number.POSITIVE_INFINITY;
  const before = numberIn(query, "before") ?? Number.POSITIVE_INFINITY;
  const fitting = entries.filter(
    (entry) => entry.number > after && entry.number <= until && fits(entry),
  );
  const older = fitting.filter(({ number }) => number < before);
  return {
    shown: older.slice(-MOST).reverse(),
    fitting: fitting.length,
    kept: entries.length,
    newest: entries.at(-1)?.number ?? 0,
    hasOlder: older.length > MOST,
  };
}

/** A whole number in a query; undefined for anything else. */
export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Whether a text contains another, whatever the case. */
export function holds(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
