import type { Reading, ReadingStore } from "../../contracts/index.ts";
import { replacesReading } from "../../contracts/reading-store.ts";
import type { Proof } from "../shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "../shared/expectation.ts";
import { hostileIds } from "../shared/texts.ts";
import { battery, dayAt, namespace, pointsOf, readingAt, timesOf } from "./records.ts";

const moment = dayAt(0) + 43_200_123;

/** Readings of one time, from the one that every other one replaces to the one that none does. */
const ranked: readonly Reading[] = [
  readingAt(moment, "charging", { observedAt: moment + 1 }),
  readingAt(moment, null, { observedAt: moment + 1.25 }),
  readingAt(moment, null, { observedAt: moment + 1.5 }),
  readingAt(moment, -9, { observedAt: moment + 1.5 }),
  readingAt(moment, 0, { observedAt: moment + 1.5 }),
  readingAt(moment, 80.5, { observedAt: moment + 1.5 }),
  readingAt(moment, 9e300, { observedAt: moment + 1.5 }),
  readingAt(moment, "", { observedAt: moment + 1.5 }),
  readingAt(moment, "10", { observedAt: moment + 1.5 }),
  readingAt(moment, "9", { observedAt: moment + 1.5 }),
  readingAt(moment, "PLUGGED", { observedAt: moment + 1.5 }),
  readingAt(moment, "plugged", { observedAt: moment + 1.5 }),
  readingAt(moment, null, { observedAt: moment + 2 }),
];

/** Promises about readings that come. */
export const appending: Readonly<Record<string, Proof<ReadingStore>>> = {
  async "gives values back as they came"(store) {
    const values = [
      0,
      1,
      -1,
      80.123456789,
      1e-300,
      -9e300,
      2 ** 53,
      "UNKNOWN",
      "1",
      "1.0",
      "",
      null,
    ];
    expectSame(
      "append",
      await store.append(
        namespace,
        values.map((value, n) => readingAt(moment + n, value)),
      ),
      { tooLate: 0 },
    );
    const expected = values.map((value, n) => ({ at: moment + n, value }));
    expectSame("read", await pointsOf(store), expected);
  },

  async "takes no readings at all"(store) {
    expectSame("append", await store.append(namespace, []), { tooLate: 0 });
    expectSame("series", await store.series(namespace, { userId: battery.userId }), []);
  },

  async "keeps a reading once, however often it comes"(store) {
    const reading = readingAt(moment);
    await store.append(namespace, [reading, { ...reading }]);
    await store.append(namespace, [reading, readingAt(moment + 1, 51)]);
    expectSame("read", await pointsOf(store), [
      { at: moment, value: 50 },
      { at: moment + 1, value: 51 },
    ]);
  },

  async "gives readings back in their order, in whichever they came"(store) {
    await store.append(namespace, [readingAt(moment + 5), readingAt(moment + 1)]);
    await store.append(namespace, [
      readingAt(moment + 9),
      readingAt(moment),
      readingAt(moment + 3),
    ]);
    const expected = [0, 1, 3, 5, 9].map((after) => moment + after);
    expectSame("read", await timesOf(store), expected);
  },

  async "keeps the same of two readings of a time, in whichever order they come"(store) {
    for (const [rank, one] of ranked.entries()) {
      for (const [otherRank, other] of ranked.entries()) {
        const deviceId = `${rank} ${otherRank}`;
        await store.append(namespace, [{ ...one, deviceId }]);
        await store.append(namespace, [{ ...other, deviceId }]);
        const { value } = otherRank > rank ? other : one;
        const what = `${told(other)} after ${told(one)}`;
        expectSame(what, await pointsOf(store, { ...battery, deviceId }), [{ at: moment, value }]);
      }
    }
  },

  async "keeps the same of two readings of a time that come in one call"(store) {
    const given = ranked.flatMap((one, rank) =>
      ranked.flatMap((other, otherRank) => {
        const deviceId = `${rank} ${otherRank}`;
        return [
          { ...one, deviceId },
          { ...other, deviceId },
        ];
      }),
    );
    await store.append(namespace, given);
    for (const [rank, one] of ranked.entries()) {
      for (const [otherRank, other] of ranked.entries()) {
        const deviceId = `${rank} ${otherRank}`;
        const { value } = replacesReading(other, one) ? other : one;
        const what = `${told(one)} and ${told(other)}`;
        expectSame(what, await pointsOf(store, { ...battery, deviceId }), [{ at: moment, value }]);
      }
    }
  },

  async "keeps one of 20 readings of a time that come at the same time"(store) {
    // Told of in no order.
    const readings = Array.from({ length: 20 }, (_, n) =>
      readingAt(moment, n, { observedAt: moment + ((n * 7) % 20) }),
    );
    await Promise.all(readings.map((reading) => store.append(namespace, [reading])));
    const newest = readings.find(({ observedAt }) => observedAt === moment + 19);
    expectSame("read", await pointsOf(store), [{ at: moment, value: newest?.value }]);
  },

  async "takes 1,000 readings of one series in a call, and of 1,000 series"(store) {
    const ofOne = Array.from({ length: 1_000 }, (_, n) => readingAt(moment + n, n));
    await store.append(namespace, ofOne);
    const points = await pointsOf(store);
    expectSame("readings of one series", points.length, 1_000);
    expectSame("the last one", points.at(-1), { at: moment + 999, value: 999 });
    const ofMany = Array.from({ length: 1_000 }, (_, n) =>
      readingAt(moment, n, { deviceId: `car ${n}`, userId: "other" }),
    );
    await store.append(namespace, ofMany);
    expectSame("series", (await store.series(namespace, { userId: "other" })).length, 1_000);
    for (const n of [0, 1, 500, 999]) {
      const series = { ...battery, userId: "other", deviceId: `car ${n}` };
      expectSame(`of car ${n}`, await pointsOf(store, series), [{ at: moment, value: n }]);
    }
  },

  async "takes a call again after it has failed, and keeps all of it or nothing"(store) {
    const good = [readingAt(moment, 1), readingAt(moment + 1, 2, { deviceId: "new" })];
    const bad = { ...readingAt(moment + 2), value: Number.NaN };
    await expectRefusal("append", () => store.append(namespace, [...good, bad]));
    expectSame("read after the failure", await pointsOf(store), []);
    expectSame("series", await store.series(namespace, { deviceId: "new" }), []);
    await Promise.all([
      store.append(namespace, good),
      store.append(namespace, [...good, bad]).catch(() => undefined),
      store.append(namespace, good),
    ]);
    expectSame("read", await pointsOf(store), [{ at: moment, value: 1 }]);
    const ofNew = await pointsOf(store, { ...battery, deviceId: "new" });
    expectSame("read of the other one", ofNew, [{ at: moment + 1, value: 2 }]);
  },

  async "refuses a reading without a value that it needs, and others that it cannot keep"(store) {
    for (const lost of lostValues) {
      await expectRefusal(`append in the namespace ${nameOf(lost)}`, () =>
        store.append(lost, [readingAt(moment)]),
      );
      for (const name of ["userId", "deviceId", "kind", "metric"] as const) {
        await expectRefusal(`append with ${name}: ${nameOf(lost)}`, () =>
          store.append(namespace, [{ ...readingAt(moment), [name]: lost }]),
        );
      }
    }
    const changes: readonly Partial<Record<keyof Reading, unknown>>[] = [
      ...["userId", "deviceId", "kind", "metric"].map((name) => ({ [name]: "x".repeat(201) })),
      ...["userId", "deviceId", "kind", "metric", "value"].map((name) => ({ [name]: "a\ud800" })),
      ...[undefined, Number.NaN, Number.POSITIVE_INFINITY, true, {}, "x".repeat(201)].map(
        (value) => ({ value }),
      ),
      ...[undefined, null, Number.NaN, 1.5, -1, "1", 9e15].map((at) => ({ at })),
      ...[undefined, null, Number.NaN, Number.POSITIVE_INFINITY].map((observedAt) => {
        return { observedAt };
      }),
    ];
    for (const change of changes) {
      const [[name, value] = []] = Object.entries(change);
      await expectRefusal(`append with ${name}: ${String(value)}`, () =>
        // What untyped callers give.
        store.append(namespace, [{ ...readingAt(moment), ...(change as Partial<Reading>) }]),
      );
    }
    const tooMany = Array.from({ length: 1_001 }, (_, n) => readingAt(moment + n));
    await expectRefusal("append of 1,001", () => store.append(namespace, tooMany));
    expectSame("read", await pointsOf(store), []);
  },

  async "keeps namespaces, users, devices and metrics apart"(store) {
    const changes: readonly Partial<Reading>[] = [
      {},
      { userId: "other" },
      { deviceId: "other" },
      { metric: "other" },
      { userId: "other", deviceId: "other" },
    ];
    for (const [place, of] of [namespace, "other"].entries()) {
      const readings = changes.map((change, n) => readingAt(moment, 10 * place + n, change));
      await store.append(of, readings);
    }
    for (const [place, of] of [namespace, "other"].entries()) {
      for (const [n, change] of changes.entries()) {
        const found = await pointsOf(store, { ...battery, ...change }, of);
        const what = `read in ${of} of ${JSON.stringify(change)}`;
        expectSame(what, found, [{ at: moment, value: 10 * place + n }]);
      }
    }
    expectSame("read in a third one", await pointsOf(store, battery, "third"), []);
  },

  async "compares IDs exactly, and keeps hostile ones apart"(store) {
    for (const name of ["userId", "deviceId", "metric"] as const) {
      await store.append(
        namespace,
        hostileIds.map((id, n) => readingAt(moment, n, { [name]: id })),
      );
      for (const [n, id] of hostileIds.entries()) {
        const found = await pointsOf(store, { ...battery, [name]: id });
        expectSame(`read of ${name} ${JSON.stringify(id)}`, found, [{ at: moment, value: n }]);
      }
    }
    for (const [n, id] of hostileIds.entries()) {
      await store.append(id, [readingAt(moment, n)]);
    }
    for (const [n, id] of hostileIds.entries()) {
      const found = await pointsOf(store, battery, id);
      expectSame(`read in ${JSON.stringify(id)}`, found, [{ at: moment, value: n }]);
    }
  },

  async "hands out nothing that changes what is kept"(store) {
    const given = [readingAt(moment)];
    await store.append(namespace, given);
    const results = [
      ...given,
      ...(await pointsOf(store)),
      ...(await store.series(namespace, { userId: "user" })),
    ];
    for (const result of results) Object.assign(result, { at: 5, value: 9, userId: "changed" });
    expectSame("read", await pointsOf(store), [{ at: moment, value: 50 }]);
  },
};

function told({ value, observedAt }: Reading): string {
  return `${JSON.stringify(value)} told of at ${observedAt - moment}`;
}
