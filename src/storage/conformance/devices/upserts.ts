import type { DeviceRecord, DeviceStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectSame } from "../shared/expectation.ts";
import { jsonTexts } from "../shared/texts.ts";
import { namespace, recordOf } from "./records.ts";

const moment = 1_767_225_600_123;
/** One step of the clocks that tell fractions. */
const later = moment + 0.25;

const full = recordOf("a", { payload: '"known"', observedAt: moment });
const partial = recordOf("a", { payload: '"known"', observedAt: moment, partial: true });
const deleted = recordOf("a", { payload: null, observedAt: moment });

function next(change: Partial<DeviceRecord>): DeviceRecord {
  return recordOf("a", { payload: '"next"', source: "backfill", receivedAt: 3_000, ...change });
}

/** Promises about what stays when a record comes after another one. */
const guards: readonly [name: string, known: DeviceRecord, next: DeviceRecord, stays: boolean][] = [
  ["replaces a record by newer news", full, next({ observedAt: later }), false],
  ["keeps a record when older news comes", full, next({ observedAt: moment - 0.25 }), true],
  ["takes what came last of news of one moment", full, next({ observedAt: moment }), false],
  [
    "keeps what is known in full when newer news says little",
    full,
    next({ observedAt: moment + 9, partial: true }),
    true,
  ],
  [
    "keeps what is known in full when news of the same moment says little",
    full,
    next({ observedAt: moment, partial: true }),
    true,
  ],
  [
    "keeps what is known in full when older news says little",
    full,
    next({ observedAt: moment - 9, partial: true }),
    true,
  ],
  [
    "replaces what is known in part by newer news in full",
    partial,
    next({ observedAt: later }),
    false,
  ],
  [
    "takes what came last of news of one moment that says little",
    partial,
    next({ observedAt: moment, partial: true }),
    false,
  ],
  [
    "deletes what is known in part by news of the same moment",
    partial,
    next({ observedAt: moment, payload: null }),
    false,
  ],
  [
    "does not delete what is known in part by older news",
    partial,
    next({ observedAt: moment - 9, payload: null }),
    true,
  ],
  [
    "does not let older news that says little bring a deleted one back",
    deleted,
    next({ observedAt: moment - 9, partial: true }),
    true,
  ],
  [
    "replaces a deletion by a newer one",
    deleted,
    next({ observedAt: later, payload: null }),
    false,
  ],
  [
    "replaces what is known in part by newer news that says little too",
    partial,
    next({ observedAt: later, partial: true }),
    false,
  ],
  [
    "keeps what is known in part when older news says little too",
    partial,
    next({ observedAt: moment - 9, partial: true }),
    true,
  ],
  [
    "keeps what is known in part when older news says all",
    partial,
    next({ observedAt: moment - 9 }),
    true,
  ],
  [
    "replaces what is known in part by news of the same moment in full",
    partial,
    next({ observedAt: moment }),
    false,
  ],
  ["deletes by newer news", full, next({ observedAt: later, payload: null }), false],
  ["deletes by news of the same moment", full, next({ observedAt: moment, payload: null }), false],
  ["does not delete by older news", full, next({ observedAt: moment - 0.25, payload: null }), true],
  [
    "deletes what is known in part by newer news",
    partial,
    next({ observedAt: later, payload: null }),
    false,
  ],
  [
    "does not let older news bring a deleted one back",
    deleted,
    next({ observedAt: moment - 9 }),
    true,
  ],
  [
    "does not let news of the same moment bring a deleted one back",
    deleted,
    next({ observedAt: moment }),
    true,
  ],
  ["lets newer news bring a deleted one back", deleted, next({ observedAt: later }), false],
  [
    "lets newer news that says little bring a deleted one back",
    deleted,
    next({ observedAt: later, partial: true }),
    false,
  ],
  [
    "does not let news of the same moment that says little bring a deleted one back",
    deleted,
    next({ observedAt: moment, partial: true }),
    true,
  ],
  [
    "takes what came last of deletions of one moment",
    deleted,
    next({ observedAt: moment, payload: null }),
    false,
  ],
  [
    "keeps a deletion when an older one comes",
    deleted,
    next({ observedAt: moment - 9, payload: null }),
    true,
  ],
  [
    "does not delete what is known in full by a deletion that says little",
    full,
    next({ observedAt: later, payload: null, partial: true }),
    true,
  ],
];

export const deviceUpserts: Readonly<Record<string, Proof<DeviceStore>>> = {
  ...Object.fromEntries(guards.map(([name, ...guard]) => [name, proofOf(...guard)])),

  async "gives a record back as it came"(store) {
    const record = recordOf("a", {
      collection: "actions",
      kind: "charger",
      userId: null,
      vendor: null,
      identity: "VIN 1",
      partial: true,
      observedAt: 1_767_225_600_123.25,
      receivedAt: 1_767_225_600_124,
      source: "reconcile",
    });
    expectSame("upsert", await store.upsert([record]), ["added"]);
    expectSame("get", await store.get(namespace, "actions", "a"), record);
    expectSame("getMany", await store.getMany(namespace, "actions", ["a"]), [record]);
    const found = await store.list(namespace, { collection: "actions", limit: 10 });
    expectSame("list", found, [record]);
  },

  async "gives a deleted record back like any other"(store) {
    const record = recordOf("a", { payload: null });
    expectSame("upsert", await store.upsert([record]), ["added"]);
    expectSame("get", await store.get(namespace, "devices", "a"), record);
    expectSame("getMany", await store.getMany(namespace, "devices", ["a"]), [record]);
  },

  async "replaces every field of a record"(store) {
    await store.upsert([recordOf("a", { identity: "VIN 1" })]);
    const record = recordOf("a", {
      kind: "charger",
      userId: "other",
      vendor: null,
      identity: null,
      payload: "{}",
      partial: false,
      observedAt: 5_000,
      receivedAt: 6_000,
      source: "backfill",
    });
    expectSame("upsert", await store.upsert([record]), ["replaced"]);
    expectSame("get", await store.get(namespace, "devices", "a"), record);
    const query = { collection: "devices" as const, limit: 10 };
    expectSame("of the user before", await store.listByUser(namespace, "user", query), []);
    expectSame("of its user", await store.listByUser(namespace, "other", query), [record]);
  },

  async "keeps every digit of times"(store) {
    for (const observedAt of [0, 0.5, 1_767_225_600_123.4568, 8_640_000_000_000_000]) {
      const record = recordOf(`at ${observedAt}`, {
        observedAt,
        receivedAt: Math.floor(observedAt),
      });
      await store.upsert([record]);
      expectSame("get", await store.get(namespace, "devices", record.id), record);
    }
  },

  async "gives JSON texts back as they came"(store) {
    const records = jsonTexts.map((payload, at) => recordOf(`${at}`, { payload }));
    await store.upsert(records);
    for (const record of records) {
      expectSame("get", await store.get(namespace, "devices", record.id), record);
    }
  },

  async "gives a long payload back as it came"(store) {
    const record = recordOf("a", { payload: JSON.stringify("é 🔌 ".repeat(50_000)) });
    await store.upsert([record]);
    const found = await store.get(namespace, "devices", "a");
    expectSame("whether it is the same", found?.payload === record.payload, true);
  },

  async "takes no records at all"(store) {
    expectSame("upsert", await store.upsert([]), []);
  },

  async "tells what became of each record, in the order given"(store) {
    await store.upsert([recordOf("b"), recordOf("d"), recordOf("e")]);
    const outcomes = await store.upsert([
      recordOf("z"),
      recordOf("b", { observedAt: 2_000 }),
      recordOf("d", { observedAt: 500 }),
      recordOf("a"),
      recordOf("e", { observedAt: 1_500 }),
    ]);
    expectSame("upsert", outcomes, ["added", "replaced", "kept", "added", "replaced"]);
  },

  async "looks at a record that comes several times in one call in the order given"(store) {
    const at = (observedAt: number, change: Partial<DeviceRecord> = {}) =>
      recordOf("a", { observedAt, source: `at ${observedAt}`, ...change });
    const outcomes = await store.upsert([
      at(20),
      at(10),
      recordOf("b"),
      at(30),
      at(30, { source: "last of 30" }),
      at(40, { partial: true }),
      at(25),
    ]);
    const expected = ["added", "kept", "added", "replaced", "replaced", "kept", "kept"];
    expectSame("upsert", outcomes, expected);
    const kept = await store.get(namespace, "devices", "a");
    expectSame("get", kept, at(30, { source: "last of 30" }));
  },

  async "does not let older news of one call bring back what the call deletes"(store) {
    await store.upsert([recordOf("a", { observedAt: 10 })]);
    const outcomes = await store.upsert([
      recordOf("a", { observedAt: 30, payload: null }),
      recordOf("a", { observedAt: 20 }),
      recordOf("a", { observedAt: 30 }),
    ]);
    expectSame("upsert", outcomes, ["replaced", "kept", "kept"]);
    expectSame("payload", (await store.get(namespace, "devices", "a"))?.payload, null);
  },

  async "keeps the newest of 20 records that come at the same time"(store) {
    // Neither in order nor against it.
    const times = Array.from({ length: 20 }, (_, n) => 1_000 + ((n * 7) % 20));
    const outcomes = await Promise.all(
      times.map((observedAt) => store.upsert([recordOf("a", { observedAt, source: "one" })])),
    );
    expectSame("added", outcomes.flat().filter((outcome) => outcome === "added").length, 1);
    const kept = await store.get(namespace, "devices", "a");
    expectSame("observedAt of the one kept", kept?.observedAt, 1_019);
  },

  async "keeps the newest of many records that come in many orders at the same time"(store) {
    const ids = Array.from({ length: 40 }, (_, n) => `id ${n}`);
    // Every call has all IDs in an order of its own, which is how locks in a careless order meet.
    const calls = Array.from({ length: 10 }, (_, call) => {
      const turned = [...ids.slice(call * 4), ...ids.slice(0, call * 4)];
      if (call % 2 === 1) turned.reverse();
      return turned.map((id) => recordOf(id, { observedAt: 1_000 + ((call * 3) % 10) }));
    });
    await Promise.all(calls.map((records) => store.upsert(records)));
    const kept = await store.getMany(namespace, "devices", ids);
    expectSame("how many are kept", kept.length, 40);
    const times = [...new Set(kept.map(({ observedAt }) => observedAt))];
    expectSame("observedAt of those kept", times, [1_009]);
  },
};

function proofOf(known: DeviceRecord, coming: DeviceRecord, stays: boolean): Proof<DeviceStore> {
  return async (store) => {
    expectSame("upsert of the first", await store.upsert([known]), ["added"]);
    const outcome = stays ? "kept" : "replaced";
    expectSame("upsert of the next", await store.upsert([coming]), [outcome]);
    const found = await store.get(namespace, "devices", "a");
    expectSame("get", found, stays ? known : coming);
  };
}
