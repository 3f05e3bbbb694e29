import { createHmac, timingSafeEqual } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type pg from "pg";
import { secret } from "./deliveries.ts";
import { makePool, type Place } from "./engines.ts";
import type { Delivery, vehicleOf } from "./fleet.ts";

/** What someone writes who keeps events and applies them without a library. */
export interface ByHand {
  /** Keeps a delivery, then applies its events: two transactions, each on the disk when it is over. */
  apply(delivery: Delivery): Promise<void>;
  /** The vehicles that it knows, as JSON texts. */
  payloads(): Promise<string[]>;
}

type Vehicle = ReturnType<typeof vehicleOf>;

interface Event {
  event: string;
  createdAt: string;
  user: { id: string };
  vehicle: Vehicle;
}

const namespace = "sandbox:bench";

/** Two dialects of the same. */
const tables = ({ id, real, prefix }: { id: string; real: string; prefix: string }): string => `
  CREATE TABLE ${prefix}deliveries (
    id ${id}, namespace TEXT NOT NULL, digest TEXT NOT NULL, delivery_id TEXT,
    received_at BIGINT NOT NULL, UNIQUE (namespace, digest)
  );
  CREATE TABLE ${prefix}events (
    id ${id}, delivery BIGINT NOT NULL REFERENCES ${prefix}deliveries (id), namespace TEXT NOT NULL,
    place INTEGER NOT NULL, lane TEXT, payload TEXT NOT NULL, UNIQUE (delivery, place)
  );
  CREATE INDEX events_lane ON ${prefix}events (namespace, lane, id);
  CREATE TABLE ${prefix}devices (
    namespace TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, user_id TEXT, vendor TEXT, vin TEXT,
    observed_at ${real} NOT NULL, received_at ${real} NOT NULL, source TEXT NOT NULL, payload TEXT,
    UNIQUE (namespace, id)
  );
  CREATE INDEX devices_user ON ${prefix}devices (namespace, user_id);
  CREATE INDEX devices_vin ON ${prefix}devices (namespace, vin);`;

const insertDelivery = (table: string): string => `
  INSERT INTO ${table} (namespace, digest, delivery_id, received_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING RETURNING id`;

const insertEvent = (table: string): string => `
  INSERT INTO ${table} (delivery, namespace, place, lane, payload) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING`;

const upsertDevice = (table: string): string => `
  INSERT INTO ${table} AS d
    (namespace, id, kind, user_id, vendor, vin, observed_at, received_at, source, payload)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (namespace, id) DO UPDATE SET
    kind = excluded.kind, user_id = excluded.user_id, vendor = excluded.vendor, vin = excluded.vin,
    observed_at = excluded.observed_at, received_at = excluded.received_at, source = excluded.source,
    payload = excluded.payload
  WHERE excluded.observed_at > d.observed_at`;

export function byHandOnSqlite({ name }: Place): ByHand {
  const database = new DatabaseSync(name);
  database.exec("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000");
  database.exec(tables({ id: "INTEGER PRIMARY KEY", real: "REAL", prefix: "" }));
  // The numbers of its parameters are names to node:sqlite, unless they are question marks.
  const prepare = (sql: string) => database.prepare(sql.replaceAll("$", "?"));
  const addDelivery = prepare(insertDelivery("deliveries"));
  const addEvent = prepare(insertEvent("events"));
  const upsert = prepare(upsertDevice("devices"));
  const removeEvents = prepare("DELETE FROM events WHERE delivery = $1");
  const transact = <T>(work: () => T): T => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    async apply(delivery) {
      const { digest, deliveryId, events } = verify(delivery);
      const receivedAt = Date.now();
      const id = transact(() => {
        const row = addDelivery.get(namespace, digest, deliveryId, receivedAt);
        if (row === undefined) return undefined;
        events.forEach((event, place) => {
          addEvent.run(
            Number(row["id"]),
            namespace,
            place,
            event.vehicle.id,
            JSON.stringify(event),
          );
        });
        return Number(row["id"]);
      });
      if (id === undefined) return;
      transact(() => {
        for (const event of events) upsert.run(...toRow(event, receivedAt));
        removeEvents.run(id);
      });
    },
    async payloads() {
      return database
        .prepare("SELECT payload FROM devices")
        .all()
        .map(({ payload }) => String(payload));
    },
  };
}

export async function byHandOnPostgres({ name }: Place): Promise<ByHand> {
  const prefix = `"${name}".`;
  const pool = makePool();
  await pool.query(
    tables({
      id: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
      real: "DOUBLE PRECISION",
      prefix,
    }),
  );
  const addDelivery = { name: "add-delivery", text: insertDelivery(`${prefix}deliveries`) };
  const addEvent = { name: "add-event", text: insertEvent(`${prefix}events`) };
  const upsert = { name: "upsert", text: upsertDevice(`${prefix}devices`) };
  const removeEvents = {
    name: "remove-events",
    text: `DELETE FROM ${prefix}events WHERE delivery = $1`,
  };
  const transact = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  };
  return {
    async apply(delivery) {
      const { digest, deliveryId, events } = verify(delivery);
      const receivedAt = Date.now();
      const id = await transact(async (client) => {
        const values = [namespace, digest, deliveryId, receivedAt];
        const { rows } = await client.query<{ id: string }>({ ...addDelivery, values });
        const [row] = rows;
        if (row === undefined) return undefined;
        for (const [place, event] of events.entries()) {
          const values = [row.id, namespace, place, event.vehicle.id, JSON.stringify(event)];
          await client.query({ ...addEvent, values });
        }
        return row.id;
      });
      if (id === undefined) return;
      await transact(async (client) => {
        for (const event of events) {
          await client.query({ ...upsert, values: toRow(event, receivedAt) });
        }
        await client.query({ ...removeEvents, values: [id] });
      });
    },
    async payloads() {
      const { rows } = await pool.query<{ payload: string }>(
        `SELECT payload FROM ${prefix}devices`,
      );
      return rows.map(({ payload }) => payload);
    },
  };
}

function toRow({ createdAt, user, vehicle }: Event, receivedAt: number): (string | number)[] {
  const { id, vendor, information } = vehicle;
  const row = [namespace, id, "vehicle", user.id, vendor, information.vin];
  return [...row, Date.parse(createdAt), receivedAt, "webhook", JSON.stringify(vehicle)];
}

/** The signature is what tells deliveries apart: it is a hash of all that was signed. */
function verify({ body, headers }: Delivery): {
  digest: string;
  deliveryId: string;
  events: Event[];
} {
  const hash = createHmac("sha1", secret).update(body).digest("hex");
  const expected = Buffer.from(`sha1=${hash}`);
  const given = Buffer.from(headers["x-enode-signature"] ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error("the signature is wrong");
  }
  return {
    digest: hash,
    deliveryId: headers["x-enode-delivery"] ?? "",
    events: JSON.parse(body.toString()),
  };
}
