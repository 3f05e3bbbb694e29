import type { DeviceStore, RecordQuery } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "../shared/expectation.ts";
import { hostileIds } from "../shared/texts.ts";
import { idsOf, listed, namespace, pages, recordOf } from "./records.ts";

const all: RecordQuery = { collection: "devices", limit: 1_000 };

export const deviceLists: Readonly<Record<string, Proof<DeviceStore>>> = {
  async "finds nothing where nothing is"(store) {
    expectSame("get", await store.get(namespace, "devices", "a"), undefined);
    expectSame("getMany", await store.getMany(namespace, "devices", ["a", "b"]), []);
    expectSame("list", await store.list(namespace, all), []);
    expectSame("listByUser", await store.listByUser(namespace, "user", all), []);
    expectSame("findDuplicates", await store.findDuplicates(namespace, 10), []);
  },

  async "gives those of many IDs that there are, each once"(store) {
    await store.upsert([recordOf("a"), recordOf("b"), recordOf("c", { payload: null })]);
    const found = await store.getMany(namespace, "devices", ["c", "none", "a", "a"]);
    expectSame("getMany", idsOf(found).sort(), ["a", "c"]);
    expectSame("getMany of none", await store.getMany(namespace, "devices", []), []);
  },

  async "lists records by kind, vendor and time, and by all of them at once"(store) {
    await store.upsert([
      recordOf("a", { kind: "vehicle", vendor: "TESLA", observedAt: 1_000.25 }),
      recordOf("b", { kind: "vehicle", vendor: "BMW", observedAt: 1_000.5 }),
      recordOf("c", { kind: "charger", vendor: "TESLA", observedAt: 3_000 }),
      recordOf("d", { kind: "charger", vendor: null, observedAt: 4_000 }),
      recordOf("e", { kind: "charger", vendor: "BMW", observedAt: 2_000 }),
      recordOf("f", { kind: "charger", vendor: "TESLA", observedAt: 5_000 }),
    ]);
    expectSame("all", await listed(store), ["a", "b", "c", "d", "e", "f"]);
    expectSame("by kind", await listed(store, { kind: "vehicle" }), ["a", "b"]);
    expectSame("by vendor", await listed(store, { vendor: "TESLA" }), ["a", "c", "f"]);
    expectSame("by time", await listed(store, { observedBefore: 1_000.5 }), ["a"]);
    const query = { kind: "charger", vendor: "TESLA", observedBefore: 4_000 };
    expectSame("by all of them", await listed(store, query), ["c"]);
  },

  async "refuses a user, a namespace or a condition that has no value"(store) {
    await store.upsert([recordOf("a", { userId: "one" }), recordOf("b", { userId: null })]);
    for (const lost of lostValues) {
      const of = nameOf(lost);
      await expectRefusal(`listByUser of ${of}`, () => store.listByUser(namespace, lost, all));
      await expectRefusal(`list in the namespace ${of}`, () => store.list(lost, all));
      await expectRefusal(`listByUser in the namespace ${of}`, () =>
        store.listByUser(lost, "one", all),
      );
      for (const name of ["collection", "kind", "vendor", "observedBefore"] as const) {
        const query: RecordQuery = { ...all, [name]: lost };
        await expectRefusal(`list with ${name}: ${of}`, () => store.list(namespace, query));
        await expectRefusal(`listByUser with ${name}: ${of}`, () =>
          store.listByUser(namespace, "one", query),
        );
      }
    }
  },

  async "lists deleted records only when asked to"(store) {
    await store.upsert([recordOf("a"), recordOf("b", { payload: null })]);
    expectSame("list", await listed(store), ["a"]);
    expectSame("when told not to", await listed(store, { includeDeleted: false }), ["a"]);
    expectSame("with deleted ones", await listed(store, { includeDeleted: true }), ["a", "b"]);
    const ofUser = await store.listByUser(namespace, "user", all);
    expectSame("listByUser", idsOf(ofUser), ["a"]);
    const withDeleted = await store.listByUser(namespace, "user", { ...all, includeDeleted: true });
    expectSame("listByUser with deleted ones", idsOf(withDeleted).sort(), ["a", "b"]);
  },

  async "lists the records of one user, by every condition"(store) {
    await store.upsert([
      recordOf("a", { userId: "one" }),
      recordOf("b", { userId: "one", kind: "charger" }),
      recordOf("c", { userId: "one", vendor: "BMW" }),
      recordOf("d", { userId: "one", observedAt: 500 }),
      recordOf("e", { userId: "two" }),
      recordOf("f", { userId: null }),
    ]);
    const ofOne = async (query: Partial<RecordQuery>) =>
      idsOf(await store.listByUser(namespace, "one", { ...all, ...query })).sort();
    expectSame("all", await ofOne({}), ["a", "b", "c", "d"]);
    expectSame("by kind", await ofOne({ kind: "charger" }), ["b"]);
    expectSame("by vendor", await ofOne({ vendor: "BMW" }), ["c"]);
    expectSame("by time", await ofOne({ observedBefore: 1_000 }), ["d"]);
    const other = await store.listByUser(namespace, "two", all);
    expectSame("of another user", idsOf(other), ["e"]);
  },

  async "lists a record with its new user only"(store) {
    await store.upsert([recordOf("a", { userId: "one" }), recordOf("b", { userId: null })]);
    await store.upsert([
      recordOf("a", { userId: "two", observedAt: 2_000 }),
      recordOf("b", { userId: "two", observedAt: 2_000 }),
    ]);
    expectSame("the user before", await store.listByUser(namespace, "one", all), []);
    const found = await store.listByUser(namespace, "two", all);
    expectSame("the new user", idsOf(found).sort(), ["a", "b"]);
  },

  async "gives each record once over pages, in the same order each time"(store) {
    const ids = Array.from({ length: 25 }, (_, n) => `id ${(n * 7) % 25}`);
    await store.upsert(
      ids.map((id, n) => recordOf(id, { kind: n % 5 === 0 ? "charger" : "vehicle" })),
    );
    const list = (query: RecordQuery) => store.list(namespace, query);
    const whole = idsOf(await list(all));
    const paged = await pages(list, { ...all, limit: 4 }, 25);
    expectSame(
      "sizes of pages",
      paged.map((page) => page.length),
      [4, 4, 4, 4, 4, 4, 1],
    );
    expectSame("the order", idsOf(paged.flat()), whole);
    expectSame("all of them", [...whole].sort(), [...ids].sort());
    const vehicles = await pages(list, { ...all, kind: "vehicle", limit: 3 }, 25);
    expectSame("how many of one kind", vehicles.flat().length, 20);
  },

  async "gives each record of a user once over pages"(store) {
    const ids = Array.from({ length: 25 }, (_, n) => `id ${(n * 7) % 25}`);
    await store.upsert(ids.map((id, n) => recordOf(id, { userId: n % 2 ? "one" : "two" })));
    const list = (query: RecordQuery) => store.listByUser(namespace, "one", query);
    const paged = await pages(list, { ...all, limit: 5 }, 25);
    expectSame(
      "sizes of pages",
      paged.map((page) => page.length),
      [5, 5, 2],
    );
    const expected = ids.filter((_id, n) => n % 2 === 1).sort();
    expectSame("all of them", idsOf(paged.flat()).sort(), expected);
  },

  async "goes on after a record that is gone, and gives none twice"(store) {
    const ids = Array.from({ length: 10 }, (_, n) => `id ${n}`);
    await store.upsert(ids.map((id) => recordOf(id)));
    const first = await store.list(namespace, { ...all, limit: 4 });
    const after = first.at(-1)?.id ?? "";
    await store.remove(namespace, { ids: [after, ...idsOf(first).slice(0, 2)] });
    await store.upsert(ids.slice(5).map((id) => recordOf(id, { observedAt: 2_000 })));
    const rest = await store.list(namespace, { ...all, after });
    expectSame("how many in all", new Set(idsOf([...first, ...rest])).size, 10);
    expectSame("how many are left", rest.length, 6);
  },

  async "keeps namespaces apart"(store) {
    const one = recordOf("a", { namespace: "one", identity: "VIN", observedAt: 9_000 });
    const two = recordOf("a", { namespace: "two", identity: "VIN", userId: "other" });
    expectSame("upsert", await store.upsert([one, two]), ["added", "added"]);
    expectSame("get in one", await store.get("one", "devices", "a"), one);
    expectSame("get in two", await store.get("two", "devices", "a"), two);
    expectSame("getMany", await store.getMany("one", "devices", ["a"]), [one]);
    expectSame("list", await store.list("two", all), [two]);
    expectSame("listByUser", await store.listByUser("two", "user", all), []);
    expectSame("findDuplicates", await store.findDuplicates("one", 10), []);
    expectSame("remove", await store.remove("one", { ids: ["a"], collection: "devices" }), 1);
    expectSame("get in two after it", await store.get("two", "devices", "a"), two);
    expectSame("remove by user", await store.remove("one", { userId: "other" }), 0);
  },

  async "keeps collections apart"(store) {
    const collections = ["devices", "actions", "users", "bookmarks"] as const;
    const records = collections.map((collection, n) =>
      recordOf("a", { collection, observedAt: 9_000 - n }),
    );
    const outcomes = await store.upsert(records);
    expectSame("upsert", outcomes, ["added", "added", "added", "added"]);
    for (const record of records) {
      const { collection } = record;
      expectSame(`get in ${collection}`, await store.get(namespace, collection, "a"), record);
      const many = await store.getMany(namespace, collection, ["a"]);
      expectSame(`getMany in ${collection}`, many, [record]);
      const query = { collection, limit: 10 };
      expectSame(`list of ${collection}`, await store.list(namespace, query), [record]);
      const ofUser = await store.listByUser(namespace, "user", query);
      expectSame(`listByUser of ${collection}`, ofUser, [record]);
    }
  },

  async "keeps hostile IDs apart"(store) {
    const records = hostileIds.flatMap((id) => [
      recordOf(id, { userId: id, kind: id, vendor: id, identity: id, source: id }),
      recordOf(id, { namespace: id }),
    ]);
    const outcomes = await store.upsert(records);
    expectSame("all of them added", [...new Set(outcomes)], ["added"]);
    for (const record of records) {
      const found = await store.get(record.namespace, "devices", record.id);
      expectSame(`get ${JSON.stringify(record.id)}`, found, record);
    }
    for (const id of hostileIds) {
      const user = JSON.stringify(id);
      expectSame(`of the user ${user}`, idsOf(await store.listByUser(namespace, id, all)), [id]);
      expectSame(`of the kind ${user}`, await listed(store, { kind: id, vendor: id }), [id]);
    }
    const paged = await pages((query) => store.list(namespace, query), { ...all, limit: 3 }, 30);
    expectSame("over pages", idsOf(paged.flat()).sort(), [...hostileIds].sort());
    const removed = await store.remove(namespace, { ids: hostileIds });
    expectSame("remove", removed, hostileIds.length);
  },

  async "keeps records with NUL in their IDs apart, or refuses them"(store) {
    const plain = recordOf("with", { userId: "with" });
    await store.upsert([plain]);
    const record = recordOf("with\u0000NUL", { userId: "with\u0000NUL" });
    try {
      await store.upsert([record]);
    } catch {
      return;
    }
    expectSame("get", await store.get(namespace, "devices", record.id), record);
    expectSame("get of the ID without NUL", await store.get(namespace, "devices", "with"), plain);
    expectSame("without NUL only", await store.get(namespace, "devices", "withNUL"), undefined);
    const found = await store.listByUser(namespace, "with\u0000NUL", all);
    expectSame("listByUser", found, [record]);
  },

  async "hands out nothing that changes what is kept"(store) {
    const record = recordOf("a", { identity: "VIN" });
    const given = { ...record };
    await store.upsert([given, recordOf("b", { identity: "VIN", userId: "other" })]);
    const results = [
      given,
      await store.get(namespace, "devices", "a"),
      ...(await store.getMany(namespace, "devices", ["a"])),
      ...(await store.list(namespace, all)),
      ...(await store.listByUser(namespace, "user", all)),
      ...(await store.findDuplicates(namespace, 10)).flatMap(({ records }) => records),
    ];
    for (const result of results) {
      if (result) Object.assign(result, { payload: "changed", observedAt: 9, userId: "changed" });
    }
    expectSame("get", await store.get(namespace, "devices", "a"), record);
  },

  async "keeps 10,000 devices, and gives each of them once over pages"(store) {
    const ids = Array.from({ length: 10_000 }, (_, n) => `device ${(n * 7_919) % 10_000}`);
    for (let from = 0; from < ids.length; from += 1_000) {
      const records = ids.slice(from, from + 1_000).map((id, n) =>
        recordOf(id, {
          userId: `user ${n}`,
          payload: `{"id":"${id}","text":"${"x".repeat(500)}"}`,
        }),
      );
      const outcomes = await store.upsert(records);
      expectSame("upsert of 1,000", [outcomes.length, ...new Set(outcomes)], [1_000, "added"]);
    }
    const paged = await pages((query) => store.list(namespace, query), all, 20);
    expectSame("pages", paged.length, 10);
    const found = idsOf(paged.flat());
    expectSame("records", found.length, 10_000);
    expectSame("different ones", new Set(found).size, 10_000);
    const many = await store.getMany(namespace, "devices", ids.slice(0, 1_000));
    expectSame("getMany of 1,000", many.length, 1_000);
    const ofUser = await store.listByUser(namespace, "user 7", all);
    expectSame("of one user", ofUser.length, 10);
    expectSame("remove", await store.remove(namespace, { collection: "devices" }), 10_000);
  },
};
