import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { safeReason } from "../../../src/shared/store-reason.ts";
import type { ReadingStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";

type Call = (store: ReadingStore, value: never) => Promise<unknown>;

const ns = "sandbox:client";
const day = 86_400_000;
const series = { userId: "u", deviceId: "d", metric: "m" };
const reading = { ...series, kind: "vehicle", at: 1, value: 1, observedAt: 1 };
const rolled = { ...series, day: 0, mark: "1", content: "{}" };
const range = { from: 0, to: 9, limit: 9 };

const texts: readonly [parameter: string, method: string, call: Call][] = [
  ["namespace", "append", (store, lost) => store.append(lost, [])],
  ["namespace", "series", (store, lost) => store.series(lost, { userId: "u" })],
  ["namespace", "read", (store, lost) => store.read(lost, series, range)],
  ["namespace", "rolledDays", (store, lost) => store.rolledDays(lost, series, 0, 9)],
  ["namespace", "rollUp", (store, lost) => store.rollUp(lost, day)],
  ["namespace", "staleDays", (store, lost) => store.staleDays(lost, 9)],
  ["namespace", "saveDays", (store, lost) => store.saveDays(lost, [])],
  ["namespace", "prune", (store, lost) => store.prune(lost, 0, 9)],
  ["namespace", "erase", (store, lost) => store.erase(lost, "u")],
  ["userId", "erase", (store, lost) => store.erase(ns, lost)],
  ["userId", "series", (store, lost) => store.series(ns, { deviceId: "d", userId: lost })],
  ["deviceId", "series", (store, lost) => store.series(ns, { userId: "u", deviceId: lost })],
  ["kind", "append", (store, kind) => store.append(ns, [reading, { ...reading, kind }])],
  ...(["userId", "deviceId", "metric"] as const).flatMap((name): [string, string, Call][] => [
    [name, "append", (store, lost) => store.append(ns, [reading, { ...reading, [name]: lost }])],
    [name, "read", (store, lost) => store.read(ns, { ...series, [name]: lost }, range)],
    [name, "rolledDays", (store, lost) => store.rolledDays(ns, { ...series, [name]: lost }, 0, 9)],
    [name, "saveDays", (store, lost) => store.saveDays(ns, [{ ...rolled, [name]: lost }])],
  ]),
];

const others: readonly [parameter: string, method: string, call: Call, values: unknown[]][] = [
  [
    "readings",
    "append",
    (store, readings) => store.append(ns, readings),
    [undefined, {}, Array.from({ length: 1_001 }, () => reading)],
  ],
  [
    "days",
    "saveDays",
    (store, days) => store.saveDays(ns, days),
    [undefined, {}, Array.from({ length: 1_001 }, () => rolled)],
  ],
  [
    "at",
    "append",
    (store, at) => store.append(ns, [{ ...reading, at }]),
    [undefined, null, "1", Number.NaN, 0.5, -1, 8.64e15 + 1],
  ],
  [
    "observedAt",
    "append",
    (store, observedAt) => store.append(ns, [{ ...reading, observedAt }]),
    [undefined, null, "1", Number.NaN, Number.POSITIVE_INFINITY],
  ],
  [
    "value",
    "append",
    (store, value) => store.append(ns, [{ ...reading, value }]),
    [undefined, true, Number.NaN, Number.NEGATIVE_INFINITY, {}, "\ud800", "a\0", "x".repeat(201)],
  ],
  ...(["from", "to"] as const).flatMap((name): (typeof others)[number][] => [
    [
      name,
      "read",
      (store, time) => store.read(ns, series, { ...range, [name]: time }),
      [undefined, null, "", Number.NaN, 0.5, -1, Number.POSITIVE_INFINITY],
    ],
    [
      name,
      "rolledDays",
      (store, time) =>
        name === "from"
          ? store.rolledDays(ns, series, time, 9)
          : store.rolledDays(ns, series, 0, time),
      [undefined, null, "", Number.NaN, 0.5, -1, Number.POSITIVE_INFINITY],
    ],
  ]),
  [
    "limit",
    "read",
    (store, limit) => store.read(ns, series, { ...range, limit }),
    [undefined, null, "", -1, 0.5],
  ],
  ["limit", "staleDays", (store, limit) => store.staleDays(ns, limit), [undefined, null, "", -1]],
  ["limit", "prune", (store, limit) => store.prune(ns, 0, limit), [undefined, null, "", -1]],
  ["until", "rollUp", (store, until) => store.rollUp(ns, until), [undefined, null, "", 1, -day]],
  ["before", "prune", (store, before) => store.prune(ns, before, 9), [undefined, null, "", 1, day]],
  ["day", "saveDays", (store, time) => store.saveDays(ns, [{ ...rolled, day: time }]), [null, 1]],
  [
    "content",
    "saveDays",
    (store, content) => store.saveDays(ns, [{ ...rolled, content }]),
    [undefined, null, "", "\ud800", "\0"],
  ],
  [
    "mark",
    "saveDays",
    (store, mark) => store.saveDays(ns, [{ ...rolled, mark }]),
    [undefined, null, ""],
  ],
  ["query", "series", (store, query) => store.series(ns, query), [{}]],
  ["userID", "series", (store, userID) => store.series(ns, { userID } as never), ["u"]],
  [
    "withLast",
    "read",
    (store, withLast) => store.read(ns, series, { ...range, withLast } as never),
    [true],
  ],
];

async function expectRefusal(call: Call, value: unknown, parameter: string): Promise<void> {
  const { readingStore } = memoryStorage();
  const error: unknown = await call(readingStore, value as never).then(
    (answer) => expect.unreachable(`${String(value)} gave ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  expect(isConfigurationError(error)).toBe(true);
  expect(error).toMatchObject({ parameter });
  expect(safeReason(error)).toContain(parameter);
  expect(await readingStore.series(ns, { userId: "u" })).toEqual([]);
}

describe("a store of readings", () => {
  it.each(texts)(
    "refuses %s by its name in %s when it is no text that it can keep",
    async (name, _method, call) => {
      for (const value of [undefined, null, "", "x".repeat(201), "\ud800", "a\0", 5]) {
        await expectRefusal(call, value, name);
      }
    },
  );

  it.each(others)(
    "refuses %s by its name in %s when it cannot be",
    async (name, _method, call, values) => {
      for (const value of values) await expectRefusal(call, value, name);
    },
  );

  it("takes what is as long as can be", async () => {
    const { readingStore } = memoryStorage();
    const text = "ü".repeat(200);
    const long = { userId: text, deviceId: text, metric: text, kind: text, value: text };
    await readingStore.append(text, [{ ...long, at: 8.64e15, observedAt: -0.5 }]);

    const found = await readingStore.read(text, long, {
      from: 0,
      to: 8.64e15,
      limit: 9,
      withPrevious: true,
    });
    expect(found).toEqual([]);
    expect(await readingStore.series(text, { deviceId: text })).toMatchObject([
      { lastAt: 8.64e15 },
    ]);
  });
});
