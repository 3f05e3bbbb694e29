import type { Reading, ReadingStore } from "../../../../src/storage/contracts/index.ts";
import { replacesReading } from "../../../../src/storage/index.ts";
import { type Mutant, MutantRefusal, type Mutants, pause } from "./mutants.ts";

type Change = (reading: Reading) => Reading;

/** Changes each reading that comes. */
const changing =
  (change: Change): Mutant<ReadingStore> =>
  (store) => ({
    append: (namespace, readings) => store.append(namespace, readings.map(change)),
  });

/** Keeps the one that comes last of those of a time: what a store does that replaces without looking. */
const lastWins: Mutant<ReadingStore> = (store) => {
  let order = 0;
  return {
    append: (namespace, readings) =>
      store.append(
        namespace,
        readings.map((reading) => ({ ...reading, observedAt: ++order })),
      ),
  };
};

export const appendingMutants: Mutants<ReadingStore> = {
  "gives values back as they came": changing((reading) => ({
    ...reading,
    // As a column of numbers does with texts that look like one.
    value: reading.value === "1.0" ? "1" : reading.value,
  })),
  "takes no readings at all": (store) => ({
    async append(namespace, readings) {
      if (readings.length === 0) throw new MutantRefusal("nothing to append");
      return store.append(namespace, readings);
    },
  }),
  "keeps a reading once, however often it comes": (store) => {
    let calls = 0;
    return {
      append: (namespace, readings) => {
        calls++;
        const moved = readings.map((reading) => ({ ...reading, at: reading.at + calls }));
        return store.append(namespace, moved);
      },
    };
  },
  "gives readings back in their order, in whichever they came": (store) => ({
    read: async (...given) =>
      (await store.read(...given)).toSorted((a, b) => (a.at % 7) - (b.at % 7)),
  }),
  "keeps the same of two readings of a time, in whichever order they come": lastWins,
  "keeps the same of two readings of a time that come in one call": (store) => ({
    append(namespace, readings) {
      // Those of a call by their times alone, as a statement that names each row once.
      const kept = new Map(
        readings.map((reading) => [JSON.stringify([reading.deviceId, reading.at]), reading]),
      );
      return store.append(namespace, [...kept.values()]);
    },
  }),
  "keeps one of 20 readings of a time that come at the same time": (store) => {
    const kept = new Map<number, Reading>();
    return {
      async append(namespace, readings) {
        let order = 0;
        for (const reading of readings) {
          const known = kept.get(reading.at);
          await pause();
          if (known && !replacesReading(reading, known)) continue;
          kept.set(reading.at, reading);
          await store.append(namespace, [{ ...reading, observedAt: 9e12 + ++order }]);
        }
        return { tooLate: 0 };
      },
    };
  },
  "takes 1,000 readings of one series in a call, and of 1,000 series": (store) => ({
    append: (namespace, readings) => store.append(namespace, readings.slice(0, 999)),
  }),
  "takes a call again after it has failed, and keeps all of it or nothing": (store) => ({
    async append(namespace, readings) {
      for (const reading of readings) await store.append(namespace, [reading]);
      return { tooLate: 0 };
    },
  }),
  "refuses a reading without a value that it needs, and others that it cannot keep": changing(
    (reading) => ({ ...reading, value: Number.isNaN(reading.value) ? null : reading.value }),
  ),
  "keeps namespaces, users, devices and metrics apart": (store) => ({
    append: (_namespace, readings) => store.append("all", readings),
    read: (_namespace, ...given) => store.read("all", ...given),
  }),
  "compares IDs exactly, and keeps hostile ones apart": (store) => ({
    read: (namespace, series, range) =>
      store.read(namespace, { ...series, metric: series.metric.trim() || "none" }, range),
  }),
  "hands out nothing that changes what is kept": (store) => {
    const known = new Map<string, ReturnType<ReadingStore["read"]>>();
    return {
      read(...given) {
        const key = JSON.stringify(given);
        const found = known.get(key) ?? store.read(...given);
        known.set(key, found);
        return found;
      },
    };
  },
};

export const rangeMutants: Mutants<ReadingStore> = {
  "reads from a moment on, and before another": (store) => ({
    read: (namespace, series, { to, ...range }) =>
      store.read(namespace, series, { ...range, to: to + 1 }),
  }),
  "reads the oldest ones when there are more than the limit": (store) => ({
    read: async (namespace, series, range) =>
      (await store.read(namespace, series, { ...range, limit: 1_000 })).slice(-range.limit),
  }),
  "reads the newest one before the range first, where it is wanted": (store) => ({
    async read(namespace, series, { withPrevious, ...range }) {
      const found = await store.read(namespace, series, range);
      if (!withPrevious) return found;
      // As one more than the limit.
      const before = { from: 0, to: range.from, limit: 1_000 };
      const earlier = await store.read(namespace, series, before);
      return [...earlier.slice(-1), ...found];
    },
  }),
  "finds the series of a device, of a user, and of a device of a user": (store) => ({
    series: (namespace, { deviceId, userId }) =>
      store.series(namespace, deviceId === undefined ? { userId: userId ?? "" } : { deviceId }),
  }),
  "gives what a device tells to the user whose it was then": (store) => {
    const owners = new Map<string, string>();
    return {
      append(namespace, readings) {
        for (const { deviceId, userId } of readings) owners.set(deviceId, userId);
        const owned = readings.map((reading) => ({
          ...reading,
          userId: owners.get(reading.deviceId) ?? reading.userId,
        }));
        return store.append(namespace, owned);
      },
    };
  },
  "refuses a condition that has no value": (store) => ({
    // What most do: a condition that is undefined is none.
    series: (namespace, { deviceId, userId }) =>
      store.series(namespace, {
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(userId === undefined ? {} : { userId }),
      }),
  }),
};
