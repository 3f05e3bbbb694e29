import type { ReadingStore } from "../../contracts/index.ts";
import { dayLength } from "../../contracts/reading-store.ts";
import type { Proof } from "../shared/case.ts";
import {
  expectRefusal,
  expectSame,
  expectThat,
  lostValues,
  nameOf,
} from "../shared/expectation.ts";
import {
  battery,
  dayAt,
  namespace,
  readingAt,
  save,
  saveAll,
  staleNumbers,
  timesOf,
} from "./records.ts";

const noon = dayLength / 2;
const other = { ...battery, deviceId: "other" };

/** Readings of the noons of days. */
async function fill(store: ReadingStore, days: readonly number[], of = battery): Promise<void> {
  await store.append(
    namespace,
    days.map((day) => readingAt(dayAt(day) + noon, day, of)),
  );
}

/** Rolls up all days of before. */
async function rollUp(store: ReadingStore, until: number): Promise<void> {
  await store.rollUp(namespace, dayAt(until));
  await saveAll(store);
}

/** Numbers of the days of which there are readings. */
async function daysOf(store: ReadingStore, of = battery): Promise<number[]> {
  return (await timesOf(store, of)).map((at) => (at - noon) / dayLength - 20_000);
}

/** Promises about readings that go. */
export const removals: Readonly<Record<string, Proof<ReadingStore>>> = {
  async "prunes readings from before a time, and leaves the newest one of each series"(store) {
    await fill(store, [0, 1, 2, 4, 5]);
    await fill(store, [1], other);
    await fill(store, [0, 1, 2], { ...battery, userId: "other" });
    await rollUp(store, 6);
    expectSame("prune", await store.prune(namespace, dayAt(4), 100), 4);
    expectSame("days left", await daysOf(store), [2, 4, 5]);
    expectSame("of another device", await daysOf(store, other), [1]);
    expectSame("of another user", await daysOf(store, { ...battery, userId: "other" }), [2]);
    expectSame("prune again", await store.prune(namespace, dayAt(4), 100), 0);
    expectSame("prune later", await store.prune(namespace, dayAt(6), 100), 2);
    expectSame("days left at last", await daysOf(store), [5]);
    const series = await store.series(namespace, { deviceId: battery.deviceId });
    expectSame("series", series.length, 2);
  },

  async "prunes up to a moment, and not the one of that moment"(store) {
    const times = [dayAt(3) - 2, dayAt(3) - 1, dayAt(3), dayAt(3) + 1];
    await store.append(
      namespace,
      times.map((at) => readingAt(at)),
    );
    await rollUp(store, 4);
    expectSame("prune", await store.prune(namespace, dayAt(3), 100), 1);
    expectSame("read", await timesOf(store), times.slice(1));
  },

  async "leaves the readings of stale days and of the day before each"(store) {
    await fill(store, [0, 1, 2, 3, 4, 5, 6, 7]);
    await store.rollUp(namespace, dayAt(8));
    const days = await store.staleDays(namespace, 100);
    const kept = days.filter(({ day }) => day !== dayAt(3));
    await save(store, kept);
    expectSame("stale days", await staleNumbers(store), [3]);
    expectSame("prune", await store.prune(namespace, dayAt(7), 100), 4);
    expectSame("days left", await daysOf(store), [2, 3, 6, 7]);
    const [day] = await store.staleDays(namespace, 100);
    expectSame("the stale day", day?.points, [{ at: dayAt(3) + noon, value: 3 }]);
    expectSame("the one before", day?.previous, { at: dayAt(2) + noon, value: 2 });
    await saveAll(store);
    expectSame("prune at last", await store.prune(namespace, dayAt(7), 100), 2);
    expectSame("days left at last", await daysOf(store), [6, 7]);
  },

  async "prunes no more than a limit in a call, and tells 0 when nothing is left to do"(store) {
    await fill(store, [0, 1, 2, 3, 4, 5, 6]);
    await fill(store, [0, 1, 2, 3], other);
    await rollUp(store, 9);
    const pruned: number[] = [];
    for (;;) {
      const count = await store.prune(namespace, dayAt(9), 4);
      pruned.push(count);
      if (count === 0 || pruned.length > 20) break;
    }
    expectSame("pruned at last", pruned.at(-1), 0);
    expectThat(`no call prunes more than 4: ${pruned}`, Math.max(...pruned) <= 4);
    expectSame(
      "pruned in all calls",
      pruned.reduce((sum, count) => sum + count, 0),
      9,
    );
    expectSame("days left", [await daysOf(store), await daysOf(store, other)], [[6], [3]]);
    expectSame("prune up to none", await store.prune(namespace, dayAt(9), 0), 0);
  },

  async "keeps no reading from before the time up to which it was pruned, and counts them"(store) {
    await fill(store, [0, 1, 5]);
    await rollUp(store, 6);
    // Also what no call has come to yet.
    await store.prune(namespace, dayAt(4), 1);
    const before = [2, 3].map((day) => readingAt(dayAt(day) + noon));
    const from = [readingAt(dayAt(4)), readingAt(dayAt(5))];
    expectSame("append", await store.append(namespace, [...before, ...from]), { tooLate: 2 });
    const expected = [dayAt(1) + noon, dayAt(4), dayAt(5), dayAt(5) + noon];
    expectSame("read", await timesOf(store), expected);
    expectSame("stale days", await staleNumbers(store), [4, 5]);
    await store.prune(namespace, dayAt(2), 100);
    const again = await store.append(namespace, [readingAt(dayAt(3))]);
    expectSame("append after an earlier prune", again, { tooLate: 1 });
    expectSame(
      "append of a new series",
      await store.append(namespace, [{ ...readingAt(5), ...other }]),
      {
        tooLate: 1,
      },
    );
    expectSame("read", await timesOf(store), expected);
    const kept = await store.series(namespace, { deviceId: other.deviceId });
    expectSame("series without a reading", kept, []);
  },

  async "leaves rolled up days when it prunes"(store) {
    await fill(store, [0, 1, 2]);
    await rollUp(store, 4);
    const known = await store.rolledDays(namespace, battery, 0, dayAt(9));
    expectSame("rolled up days", known.days.length, 4);
    await store.prune(namespace, dayAt(4), 100);
    expectSame("rolledDays", await store.rolledDays(namespace, battery, 0, dayAt(9)), known);
  },

  async "prunes nothing that is not to be rolled up"(store) {
    await fill(store, [0, 1, 2]);
    await expectRefusal("prune before any rollUp", () => store.prune(namespace, dayAt(1), 100));
    await rollUp(store, 2);
    await expectRefusal("prune later than rollUp", () => store.prune(namespace, dayAt(3), 100));
    for (const lost of lostValues) {
      const of = nameOf(lost);
      await expectRefusal(`prune in the namespace ${of}`, () => store.prune(lost, 0, 100));
      await expectRefusal(`prune before ${of}`, () => store.prune(namespace, lost, 100));
      await expectRefusal(`prune up to ${of}`, () => store.prune(namespace, dayAt(2), lost));
    }
    for (const time of [dayAt(1) + 1, 0.5, Number.NaN]) {
      await expectRefusal(`prune before ${time}`, () => store.prune(namespace, time, 100));
    }
    expectSame("days left", await daysOf(store), [0, 1, 2]);
    expectSame("append", await store.append(namespace, [readingAt(dayAt(0))]), { tooLate: 0 });
  },

  async "erases readings and rolled up days of a user, and tells how many"(store) {
    await fill(store, [0, 1, 2]);
    await fill(store, [1], other);
    await fill(store, [1, 2], { ...battery, userId: "next" });
    await rollUp(store, 2);
    // Two days of each of the two, and two of the next one.
    expectSame("erase", await store.erase(namespace, "user"), 4 + 3);
    expectSame("erase again", await store.erase(namespace, "user"), 0);
    expectSame("days left", [await daysOf(store), await daysOf(store, other)], [[], []]);
    expectSame("series", await store.series(namespace, { userId: "user" }), []);
    const { days, stale } = await store.rolledDays(namespace, battery, 0, dayAt(9));
    expectSame("rolled up days", [days, stale], [[], []]);
    const next = { ...battery, userId: "next" };
    expectSame("days of the next one", await daysOf(store, next), [1, 2]);
    const rolled = await store.rolledDays(namespace, next, 0, dayAt(9));
    expectSame("rolled up days of the next one", rolled.days.length, 1);
  },

  async "keeps nothing of a user who was erased, and all of the others"(store) {
    const readings = [0, 1].map((day) => readingAt(dayAt(day) + noon));
    const next = { ...battery, userId: "next" };
    // Twice each, as two processes do.
    await store.append(namespace, readings);
    await store.append(namespace, readings);
    await rollUp(store, 1);
    await store.append(namespace, [readingAt(dayAt(0))]);
    const stale = await store.staleDays(namespace, 100);
    expectSame("stale days", stale.length, 1);
    await store.erase(namespace, "user");
    expectSame("stale days after it", await store.staleDays(namespace, 100), []);
    for (const [n, late] of [readings, readings].entries()) {
      const ofNext = { ...readingAt(dayAt(n), n), ...next };
      const appended = await store.append(namespace, [...late, ofNext]);
      expectSame("append", appended, { tooLate: 0 });
      expectSame("read", await timesOf(store), []);
      await save(store, stale);
    }
    expectSame("of the next one", await timesOf(store, next), [dayAt(0), dayAt(1)]);
    expectSame("series", await store.series(namespace, { userId: "user" }), []);
    await store.rollUp(namespace, dayAt(5));
    const users = (await store.staleDays(namespace, 100)).map(({ userId }) => userId);
    expectSame("users of stale days", [...new Set(users)], ["next"]);
    const { days } = await store.rolledDays(namespace, battery, 0, dayAt(9));
    expectSame("rolled up days", days, []);
    expectSame("erase again", await store.erase(namespace, "user"), 0);
  },

  async "keeps nothing of a user who was erased before the first reading came"(store) {
    expectSame("erase", await store.erase(namespace, "user"), 0);
    await fill(store, [0, 1]);
    expectSame("read", await timesOf(store), []);
  },

  async "keeps nothing of a user that comes at the same time as the erasure"(store) {
    await fill(store, [0]);
    const append = (n: number) =>
      store.append(namespace, [
        readingAt(dayAt(1) + n),
        readingAt(dayAt(1) + n, n, { metric: `new ${n}` }),
      ]);
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    await Promise.all([
      ...numbers.map(append),
      store.erase(namespace, "user"),
      ...numbers.map((n) => append(10 + n)),
    ]);
    await append(20);
    expectSame("series", await store.series(namespace, { userId: "user" }), []);
    expectSame("read", await timesOf(store), []);
    expectSame("erase again", await store.erase(namespace, "user"), 0);
  },

  async "keeps what one namespace is told from the others"(store) {
    for (const each of [namespace, "other"]) {
      await store.append(
        each,
        [0, 1, 2].map((day) => readingAt(dayAt(day))),
      );
    }
    await store.rollUp(namespace, dayAt(2));
    expectSame("stale days of the other", await store.staleDays("other", 100), []);
    await saveAll(store);
    await store.prune(namespace, dayAt(2), 100);
    const rolled = await store.rolledDays("other", battery, 0, dayAt(9));
    expectSame("rolledDays of the other", rolled, { until: 0, days: [], stale: [] });
    const late = await store.append("other", [readingAt(dayAt(0) + 1)]);
    expectSame("append to the other", late, { tooLate: 0 });
    await store.rollUp("other", dayAt(1));
    const ofOther = await store.staleDays("other", 100);
    expectSame("stale days of the other at last", ofOther.length, 1);
    expectSame("erase", await store.erase(namespace, "user"), 4);
    expectSame("read of the other", (await timesOf(store, battery, "other")).length, 4);
    await store.append("other", [readingAt(dayAt(5))]);
    expectSame("read after the erasure", (await timesOf(store, battery, "other")).length, 5);
    expectSame("days that are stale", (await store.staleDays("other", 100)).length, 1);
  },

  async "erases nobody when no user is named"(store) {
    await fill(store, [0]);
    for (const lost of lostValues) {
      await expectRefusal(`erase of ${nameOf(lost)}`, () => store.erase(namespace, lost));
      await expectRefusal(`erase in the namespace ${nameOf(lost)}`, () =>
        store.erase(lost, "user"),
      );
    }
    expectSame("days left", await daysOf(store), [0]);
  },
};
