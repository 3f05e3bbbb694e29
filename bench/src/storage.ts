import { type ApplyPlan, measureApplying } from "./applying.ts";
import { type BackfillPlan, measureBackfilling } from "./backfilling.ts";
import { engines, Places } from "./engines.ts";
import { measureReading, type ReadPlan } from "./reading.ts";
import type { Section } from "./report.ts";

/** How long to measure. */
export interface StoragePlan {
  apply: ApplyPlan;
  backfill: BackfillPlan;
  read: ReadPlan;
}

/** Keeping events, filling a mirror and reading from it, on each engine that is there. */
export async function measureStorage(plan: StoragePlan): Promise<Section> {
  const places = await Places.make();
  try {
    const parts = [
      await measureApplying(places, plan.apply),
      await measureReading(places, plan.read),
      await measureBackfilling(places, plan.backfill),
    ];
    const missing = engines.filter((engine) => !places.engines.includes(engine));
    return {
      title: "Storage and the mirror",
      about: about.concat(missing.map((engine) => ` There was no ${engine}.`).join("")),
      tables: parts.flatMap(({ tables = [] }) => tables),
      goals: parts
        .flatMap(({ goals = [] }) => goals)
        .concat(
          missing.map((engine) => ({
            what: `All of this on ${engine}`,
            limit: "",
            measured: "it is not there",
            met: false,
          })),
        ),
      wrong: parts.reduce((sum, { wrong = 0 }) => sum + wrong, 0),
    };
  } finally {
    await places.remove();
  }
}

const about =
  'Events: signed deliveries of 100 events `user:vehicle:updated` of 1.5 kB each, about 3,000 vehicles, handed to a `WebhookReceiver` with a store and a `Mirror` attached, one after the other, until all are handled (`concurrency: 400`, so that the next deliveries find room while the events of the last one are applied). By hand is what one writes without a library: check the HMAC and parse; one transaction that inserts the delivery and, row by row, its events, then one that upserts, row by row, each device by `INSERT … ON CONFLICT DO UPDATE … WHERE` it is newer, and removes the events; prepared statements, tables and indexes of the same shape, both transactions on the disk when they are over (SQLite: WAL, `synchronous = FULL`). enode-sdk waits for the disk when it keeps a delivery, and not when it applies one, as that can be done again. Each has a process and tables of its own, on the same disk and server, and they take turns round by round; at the end both must have the newest state of each vehicle. Reads: `mirror.devices.get(id)` in turns with a `SELECT` of the same columns by primary key and `JSON.parse` of the payload: a prepared statement on SQLite; on PostgreSQL `pool.query(text, values)`, which every pool and pooler takes, and for comparison the same as a named, prepared statement, which poolers may not. Backfill: `mirror.backfill({ kinds: ["vehicle"], pageSize: 100 })` into new tables, against `for await (const page of enode.vehicles.list({ pageSize: 100 }).pages())` over the same sandbox, which is a process of its own: once with answers held back by 25 ms, as by the way to a server elsewhere, and once over loopback as fast as it can, where nothing is waited for and the database is most of what there is to do. Heap is sampled: its peak every 10 ms, and what is held, after a forced collection, every 100 ms.';
