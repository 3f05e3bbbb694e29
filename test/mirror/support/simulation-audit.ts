import type { DeviceRecord, DeviceStore } from "../../../src/storage/index.ts";

/** A store some of whose methods are others. */
export function overriding<Store extends object>(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
}

/** What was true at Enode, and when. */
export class History {
  /** By record and content, the timestamps, in ms since the epoch. */
  readonly #sights = new Map<string, Map<string, Set<number>>>();
  /** When each record was created and deleted; the last one of the list is open as long as it exists. */
  readonly #lives = new Map<string, { readonly from: number; to: number }[]>();

  /** Notes the content of a record at a time. */
  note(id: string, at: number, record: unknown): void {
    const sights = this.#sights.get(id) ?? new Map<string, Set<number>>();
    this.#sights.set(id, sights);
    const content = JSON.stringify(record);
    sights.set(content, (sights.get(content) ?? new Set()).add(at));
  }

  /** Notes which records exist at a time. */
  census(at: number, ids: readonly string[]): void {
    const present = new Set(ids);
    for (const [id, lives] of this.#lives) {
      const last = lives.at(-1);
      if (last && last.to === Number.POSITIVE_INFINITY && !present.has(id)) last.to = at;
    }
    for (const id of present) {
      const lives = this.#lives.get(id) ?? [];
      this.#lives.set(id, lives);
      if (lives.at(-1)?.to !== Number.POSITIVE_INFINITY) {
        lives.push({ from: at, to: Number.POSITIVE_INFINITY });
      }
    }
  }

  /** The first time from `since` on at which it had this content; undefined when there is none. */
  firstTime(id: string, content: string, since: number): number | undefined {
    const times = [...(this.#sights.get(id)?.get(content) ?? [])].filter((at) => at >= since);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  isGone(id: string): boolean {
    return this.#lives.get(id)?.at(-1)?.to !== Number.POSITIVE_INFINITY;
  }

  /** The first time from `since` on at which it did not exist; undefined when it has existed ever since. */
  firstAbsence(id: string, since: number): number | undefined {
    const lives = this.#lives.get(id) ?? [];
    const life = lives.find(({ from, to }) => from <= since && since < to);
    if (life === undefined) return since;
    return life.to === Number.POSITIVE_INFINITY ? undefined : life.to;
  }
}

/** What was shown of a record last: its times, and the first time at which it was true. */
interface Shown {
  readonly observedAt: number;
  readonly readingAt?: number | undefined;
  readonly shown: number;
}

/** A store that asserts that records only ever get newer, in their dates and in their content. */
export class Auditor {
  readonly store: DeviceStore;
  readonly violations: string[] = [];
  readonly #history: History;
  readonly #latest = new Map<string, Shown>();
  /** Records that have come back after they were removed; good only if they are removed again. */
  readonly #returned = new Map<string, string>();
  readonly #removed = new Set<string>();
  #known: ReadonlySet<string> | undefined;

  constructor(inner: DeviceStore, history: History) {
    this.#history = history;
    this.store = overriding(inner, {
      upsert: async (records) => {
        const outcomes = await inner.upsert(records);
        for (const [index, record] of records.entries()) {
          if (outcomes[index] !== "kept") this.#check(record);
        }
        return outcomes;
      },
      remove: async (namespace, selection) => {
        const { ids = [], collection } = selection;
        for (const id of ids) {
          this.#removed.add(`${collection}/${id}`);
          this.#returned.delete(`${collection}/${id}`);
        }
        return inner.remove(namespace, selection);
      },
    });
  }

  /**
   * From now on records may appear that were deleted before they were ever observed: for these a late delivery is
   * the first update, and nothing shows that it is old.
   */
  beginForgiving(): void {
    this.#known = new Set(this.#latest.keys());
  }

  isForgiven(deviceId: string): boolean {
    const isNew = this.#known !== undefined && !this.#known.has(`devices/${deviceId}`);
    return isNew && this.#history.isGone(deviceId);
  }

  /** To be called when nobody is in the middle of something. */
  settle(): void {
    this.violations.push(...this.#returned.values());
    this.#returned.clear();
  }

  #check(record: DeviceRecord): void {
    const { collection, id, payload, observedAt, readingAt } = record;
    if (collection === "bookmarks") return;
    const key = `${collection}/${id}`;
    const before: Shown = this.#latest.get(key) ?? { observedAt: 0, shown: 0 };
    const report = (what: string) => {
      const text = `${key} (${record.source}) ${what}: ${JSON.stringify(record)}`;
      if (this.#removed.has(key)) this.#returned.set(key, text);
      else this.violations.push(text);
    };
    // What was told earlier takes the place of what was told later only if it was read later.
    const isNewerReading = readingAt !== undefined && readingAt > (before.readingAt ?? readingAt);
    if (observedAt < before.observedAt && !isNewerReading) {
      report(`is dated before ${before.observedAt}, which was shown before`);
      return;
    }
    const shown = this.#shownAt(record, before.shown);
    if (shown === undefined) {
      report(
        payload === null
          ? "is said to be deleted, and has existed all the time"
          : `has content that has not been true since ${before.shown}, the time of the one before`,
      );
      return;
    }
    this.#latest.set(key, { observedAt, readingAt, shown });
  }

  #shownAt({ collection, id, payload, observedAt }: DeviceRecord, latest: number) {
    // Only the second of the answer shows when a user was read; what was read in one and the same second stays in
    // the order in which it came.
    const since = collection === "users" ? latest - 1_000 : latest;
    if (payload === null) return this.#history.firstAbsence(id, Math.max(since, observedAt));
    // As Enode writes it, whatever else a store does with JSON.
    const content = JSON.stringify(JSON.parse(payload));
    return this.#history.firstTime(`${collection}/${id}`, content, since);
  }
}
