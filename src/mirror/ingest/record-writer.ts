import { captureContext } from "../../runtime/async-context.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import { isErasure, maxBatchSize } from "../../storage/contracts/device-store.ts";
import type { DeviceRecord, UpsertOutcome } from "../../storage/contracts/index.ts";
import type { ChangeListeners } from "../read/change-listeners.ts";
import { type CheckedDeviceStore, eventTimeout } from "../store/checked-store.ts";
import type { TransitionTeller } from "../transitions/transition-teller.ts";
import { ReadListeners } from "./read-listeners.ts";

/** Users read at the same time because of updates of their devices. */
const readsAtOnce = 4;

/** How records are kept. */
export interface KeepOptions {
  /** Whether they are those of events; otherwise a backfill or reconciliation has found them. */
  readonly isEvent?: boolean | undefined;
  /** Whether an earlier attempt may have kept some of them. */
  readonly mayBeRepeated?: boolean | undefined;
  /** Known records to remove first, whichever is newer: their times lie in the future. */
  readonly inPlaceOf?: readonly DeviceRecord[] | undefined;
}

interface Waiting {
  readonly records: readonly DeviceRecord[];
  readonly mayBeRepeated: boolean;
  resolve(outcomes: UpsertOutcome[]): void;
  reject(error: unknown): void;
}

/** Writes records to the store. All updates of the mirror go through it. */
export class RecordWriter {
  readonly readListeners: ReadListeners = new ReadListeners();
  readonly #store: CheckedDeviceStore;
  readonly #listeners: ChangeListeners;
  readonly #teller: TransitionTeller;
  readonly #readUser: (userId: string, since: number) => Promise<void>;
  readonly #inOwnContext = captureContext();
  #waiting: Waiting[] = [];

  /** @param readUser Reads a user at Enode and keeps it, because of an update of that time. */
  constructor(
    store: CheckedDeviceStore,
    listeners: ChangeListeners,
    teller: TransitionTeller,
    readUser: (userId: string, since: number) => Promise<void>,
  ) {
    this.#store = store;
    this.#listeners = listeners;
    this.#teller = teller;
    this.#readUser = readUser;
  }

  /**
   * Keeps the records of an event. Records of the same turn go to the store in one call: the events of a delivery
   * are handled concurrently, and one call for each would cost several times as much.
   *
   * @param mayBeRepeated Whether an earlier attempt may have kept some of them.
   * @throws StoreError · what handlers of their transitions throw
   */
  async join(records: readonly DeviceRecord[], mayBeRepeated: boolean): Promise<UpsertOutcome[]> {
    const outcomes = await new Promise<UpsertOutcome[]>((resolve, reject) => {
      this.#waiting.push({ records, mayBeRepeated, resolve, reject });
      // Shared work must not run in the async context of one caller.
      if (this.#waiting.length > 1) return;
      queueMicrotask(() => this.#inOwnContext(() => this.#flush()));
    });
    await this.#teller.told(records);
    return outcomes;
  }

  /**
   * Keeps records, and returns the outcome of each.
   *
   * @throws StoreError
   */
  async keep(
    records: readonly DeviceRecord[],
    time: number,
    options: KeepOptions = {},
  ): Promise<UpsertOutcome[]> {
    const outcomes: UpsertOutcome[] = [];
    for (let at = 0; at < records.length; at += maxBatchSize) {
      const some = records.slice(at, at + maxBatchSize);
      outcomes.push(...(await this.#keep(some, time, options)));
      // Not before: a failure makes the caller read and keep them again.
      await this.readListeners.tell(some);
    }
    if (!options.isEvent) await this.#teller.toldOrReported(records);
    return outcomes;
  }

  /** Whether the host has erased the user, which is final: a new user of the same person has another ID. */
  async isErased(userId: string): Promise<boolean> {
    return isErasure(await this.#store.get("users", userId));
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const records = waiting.flatMap((each) => each.records);
    const mayBeRepeated = waiting.some((each) => each.mayBeRepeated);
    this.keep(records, eventTimeout, { mayBeRepeated, isEvent: true }).then(
      (outcomes) => {
        for (const { records, resolve } of waiting) resolve(outcomes.splice(0, records.length));
      },
      (error) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  async #keep(
    given: readonly DeviceRecord[],
    time: number,
    { mayBeRepeated = false, inPlaceOf = [], isEvent = false }: KeepOptions,
  ): Promise<UpsertOutcome[]> {
    const ofErased = await this.#ofErasedUsers(given, time);
    const accepted = given.filter((record) => !ofErased.has(record));
    const told = await this.#teller.begin(accepted, { isEvent, inPlaceOf }, time);
    const records = accepted.filter((record) => !told.refused.has(record));
    const kept = new Map<DeviceRecord, UpsertOutcome>();
    try {
      const known = this.#listeners.isEmpty ? undefined : await this.#devicesOf(records, time);
      for (const { collection, id } of inPlaceOf) {
        await this.#store.remove({ collection, ids: [id] }, time);
      }
      const outcomes = await this.#store.upsert(records, time);
      // A record that existed before was checked before. Only an attempt that ended between the two calls leaves
      // records unchecked.
      const doubtful = records.filter(
        (_, index) =>
          outcomes[index] === "added" || (mayBeRepeated && outcomes[index] === "replaced"),
      );
      const erased = await this.#removeErased(doubtful, time);
      for (const [index, record] of records.entries()) {
        const outcome = erased.has(record) ? "kept" : (outcomes[index] ?? "kept");
        kept.set(record, outcome);
        if (known && outcome !== "kept" && record.collection === "devices") {
          this.#listeners.notify(record, known.get(record.id));
          known.set(record.id, record);
        }
      }
      await told.finish(erased);
    } catch (error) {
      await told.abandon();
      throw error;
    }
    return given.map((record) => kept.get(record) ?? "kept");
  }

  /** Users among these records whom the host has erased: nothing may replace the tombstone of an erasure. */
  async #ofErasedUsers(
    records: readonly DeviceRecord[],
    time: number,
  ): Promise<ReadonlySet<DeviceRecord>> {
    const users = records.filter(
      ({ collection, payload }) => collection === "users" && payload !== null,
    );
    if (users.length === 0) return new Set();
    const ids = users.map(({ id }) => id);
    const known = await this.#store.getMany("users", ids, time);
    return new Set(users.filter(({ id }) => isErasure(known.get(id))));
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
   * Removes records of a deleted user that updates in flight have brought back. It checks after the write, so that
   * the order of deletion and update does not matter.
   */
  async #removeErased(
    doubtful: readonly DeviceRecord[],
    time: number,
  ): Promise<ReadonlySet<DeviceRecord>> {
    const ofUsers = doubtful.filter(
      ({ collection, userId }) =>
        userId !== null && (collection === "devices" || collection === "actions"),
    );
    if (ofUsers.length === 0) return new Set();
    let { deleted, unsure } = await this.#ofDeletedUsers(ofUsers, time);
    if (unsure.size > 0) {
      await mapLimit(unsure, readsAtOnce, ([userId, since]) => this.#readUser(userId, since));
      ({ deleted } = await this.#ofDeletedUsers(ofUsers, time));
    }
    for (const collection of ["devices", "actions"] as const) {
      const ids = [...deleted].flatMap((each) => (each.collection === collection ? each.id : []));
      if (ids.length > 0) await this.#store.remove({ collection, ids }, time);
    }
    return deleted;
  }

  /**
   * Returns the records whose user is deleted; and the users, with the time of their updates, for whom this is
   * uncertain: they were deleted, and there is a later update. Either they exist again, or they were deleted after
   * that update and the 404, which has no time, was dated too early.
   */
  async #ofDeletedUsers(
    records: readonly DeviceRecord[],
    time: number,
  ): Promise<{ deleted: ReadonlySet<DeviceRecord>; unsure: ReadonlyMap<string, number> }> {
    const deleted = new Set<DeviceRecord>();
    const unsure = new Map<string, number>();
    const ids = records.flatMap(({ userId }) => userId ?? []);
    const users = await this.#store.getMany("users", ids, time);
    for (const record of records) {
      const user = users.get(record.userId ?? "");
      if (user?.payload !== null) continue;
      const { observedAt } = record;
      // The host's clock dates an erasure, and Enode's clock may be ahead of it.
      if (record.payload === null || observedAt <= user.observedAt || isErasure(user)) {
        deleted.add(record);
      } else unsure.set(user.id, Math.max(observedAt, unsure.get(user.id) ?? observedAt));
    }
    return { deleted, unsure };
  }
}
