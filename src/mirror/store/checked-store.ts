import type { StoreError } from "../../errors/index.ts";
import { callStore } from "../../shared/call-store.ts";
import { storeFailure } from "../../shared/store-failure.ts";
import { maxBatchSize } from "../../storage/contracts/device-store.ts";
import type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  RecordSelection,
  UpsertOutcome,
} from "../../storage/contracts/index.ts";

/** Time for one call while somebody waits: less than the 5 s after which Enode stops waiting for its answer. */
export const eventTimeout = 4_000;
/** Time for one call of work that goes through everything. */
export const syncTimeout = 30_000;

const store = "deviceStore";
const outcomes: readonly unknown[] = ["added", "replaced", "kept"] satisfies UpsertOutcome[];

/**
 * A store of the host's, of which nothing is taken for granted: it may throw, hang, answer nonsense, or give
 * what belongs to another client. Each of these is a StoreError.
 */
export class CheckedDeviceStore {
  readonly namespace: string;
  readonly #store: DeviceStore;

  constructor(store: DeviceStore, namespace: string) {
    this.#store = store;
    this.namespace = namespace;
  }

  /** Keeps up to 1,000 records. */
  upsert(records: readonly DeviceRecord[], time: number): Promise<UpsertOutcome[]> {
    return this.#call(
      "upsert",
      time,
      () => this.#store.upsert(records),
      (answer): answer is UpsertOutcome[] =>
        Array.isArray(answer) &&
        answer.length === records.length &&
        answer.every((outcome) => outcomes.includes(outcome)),
    );
  }

  get(
    collection: RecordCollection,
    id: string,
    time: number = eventTimeout,
  ): Promise<DeviceRecord | undefined> {
    return this.#call(
      "get",
      time,
      () => this.#store.get(this.namespace, collection, id),
      (answer): answer is DeviceRecord | undefined =>
        answer === undefined || (this.#isRecord(answer, collection) && answer.id === id),
    );
  }

  /** Those of any number of records that there are, by their IDs. */
  async getMany(
    collection: RecordCollection,
    ids: Iterable<string>,
    time: number,
  ): Promise<Map<string, DeviceRecord>> {
    const found = new Map<string, DeviceRecord>();
    const wanted = [...new Set(ids)];
    for (let at = 0; at < wanted.length; at += maxBatchSize) {
      const some = wanted.slice(at, at + maxBatchSize);
      const asked = new Set(some);
      const records = await this.#call(
        "getMany",
        time,
        () => this.#store.getMany(this.namespace, collection, some),
        (answer): answer is DeviceRecord[] =>
          this.#areRecords(answer, collection, some.length) &&
          answer.every(({ id }) => asked.has(id)),
      );
      for (const record of records) found.set(record.id, record);
    }
    return found;
  }

  /** One page of a list, of all users or of one. */
  list(
    query: RecordQuery,
    userId: string | undefined,
    time: number = eventTimeout,
  ): Promise<DeviceRecord[]> {
    const { collection, limit, after, kind, vendor, observedBefore, includeDeleted } = query;
    return this.#call(
      userId === undefined ? "list" : "listByUser",
      time,
      () =>
        userId === undefined
          ? this.#store.list(this.namespace, query)
          : this.#store.listByUser(this.namespace, userId, query),
      (answer): answer is DeviceRecord[] =>
        this.#areRecords(answer, collection, limit) &&
        answer.every(
          (record) =>
            // A page with its own beginning in it would be followed for ever.
            record.id !== after &&
            (userId === undefined || record.userId === userId) &&
            (kind === undefined || record.kind === kind) &&
            (vendor === undefined || record.vendor === vendor) &&
            (observedBefore === undefined || record.observedAt < observedBefore) &&
            (includeDeleted === true || record.payload !== null),
        ),
    );
  }

  /** All records of a list, page by page. */
  async *pages(
    query: Omit<RecordQuery, "after" | "limit">,
    userId?: string,
    time: number = eventTimeout,
  ): AsyncGenerator<DeviceRecord[], void, undefined> {
    const limit = 500;
    let after: string | undefined;
    do {
      const page: DeviceRecord[] = await this.list({ ...query, after, limit }, userId, time);
      if (page.length > 0) yield page;
      after = page.length < limit ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
  }

  remove(selection: RecordSelection, time: number): Promise<number> {
    return this.#call(
      "remove",
      time,
      () => this.#store.remove(this.namespace, selection),
      (answer): answer is number => Number.isInteger(answer) && Number(answer) >= 0,
    );
  }

  findDuplicates(limit: number): Promise<DuplicateDevice[]> {
    return this.#call(
      "findDuplicates",
      syncTimeout,
      () => this.#store.findDuplicates(this.namespace, limit),
      (answer): answer is DuplicateDevice[] =>
        Array.isArray(answer) &&
        answer.length <= limit &&
        answer.every(
          (each: Partial<DuplicateDevice> | null) =>
            typeof each?.identity === "string" &&
            this.#areRecords(each.records, "devices", Number.POSITIVE_INFINITY) &&
            each.records.every(({ identity, payload }) => {
              return identity === each.identity && payload !== null;
            }),
        ),
    );
  }

  /** What is thrown for a record that says nothing. */
  unreadable(method: string): StoreError {
    return storeFailure({ store, method }, "gave a record that cannot be read");
  }

  #areRecords(
    answer: unknown,
    collection: RecordCollection,
    most: number,
  ): answer is DeviceRecord[] {
    if (!Array.isArray(answer) || answer.length > most) return false;
    const ids = new Set<string>();
    return answer.every(
      (each: unknown) => this.#isRecord(each, collection) && ids.size < ids.add(each.id).size,
    );
  }

  #isRecord(value: unknown, collection: RecordCollection): value is DeviceRecord {
    const record = Object(value) as Partial<DeviceRecord>;
    return (
      // Never what belongs to another client, whatever a store makes of its keys.
      record.namespace === this.namespace &&
      record.collection === collection &&
      typeof record.id === "string" &&
      typeof record.kind === "string" &&
      isTextOrNull(record.userId) &&
      isTextOrNull(record.vendor) &&
      isTextOrNull(record.identity) &&
      isTextOrNull(record.payload) &&
      typeof record.partial === "boolean" &&
      Number.isFinite(record.observedAt) &&
      (record.readingAt === undefined || Number.isFinite(record.readingAt)) &&
      Number.isFinite(record.receivedAt) &&
      typeof record.source === "string"
    );
  }

  #call<T>(
    method: keyof DeviceStore,
    time: number,
    use: () => Promise<unknown>,
    isAnswer: (answer: unknown) => answer is T,
  ): Promise<T> {
    const call = { store, method, timeout: time };
    return callStore(call, use, isAnswer, () => ({ storeFailure }));
  }
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}
