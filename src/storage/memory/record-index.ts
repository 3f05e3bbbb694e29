import type { DeviceRecord, RecordCollection } from "../contracts/index.ts";

/** The records of one namespace and collection, by ID, by user, and in the order of their IDs. */
export class RecordIndex {
  readonly namespace: string;
  readonly collection: RecordCollection;
  readonly #records = new Map<string, DeviceRecord>();
  readonly #idsByUser = new Map<string, Set<string>>();
  /** All IDs, once somebody has asked for their order; those added since then stand at its end. */
  #ids: string[] | undefined;
  #isSorted = false;

  constructor(namespace: string, collection: RecordCollection) {
    this.namespace = namespace;
    this.collection = collection;
  }

  get(id: string): DeviceRecord | undefined {
    return this.#records.get(id);
  }

  put(record: DeviceRecord): void {
    const { id, userId } = record;
    const known = this.#records.get(id);
    if (!known) {
      this.#ids?.push(id);
      this.#isSorted = false;
    } else if (known.userId !== userId) {
      this.#forgetUserOf(known);
    }
    this.#records.set(id, record);
    if (userId === null) return;
    const ids = this.#idsByUser.get(userId);
    if (ids) ids.add(id);
    else this.#idsByUser.set(userId, new Set([id]));
  }

  remove(record: DeviceRecord): void {
    this.#records.delete(record.id);
    this.#forgetUserOf(record);
    this.#ids = undefined;
  }

  /** The records after the one with this ID, in order; all of them without one. */
  *after(id: string | undefined): Generator<DeviceRecord> {
    const ids = this.#inOrder();
    for (let at = id === undefined ? 0 : placeAfter(ids, id); at < ids.length; at++) {
      const record = this.#records.get(ids[at] ?? "");
      if (record) yield record;
    }
  }

  /** The same, of one user. */
  *ofUser(userId: string, after: string | undefined): Generator<DeviceRecord> {
    for (const id of [...(this.#idsByUser.get(userId) ?? [])].sort()) {
      const record = this.#records.get(id);
      if (record && (after === undefined || id > after)) yield record;
    }
  }

  /** Sorts when it must: what is nearly in order already takes one pass. */
  #inOrder(): readonly string[] {
    const ids = this.#ids ?? [...this.#records.keys()];
    if (this.#ids === undefined || !this.#isSorted) ids.sort();
    this.#ids = ids;
    this.#isSorted = true;
    return ids;
  }

  #forgetUserOf({ id, userId }: DeviceRecord): void {
    if (userId === null) return;
    const ids = this.#idsByUser.get(userId);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByUser.delete(userId);
  }
}

/** The place of the first ID that is higher. */
function placeAfter(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? "") > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
