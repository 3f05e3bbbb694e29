import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { serve } from "./child.ts";
import { type Engine, makePool } from "./engines.ts";
import { openStorage } from "./own.ts";

export type Appender = "by hand" | "enode-sdk";

/** One reading of each device. */
export interface AppendCommand {
  devices: number;
  /** Its number: readings are 5 minutes apart. */
  round: number;
}

export interface Appended {
  milliseconds: number;
  /** Bytes that all readings take, with their indexes. */
  bytes: number;
  /** Readings that are not there. */
  wrong: number;
}

interface Reading {
  userId: string;
  deviceId: string;
  kind: string;
  metric: string;
  at: number;
  value: number;
  observedAt: number;
}

/** The contract's largest number. */
const batch = 1_000;
const metric = "chargeState.batteryLevel";
// All of them are of this month, or of the last hours of the one before.
const start = Date.now() - 86_400_000;

/** The bare table, in both dialects. */
const columns =
  "device_id text, metric text, at bigint, value double precision, PRIMARY KEY (device_id, metric, at)";
const onConflict = "ON CONFLICT (device_id, metric, at) DO UPDATE SET value = excluded.value";

const [appender, engine, name] = process.argv.slice(2) as [Appender, Engine, string];
const { append, count, size } = await open();

serve(async ({ devices, round }: AppendCommand): Promise<Appended> => {
  globalThis.gc?.();
  let milliseconds = 0;
  for (let from = 0; from < devices; from += batch) {
    const readings = Array.from({ length: batch }, (_, n) => readingOf(from + n, round));
    const startedAt = performance.now();
    await append(readings);
    milliseconds += performance.now() - startedAt;
  }
  return { milliseconds, bytes: await size(), wrong: (round + 1) * devices - (await count()) };
});

function readingOf(device: number, round: number): Reading {
  const at = start + round * 300_000 + (device % 1_000) * 7;
  return {
    userId: idOf(device, "1111"),
    deviceId: idOf(device, "2222"),
    kind: "vehicle",
    metric,
    at,
    value: (device + round) % 100,
    observedAt: at + 60_000,
  };
}

/** In the form of a UUID, in an order that is none. */
function idOf(device: number, part: string): string {
  const hash = Math.imul(device + 1, 0x9e3779b1) >>> 0;
  return `${hash.toString(16).padStart(8, "0")}-${part}-4222-8333-${device.toString(16).padStart(12, "0")}`;
}

interface Contestant {
  append(readings: readonly Reading[]): Promise<unknown>;
  count(): Promise<number>;
  size(): Promise<number>;
}

async function open(): Promise<Contestant> {
  if (engine === "SQLite") return appender === "by hand" ? sqliteByHand() : sqliteOwn();
  const pool = makePool();
  const first = async (sql: string) => Number((await pool.query(sql)).rows[0]?.value);
  const relations = (names: string) => `
    SELECT sum(pg_total_relation_size(pg_class.oid)) AS value
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = '${name}' AND relname LIKE '${names}' AND relkind = 'r'`;
  if (appender === "enode-sdk") {
    const { readingStore } = await openStorage({ engine, name });
    return {
      append: (readings) => readingStore.append("bench", readings),
      count: () => first(`SELECT count(*) AS value FROM "${name}".enode_reading_points`),
      size: () => first(relations("enode_reading_%")),
    };
  }
  const table = `"${name}".readings`;
  await pool.query(`CREATE TABLE ${table} (${columns})`);
  const insert = `INSERT INTO ${table} VALUES ${placeholders((n) => `$${n}`)} ${onConflict}`;
  return {
    append: (readings) => pool.query(insert, valuesOf(readings)),
    count: () => first(`SELECT count(*) AS value FROM ${table}`),
    size: () => first(relations("readings")),
  };
}

function sqliteByHand(): Contestant {
  const database = new DatabaseSync(name);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE readings (${columns})`,
  );
  const insert = database.prepare(
    `INSERT INTO readings VALUES ${placeholders(() => "?")} ${onConflict}`,
  );
  return {
    append: async (readings) => insert.run(...valuesOf(readings)),
    count: async () => Number(database.prepare("SELECT count(*) AS n FROM readings").get()?.["n"]),
    size: async () => sizeOf(database),
  };
}

async function sqliteOwn(): Promise<Contestant> {
  const { readingStore } = await openStorage({ engine, name });
  const database = new DatabaseSync(name);
  return {
    append: (readings) => readingStore.append("bench", readings),
    count: async () =>
      Number(database.prepare("SELECT count(*) AS n FROM enode_readings").get()?.["n"]),
    size: async () => sizeOf(database),
  };
}

/** Of the file, as it is when the journal has been written back. */
function sizeOf(database: DatabaseSync): number {
  database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  return statSync(name).size;
}

function placeholders(nth: (n: number) => string): string {
  const rowOf = (row: number) =>
    `(${[1, 2, 3, 4].map((column) => nth(row * 4 + column)).join(", ")})`;
  return Array.from({ length: batch }, (_, row) => rowOf(row)).join(", ");
}

function valuesOf(readings: readonly Reading[]): (string | number)[] {
  return readings.flatMap(({ deviceId, at, value }) => [deviceId, metric, at, value]);
}
