import { expect, it } from "vitest";
import { memoryStorage } from "../../../src/storage/memory/index.ts";

const ns = "sandbox:client";

it("leaves a day as it is when a reading is told of again, with the same value", async () => {
  const { readingStore } = memoryStorage();
  const reading = { userId: "user", deviceId: "car", metric: "power", kind: "meter", at: 5 };
  await readingStore.append(ns, [{ ...reading, value: null, observedAt: 6 }]);
  await readingStore.rollUp(ns, 86_400_000);
  const known = await readingStore.staleDays(ns, 9);
  expect(known).toHaveLength(1);

  await readingStore.append(ns, [{ ...reading, value: null, observedAt: 99 }]);
  expect(await readingStore.staleDays(ns, 9)).toEqual(known);

  await readingStore.append(ns, [{ ...reading, value: 1, observedAt: 50 }]);
  expect(await readingStore.staleDays(ns, 9)).toEqual(known);
  await readingStore.append(ns, [{ ...reading, value: 1, observedAt: 99 }]);
  expect(await readingStore.staleDays(ns, 9)).not.toEqual(known);
});
