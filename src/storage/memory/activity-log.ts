import type { ActivityEntry, ActivityLog, ActivityQuery } from "../contracts/index.ts";

/** Entries that are kept; the oldest ones go first. */
const maxEntries = 100_000;

/** Keeps what happened in the memory of this process. */
export function memoryActivityLog(): ActivityLog {
  // By time, and those of one moment as they were added.
  let kept: ActivityEntry[] = [];

  const forget = (isToGo: (entry: ActivityEntry) => boolean) => {
    const before = kept.length;
    kept = kept.filter((entry) => !isToGo(entry));
    return before - kept.length;
  };

  return {
    async record(entries) {
      let isInOrder = true;
      for (const entry of entries) {
        isInOrder &&= entry.at >= (kept.at(-1)?.at ?? entry.at);
        kept.push({ ...entry });
      }
      if (!isInOrder) kept.sort((a, b) => a.at - b.at);
      kept.splice(0, Math.max(0, kept.length - maxEntries));
    },

    async list(namespace, query) {
      const found = kept.filter((entry) => entry.namespace === namespace && fits(entry, query));
      return found.slice(Math.max(0, found.length - query.limit)).map((entry) => ({ ...entry }));
    },

    async prune(namespace, before) {
      return forget((entry) => entry.namespace === namespace && entry.at < before);
    },

    async erase(namespace, ids) {
      const erased = new Set(ids);
      return forget(
        ({ namespace: of, userId, deviceId, actionId }) =>
          of === namespace &&
          [userId, deviceId, actionId].some((id) => id !== null && erased.has(id)),
      );
    },
  };
}

function fits(entry: ActivityEntry, query: ActivityQuery): boolean {
  const { userId, deviceId, actionId, from, to } = query;
  return (
    (userId === undefined || entry.userId === userId) &&
    (deviceId === undefined || entry.deviceId === deviceId) &&
    (actionId === undefined || entry.actionId === actionId) &&
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at < to)
  );
}
