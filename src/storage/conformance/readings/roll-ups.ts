import type { ReadingStore, StaleDay } from "../../contracts/index.ts";
import { dayLength } from "../../contracts/reading-store.ts";
import type { Proof } from "../shared/case.ts";
import {
  expectRefusal,
  expectSame,
  expectThat,
  lostValues,
  nameOf,
} from "../shared/expectation.ts";
import { jsonTexts } from "../shared/texts.ts";
import {
  battery,
  dayAt,
  namespace,
  pointsOf,
  readingAt,
  save,
  saveAll,
  staleNumbers,
  staleOf,
} from "./records.ts";

const noon = dayLength / 2;

/** Readings of these days, all of them from before their noon. */
async function fill(store: ReadingStore, ...days: number[]): Promise<void> {
  await store.append(
    namespace,
    days.map((day) => readingAt(dayAt(day) + 1_000)),
  );
}

/** Appends a reading that was not there, of the noon of a day. */
async function addLate(store: ReadingStore, day: number): Promise<void> {
  await store.append(namespace, [readingAt(dayAt(day) + noon)]);
}

function rolledDays(store: ReadingStore, from = 0, to = 100) {
  return store.rolledDays(namespace, battery, dayAt(from), dayAt(to));
}

/** Promises about days that are rolled up. */
export const rollUps: Readonly<Record<string, Proof<ReadingStore>>> = {
  async "rolls nothing up before it is told to"(store) {
    expectSame("rolledDays", await rolledDays(store), { until: 0, days: [], stale: [] });
    await fill(store, 1, 2);
    expectSame("rolledDays", await rolledDays(store), { until: 0, days: [], stale: [] });
    expectSame("staleDays", await store.staleDays(namespace, 10), []);
  },

  async "makes days that have readings stale, and the day after each"(store) {
    await fill(store, 1, 2, 5, 6, 8);
    await store.rollUp(namespace, dayAt(6));
    expectSame("stale days", await staleNumbers(store), [1, 2, 3, 5]);
    const stale = [1, 2, 3, 5].map(dayAt);
    expectSame("rolledDays", await rolledDays(store), { until: dayAt(6), days: [], stale });
  },

  async "makes days stale once, however often it is told to roll them up"(store) {
    await fill(store, 1, 2, 5);
    await store.rollUp(namespace, dayAt(3));
    expectSame("stale days", await staleNumbers(store), [1, 2]);
    await saveAll(store);
    await store.rollUp(namespace, dayAt(3));
    await store.rollUp(namespace, dayAt(1));
    expectSame("stale days when told again", await staleNumbers(store), []);
    expectSame("until", (await rolledDays(store)).until, dayAt(3));
    await store.rollUp(namespace, dayAt(8));
    expectSame("stale days when told more", await staleNumbers(store), [3, 5, 6]);
  },

  async "makes the days of late readings stale again, and the day after each"(store) {
    await fill(store, 1, 2, 5);
    await store.rollUp(namespace, dayAt(6));
    await saveAll(store);
    await addLate(store, 2);
    expectSame("after one of day 2", await staleNumbers(store), [2, 3]);
    await store.append(namespace, [readingAt(dayAt(1) + 1_000, 9, { observedAt: dayAt(9) })]);
    expectSame("after a correction of day 1", await staleNumbers(store), [1, 2, 3]);
    await addLate(store, 5);
    await addLate(store, 6);
    expectSame("after some of days 5 and 6", await staleNumbers(store), [1, 2, 3, 5]);
  },

  async "leaves days as they are when readings come that it had"(store) {
    const at = dayAt(1) + noon;
    const known = readingAt(at, 50);
    await store.append(namespace, [known]);
    await store.rollUp(namespace, dayAt(6));
    await saveAll(store);
    const earlier = readingAt(at, 9, { observedAt: known.observedAt - 1 });
    await store.append(namespace, [known, { ...known }]);
    await store.append(namespace, [earlier]);
    expectSame("stale days", await staleNumbers(store), []);
  },

  async "gives the stale days of all series, the oldest first, up to a limit"(store) {
    const changes = [{}, { deviceId: "bike" }, { userId: "other" }, { metric: "range" }];
    const readings = changes.flatMap((change, n) =>
      [3, 1 + n].map((day) => readingAt(dayAt(day) + n, n, change)),
    );
    await store.append(namespace, readings);
    await store.rollUp(namespace, dayAt(20));
    const found = await staleOf(store);
    const expected = changes.flatMap(({ userId, deviceId, metric }: Partial<StaleDay>, n) => {
      const days = new Set([3, 4, 1 + n, 2 + n]);
      const name = `${userId ?? "user"}/${deviceId ?? "car"}/${metric ?? battery.metric}`;
      return [...days].map((day) => `${day} ${name}`);
    });
    expectSame("all of them", found.toSorted(), expected.toSorted());
    const numbers = await staleNumbers(store);
    const sorted = numbers.toSorted((a, b) => a - b);
    expectSame("their order", numbers, sorted);
    const three = await store.staleDays(namespace, 3);
    expectSame(
      "three of them",
      three.map(({ day }) => day),
      sorted.slice(0, 3).map(dayAt),
    );
    expectSame("none of them", await store.staleDays(namespace, 0), []);
  },

  async "gives a stale day with its readings and the newest one before it"(store) {
    const times = [
      dayAt(1) + noon,
      dayAt(4) - 1,
      dayAt(4),
      dayAt(4) + noon,
      dayAt(5) - 1,
      dayAt(5),
    ];
    await store.append(
      namespace,
      times.map((at, n) => readingAt(at, n === 3 ? null : n)).toReversed(),
    );
    await store.append(namespace, [readingAt(dayAt(3), "ON", { deviceId: "car 2", kind: "hvac" })]);
    await store.rollUp(namespace, dayAt(5));
    const days = await store.staleDays(namespace, 100);
    const first = times[0] ?? 0;
    const expected = [
      { day: dayAt(1), previous: undefined, points: [{ at: first, value: 0 }] },
      { day: dayAt(2), previous: { at: first, value: 0 }, points: [] },
      {
        day: dayAt(3),
        previous: { at: first, value: 0 },
        points: [{ at: dayAt(4) - 1, value: 1 }],
      },
      {
        day: dayAt(4),
        previous: { at: dayAt(4) - 1, value: 1 },
        points: [
          { at: dayAt(4), value: 2 },
          { at: dayAt(4) + noon, value: null },
          { at: dayAt(5) - 1, value: 4 },
        ],
      },
    ].map((day) => ({ ...battery, kind: "vehicle", ...day }));
    const ofCar = days.filter(({ deviceId }) => deviceId === battery.deviceId);
    expectSame("days of the first", ofCar.map(withoutMark), expected);
    const ofOther = days.filter(({ deviceId }) => deviceId !== battery.deviceId);
    const other = { ...battery, deviceId: "car 2", kind: "hvac" };
    const state = { at: dayAt(3), value: "ON" };
    expectSame("days of the other one", ofOther.map(withoutMark), [
      { ...other, day: dayAt(3), previous: undefined, points: [state] },
      { ...other, day: dayAt(4), previous: state, points: [] },
    ]);
    expectThat(
      "each day has a mark",
      days.every(({ mark }) => typeof mark === "string" && mark !== ""),
    );
  },

  async "keeps what days were rolled up to, and gives back those of a range"(store) {
    await fill(store, 1, 2, 4);
    await store.rollUp(namespace, dayAt(6));
    for (const [n, day] of (await store.staleDays(namespace, 100)).entries()) {
      await save(store, [day], `content ${n}`);
    }
    const days = [1, 2, 3, 4, 5].map((day, n) => ({ day: dayAt(day), content: `content ${n}` }));
    expectSame("stale days", await staleNumbers(store), []);
    expectSame("all", await rolledDays(store), { until: dayAt(6), days, stale: [] });
    const some = days.slice(1, 3);
    expectSame("days 2 and 3", await rolledDays(store, 2, 4), {
      until: dayAt(6),
      days: some,
      stale: [],
    });
    const between = await store.rolledDays(namespace, battery, dayAt(2) - 1, dayAt(3) + 1);
    expectSame("between two times of a day", between.days, some);
    const others = [
      store.rolledDays("other", battery, dayAt(0), dayAt(9)),
      store.rolledDays(namespace, { ...battery, userId: "other" }, dayAt(0), dayAt(9)),
      store.rolledDays(namespace, { ...battery, deviceId: "other" }, dayAt(0), dayAt(9)),
      store.rolledDays(namespace, { ...battery, metric: "other" }, dayAt(0), dayAt(9)),
    ];
    for (const other of others) expectSame("days of another series", (await other).days, []);
  },

  async "keeps a content as it is, in place of the one before"(store) {
    await fill(store, 1);
    await store.rollUp(namespace, dayAt(2));
    for (const [n, content] of [...jsonTexts.filter(Boolean), "x".repeat(20_000)].entries()) {
      await saveAll(store, content);
      expectSame("rolledDays", (await rolledDays(store)).days, [{ day: dayAt(1), content }]);
      await store.append(namespace, [readingAt(dayAt(1) + noon + n, n)]);
    }
  },

  async "tells of a stale day in place of what it was rolled up to"(store) {
    await fill(store, 1, 2, 3);
    await store.rollUp(namespace, dayAt(5));
    await saveAll(store, "old");
    await addLate(store, 2);
    expectSame("rolledDays", await rolledDays(store), {
      until: dayAt(5),
      days: [1, 4].map((day) => ({ day: dayAt(day), content: "old" })),
      stale: [dayAt(2), dayAt(3)],
    });
    expectSame("of days 3 and 4", (await rolledDays(store, 3, 5)).stale, [dayAt(3)]);
    expectSame("of day 1", (await rolledDays(store, 1, 2)).stale, []);
  },

  async "keeps no content of a day that was marked again meanwhile"(store) {
    await fill(store, 1, 3);
    await store.rollUp(namespace, dayAt(5));
    const taken = await store.staleDays(namespace, 100);
    await addLate(store, 1);
    await save(store, taken, "too early");
    expectSame("stale days", await staleNumbers(store), [1, 2]);
    const days = [3, 4].map((day) => ({ day: dayAt(day), content: "too early" }));
    const stale = [1, 2].map(dayAt);
    expectSame("rolledDays", await rolledDays(store), { until: dayAt(5), days, stale });
    await saveAll(store, "in time");
    expectSame("rolledDays of day 1", (await rolledDays(store, 1, 2)).days, [
      { day: dayAt(1), content: "in time" },
    ]);
    expectSame("stale days at last", await staleNumbers(store), []);
  },

  async "gives no mark twice, so that one from long before keeps no content"(store) {
    await fill(store, 1);
    await store.rollUp(namespace, dayAt(2));
    const slow = await store.staleDays(namespace, 100);
    await saveAll(store, "first");
    await save(store, slow, "of a day that is not stale");
    expectSame("rolledDays", (await rolledDays(store)).days, [{ day: dayAt(1), content: "first" }]);
    for (let late = 0; late < 3; late++) {
      await store.append(namespace, [readingAt(dayAt(1) + noon + late)]);
      await save(store, slow, "slow");
      expectSame("stale days", await staleNumbers(store), [1]);
      await saveAll(store, "fast");
      expectSame("rolledDays", (await rolledDays(store)).days, [
        { day: dayAt(1), content: "fast" },
      ]);
    }
  },

  async "takes 1,000 days in a call, and none"(store) {
    await store.append(
      namespace,
      Array.from({ length: 1_000 }, (_, n) => readingAt(dayAt(1), n, { deviceId: `car ${n}` })),
    );
    await store.rollUp(namespace, dayAt(2));
    await store.saveDays(namespace, []);
    const days = await store.staleDays(namespace, 2_000);
    expectSame("stale days", days.length, 1_000);
    await store.saveDays(
      namespace,
      days.map(({ userId, deviceId, metric, day, mark }) => {
        return { userId, deviceId, metric, day, mark, content: deviceId };
      }),
    );
    expectSame("stale days at last", await store.staleDays(namespace, 10), []);
    for (const deviceId of ["car 0", "car 500", "car 999"]) {
      const found = await store.rolledDays(namespace, { ...battery, deviceId }, 0, dayAt(9));
      expectSame(`of ${deviceId}`, found.days, [{ day: dayAt(1), content: deviceId }]);
    }
  },

  async "loses no reading that comes while days are rolled up"(store) {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    await fill(store, ...numbers);
    await store.rollUp(namespace, dayAt(9));
    for (const number of numbers) {
      const taken = await store.staleDays(namespace, 100);
      const work = async () => {
        for (const day of taken) await save(store, [day], String(day.points.length));
      };
      await Promise.all([work(), addLate(store, number), work()]);
    }
    await expectCounts(store, 9);
  },

  async "loses no reading that comes at the same time as rollUp"(store) {
    const calls = Array.from({ length: 20 }, (_, n) =>
      n % 5 === 4
        ? () => store.rollUp(namespace, dayAt(((n + 1) / 5) * 2))
        : () => store.append(namespace, [readingAt(dayAt(n % 8) + n, n)]),
    );
    await Promise.all(calls.map((call) => call()));
    await store.rollUp(namespace, dayAt(10));
    await expectCounts(store, 10);
  },

  async "refuses days and times that cannot be"(store) {
    await fill(store, 1);
    await store.rollUp(namespace, dayAt(2));
    const [found] = await store.staleDays(namespace, 1);
    const day = { ...battery, day: dayAt(1), content: "{}", mark: found?.mark ?? "" };
    for (const lost of lostValues) {
      const of = nameOf(lost);
      await expectRefusal(`rollUp in the namespace ${of}`, () => store.rollUp(lost, dayAt(3)));
      await expectRefusal(`rollUp until ${of}`, () => store.rollUp(namespace, lost));
      await expectRefusal(`saveDays in the namespace ${of}`, () => store.saveDays(lost, [day]));
      for (const name of ["userId", "deviceId", "metric", "day", "content", "mark"] as const) {
        await expectRefusal(`saveDays with ${name}: ${of}`, () =>
          store.saveDays(namespace, [{ ...day, [name]: lost }]),
        );
      }
    }
    for (const time of [dayAt(3) + 1, dayAt(3) + 0.5, Number.NaN, -dayLength]) {
      await expectRefusal(`rollUp until ${time}`, () => store.rollUp(namespace, time));
      await expectRefusal(`saveDays of ${time}`, () =>
        store.saveDays(namespace, [day, { ...day, day: time }]),
      );
    }
    const tooMany = Array.from({ length: 1_001 }, () => day);
    await expectRefusal("saveDays of 1,001", () => store.saveDays(namespace, tooMany));
    const stale = [dayAt(1)];
    expectSame("rolledDays", await rolledDays(store), { until: dayAt(2), days: [], stale });
  },
};

function withoutMark({ mark: _mark, ...day }: StaleDay): Omit<StaleDay, "mark"> {
  return day;
}

/** Rolls up what is left to how many readings there are, and expects that of each day before this one. */
async function expectCounts(store: ReadingStore, until: number): Promise<void> {
  for (const day of await store.staleDays(namespace, 100)) {
    await save(store, [day], String(day.points.length));
  }
  const { days, stale } = await rolledDays(store);
  expectSame("stale days", stale, []);
  const points = await pointsOf(store);
  for (let number = 0; number < until; number++) {
    const day = dayAt(number);
    const count = points.filter(({ at }) => at >= day && at < day + dayLength).length;
    const content = days.find((each) => each.day === day)?.content ?? "0";
    expectSame(`readings of day ${number}`, content, String(count));
  }
}
