import { supersedes } from "../../contracts/device-store.ts";
import type { DeviceRecord, DeviceStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame } from "../shared/expectation.ts";
import { namespace, recordOf } from "./records.ts";

const moment = 1_767_225_600_123;
const reading = moment - 60_000.5;
const full = recordOf("a", { payload: '"known"', observedAt: moment, readingAt: reading });

function next(observedAt: number, readingAt?: number, change?: Partial<DeviceRecord>) {
  return recordOf("a", { payload: '"next"', source: "backfill", observedAt, readingAt, ...change });
}

/** Promises about what stays when a record comes after another one, by stores that keep `readingAt`. */
const guards: readonly [name: string, known: DeviceRecord, next: DeviceRecord, stays: boolean][] = [
  [
    "replaces a reading by a newer one that was told of earlier",
    full,
    next(moment - 9, reading + 0.25),
    false,
  ],
  [
    "keeps a reading when an older one is told of later",
    full,
    next(moment + 9, reading - 0.25),
    true,
  ],
  ["takes later news of the same reading", full, next(moment + 9, reading), false],
  ["keeps news of a reading when earlier news of it comes", full, next(moment - 9, reading), true],
  [
    "goes by the time of the news where what is known has no reading",
    recordOf("a", { observedAt: moment }),
    next(moment - 9, moment + 9),
    true,
  ],
  [
    "goes by the time of the news where what comes has no reading",
    full,
    next(moment + 9, undefined),
    false,
  ],
  [
    "deletes by newer news, whatever was read",
    full,
    next(moment + 9, reading - 9, { payload: null }),
    false,
  ],
  [
    "does not delete by older news, whatever was read",
    full,
    next(moment - 9, reading + 9, { payload: null }),
    true,
  ],
  [
    "lets newer news bring a deleted one back, whatever was read",
    recordOf("a", { payload: null, observedAt: moment, readingAt: moment }),
    next(moment + 9, reading),
    false,
  ],
  [
    "does not let older news bring a deleted one back, whatever was read",
    recordOf("a", { payload: null, observedAt: moment, readingAt: reading }),
    next(moment - 9, reading + 9),
    true,
  ],
  [
    "replaces what is known in part by newer news in full, whatever was read",
    recordOf("a", { partial: true, observedAt: moment, readingAt: moment }),
    next(moment + 9, reading),
    false,
  ],
  [
    "keeps what is known in full when news says little, whatever was read",
    full,
    next(moment + 9, moment, { partial: true }),
    true,
  ],
];

/** Promises about the reading of a record. A store that drops it has only to go by `observedAt`. */
export const deviceReadings: Readonly<Record<string, Proof<DeviceStore>>> = {
  ...Object.fromEntries(guards.map(([name, ...guard]) => [name, proofOf(...guard)])),

  async "gives a reading back with every digit, and none where there is none"(store) {
    if (!(await keepsReadings(store))) return;
    const records = [0, 0.5, 1_767_225_600_123.4568].map((readingAt) =>
      recordOf(`at ${readingAt}`, { readingAt, observedAt: 1_767_225_600_124 }),
    );
    await store.upsert([...records, recordOf("none")]);
    for (const record of [...records, recordOf("none")]) {
      const { id } = record;
      expectSame("get", await store.get(namespace, "devices", id), record);
      expectSame("getMany", await store.getMany(namespace, "devices", [id]), [record]);
    }
    const listed = await store.list(namespace, { collection: "devices", limit: 1, after: "at" });
    expectSame("list", listed[0]?.readingAt, 0);
  },

  async "keeps the newest of 20 readings that come at the same time"(store) {
    if (!(await keepsReadings(store))) return;
    // Told of in the opposite order of the readings.
    const readings = Array.from({ length: 20 }, (_, n) => 1_000 + ((n * 7) % 20));
    await Promise.all(
      readings.map((readingAt) =>
        store.upsert([recordOf("a", { readingAt, observedAt: 9_000 - readingAt })]),
      ),
    );
    const kept = await store.get(namespace, "devices", "a");
    expectSame("readingAt of the one kept", kept?.readingAt, 1_019);
  },

  async "looks at readings that come in one call in the order given"(store) {
    if (!(await keepsReadings(store))) return;
    const outcomes = await store.upsert([
      next(20, 5, { source: "first" }),
      next(30, 4),
      next(10, 6, { source: "newest" }),
      next(40, 5),
    ]);
    expectSame("upsert", outcomes, ["added", "kept", "replaced", "kept"]);
    const found = await store.get(namespace, "devices", "a");
    expectSame("get", found, next(10, 6, { source: "newest" }));
  },
};

function proofOf(known: DeviceRecord, coming: DeviceRecord, stays: boolean): Proof<DeviceStore> {
  return async (store) => {
    const keeps = await keepsReadings(store);
    const kept = (record: DeviceRecord) => (keeps ? record : { ...record, readingAt: undefined });
    const remains = keeps ? stays : !supersedes(kept(coming), kept(known));
    expectSame("upsert of the first", await store.upsert([known]), ["added"]);
    const outcome = remains ? "kept" : "replaced";
    expectSame("upsert of the next", await store.upsert([coming]), [outcome]);
    const found = await store.get(namespace, "devices", "a");
    expectSame("get", found, kept(remains ? known : coming));
  };
}

/** Whether the store keeps when a device was read, which it need not. */
async function keepsReadings(store: DeviceStore): Promise<boolean> {
  await store.upsert([recordOf("a reading", { readingAt: 900 })]);
  const found = await store.get(namespace, "devices", "a reading");
  await store.remove(namespace, { collection: "devices", ids: ["a reading"] });
  return found?.readingAt !== undefined;
}
