import type {
  DeviceRecord,
  DeviceStore,
  RecordQuery,
  RecordSelection,
} from "../../../../src/storage/contracts/index.ts";
import { type Mutant, type Mutants, withoutNul } from "./mutants.ts";

/** Asks lists with another query. */
const asking =
  (change: (query: RecordQuery) => RecordQuery): Mutant<DeviceStore> =>
  (store) => ({
    list: (namespace, query) => store.list(namespace, change(query)),
    listByUser: (namespace, userId, query) => store.listByUser(namespace, userId, change(query)),
  });

const withoutVendor = ({ vendor: _vendor, ...query }: RecordQuery): RecordQuery => query;
const withoutTime = ({ observedBefore: _time, ...query }: RecordQuery): RecordQuery => query;
const withoutUser = ({ userId: _userId, ...selection }: RecordSelection): RecordSelection =>
  selection;

/** Finds duplicates in lists of its own. */
const findingBy =
  (
    isOne: (records: readonly DeviceRecord[]) => boolean,
    includeDeleted: boolean,
  ): Mutant<DeviceStore> =>
  (store) => ({
    async findDuplicates(namespace, limit) {
      const query: RecordQuery = { collection: "devices", limit: 1_000, includeDeleted };
      const records = (await store.list(namespace, query)).filter(({ identity }) => identity);
      return [...new Set(records.map(({ identity }) => identity ?? ""))]
        .sort()
        .map((identity) => ({
          identity,
          records: records.filter((record) => record.identity === identity),
        }))
        .filter((found) => isOne(found.records))
        .slice(0, limit);
    },
  });

const severalUsers = (records: readonly DeviceRecord[]) =>
  new Set(records.map(({ userId }) => userId)).size > 1;

export const listMutants: Mutants<DeviceStore> = {
  "finds nothing where nothing is": (store) => ({
    getMany: (namespace, collection, ids) =>
      Promise.all(
        ids.map(async (id) => ({
          ...((await store.get(namespace, collection, id)) ?? ({} as DeviceRecord)),
          id,
        })),
      ),
  }),
  "gives those of many IDs that there are, each once": (store) => ({
    getMany: async (namespace, collection, ids) =>
      (await Promise.all(ids.map((id) => store.get(namespace, collection, id)))).flatMap(
        (record) => record ?? [],
      ),
  }),
  "lists records by kind, vendor and time, and by all of them at once": asking((query) =>
    query.kind === undefined ? query : withoutVendor(query),
  ),
  "lists deleted records only when asked to": asking((query) => ({
    ...query,
    includeDeleted: query.includeDeleted !== undefined,
  })),
  "refuses a user, a namespace or a condition that has no value": (store) => ({
    // What many do: whoever has no ID is everybody.
    listByUser: (namespace, userId, query) =>
      userId === undefined
        ? store.list(namespace, query)
        : store.listByUser(namespace, userId, query),
  }),
  "lists the records of one user, by every condition": (store) => ({
    listByUser: (namespace, userId, query) =>
      store.listByUser(namespace, userId, withoutTime(query)),
  }),
  "lists a record with its new user only": (store) => {
    const first = new Map<string, string | null>();
    return {
      async upsert(records) {
        for (const { id, userId } of records) first.set(id, first.get(id) ?? userId);
        return store.upsert(records);
      },
      listByUser: async (namespace, userId, query) =>
        (await store.list(namespace, query)).filter(({ id }) => first.get(id) === userId),
    };
  },
  "gives each record once over pages, in the same order each time": (store) => ({
    async list(namespace, query) {
      const last = query.after && (await store.get(namespace, query.collection, query.after));
      const page = await store.list(namespace, query);
      return last ? [last, ...page].slice(0, query.limit) : page;
    },
  }),
  "gives each record of a user once over pages": (store) => ({
    listByUser: (namespace, userId, query) =>
      store.listByUser(namespace, userId, { ...query, after: undefined }),
  }),
  "goes on after a record that is gone, and gives none twice": (store) => ({
    async list(namespace, query) {
      const last = query.after && (await store.get(namespace, query.collection, query.after));
      return store.list(namespace, last ? query : { ...query, after: undefined });
    },
  }),
  "keeps namespaces apart": (store) => ({
    async remove(namespace, selection) {
      await store.remove("two", selection);
      return store.remove(namespace, selection);
    },
  }),
  "keeps collections apart": (store) => ({
    listByUser: (namespace, userId, query) =>
      store.listByUser(namespace, userId, { ...query, collection: "devices" }),
  }),
  "keeps hostile IDs apart": (store) => ({
    get: (namespace, collection, id) => store.get(namespace, collection, id.trim()),
  }),
  "keeps records with NUL in their IDs apart, or refuses them": (store) => ({
    upsert: (records) =>
      store.upsert(records.map((record) => ({ ...record, id: withoutNul(record.id) }))),
    get: (namespace, collection, id) => store.get(namespace, collection, withoutNul(id)),
  }),
  "hands out nothing that changes what is kept": (store) => {
    const kept = new Map<string, DeviceRecord>();
    return {
      async upsert(records) {
        for (const record of records) kept.set(record.id, record);
        return store.upsert(records);
      },
      get: async (_namespace, _collection, id) => kept.get(id),
    };
  },
  "keeps 10,000 devices, and gives each of them once over pages": (store) => {
    let size = 0;
    return {
      async upsert(records) {
        size += records.length;
        const outcomes = await store.upsert(records);
        // Forgets in silence what does not fit.
        const [last] = size > 9_999 ? records : [];
        if (last) await store.remove(last.namespace, { ids: [last.id] });
        return outcomes;
      },
    };
  },
};

const removing =
  (
    remove: (store: DeviceStore, ...about: Parameters<DeviceStore["remove"]>) => Promise<number>,
  ): Mutant<DeviceStore> =>
  (store) => ({ remove: (...about) => remove(store, ...about) });

export const removalMutants: Mutants<DeviceStore> = {
  "removes records by their IDs": removing(async (store, namespace, selection) => {
    await store.remove(namespace, selection);
    return selection.ids?.length ?? 0;
  }),
  "removes the records of a collection": removing((store, namespace, selection) =>
    store.remove(namespace, { ...selection, deletedBefore: Number.MAX_VALUE }),
  ),
  "removes the records of a user": removing((store, namespace, selection) =>
    store.remove(namespace, { ...selection, collection: "devices" }),
  ),
  "removes records that were deleted before a moment": removing(
    (store, namespace, { deletedBefore, ...selection }) =>
      store.remove(namespace, { ...selection, deletedBefore: Number(deletedBefore) + 1 }),
  ),
  "removes only what fits every condition": removing((store, namespace, selection) =>
    store.remove(namespace, withoutUser(selection)),
  ),
  "removes nothing when the list of IDs is empty": removing(
    async (store, namespace, { ids, ...selection }) => {
      if (ids?.length) return store.remove(namespace, { ids, ...selection });
      return store.remove(namespace, { ...selection, collection: "devices" });
    },
  ),
  "removes nothing of a user when none of the IDs is that user's": removing(
    (store, namespace, selection) =>
      store.remove(namespace, selection.ids ? withoutUser(selection) : selection),
  ),
  "refuses a selection with a condition that has no value, and removes nothing": removing(
    (store, namespace, selection) =>
      store.remove(namespace, selection.userId === undefined ? withoutUser(selection) : selection),
  ),
  "refuses to remove what nothing selects": removing(async (store, namespace, selection) =>
    store.remove(namespace, selection).catch(() => 0),
  ),
  "lets older news bring back what was removed": (store) => {
    const removed = new Set<string>();
    return {
      async remove(namespace, selection) {
        for (const id of selection.ids ?? []) removed.add(id);
        return store.remove(namespace, selection);
      },
      upsert: async (records) =>
        records.some(({ id }) => removed.has(id)) ? ["kept"] : store.upsert(records),
    };
  },
  "finds devices that several users have, in order, up to a limit": findingBy(
    ({ length }) => length > 1,
    false,
  ),
  "takes deleted devices for nobody's": findingBy(severalUsers, true),
};
