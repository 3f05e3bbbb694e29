import type { DeviceRecord, UpsertOutcome } from "../storage/contracts.ts";
import { type GuardedStore, mostAtOnce, promptly } from "./guard.ts";
import type { Watchers } from "./watchers.ts";

interface Waiting {
  readonly records: readonly DeviceRecord[];
  resolve(outcomes: UpsertOutcome[]): void;
  reject(error: unknown): void;
}

/** Brings records into the store: the one way in for all that the mirror hears. */
export class Keeper {
  readonly #store: GuardedStore;
  readonly #watchers: Watchers;
  #waiting: Waiting[] = [];

  constructor(store: GuardedStore, watchers: Watchers) {
    this.#store = store;
    this.#watchers = watchers;
  }

  /**
   * Keeps the records of an event. What is asked for in the same turn goes to the store in one call: the
   * events of a delivery are handled side by side, and one call for each would cost several times as much.
   */
  join(records: readonly DeviceRecord[]): Promise<UpsertOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  /**
   * Keeps records, and tells what became of each.
   *
   * @throws StoreError
   */
  async keep(records: readonly DeviceRecord[], time: number): Promise<UpsertOutcome[]> {
    const outcomes: UpsertOutcome[] = [];
    for (let at = 0; at < records.length; at += mostAtOnce) {
      outcomes.push(...(await this.#keep(records.slice(at, at + mostAtOnce), time)));
    }
    return outcomes;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const records = waiting.flatMap((each) => each.records);
    this.keep(records, promptly).then(
      (outcomes) => {
        for (const { records, resolve } of waiting) resolve(outcomes.splice(0, records.length));
      },
      (error) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  async #keep(records: readonly DeviceRecord[], time: number): Promise<UpsertOutcome[]> {
    const known = this.#watchers.isEmpty ? undefined : await this.#devicesOf(records, time);
    const outcomes = await this.#store.upsert(records, time);
    const erased = await this.#removeErased(
      records.filter((_, index) => outcomes[index] === "added"),
      time,
    );
    return records.map((record, index) => {
      const outcome = erased.has(record) ? "kept" : (outcomes[index] ?? "kept");
      if (known && outcome !== "kept" && record.collection === "devices") {
        this.#watchers.tell(record, known.get(record.id));
        known.set(record.id, record);
      }
      return outcome;
    });
  }

  #devicesOf(records: readonly DeviceRecord[], time: number): Promise<Map<string, DeviceRecord>> {
    const devices = records.filter(({ collection }) => collection === "devices");
    return this.#store.getMany(
      "devices",
      devices.map(({ id }) => id),
      time,
    );
  }

  /**
   * Removes again what an event on its way has brought back of a user that was erased. Looked at afterwards, so
   * that it does not matter whether the erasure or the event comes first.
   */
  async #removeErased(
    added: readonly DeviceRecord[],
    time: number,
  ): Promise<ReadonlySet<DeviceRecord>> {
    const ofUsers = added.filter(
      ({ collection, userId }) =>
        userId !== null && (collection === "devices" || collection === "actions"),
    );
    const erased = new Set<DeviceRecord>();
    if (ofUsers.length === 0) return erased;
    const users = await this.#store.getMany(
      "users",
      ofUsers.flatMap(({ userId }) => userId ?? []),
      time,
    );
    for (const record of ofUsers) {
      const user = users.get(record.userId ?? "");
      if (user?.payload !== null) continue;
      if (record.payload === null || record.observedAt <= user.observedAt) erased.add(record);
    }
    for (const collection of ["devices", "actions"] as const) {
      const ids = [...erased].flatMap((each) => (each.collection === collection ? each.id : []));
      if (ids.length > 0) await this.#store.remove({ collection, ids }, time);
    }
    return erased;
  }
}
