import { describe } from "vitest";
import { activityLogCases } from "../../../src/storage/conformance/index.ts";
import type { ActivityEntry, ActivityLog } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { expectAllToFail, MutantRefusal, type Mutants, withoutNul } from "./support/mutants.ts";

const mutants: Mutants<ActivityLog> = {
  "gives entries back as they were recorded": (log) => ({
    record: (entries) => log.record(entries.map((entry) => ({ ...entry, type: "event" }))),
  }),
  "takes no entries at all": (log) => ({
    async record(entries) {
      if (entries.length === 0) throw new MutantRefusal("nothing to record");
      await log.record(entries);
    },
  }),
  "lists the oldest first, and those of one moment as they were added": (log) => ({
    list: async (namespace, query) =>
      (await log.list(namespace, query)).toReversed().sort((a, b) => a.at - b.at),
  }),
  "lists the latest ones when there are more than the limit": (log) => ({
    list: async (namespace, query) =>
      (await log.list(namespace, { ...query, limit: 1_000 })).slice(0, query.limit),
  }),
  "lists from a moment on, and before another": (log) => ({
    list: (namespace, { to, ...query }) =>
      log.list(namespace, to === undefined ? query : { ...query, to: to + 1 }),
  }),
  "lists what is about a user, a device or an action": (log) => ({
    list: (namespace, { deviceId: _deviceId, ...query }) => log.list(namespace, query),
  }),
  "lists what fits every condition": (log) => ({
    list: (namespace, { actionId, ...query }) =>
      log.list(
        namespace,
        actionId === undefined || query.userId !== undefined ? query : { ...query, actionId },
      ),
  }),
  "refuses a namespace or a condition that has no value": (log) => ({
    // What most do: a condition that is undefined is none.
    list: (namespace, { userId, ...query }) =>
      log.list(namespace, userId === undefined ? query : { ...query, userId }),
  }),
  "keeps namespaces apart": (log) => ({
    async prune(namespace, before) {
      await log.prune("one", before);
      return log.prune(namespace, before);
    },
  }),
  "forgets what happened before a moment, and tells how much": (log) => ({
    prune: (namespace, before) => log.prune(namespace, before + 1),
  }),
  "erases what is about a user, a device or an action, and tells how much": (log) => ({
    erase: (namespace, ids) => log.erase(namespace, ids.slice(0, 1)),
  }),
  "erases nothing when no IDs are given": (log) => ({
    erase: (namespace, ids) =>
      ids.length === 0 ? log.prune(namespace, Number.POSITIVE_INFINITY) : log.erase(namespace, ids),
  }),
  "records 1,000 entries in one call, and all that come at the same time": (log) => ({
    record: (entries) => log.record(entries.slice(0, 999)),
  }),
  "keeps hostile IDs apart": (log) => ({
    list: (namespace, { actionId, ...query }) =>
      log.list(namespace, actionId === undefined ? query : { ...query, actionId: actionId.trim() }),
  }),
  "keeps entries with NUL in their IDs apart, or refuses them": (log) => ({
    record: (entries) =>
      log.record(entries.map((entry) => ({ ...entry, userId: withoutNul(entry.userId ?? "") }))),
  }),
  "gives JSON texts back as they came": (log) => ({
    record: (entries) =>
      log.record(
        entries.map((entry) => ({ ...entry, details: JSON.stringify(JSON.parse(entry.details)) })),
      ),
  }),
  "hands out nothing that changes what is kept": () => {
    const kept: ActivityEntry[] = [];
    return {
      record: async (entries) => void kept.push(...entries),
      list: async () => kept,
    };
  },
};

describe("a broken log of activities is found out", () => {
  expectAllToFail(activityLogCases, ({ now }) => memoryStorage({ now }).activityLog, mutants);
});
