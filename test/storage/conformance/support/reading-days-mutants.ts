import type { Reading, ReadingStore } from "../../../../src/storage/contracts/index.ts";
import { dayLength } from "../../../../src/storage/contracts/reading-store.ts";
import { dayOf, staleDaysOf } from "../../../../src/storage/shared/readings.ts";
import { type Mutant, MutantRefusal, type Mutants, pause } from "./mutants.ts";

const all = 10_000;

/** Keeps a content for all stale days of a kind, as if they had never been stale. */
async function forgetStale(
  store: ReadingStore,
  namespace: string,
  isForgotten: (day: number) => boolean,
  content = "forgotten",
): Promise<void> {
  const days = await store.staleDays(namespace, all);
  await store.saveDays(
    namespace,
    days
      .filter(({ day }) => isForgotten(day))
      .map(({ userId, deviceId, metric, day, mark }) => {
        return { userId, deviceId, metric, day, mark, content };
      }),
  );
}

/** Marks no day that a late reading changes, of those that are named. */
const forgettingLate =
  (isForgotten: (day: number, at: number) => boolean): Mutant<ReadingStore> =>
  (store) => ({
    async append(namespace, readings) {
      const result = await store.append(namespace, readings);
      const times = readings.map(({ at }) => at);
      await forgetStale(store, namespace, (day) => times.some((at) => isForgotten(day, at)));
      return result;
    },
  });

/** Writes readings anew, whether it has them or not, so that their days are marked. */
function rewriting(): (
  store: ReadingStore,
  namespace: string,
  readings: readonly Reading[],
) => Promise<void> {
  let told = 9e12;
  return async (store, namespace, readings) => {
    for (const change of [{ value: "other" }, {}]) {
      told++;
      const next = readings.map((reading) => ({ ...reading, ...change, observedAt: told }));
      await store.append(namespace, next);
    }
  };
}

/** Saves days with whichever mark they have now. */
const withMarksOfNow: Mutant<ReadingStore> = (store) => ({
  async saveDays(namespace, days) {
    const stale = await store.staleDays(namespace, all);
    const keyOf = ({
      userId,
      deviceId,
      metric,
      day,
    }: (typeof stale)[number] | (typeof days)[number]) =>
      JSON.stringify([userId, deviceId, metric, day]);
    const marks = new Map(stale.map((day) => [keyOf(day), day.mark]));
    await store.saveDays(
      namespace,
      days.map((day) => ({ ...day, mark: marks.get(keyOf(day)) ?? day.mark })),
    );
  },
});

export const rollUpMutants: Mutants<ReadingStore> = {
  "rolls nothing up before it is told to": (store) => ({
    async rolledDays(...given) {
      const found = await store.rolledDays(...given);
      return { ...found, until: found.until || given[3] };
    },
  }),
  "makes days that have readings stale, and the day after each": (store) => ({
    async rollUp(namespace, until) {
      await store.rollUp(namespace, until);
      const days = await store.staleDays(namespace, all);
      const isEmpty = new Set(
        days.filter(({ points }) => points.length === 0).map(({ day }) => day),
      );
      await forgetStale(store, namespace, (day) => isEmpty.has(day));
    },
  }),
  "makes days stale once, however often it is told to roll them up": (store) => {
    const rewrite = rewriting();
    return {
      async rollUp(namespace, until) {
        await store.rollUp(namespace, until);
        for (const series of await store.series(namespace, { userId: "user" })) {
          const points = await store.read(namespace, series, { from: 0, to: until, limit: all });
          const readings = points.map((point) => ({ ...series, ...point, observedAt: 0 }));
          await rewrite(store, namespace, readings);
        }
      },
    };
  },
  "makes the days of late readings stale again, and the day after each": forgettingLate(
    (day, at) => day > at,
  ),
  "leaves days as they are when readings come that it had": (store) => {
    const rewrite = rewriting();
    return {
      async append(namespace, readings) {
        await rewrite(store, namespace, readings);
        return { tooLate: 0 };
      },
    };
  },
  "gives the stale days of all series, the oldest first, up to a limit": (store) => ({
    staleDays: async (namespace, limit) =>
      (await store.staleDays(namespace, all))
        .toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
        .slice(0, limit),
  }),
  "gives a stale day with its readings and the newest one before it": (store) => ({
    async staleDays(...given) {
      const days = await store.staleDays(...given);
      // Looks for it no further than the day before.
      return days.map(({ previous, ...day }) => ({
        ...day,
        previous: previous && previous.at >= day.day - dayLength ? previous : undefined,
      }));
    },
  }),
  "keeps what days were rolled up to, and gives back those of a range": (store) => ({
    rolledDays: (namespace, series, from, to) =>
      store.rolledDays(namespace, series, dayOf(from), to),
  }),
  "keeps a content as it is, in place of the one before": (store) => ({
    saveDays: (namespace, days) =>
      store.saveDays(
        namespace,
        days.map((day) => ({ ...day, content: day.content.trim() })),
      ),
  }),
  "tells of a stale day in place of what it was rolled up to": (store) => {
    const contents = new Map<number, string>();
    return {
      async saveDays(namespace, days) {
        for (const { day, content } of days) contents.set(day, content);
        await store.saveDays(namespace, days);
      },
      async rolledDays(...given) {
        const { until, days, stale } = await store.rolledDays(...given);
        const old = stale.flatMap((day) => {
          const content = contents.get(day);
          return content === undefined ? [] : { day, content };
        });
        return { until, days: [...days, ...old].toSorted((a, b) => a.day - b.day), stale };
      },
    };
  },
  "keeps no content of a day that was marked again meanwhile": withMarksOfNow,
  "gives no mark twice, so that one from long before keeps no content": (store) => {
    // The count of readings: a day that was saved and marked again begins anew.
    const marks = new Map<string, string>();
    return {
      async staleDays(...given) {
        const days = await store.staleDays(...given);
        return days.map(({ mark, ...day }) => {
          marks.set(`first of ${day.day}`, mark);
          return { ...day, mark: `first of ${day.day}` };
        });
      },
      saveDays: (namespace, days) =>
        store.saveDays(
          namespace,
          days.map((day) => ({ ...day, mark: marks.get(day.mark) ?? "none" })),
        ),
      append: async (namespace, readings) => {
        const result = await store.append(namespace, readings);
        for (const { day, mark } of await store.staleDays(namespace, all)) {
          marks.set(`first of ${day}`, mark);
        }
        return result;
      },
    };
  },
  "takes 1,000 days in a call, and none": (store) => ({
    async saveDays(namespace, days) {
      if (days.length === 0) throw new MutantRefusal("nothing to save");
      await store.saveDays(namespace, days);
    },
  }),
  "loses no reading that comes while days are rolled up": (store, now) => {
    const { saveDays } = withMarksOfNow(store, now);
    return {
      async saveDays(namespace, days) {
        await pause();
        await saveDays?.(namespace, days);
      },
    };
  },
  "loses no reading that comes at the same time as rollUp": (store) => ({
    async append(namespace, readings) {
      const [first] = readings;
      if (!first) return store.append(namespace, readings);
      const { until } = await store.rolledDays(namespace, first, 0, 1);
      await pause();
      const result = await store.append(namespace, readings);
      // Marks by the time that it has read before.
      const marked = new Set(readings.flatMap(({ at }) => staleDaysOf(at, until)));
      const isForgotten = (day: number) => day >= until && !marked.has(day);
      await forgetStale(store, namespace, isForgotten);
      return result;
    },
  }),
  "refuses days and times that cannot be": (store) => ({
    // What most do: a beginning is made of any time.
    rollUp: (namespace, until) => store.rollUp(namespace, dayOf(until)),
  }),
};
