import type { ActivityEntry, ActivityLog, ActivityQuery } from "../contracts/index.ts";
import { type ConformanceCase, casesOf } from "./shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "./shared/expectation.ts";
import { hostileIds, jsonTexts } from "./shared/texts.ts";

const namespace = "production:client";

function entryOf(name: string, change: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    namespace,
    at: 1_000,
    type: "event",
    name,
    userId: null,
    deviceId: null,
    actionId: null,
    details: "{}",
    ...change,
  };
}

async function namesOf(
  log: ActivityLog,
  query: Partial<ActivityQuery> = {},
  of: string = namespace,
): Promise<string[]> {
  const found = await log.list(of, { limit: 1_000, ...query });
  return found.map(({ name }) => name);
}

/** What every {@link ActivityLog} has to do. */
export const activityLogCases: readonly ConformanceCase<ActivityLog>[] = casesOf<ActivityLog>(
  "ActivityLog",
  {
    async "gives entries back as they were recorded"(log) {
      const entries = [
        entryOf("a", { at: 1_767_225_600_123, userId: "u", deviceId: "d", actionId: "x" }),
        entryOf("b", { at: 8_640_000_000_000_000, type: "call" }),
      ];
      await log.record(entries);
      expectSame("list", await log.list(namespace, { limit: 10 }), entries);
    },

    async "takes no entries at all"(log) {
      await log.record([]);
      expectSame("list", await log.list(namespace, { limit: 10 }), []);
    },

    async "lists the oldest first, and those of one moment as they were added"(log) {
      await log.record([
        entryOf("c", { at: 3 }),
        entryOf("a", { at: 1 }),
        entryOf("b1", { at: 2 }),
      ]);
      await log.record([entryOf("b2", { at: 2 }), entryOf("b3", { at: 2 })]);
      await log.record([entryOf("b4", { at: 2 })]);
      expectSame("list", await namesOf(log), ["a", "b1", "b2", "b3", "b4", "c"]);
    },

    async "lists the latest ones when there are more than the limit"(log) {
      await log.record([1, 3, 2, 3].map((at, n) => entryOf(`${at} ${n}`, { at })));
      expectSame("two", await namesOf(log, { limit: 2 }), ["3 1", "3 3"]);
      expectSame("three", await namesOf(log, { limit: 3 }), ["2 2", "3 1", "3 3"]);
      expectSame("one before", await namesOf(log, { limit: 1, to: 3 }), ["2 2"]);
    },

    async "lists from a moment on, and before another"(log) {
      await log.record([1, 2, 3, 4].map((at) => entryOf(String(at), { at })));
      expectSame("from 2", await namesOf(log, { from: 2 }), ["2", "3", "4"]);
      expectSame("to 3", await namesOf(log, { to: 3 }), ["1", "2"]);
      expectSame("from 2 to 4", await namesOf(log, { from: 2, to: 4 }), ["2", "3"]);
      expectSame("from 0 to 2", await namesOf(log, { from: 0, to: 2 }), ["1"]);
      expectSame("from 2 to 2", await namesOf(log, { from: 2, to: 2 }), []);
    },

    async "lists what is about a user, a device or an action"(log) {
      await log.record([
        entryOf("user", { userId: "x" }),
        entryOf("device", { deviceId: "x" }),
        entryOf("action", { actionId: "x" }),
        entryOf("all", { userId: "x", deviceId: "x", actionId: "x" }),
        entryOf("other", { userId: "y", deviceId: "y", actionId: "y" }),
        entryOf("none"),
      ]);
      expectSame("of the user", await namesOf(log, { userId: "x" }), ["user", "all"]);
      expectSame("of the device", await namesOf(log, { deviceId: "x" }), ["device", "all"]);
      expectSame("of the action", await namesOf(log, { actionId: "x" }), ["action", "all"]);
    },

    async "lists what fits every condition"(log) {
      await log.record([
        entryOf("a", { userId: "u", deviceId: "d", actionId: "x", at: 1 }),
        entryOf("b", { userId: "u", deviceId: "d", actionId: "x", at: 2 }),
        entryOf("c", { userId: "u", deviceId: "d", at: 2 }),
        entryOf("d", { userId: "u", deviceId: "e", actionId: "x", at: 2 }),
        entryOf("e", { userId: "v", deviceId: "d", actionId: "x", at: 2 }),
      ]);
      const query = { userId: "u", deviceId: "d", actionId: "x", from: 2, to: 3 };
      expectSame("list", await namesOf(log, query), ["b"]);
    },

    async "refuses a namespace or a condition that has no value"(log) {
      await log.record([entryOf("a", { userId: "u", deviceId: "d", actionId: "x" })]);
      for (const lost of lostValues) {
        const of = nameOf(lost);
        await expectRefusal(`list in the namespace ${of}`, () => log.list(lost, { limit: 10 }));
        for (const name of ["userId", "deviceId", "actionId", "from", "to"] as const) {
          await expectRefusal(`list with ${name}: ${of}`, () => namesOf(log, { [name]: lost }));
        }
        await expectRefusal(`prune in the namespace ${of}`, () => log.prune(lost, 9_000));
        await expectRefusal(`prune before ${of}`, () => log.prune(namespace, lost));
        await expectRefusal(`erase in the namespace ${of}`, () => log.erase(lost, ["u"]));
      }
      expectSame("what is left", await namesOf(log), ["a"]);
    },

    async "keeps namespaces apart"(log) {
      await log.record([entryOf("a", { namespace: "one", userId: "u" })]);
      await log.record([entryOf("b", { namespace: "two", userId: "u" })]);
      expectSame("one", await namesOf(log, { userId: "u" }, "one"), ["a"]);
      expectSame("none", await namesOf(log, {}, "three"), []);
      expectSame("prune in two", await log.prune("two", 2_000), 1);
      expectSame("one after prune", await namesOf(log, {}, "one"), ["a"]);
      expectSame("erase in two", await log.erase("two", ["u"]), 0);
      expectSame("one after erase", await namesOf(log, {}, "one"), ["a"]);
    },

    async "forgets what happened before a moment, and tells how much"(log) {
      await log.record([1, 2, 3].map((at) => entryOf(String(at), { at })));
      expectSame("prune", await log.prune(namespace, 3), 2);
      expectSame("list", await namesOf(log), ["3"]);
      expectSame("prune again", await log.prune(namespace, 3), 0);
    },

    async "erases what is about a user, a device or an action, and tells how much"(log) {
      await log.record([
        entryOf("user", { userId: "u", deviceId: "z" }),
        entryOf("device", { deviceId: "d" }),
        entryOf("action", { actionId: "x" }),
        entryOf("twice", { userId: "u", deviceId: "d" }),
        entryOf("other", { userId: "v", deviceId: "e", actionId: "y" }),
        entryOf("none"),
      ]);
      expectSame("erase", await log.erase(namespace, ["u", "d", "x", "unknown"]), 4);
      expectSame("list", await namesOf(log), ["other", "none"]);
    },

    async "erases nothing when no IDs are given"(log) {
      await log.record([entryOf("a"), entryOf("b", { userId: "" })]);
      expectSame("erase", await log.erase(namespace, []), 0);
      expectSame("list", await namesOf(log), ["a", "b"]);
    },

    async "records 1,000 entries in one call, and all that come at the same time"(log) {
      const many = Array.from({ length: 1_000 }, (_, n) => entryOf(`${n}`, { at: n }));
      await log.record(many);
      const found = await log.list(namespace, { limit: 2_000 });
      expectSame("list", found, many);
      await Promise.all(Array.from({ length: 20 }, (_, n) => log.record([entryOf(`more ${n}`)])));
      expectSame("how many then", (await namesOf(log, { limit: 2_000 })).length, 1_020);
    },

    async "keeps hostile IDs apart"(log) {
      for (const id of hostileIds) {
        await log.record([
          entryOf(id, { type: id, userId: id, deviceId: id, actionId: id }),
          entryOf(id, { namespace: id }),
        ]);
      }
      for (const id of hostileIds) {
        for (const query of [{ userId: id }, { deviceId: id }, { actionId: id }]) {
          expectSame(`list ${JSON.stringify(query)}`, await namesOf(log, query), [id]);
        }
        expectSame(`list in ${JSON.stringify(id)}`, await namesOf(log, {}, id), [id]);
      }
      expectSame("erase", await log.erase(namespace, hostileIds), hostileIds.length);
      expectSame("what is left", await namesOf(log), []);
    },

    async "keeps entries with NUL in their IDs apart, or refuses them"(log) {
      await log.record([entryOf("plain", { userId: "with" })]);
      const entry = entryOf("NUL", { userId: "with\u0000NUL" });
      try {
        await log.record([entry]);
      } catch {
        return;
      }
      const found = await log.list(namespace, { userId: "with\u0000NUL", limit: 10 });
      expectSame("list", found, [entry]);
      expectSame("of the ID without NUL", await namesOf(log, { userId: "with" }), ["plain"]);
      expectSame("without NUL only", await namesOf(log, { userId: "withNUL" }), []);
    },

    async "gives JSON texts back as they came"(log) {
      await log.record(jsonTexts.map((details) => entryOf("a", { details })));
      const found = await log.list(namespace, { limit: 100 });
      expectSame(
        "list",
        found.map(({ details }) => details),
        jsonTexts,
      );
    },

    async "hands out nothing that changes what is kept"(log) {
      const entry = entryOf("a");
      const given = { ...entry };
      await log.record([given]);
      const found = await log.list(namespace, { limit: 10 });
      for (const result of [given, ...found]) Object.assign(result, { name: "changed", at: 9 });
      expectSame("list", await log.list(namespace, { limit: 10 }), [entry]);
    },
  },
);
