import type { KeptSeries, ReadingRange, ReadingStore } from "../../contracts/index.ts";
import type { Proof } from "../shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "../shared/expectation.ts";
import { battery, dayAt, namespace, readingAt, textOf } from "./records.ts";

const start = dayAt(0);

async function fill(store: ReadingStore): Promise<void> {
  const times = [10, 20, 30, 40];
  await store.append(
    namespace,
    times.map((after) => readingAt(start + after, after)),
  );
  // Before, between and after those of the series.
  const others = [5, 15, 25, 45];
  await store.append(
    namespace,
    others.map((after) => readingAt(start + after, after, { deviceId: "other" })),
  );
}

/** Promises about what is read. */
export const ranges: Readonly<Record<string, Proof<ReadingStore>>> = {
  async "reads from a moment on, and before another"(store) {
    await fill(store);
    expectSame("from 20 to 40", await valuesOf(store, { from: 20, to: 40 }), [20, 30]);
    expectSame("from 21 to 41", await valuesOf(store, { from: 21, to: 41 }), [30, 40]);
    expectSame("from 41 on", await valuesOf(store, { from: 41 }), []);
    expectSame("from 30 to 30", await valuesOf(store, { from: 30, to: 30 }), []);
    expectSame("from 40 to 20", await valuesOf(store, { from: 40, to: 20 }), []);
  },

  async "reads the oldest ones when there are more than the limit"(store) {
    await fill(store);
    expectSame("two", await valuesOf(store, { from: 15, limit: 2 }), [20, 30]);
    expectSame("none", await valuesOf(store, { from: 15, limit: 0 }), []);
  },

  async "reads the newest one before the range first, where it is wanted"(store) {
    await fill(store);
    const withPrevious = true;
    const read = (range: Partial<ReadingRange>) => valuesOf(store, { ...range, withPrevious });
    expectSame("from 30 to 40", await read({ from: 30, to: 40 }), [20, 30]);
    expectSame("from 21 to 22", await read({ from: 21, to: 22 }), [20]);
    expectSame("where there is none", await read({ from: 10, to: 21 }), [10, 20]);
    expectSame("after all of them", await read({ from: 99, to: 100 }), [40]);
    expectSame("in an empty range", await read({ from: 30, to: 30 }), [20]);
    expectSame("with a limit", await read({ from: 30, limit: 2 }), [20, 30]);
    expectSame("up to one", await read({ from: 30, limit: 1 }), [20]);
    expectSame("up to none", await read({ from: 30, limit: 0 }), []);
    const unwanted = await valuesOf(store, { from: 30, to: 40, withPrevious: false });
    expectSame("where it is not wanted", unwanted, [30]);
  },

  async "finds the series of a device, of a user, and of a device of a user"(store) {
    await store.append(namespace, [
      readingAt(start + 20, 1),
      readingAt(start + 90, 1),
      readingAt(start + 50, "ON", { metric: "state" }),
      readingAt(start + 10, 1, { deviceId: "heater", kind: "hvac" }),
      readingAt(start + 30, 1, { userId: "next" }),
      readingAt(start + 40, 1, { userId: "next", deviceId: "bike" }),
    ]);
    await store.append("other", [readingAt(start + 99, 1)]);
    const first = { ...battery, kind: "vehicle", lastAt: start + 90 };
    const state = { ...first, metric: "state", lastAt: start + 50 };
    const heater = { ...first, deviceId: "heater", kind: "hvac", lastAt: start + 10 };
    const next = { ...first, userId: "next", lastAt: start + 30 };
    const bike = { ...next, deviceId: "bike", lastAt: start + 40 };
    for (const [query, expected] of [
      [{ deviceId: "car" }, [first, state, next]],
      [{ userId: "user" }, [first, state, heater]],
      [{ userId: "next" }, [next, bike]],
      [{ userId: "user", deviceId: "car" }, [first, state]],
      [{ userId: "user", deviceId: "bike" }, []],
      [{ userId: "none" }, []],
    ] as const) {
      const found = sorted(await store.series(namespace, query));
      expectSame(`series of ${JSON.stringify(query)}`, found, sorted(expected));
    }
  },

  async "gives what a device tells to the user whose it was then"(store) {
    await store.append(namespace, [
      readingAt(start + 10, 1),
      readingAt(start + 30, 3, { userId: "next" }),
      readingAt(start + 20, 2),
      // Of the same moment.
      readingAt(start + 30, 9),
    ]);
    expectSame("of the first", await valuesOf(store, {}), [1, 2, 9]);
    const next = { ...battery, userId: "next" };
    const found = await store.read(namespace, next, {
      from: start + 25,
      to: start + 99,
      withPrevious: true,
      limit: 9,
    });
    expectSame("of the next", found, [{ at: start + 30, value: 3 }]);
  },

  async "refuses a condition that has no value"(store) {
    await fill(store);
    const range = { from: start, to: start + 99, limit: 9 };
    for (const lost of lostValues) {
      const of = nameOf(lost);
      await expectRefusal(`series in the namespace ${of}`, () =>
        store.series(lost, { userId: "user" }),
      );
      await expectRefusal(`series of the user ${of}`, () =>
        store.series(namespace, { deviceId: "car", userId: lost }),
      );
      await expectRefusal(`series of the device ${of}`, () =>
        store.series(namespace, { userId: "user", deviceId: lost }),
      );
      await expectRefusal(`read in the namespace ${of}`, () => store.read(lost, battery, range));
      for (const name of ["userId", "deviceId", "metric"] as const) {
        const series = { ...battery, [name]: lost };
        await expectRefusal(`read with ${name}: ${of}`, () => store.read(namespace, series, range));
        await expectRefusal(`rolledDays with ${name}: ${of}`, () =>
          store.rolledDays(namespace, series, start, start + 99),
        );
      }
      for (const name of ["from", "to", "limit"] as const) {
        await expectRefusal(`read with ${name}: ${of}`, () =>
          store.read(namespace, battery, { ...range, [name]: lost }),
        );
      }
      await expectRefusal(`staleDays in the namespace ${of}`, () => store.staleDays(lost, 9));
      await expectRefusal(`staleDays up to ${of}`, () => store.staleDays(namespace, lost));
    }
    await expectRefusal("series of nothing", () => store.series(namespace, {}));
  },
};

/** Values of the series between two times after the start. */
async function valuesOf(
  store: ReadingStore,
  { from = 0, to = 1_000, ...others }: Partial<ReadingRange>,
): Promise<unknown[]> {
  const range = { from: start + from, to: start + to, limit: 100, ...others };
  return (await store.read(namespace, battery, range)).map(({ value }) => value);
}

function sorted(series: readonly KeptSeries[]): KeptSeries[] {
  return series.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
