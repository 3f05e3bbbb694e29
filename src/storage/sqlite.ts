/**
 * Stores in an SQLite file, by `node:sqlite`. Several processes of one machine may share the file.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { EventStore } from "./contracts.ts";
import { sqliteEventStore } from "./sqlite-events.ts";

/** The stores of {@link sqliteStorage}. */
export interface SqliteStorage {
  readonly eventStore: EventStore;
  /** Closes the file. Stop what uses the stores first. */
  close(): void;
}

/** Version of the tables. It grows with every change of them. */
const schemaVersion = 1;
/** SQLite's code for a file that another connection has locked. */
const busy = 5;
/** For 2 s, as for the other locks. */
const maxTries = 100;

/**
 * Opens an SQLite file, and makes it when it is not there. The file holds personal data of your users:
 * keep it where only your service can read it.
 *
 * @throws Error when the file cannot be opened, is no database, or was made by a newer version.
 *
 * @example
 * ```ts
 * import { sqliteStorage } from "enode-sdk/storage/sqlite";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const { eventStore } = sqliteStorage({ path: "enode.db" });
 * const receiver = new WebhookReceiver({
 *   secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
 *   store: eventStore,
 * });
 * receiver.start();
 * ```
 */
export function sqliteStorage({ path }: { path: string }): SqliteStorage {
  const database = new DatabaseSync(path);
  try {
    migrate(database);
    return { eventStore: sqliteEventStore(database), close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  // Waiting for another process blocks this one, so it is not for long; who waited in vain tries again.
  database.exec("PRAGMA busy_timeout = 2000");
  writeAhead(database);
  // FULL, as what was appended has been acknowledged, and must outlive a power cut.
  database.exec("PRAGMA synchronous = FULL");
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > schemaVersion) {
    throw new Error(
      `The SQLite file has tables of version ${version}; this version of enode-sdk knows them up to ${schemaVersion}. Update enode-sdk.`,
    );
  }
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS enode_deliveries (
      id INTEGER PRIMARY KEY,
      namespace TEXT NOT NULL,
      digest TEXT NOT NULL,
      delivery_id TEXT,
      received_at INTEGER NOT NULL,
      UNIQUE (namespace, digest)
    ) STRICT;
    -- Only events that are still to be handled, or dead; AUTOINCREMENT, as the ID is their order.
    CREATE TABLE IF NOT EXISTS enode_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      delivery INTEGER NOT NULL REFERENCES enode_deliveries (id),
      namespace TEXT NOT NULL,
      place INTEGER NOT NULL,
      lane TEXT,
      payload TEXT NOT NULL,
      due_at INTEGER NOT NULL DEFAULT 0,
      lease TEXT,
      attempt INTEGER NOT NULL DEFAULT 0,
      failed_at INTEGER,
      reason TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS enode_events_lane ON enode_events (namespace, lane, id) WHERE failed_at IS NULL;
    CREATE INDEX IF NOT EXISTS enode_events_due ON enode_events (namespace, id) WHERE failed_at IS NULL;
    CREATE INDEX IF NOT EXISTS enode_events_held ON enode_events (namespace, lane) WHERE lease IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_events_delivery ON enode_events (delivery);
    PRAGMA user_version = ${schemaVersion};
    COMMIT`);
}

/** Several processes that open a new file at once meet here, and SQLite does not wait by itself. */
function writeAhead(database: DatabaseSync): void {
  for (let left = maxTries; ; left--) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const { errcode = 0 } = error as { errcode?: number };
      // The low byte, as the others tell which kind of busy it is.
      if ((errcode & 0xff) !== busy || left === 1) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
