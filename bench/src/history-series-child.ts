import { DatabaseSync } from "node:sqlite";
import { serve } from "./child.ts";
import { type Engine, makePool } from "./engines.ts";
import { History, makeClient, openStorage } from "./own.ts";

export type SeriesCommand =
  | { what: "read"; reads: number; bareFirst: boolean }
  /** Rolls up what is there, so that it is read from that from then on. */
  | { what: "roll up" };

export interface SeriesSample {
  /** ms that a read takes. */
  own: number;
  bare: number;
  wrong: number;
}

const day = 86_400_000;
const step = 300_000;
const every = 3_600_000;
const devices = 10;
const metric = "chargeState.batteryLevel";
// 30 days, all of which are over.
const to = Math.floor(Date.now() / day) * day - 5 * day;
const from = to - 30 * day;
const perDevice = (to - from) / step;

const [engine, name] = process.argv.slice(2) as [Engine, string];
const { readingStore } = await openStorage({ engine, name });
const enode = makeClient();
const history = new History({ enode, store: readingStore, keepRaw: null });
const bare = engine === "SQLite" ? bareOnSqlite() : await bareOnPostgres();
for (let device = 0; device < devices; device++) {
  for (let first = 0; first < perDevice; first += 1_000) {
    const count = Math.min(1_000, perDevice - first);
    const readings = Array.from({ length: count }, (_, n) => readingOf(device, first + n));
    await readingStore.append(enode.namespace, readings);
    await bare.insert(readings);
  }
}
await bare.ready();

serve(async (command: SeriesCommand): Promise<SeriesSample> => {
  const sample: SeriesSample = { own: 0, bare: 0, wrong: 0 };
  if (command.what === "roll up") {
    await history.maintain();
    return sample;
  }
  const { reads, bareFirst } = command;
  const readers = { bare: readBare, own: readOwn };
  const order = ["bare", "own"] as const;
  for (const who of bareFirst ? order : order.toReversed()) {
    globalThis.gc?.();
    const startedAt = performance.now();
    for (let n = 0; n < reads; n++) sample.wrong += await readers[who](idOf(n % devices));
    sample[who] = (performance.now() - startedAt) / reads;
  }
  return sample;
});

interface Reading {
  userId: string;
  deviceId: string;
  kind: string;
  metric: string;
  at: number;
  value: number;
  observedAt: number;
}

function readingOf(device: number, n: number): Reading {
  const deviceId = idOf(device);
  const at = from + n * step;
  return { userId: deviceId, deviceId, kind: "vehicle", metric, at, value: n % 97, observedAt: at };
}

function idOf(device: number): string {
  return `0000000${device}-2222-4222-8333-00000000000${device}`;
}

/** How many parts are not what they should be. */
function wrongOf(parts: readonly { count: unknown; min: unknown; max: unknown }[]): number {
  const isRight = (n: number) => {
    const { count, min, max } = parts[n] ?? {};
    const values = Array.from({ length: every / step }, (_, at) => (n * (every / step) + at) % 97);
    // What holds from the hour before counts, too.
    const least = Number(min) <= Math.min(...values);
    return Number(count) === values.length && least && Number(max) >= Math.max(...values);
  };
  const expected = (to - from) / every;
  return Array.from({ length: expected }, (_, n) => isRight(n)).filter((is) => !is).length;
}

async function readOwn(deviceId: string): Promise<number> {
  const query = { deviceId, metric, from: new Date(from), to: new Date(to), every: "1h" } as const;
  return wrongOf((await history.series(query)).points);
}

async function readBare(deviceId: string): Promise<number> {
  return wrongOf(await bare.read(deviceId));
}

interface Bare {
  insert(readings: readonly Reading[]): Promise<void>;
  ready(): Promise<unknown>;
  read(deviceId: string): Promise<readonly { count: unknown; min: unknown; max: unknown }[]>;
}

function bareOnSqlite(): Bare {
  const database = new DatabaseSync(name);
  database.exec(`CREATE TABLE bare (${columns()}) `);
  const insert = database.prepare("INSERT INTO bare VALUES (?, ?, ?, ?)");
  const select = database.prepare(selectOf("bare", ["?", "?", "?", "?"]));
  return {
    async insert(readings) {
      database.exec("BEGIN");
      for (const { deviceId, at, value } of readings) insert.run(deviceId, metric, at, value);
      database.exec("COMMIT");
    },
    ready: async () => database.exec("ANALYZE bare"),
    // Rows have the members that the statement names.
    read: async (deviceId) => select.all(deviceId, metric, from, to) as never,
  };
}

async function bareOnPostgres(): Promise<Bare> {
  const pool = makePool();
  const table = `"${name}".bare`;
  await pool.query(`CREATE TABLE ${table} (${columns()})`);
  const select = selectOf(table, ["$1", "$2", "$3", "$4"]);
  return {
    async insert(readings) {
      await pool.query(
        `INSERT INTO ${table} SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::float8[])`,
        [
          readings.map(({ deviceId }) => deviceId),
          readings.map(() => metric),
          readings.map(({ at }) => at),
          readings.map(({ value }) => value),
        ],
      );
    },
    ready: () => pool.query(`VACUUM ANALYZE ${table}`),
    read: async (deviceId) => (await pool.query(select, [deviceId, metric, from, to])).rows,
  };
}

function columns(): string {
  return "device_id text, metric text, at bigint, value double precision, PRIMARY KEY (device_id, metric, at)";
}

function selectOf(table: string, [device, of, since, until]: readonly string[]): string {
  return `
    SELECT at / ${every} AS hour, count(*) AS count, min(value) AS min, max(value) AS max, avg(value) AS mean
    FROM ${table} WHERE device_id = ${device} AND metric = ${of} AND at >= ${since} AND at < ${until}
    GROUP BY 1 ORDER BY 1`;
}
