import type { RolledDay, StaleDay } from "../../storage/contracts/index.ts";
import { dayLength } from "../../storage/contracts/reading-store.ts";
import { infoOf } from "../model/metrics.ts";
import type { CheckedReadingStore } from "../store/checked-store.ts";
import { counterSortOf } from "./counter.ts";
import { encodeDay } from "./day-content.ts";

/** Days before the present one that are not rolled up: what is delivered again comes within a day. */
const daysLeft = 2;
/** Days that are rolled up, and readings that are removed, at once. */
const daysAtOnce = 50;
const removedAtOnce = 5_000;

/** What the maintenance of a history has done. */
export interface MaintenanceResult {
  /** Days of series that were rolled up, or rolled up again. */
  rolledDays: number;
  /** Readings that were removed. */
  removedReadings: number;
}

/** How a history is maintained. */
export interface MaintenanceSettings {
  readonly maxAge: number;
  /** Days for which readings are kept; null for ever. */
  readonly keepRaw: number | null;
  readonly now: number;
  readonly signal: AbortSignal | undefined;
}

/** Rolls up days and removes old readings, in small steps. What is interrupted goes on with the next call. */
export async function maintain(
  store: CheckedReadingStore,
  { maxAge, keepRaw, now, signal }: MaintenanceSettings,
): Promise<MaintenanceResult> {
  const today = Math.floor(now / dayLength) * dayLength;
  const until = today - daysLeft * dayLength;
  const result: MaintenanceResult = { rolledDays: 0, removedReadings: 0 };
  signal?.throwIfAborted();
  await store.rollUp(until);
  let saved: ReadonlySet<string> = new Set();
  for (;;) {
    signal?.throwIfAborted();
    const stale = await store.staleDays(daysAtOnce);
    if (stale.length === 0) break;
    // The days of a store that does not save them would come again for ever.
    const keys = new Set(stale.map(keyOf));
    if ([...keys].every((key) => saved.has(key))) {
      throw store.failure("staleDays", "gave days again that were saved");
    }
    saved = keys;
    await store.saveDays(stale.map((each) => rolled(each, maxAge)));
    result.rolledDays += stale.length;
  }
  if (keepRaw === null) return result;
  const before = Math.min(until, today - keepRaw * dayLength);
  for (;;) {
    signal?.throwIfAborted();
    const removed = await store.prune(before, removedAtOnce);
    if (removed === 0) return result;
    result.removedReadings += removed;
  }
}

function rolled(stale: StaleDay, maxAge: number): RolledDay & { mark: string } {
  const { userId, deviceId, kind, metric, day, mark, previous, points } = stale;
  const isExact = infoOf(kind, metric)?.type !== "number";
  const counter = counterSortOf(metric);
  const content = encodeDay({ day, previous, points, isExact, counter }, maxAge);
  return { userId, deviceId, metric, day, mark, content };
}

function keyOf({ userId, deviceId, metric, day, mark }: StaleDay): string {
  return JSON.stringify([userId, deviceId, metric, day, mark]);
}
