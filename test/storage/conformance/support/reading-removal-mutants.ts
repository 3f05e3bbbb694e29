import type { ReadingStore } from "../../../../src/storage/contracts/index.ts";
import { dayLength } from "../../../../src/storage/contracts/reading-store.ts";
import { type Mutant, type Mutants, pause } from "./mutants.ts";

const all = 10_000;

/** Gives users other names from time to time, as nothing brings one back who was erased. */
function renaming(
  isFinal: (userId: string) => boolean,
  before: () => Promise<void>,
): Mutant<ReadingStore> {
  return (store) => {
    const times = new Map<string, number>();
    const nameOf = (userId: string) => `${userId}~${times.get(userId) ?? 0}`;
    return {
      async append(namespace, readings) {
        if (readings.some(({ userId }) => isFinal(userId) && times.has(userId))) {
          return store.append(namespace, readings);
        }
        await before();
        return store.append(
          namespace,
          readings.map((reading) => ({ ...reading, userId: nameOf(reading.userId) })),
        );
      },
      read: (namespace, series, range) =>
        store.read(namespace, { ...series, userId: nameOf(series.userId) }, range),
      series: async (namespace, { deviceId, userId = "" }) => {
        const query = deviceId === undefined ? {} : { deviceId };
        const found = await store.series(namespace, { ...query, userId: nameOf(userId) });
        return found.map((series) => ({ ...series, userId }));
      },
      async erase(namespace, userId) {
        const erased = await store.erase(namespace, nameOf(userId));
        times.set(userId, (times.get(userId) ?? 0) + 1);
        return erased;
      },
    };
  };
}

const withoutMemory: Mutant<ReadingStore> = renaming(
  () => false,
  async () => {},
);

/** Leaves out what it has no more. */
const refusing =
  (isGone: (at: number, prunedUntil: number) => boolean): Mutant<ReadingStore> =>
  (store) => {
    let prunedUntil = 0;
    return {
      prune(namespace, before, limit) {
        prunedUntil = before;
        return store.prune(namespace, before, limit);
      },
      async append(namespace, readings) {
        const kept = readings.filter(({ at }) => !isGone(at, prunedUntil));
        await store.append(namespace, kept);
        return { tooLate: 0 };
      },
    };
  };

export const removalMutants: Mutants<ReadingStore> = {
  "prunes readings from before a time, and leaves the newest one of each series": (store) => {
    let prunedUntil = 0;
    return {
      prune(namespace, before, limit) {
        prunedUntil = before;
        return store.prune(namespace, before, limit);
      },
      read: async (...given) => {
        const found = await store.read(...given);
        return found.filter(({ at }) => at >= prunedUntil);
      },
    };
  },
  "prunes up to a moment, and not the one of that moment": (store) => {
    let prunedUntil = 0;
    return {
      prune(namespace, before, limit) {
        prunedUntil = before;
        return store.prune(namespace, before, limit);
      },
      read: async (...given) => {
        const found = await store.read(...given);
        return found.filter(({ at }) => at !== prunedUntil);
      },
    };
  },
  "leaves the readings of stale days and of the day before each": (store) => ({
    async prune(namespace, before, limit) {
      for (const day of await store.staleDays(namespace, all)) {
        if (day.day < before) await store.saveDays(namespace, [{ ...day, content: "{}" }]);
      }
      return store.prune(namespace, before, limit);
    },
  }),
  "prunes no more than a limit in a call, and tells 0 when nothing is left to do": (store) => ({
    prune: (namespace, before) => store.prune(namespace, before, all),
  }),
  "keeps no reading from before the time up to which it was pruned, and counts them": refusing(
    (at, prunedUntil) => at < prunedUntil,
  ),
  "leaves rolled up days when it prunes": (store) => {
    let prunedUntil = 0;
    return {
      prune(namespace, before, limit) {
        prunedUntil = before;
        return store.prune(namespace, before, limit);
      },
      rolledDays: (namespace, series, from, to) =>
        store.rolledDays(namespace, series, Math.max(from, prunedUntil), to),
    };
  },
  "prunes nothing that is not to be rolled up": (store) => ({
    async prune(namespace, before, limit) {
      const { until } = await store.rolledDays(
        namespace,
        { userId: "user", deviceId: "any", metric: "any" },
        0,
        1,
      );
      return store.prune(namespace, Math.min(before, until), limit);
    },
  }),
  "erases readings and rolled up days of a user, and tells how many": (store) => ({
    async erase(namespace, userId) {
      let points = 0;
      for (const series of await store.series(namespace, { userId })) {
        const range = { from: 0, to: series.lastAt + dayLength, limit: all };
        points += (await store.read(namespace, series, range)).length;
      }
      await store.erase(namespace, userId);
      return points;
    },
  }),
  "keeps nothing of a user who was erased, and all of the others": (store) => {
    const erased = new Set<string>();
    return {
      async append(namespace, readings) {
        // With a call that has something of somebody erased, all of it goes.
        const isRefused = readings.some(({ userId }) => erased.has(userId));
        return isRefused ? { tooLate: 0 } : store.append(namespace, readings);
      },
      erase(namespace, userId) {
        erased.add(userId);
        return store.erase(namespace, userId);
      },
    };
  },
  "keeps nothing of a user who was erased before the first reading came": withoutMemory,
  "keeps nothing of a user that comes at the same time as the erasure": renaming(() => true, pause),
  "keeps what one namespace is told from the others": (store) => ({
    async rollUp(namespace, until) {
      await store.rollUp("other", until);
      await store.rollUp(namespace, until);
    },
  }),
  "erases nobody when no user is named": (store) => ({
    erase: (namespace, userId) => store.erase(namespace, String(userId || "nobody")),
  }),
};
