import type { DeviceStore, RecordSelection } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "../shared/expectation.ts";
import { idsOf, listed, namespace, recordOf } from "./records.ts";

async function fill(store: DeviceStore): Promise<void> {
  await store.upsert([
    recordOf("a", { userId: "one" }),
    recordOf("b", { userId: "two" }),
    recordOf("c", { userId: "one", payload: null, observedAt: 1_000 }),
    recordOf("d", { userId: "two", payload: null, observedAt: 2_000.5 }),
    recordOf("e", { userId: null }),
    recordOf("a", { userId: "one", collection: "actions" }),
    recordOf("c", { userId: "one", collection: "actions", payload: null, observedAt: 1_000 }),
  ]);
}

/** What is left in a store that was filled, after a removal that tells how many it removed. */
function removing(selection: RecordSelection, removed: number, left: string): Proof<DeviceStore> {
  return async (store) => {
    await fill(store);
    expectSame("remove", await store.remove(namespace, selection), removed);
    expectSame("remove again", await store.remove(namespace, selection), 0);
    const devices = await listed(store, { includeDeleted: true });
    const actions = await listed(store, { collection: "actions", includeDeleted: true });
    expectSame("devices and actions left", `${devices.join("")} ${actions.join("")}`, left);
  };
}

export const deviceRemovals: Readonly<Record<string, Proof<DeviceStore>>> = {
  "removes records by their IDs": removing({ ids: ["a", "d", "none", "a"] }, 3, "bce c"),
  "removes the records of a collection": removing({ collection: "actions" }, 2, "abcde "),
  "removes the records of a user": removing({ userId: "one" }, 4, "bde "),
  "removes records that were deleted before a moment": removing(
    { deletedBefore: 2_000.5 },
    2,
    "abde a",
  ),
  "removes only what fits every condition": removing(
    { collection: "devices", ids: ["a", "c", "d"], userId: "one", deletedBefore: 5_000 },
    1,
    "abde ac",
  ),
  "removes nothing when the list of IDs is empty": removing({ ids: [] }, 0, "abcde ac"),
  "removes nothing of a user when none of the IDs is that user's": removing(
    { ids: ["b", "e"], userId: "one" },
    0,
    "abcde ac",
  ),

  async "refuses to remove what nothing selects"(store) {
    await fill(store);
    await expectRefusal("an empty selection", () => store.remove(namespace, {}));
    expectSame("what is left", (await listed(store, { includeDeleted: true })).length, 5);
  },

  async "refuses a selection with a condition that has no value, and removes nothing"(store) {
    await fill(store);
    for (const lost of lostValues) {
      const of = nameOf(lost);
      const selections: readonly [string, RecordSelection][] = [
        ["userId", { collection: "devices", userId: lost }],
        ["collection", { userId: "one", collection: lost }],
        ["ids", { userId: "one", ids: lost }],
        ["deletedBefore", { userId: "one", deletedBefore: lost }],
      ];
      for (const [name, selection] of selections) {
        await expectRefusal(`remove with ${name}: ${of}`, () => store.remove(namespace, selection));
      }
      await expectRefusal(`remove in the namespace ${of}`, () =>
        store.remove(lost, { userId: "one" }),
      );
    }
    expectSame("what is left", (await listed(store, { includeDeleted: true })).length, 5);
  },

  async "lets older news bring back what was removed"(store) {
    await store.upsert([recordOf("a", { observedAt: 5_000, payload: null })]);
    await store.remove(namespace, { ids: ["a"] });
    expectSame("get", await store.get(namespace, "devices", "a"), undefined);
    const outcomes = await store.upsert([recordOf("a", { observedAt: 10 })]);
    expectSame("upsert", outcomes, ["added"]);
  },

  async "finds devices that several users have, in order, up to a limit"(store) {
    await store.upsert([
      recordOf("d", { identity: "B", userId: "two" }),
      recordOf("b", { identity: "B", userId: "one" }),
      recordOf("c", { identity: "B", userId: "one" }),
      recordOf("a", { identity: "A", userId: "one" }),
      recordOf("e", { identity: "A", userId: "three" }),
      recordOf("f", { identity: "C", userId: "one" }),
      recordOf("g", { identity: "C", userId: "one" }),
      recordOf("h", { identity: null, userId: "one" }),
      recordOf("i", { identity: null, userId: "two" }),
    ]);
    const found = await store.findDuplicates(namespace, 10);
    const summary = found.map(({ identity, records }) => [identity, ...idsOf(records)]);
    expectSame("findDuplicates", summary, [
      ["A", "a", "e"],
      ["B", "b", "c", "d"],
    ]);
    expectSame("a record", found[0]?.records[0], recordOf("a", { identity: "A", userId: "one" }));
    const one = await store.findDuplicates(namespace, 1);
    expectSame(
      "up to one",
      one.map(({ identity }) => identity),
      ["A"],
    );
  },

  async "takes deleted devices for nobody's"(store) {
    await store.upsert([
      recordOf("a", { identity: "A", userId: "one" }),
      recordOf("b", { identity: "A", userId: "two", payload: null }),
      recordOf("c", { identity: "B", userId: "one" }),
      recordOf("d", { identity: "B", userId: "two" }),
      recordOf("e", { identity: "B", userId: "three", payload: null }),
    ]);
    const found = await store.findDuplicates(namespace, 10);
    const summary = found.map(({ identity, records }) => [identity, ...idsOf(records)]);
    expectSame("findDuplicates", summary, [["B", "c", "d"]]);
  },
};
