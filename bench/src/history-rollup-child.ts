import { serve } from "./child.ts";
import type { Engine } from "./engines.ts";
import { History, makeClient, openStorage } from "./own.ts";

/** So many devices, each with some days that are over. */
export interface RollUpCommand {
  devices: number;
}

export interface RolledUp {
  /** Days of series. */
  days: number;
  seconds: number;
  /** MB of heap that were held before, and the most meanwhile, after forced collections. */
  before: number;
  most: number;
}

const day = 86_400_000;
const days = 5;
const step = 2 * 3_600_000;
const batch = 1_000;
/** Portions of days between two collections. */
const between = 20;
const start = Math.floor(Date.now() / day) * day - 10 * day;

const [engine, name] = process.argv.slice(2) as [Engine, string];
const { readingStore } = await openStorage({ engine, name });
const enode = makeClient();

serve(async ({ devices }: RollUpCommand): Promise<RolledUp> => {
  for (let round = 0; round < (days * day) / step; round++) {
    for (let first = 0; first < devices; first += batch) {
      const count = Math.min(batch, devices - first);
      await readingStore.append(
        enode.namespace,
        Array.from({ length: count }, (_, n) => readingOf(first + n, start + round * step)),
      );
    }
  }
  const before = held();
  let most = 0;
  let portions = 0;
  const store = {
    ...readingStore,
    async saveDays(...given: Parameters<typeof readingStore.saveDays>) {
      await readingStore.saveDays(...given);
      if (portions++ % between === 0) most = Math.max(most, held());
    },
  };
  const startedAt = performance.now();
  const { rolledDays } = await new History({ enode, store, keepRaw: 3 }).maintain();
  return { days: rolledDays, seconds: (performance.now() - startedAt) / 1_000, before, most };
});

function readingOf(device: number, at: number) {
  const deviceId = `device-${device}`;
  return {
    userId: `user-${device}`,
    deviceId,
    kind: "vehicle",
    metric: "chargeState.batteryLevel",
    at,
    value: (device + at / step) % 100,
    observedAt: at,
  };
}

function held(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_000_000;
}
