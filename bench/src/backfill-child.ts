import { serve } from "./child.ts";
import type { Place } from "./engines.ts";
import { type Access, Mirror, makeClient, openStorage } from "./own.ts";

/** One backfill into a place with nothing in it; without a place, paging alone. */
export interface BackfillCommand {
  access: Access;
  place?: Place;
  /** Collect garbage before each sample of the heap, so that only what is held counts. */
  forced: boolean;
}

export interface Backfilled {
  milliseconds: number;
  /** Vehicles that came, or that are in the store. */
  vehicles: number;
  /** The highest of the samples of the heap, in MB. */
  heap: number;
}

type Client = ReturnType<typeof makeClient>;

const pageSize = 100;

serve(({ access, place, forced }: BackfillCommand): Promise<Backfilled> => {
  const enode = makeClient(access);
  return place === undefined ? page(enode, forced) : backfill(enode, place, forced);
});

async function page(enode: Client, forced: boolean): Promise<Backfilled> {
  let vehicles = 0;
  const measured = await watch(forced, async () => {
    for await (const { data } of enode.vehicles.list({ pageSize }).pages()) vehicles += data.length;
  });
  return { ...measured, vehicles };
}

async function backfill(enode: Client, place: Place, forced: boolean): Promise<Backfilled> {
  const { deviceStore, close } = await openStorage(place);
  const mirror = new Mirror({ enode, store: deviceStore });
  // The others, as there are none of them, would cost a request each.
  const work = () => mirror.backfill({ kinds: ["vehicle"], pageSize });
  const measured = await watch(forced, work);
  let vehicles = 0;
  let after: string | undefined;
  do {
    const query = { collection: "devices", kind: "vehicle", limit: 1_000, after } as const;
    const found = await deviceStore.list(enode.namespace, query);
    vehicles += found.length;
    after = found.at(-1)?.id;
  } while (after !== undefined);
  await close();
  return { ...measured, vehicles };
}

/** Does some work, and looks at the heap meanwhile. */
async function watch(
  forced: boolean,
  work: () => Promise<unknown>,
): Promise<Omit<Backfilled, "vehicles">> {
  let heap = 0;
  const sample = () => {
    if (forced) globalThis.gc?.();
    heap = Math.max(heap, process.memoryUsage().heapUsed / 1e6);
  };
  globalThis.gc?.();
  const timer = setInterval(sample, forced ? 100 : 10);
  const startedAt = performance.now();
  await work();
  const milliseconds = performance.now() - startedAt;
  clearInterval(timer);
  sample();
  return { milliseconds, heap };
}
