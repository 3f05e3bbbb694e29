import type {
  Reading,
  ReadingPoint,
  ReadingSeries,
  ReadingStore,
  StaleDay,
} from "../../contracts/index.ts";
import { dayLength } from "../../contracts/reading-store.ts";

/** The namespace of readings that are made without one. */
export const namespace = "production:client";

/** A series of readings that are made without another one. */
export const battery: ReadingSeries = {
  userId: "user",
  deviceId: "car",
  metric: "chargeState.batteryLevel",
};

/** When the day of a number begins, of days that follow each other. */
export function dayAt(number: number): number {
  return (20_000 + number) * dayLength;
}

/** A reading of {@link battery}, told of a minute later, unless told otherwise. */
export function readingAt(
  at: number,
  value: Reading["value"] = 50,
  change: Partial<Reading> = {},
): Reading {
  return { ...battery, kind: "vehicle", at, value, observedAt: at + 60_000, ...change };
}

/** All that is kept of a series. */
export function pointsOf(
  store: ReadingStore,
  series: ReadingSeries = battery,
  of: string = namespace,
): Promise<ReadingPoint[]> {
  return store.read(of, series, { from: 0, to: dayAt(10_000), limit: 10_000 });
}

/** Times of what is kept of a series. */
export async function timesOf(
  store: ReadingStore,
  series: ReadingSeries = battery,
  of: string = namespace,
): Promise<number[]> {
  return (await pointsOf(store, series, of)).map(({ at }) => at);
}

/** A series as a text, for messages. */
export function textOf({ userId, deviceId, metric }: ReadingSeries): string {
  return `${userId}/${deviceId}/${metric}`;
}

/** All stale days as texts, the oldest first: those of one day in any order. */
export async function staleOf(store: ReadingStore, of: string = namespace): Promise<string[]> {
  const days = await store.staleDays(of, 10_000);
  return days.map((day) => `${day.day / dayLength - 20_000} ${textOf(day)}`);
}

/** Numbers of the stale days, whatever their series. */
export async function staleNumbers(store: ReadingStore): Promise<number[]> {
  const days = await store.staleDays(namespace, 10_000);
  return days.map(({ day }) => day / dayLength - 20_000);
}

/** Rolls stale days up to a content. */
export async function save(
  store: ReadingStore,
  days: readonly StaleDay[],
  content = "{}",
): Promise<void> {
  await store.saveDays(
    namespace,
    days.map(({ userId, deviceId, metric, day, mark }) => {
      return { userId, deviceId, metric, day, mark, content };
    }),
  );
}

/** Rolls all stale days up. */
export async function saveAll(store: ReadingStore, content = "{}"): Promise<void> {
  await save(store, await store.staleDays(namespace, 10_000), content);
}
