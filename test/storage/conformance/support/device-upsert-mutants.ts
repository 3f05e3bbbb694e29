import type {
  DeviceRecord,
  DeviceStore,
  UpsertOutcome,
} from "../../../../src/storage/contracts/index.ts";
import { supersedes } from "../../../../src/storage/index.ts";
import { type Mutant, MutantRefusal, type Mutants, pause } from "./mutants.ts";

type Kind = "full" | "partial" | "deleted" | "partly deleted";

const kindOf = ({ payload, partial }: DeviceRecord): Kind => {
  if (payload === null) return partial ? "partly deleted" : "deleted";
  return partial ? "partial" : "full";
};

/** Keeps a record whether or not it supersedes the one that is known. */
async function force(store: DeviceStore, record: DeviceRecord): Promise<UpsertOutcome> {
  const { namespace, collection, id } = record;
  const removed = await store.remove(namespace, { collection, ids: [id] });
  await store.upsert([record]);
  return removed === 0 ? "added" : "replaced";
}

/** Decides wrongly where records of these kinds meet, and the next one is as old as said. */
function wrongly(known: Kind, next: Kind, age: "older" | "same" | "newer"): Mutant<DeviceStore> {
  return (store) => ({
    async upsert([record, ...others]) {
      const before = record && (await store.get(record.namespace, record.collection, record.id));
      if (!record || !before) return store.upsert(record ? [record, ...others] : []);
      const difference = Math.sign(record.observedAt - before.observedAt);
      const isWrong =
        kindOf(before) === known &&
        kindOf(record) === next &&
        ["older", "same", "newer"][difference + 1] === age;
      if (!isWrong) return store.upsert([record, ...others]);
      return supersedes(record, before) ? ["kept"] : [await force(store, record)];
    },
  });
}

const changing =
  (change: (record: DeviceRecord) => Partial<DeviceRecord>): Mutant<DeviceStore> =>
  (store) => ({
    upsert: (records) => store.upsert(records.map((record) => ({ ...record, ...change(record) }))),
  });

/** Looks and writes in two steps, with time for others in between. */
const inTwoSteps: Mutant<DeviceStore> = (store) => ({
  upsert: (records) =>
    Promise.all(
      records.map(async (record) => {
        const known = await store.get(record.namespace, record.collection, record.id);
        if (!supersedes(record, known)) return "kept";
        await pause();
        await force(store, record);
        return known ? "replaced" : "added";
      }),
    ),
});

export const upsertMutants: Mutants<DeviceStore> = {
  "replaces a record by newer news": wrongly("full", "full", "newer"),
  "keeps a record when older news comes": wrongly("full", "full", "older"),
  "takes what came last of news of one moment": wrongly("full", "full", "same"),
  "keeps what is known in full when newer news says little": wrongly("full", "partial", "newer"),
  "keeps what is known in full when news of the same moment says little": wrongly(
    "full",
    "partial",
    "same",
  ),
  "keeps what is known in full when older news says little": wrongly("full", "partial", "older"),
  "replaces what is known in part by newer news in full": wrongly("partial", "full", "newer"),
  "replaces what is known in part by news of the same moment in full": wrongly(
    "partial",
    "full",
    "same",
  ),
  "keeps what is known in part when older news says all": wrongly("partial", "full", "older"),
  "replaces what is known in part by newer news that says little too": wrongly(
    "partial",
    "partial",
    "newer",
  ),
  "takes what came last of news of one moment that says little": wrongly(
    "partial",
    "partial",
    "same",
  ),
  "keeps what is known in part when older news says little too": wrongly(
    "partial",
    "partial",
    "older",
  ),
  "deletes by newer news": wrongly("full", "deleted", "newer"),
  "deletes by news of the same moment": wrongly("full", "deleted", "same"),
  "does not delete by older news": wrongly("full", "deleted", "older"),
  "does not delete what is known in full by a deletion that says little": wrongly(
    "full",
    "partly deleted",
    "newer",
  ),
  "deletes what is known in part by newer news": wrongly("partial", "deleted", "newer"),
  "deletes what is known in part by news of the same moment": wrongly("partial", "deleted", "same"),
  "does not delete what is known in part by older news": wrongly("partial", "deleted", "older"),
  "lets newer news bring a deleted one back": wrongly("deleted", "full", "newer"),
  "does not let news of the same moment bring a deleted one back": wrongly(
    "deleted",
    "full",
    "same",
  ),
  "does not let older news bring a deleted one back": wrongly("deleted", "full", "older"),
  "lets newer news that says little bring a deleted one back": wrongly(
    "deleted",
    "partial",
    "newer",
  ),
  "does not let news of the same moment that says little bring a deleted one back": wrongly(
    "deleted",
    "partial",
    "same",
  ),
  "does not let older news that says little bring a deleted one back": wrongly(
    "deleted",
    "partial",
    "older",
  ),
  "replaces a deletion by a newer one": wrongly("deleted", "deleted", "newer"),
  "takes what came last of deletions of one moment": wrongly("deleted", "deleted", "same"),
  "keeps a deletion when an older one comes": wrongly("deleted", "deleted", "older"),

  "gives a record back as it came": changing(({ userId }) => ({ userId: userId ?? "" })),
  "gives a deleted record back like any other": (store) => ({
    getMany: async (...about) =>
      (await store.getMany(...about)).filter(({ payload }) => payload !== null),
  }),
  "replaces every field of a record": (store) => ({
    async upsert(records) {
      const [first] = records;
      const known = first && (await store.get(first.namespace, first.collection, first.id));
      return store.upsert(
        records.map((record) => ({ ...record, vendor: record.vendor ?? known?.vendor ?? null })),
      );
    },
  }),
  "keeps every digit of times": changing(({ observedAt }) => ({
    observedAt: Math.round(observedAt * 1_000) / 1_000,
  })),
  "gives JSON texts back as they came": changing(({ payload }) => ({
    payload: JSON.stringify(JSON.parse(payload ?? "{}")),
  })),
  "gives a long payload back as it came": changing(({ payload }) => ({
    payload: payload?.slice(0, 65_535) ?? null,
  })),
  "takes no records at all": (store) => ({
    async upsert(records) {
      if (records.length === 0) throw new MutantRefusal("nothing to keep");
      return store.upsert(records);
    },
  }),
  "tells what became of each record, in the order given": (store) => ({
    upsert: async (records) => (await store.upsert(records)).sort(),
  }),
  "looks at a record that comes several times in one call in the order given": (store) => ({
    upsert: (records) =>
      store.upsert([...new Map(records.map((record) => [record.id, record])).values()]),
  }),
  "does not let older news of one call bring back what the call deletes": (store) => ({
    async upsert(records) {
      const outcomes: UpsertOutcome[] = [];
      const [first] = records;
      const before = first && (await store.get(first.namespace, first.collection, first.id));
      for (const record of records) {
        outcomes.push(supersedes(record, before) ? await force(store, record) : "kept");
      }
      return outcomes;
    },
  }),
  "keeps the newest of 20 records that come at the same time": inTwoSteps,
  "keeps the newest of many records that come in many orders at the same time": inTwoSteps,
};
