import type {
  DeviceRecord,
  DeviceStore,
  UpsertOutcome,
} from "../../../../src/storage/contracts/index.ts";
import { supersedes } from "../../../../src/storage/index.ts";
import { type Mutant, type Mutants, pause } from "./mutants.ts";

/** Whether the next record takes the place of the known one. */
type Decision = (next: DeviceRecord, known: DeviceRecord) => boolean;

const withoutReading = (record: DeviceRecord): DeviceRecord => {
  const { readingAt: _, ...others } = record;
  return others;
};
const byNews: Decision = (next, known) => supersedes(withoutReading(next), withoutReading(known));
const readingFrom = ({ readingAt, observedAt }: DeviceRecord) => readingAt ?? observedAt;
/** By the readings and nothing else, whatever there is to compare. */
const byReading: Decision = (next, known) => readingFrom(next) > readingFrom(known);

/** Keeps readings, and decides in a way of its own. */
function deciding(decide: Decision): Mutant<DeviceStore> {
  return (store) => ({
    async upsert(records) {
      const outcomes: UpsertOutcome[] = [];
      for (const record of records) {
        const { namespace, collection, id } = record;
        const known = await store.get(namespace, collection, id);
        const isTaken = known === undefined || decide(record, known);
        if (isTaken) {
          await store.remove(namespace, { collection, ids: [id] });
          await store.upsert([record]);
        }
        outcomes.push(isTaken ? (known ? "replaced" : "added") : "kept");
      }
      return outcomes;
    },
  });
}

const byReadingOnly = deciding(byReading);
const byNewsOnly = deciding(byNews);

/** Looks and writes in two steps, with time for others in between. */
const inTwoSteps: Mutant<DeviceStore> = (store) => ({
  upsert: (records) =>
    Promise.all(
      records.map(async (record) => {
        const { namespace, collection, id } = record;
        const known = await store.get(namespace, collection, id);
        if (!supersedes(record, known)) return "kept";
        await pause();
        await store.remove(namespace, { collection, ids: [id] });
        await store.upsert([record]);
        return known ? "replaced" : "added";
      }),
    ),
});

export const readingMutants: Mutants<DeviceStore> = {
  "replaces a reading by a newer one that was told of earlier": byNewsOnly,
  "keeps a reading when an older one is told of later": byNewsOnly,
  "takes later news of the same reading": byReadingOnly,
  "keeps news of a reading when earlier news of it comes": deciding(
    (next, known) => readingFrom(next) >= readingFrom(known),
  ),
  "goes by the time of the news where what is known has no reading": byReadingOnly,
  "goes by the time of the news where what comes has no reading": deciding(
    (next, known) => (next.readingAt ?? 0) > (known.readingAt ?? 0),
  ),
  "deletes by newer news, whatever was read": byReadingOnly,
  "does not delete by older news, whatever was read": byReadingOnly,
  "lets newer news bring a deleted one back, whatever was read": byReadingOnly,
  "does not let older news bring a deleted one back, whatever was read": byReadingOnly,
  "replaces what is known in part by newer news in full, whatever was read": byReadingOnly,
  "keeps what is known in full when news says little, whatever was read": byReadingOnly,
  "gives a reading back with every digit, and none where there is none": (store) => ({
    upsert: (records) =>
      store.upsert(
        records.map((record) => ({ ...record, readingAt: Math.round(record.readingAt ?? 0) })),
      ),
  }),
  "keeps the newest of 20 readings that come at the same time": inTwoSteps,
  "looks at readings that come in one call in the order given": (store) => ({
    upsert: async (records) => {
      const outcomes = await store.upsert(records.toReversed());
      return outcomes.toReversed();
    },
  }),
};
