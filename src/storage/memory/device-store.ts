import { withSafeMessage } from "../../shared/store-reason.ts";
import { supersedes } from "../contracts/device-store.ts";
import type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  RecordSelection,
} from "../contracts/index.ts";
import { RecordIndex } from "./record-index.ts";

/** Records that are kept; another one is refused. */
const maxRecords = 200_000;

/** Keeps the mirror's records in the memory of this process. */
export function memoryDeviceStore(): DeviceStore {
  const shelves = new Map<string, RecordIndex>();
  let size = 0;

  // Reading makes no shelf that stays.
  const shelfOf = (namespace: string, collection: RecordCollection) =>
    shelves.get(keyOf(namespace, collection)) ?? new RecordIndex(namespace, collection);

  /** Refuses as a whole what would not fit, so that nothing is forgotten in silence. */
  const makeSureOfRoom = (records: readonly DeviceRecord[]) => {
    if (size + records.length <= maxRecords) return;
    const added = new Set<string>();
    for (const { namespace, collection, id } of records) {
      if (shelfOf(namespace, collection).get(id) === undefined) {
        added.add(JSON.stringify([namespace, collection, id]));
      }
    }
    if (size + added.size <= maxRecords) return;
    throw withSafeMessage(
      new Error(`memory holds ${size} records, and takes no more than ${maxRecords}`),
    );
  };

  return {
    async upsert(records) {
      makeSureOfRoom(records);
      return records.map((record) => {
        const shelf = shelfOf(record.namespace, record.collection);
        const known = shelf.get(record.id);
        if (!supersedes(record, known)) return "kept";
        shelf.put({ ...record });
        shelves.set(keyOf(record.namespace, record.collection), shelf);
        if (known) return "replaced";
        size++;
        return "added";
      });
    },

    async get(namespace, collection, id) {
      const record = shelfOf(namespace, collection).get(id);
      return record && { ...record };
    },

    async getMany(namespace, collection, ids) {
      const shelf = shelfOf(namespace, collection);
      return copiesOf([...new Set(ids)].flatMap((id) => shelf.get(id) ?? []));
    },

    async list(namespace, query) {
      const shelf = shelfOf(namespace, query.collection);
      return copiesOf(pageOf(shelf.after(query.after), query));
    },

    async listByUser(namespace, userId, query) {
      const shelf = shelfOf(namespace, query.collection);
      return copiesOf(pageOf(shelf.ofUser(userId, query.after), query));
    },

    async remove(namespace, selection) {
      let removed = 0;
      for (const shelf of shelves.values()) {
        if (shelf.namespace !== namespace) continue;
        if ((selection.collection ?? shelf.collection) !== shelf.collection) continue;
        for (const record of selected(shelf, selection)) {
          shelf.remove(record);
          removed++;
        }
      }
      size -= removed;
      return removed;
    },

    async findDuplicates(namespace, limit) {
      const byIdentity = new Map<string, DeviceRecord[]>();
      for (const record of shelfOf(namespace, "devices").after(undefined)) {
        const { identity, payload } = record;
        if (identity === null || payload === null) continue;
        const others = byIdentity.get(identity);
        if (others) others.push(record);
        else byIdentity.set(identity, [record]);
      }
      const found: DuplicateDevice[] = [];
      for (const identity of [...byIdentity.keys()].sort()) {
        const records = byIdentity.get(identity) ?? [];
        // Records whose user is not known tell of no other user.
        const users = new Set(records.flatMap(({ userId }) => userId ?? []));
        if (users.size > 1) found.push({ identity, records: copiesOf(records) });
      }
      return found.slice(0, limit);
    },
  };
}

/** As JSON, so that no pair of namespace and collection looks like another one. */
function keyOf(namespace: string, collection: RecordCollection): string {
  return JSON.stringify([namespace, collection]);
}

function pageOf(records: Iterable<DeviceRecord>, query: RecordQuery): DeviceRecord[] {
  const page: DeviceRecord[] = [];
  for (const record of records) {
    if (page.length >= query.limit) break;
    if (fits(record, query)) page.push(record);
  }
  return page;
}

function fits(record: DeviceRecord, query: RecordQuery): boolean {
  const { kind, vendor, observedBefore, includeDeleted } = query;
  return (
    (kind === undefined || record.kind === kind) &&
    (vendor === undefined || record.vendor === vendor) &&
    (observedBefore === undefined || record.observedAt < observedBefore) &&
    (includeDeleted === true || record.payload !== null)
  );
}

function selected(shelf: RecordIndex, selection: RecordSelection): DeviceRecord[] {
  const { ids, userId, deletedBefore } = selection;
  // The narrowest way in: by ID, then by user.
  const candidates =
    ids !== undefined
      ? [...new Set(ids)].flatMap((id) => shelf.get(id) ?? [])
      : [...(userId !== undefined ? shelf.ofUser(userId, undefined) : shelf.after(undefined))];
  return candidates.filter(
    (record) =>
      (userId === undefined || record.userId === userId) &&
      (deletedBefore === undefined ||
        (record.payload === null && record.observedAt < deletedBefore)),
  );
}

function copiesOf(records: readonly DeviceRecord[]): DeviceRecord[] {
  return records.map((record) => ({ ...record }));
}
