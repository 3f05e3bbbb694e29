import { DatabaseSync } from "node:sqlite";
import { serve } from "./child.ts";
import { type Engine, makePool } from "./engines.ts";
import { vehicleOf } from "./fleet.ts";
import { Mirror, makeClient, openStorage } from "./own.ts";

/** So many reads by each, one device at a time. */
export interface ReadRound {
  reads: number;
  /** Which goes first. */
  bareFirst: boolean;
}

export interface ReadSample {
  /** µs that a read takes. */
  own: number;
  bare: number;
  /** The bare query as a prepared statement. */
  prepared: number;
  wrong: number;
}

/** Devices in the store. */
const vehicles = 10_000;
/** What the bare query asks for. */
const columns = "id, kind, user_id, vendor, partial, observed_at, received_at, source, payload";
/** Devices that are stored in one call. */
const batch = 1_000;

const [engine, name] = process.argv.slice(2) as [Engine, string];
const { deviceStore } = await openStorage({ engine, name });
const enode = makeClient();
const { namespace } = enode;
const mirror = new Mirror({ enode, store: deviceStore });
for (let from = 0; from < vehicles; from += batch) await fill(from);
const readers =
  engine === "SQLite"
    ? { bare: bareOnSqlite(), own: readAll }
    : { prepared: bareOnPostgres("read"), bare: bareOnPostgres(), own: readAll };

serve(async ({ reads, bareFirst }: ReadRound): Promise<ReadSample> => {
  const random = () => vehicleOf(Math.floor(Math.random() * vehicles), 0).id;
  const ids = Array.from({ length: reads }, random);
  const sample: ReadSample = { own: 0, bare: 0, prepared: 0, wrong: 0 };
  const order = Object.entries(readers);
  for (const [who, read] of bareFirst ? order : order.reverse()) {
    globalThis.gc?.();
    const startedAt = performance.now();
    sample.wrong += await read(ids);
    // The readers have the names of the members.
    sample[who as keyof typeof readers] = ((performance.now() - startedAt) * 1_000) / reads;
  }
  return sample;
});

/** Reads all of them, and tells how many were not what they should be. */
async function readAll(ids: readonly string[]): Promise<number> {
  let wrong = 0;
  for (const id of ids) {
    const device = await mirror.devices.get(id);
    if (device?.data?.id !== id || device.observedAt.getTime() === 0) wrong++;
  }
  return wrong;
}

/** Asks the same table, by a connection of its own. */
function bareOnSqlite(): (ids: readonly string[]) => number {
  const select = new DatabaseSync(name).prepare(
    `SELECT ${columns} FROM enode_records WHERE namespace = ? AND collection = ? AND id = ?`,
  );
  return (ids) => {
    let wrong = 0;
    for (const id of ids) {
      const row = select.get(namespace, "devices", id);
      const vehicle = JSON.parse(String(row?.["payload"]));
      if (vehicle.id !== id || row?.["observed_at"] === 0) wrong++;
    }
    return wrong;
  };
}

/** Asks the same table, by a pool of its own; with a name as a prepared statement. */
function bareOnPostgres(statement?: string): (ids: readonly string[]) => Promise<number> {
  const pool = makePool();
  const named = statement === undefined ? {} : { name: statement };
  const text = `SELECT ${columns} FROM "${name}".enode_records WHERE namespace = $1 AND collection = $2 AND id = $3`;
  return async (ids) => {
    let wrong = 0;
    for (const id of ids) {
      const values = [namespace, "devices", id];
      const [row] = (await pool.query({ ...named, text, values })).rows;
      const vehicle = JSON.parse(row.payload);
      if (vehicle.id !== id || row.observed_at === 0) wrong++;
    }
    return wrong;
  };
}

async function fill(from: number): Promise<void> {
  const records = Array.from({ length: batch }, (_, at) => {
    const vehicle = vehicleOf(from + at, 0);
    return {
      namespace,
      collection: "devices" as const,
      id: vehicle.id,
      kind: "vehicle",
      userId: vehicle.userId,
      vendor: vehicle.vendor,
      identity: `vin:${vehicle.information.vin}`,
      payload: JSON.stringify(vehicle),
      partial: false,
      observedAt: Date.parse(vehicle.lastSeen),
      receivedAt: Date.now(),
      source: "backfill",
    };
  });
  await deviceStore.upsert(records);
}
