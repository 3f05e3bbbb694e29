// Where everything is kept: PostgreSQL or a file of SQLite, by the form of one address.
import { DatabaseSync } from "node:sqlite";
import { type PostgresStorage, postgresStorage } from "enode-sdk/storage/postgres";
import { type SqliteStorage, sqliteStorage } from "enode-sdk/storage/sqlite";
import { Pool } from "pg";
import {
  type NotificationStore,
  postgresNotifications,
  sqliteNotifications,
} from "./notification-store.ts";

/** The stores of Enode's data, and the app's own table. */
export interface Database {
  readonly storage: SqliteStorage | PostgresStorage;
  readonly notifications: NotificationStore;
  close(): Promise<void>;
}

/**
 * Opens the database, and makes its tables.
 *
 * @param url `postgres://…`, the path of a file, or `:memory:` for one that ends with the process.
 */
export async function openDatabase(url: string): Promise<Database> {
  return /^postgres(ql)?:/.test(url) ? openPostgres(url) : openSqlite(url);
}

async function openPostgres(connectionString: string): Promise<Database> {
  const pool = new Pool({ connectionString });
  pool.on("error", (error) => console.error("PostgreSQL:", error.message));
  const storage = postgresStorage({ pool });
  await storage.migrate();
  const notifications = await postgresNotifications(pool);
  return { storage, notifications, close: () => pool.end() };
}

async function openSqlite(path: string): Promise<Database> {
  const storage = sqliteStorage({ path });
  // A connection of its own, so that the app does not meddle with the tables of the SDK.
  const own = new DatabaseSync(path);
  return {
    storage,
    notifications: sqliteNotifications(own),
    async close() {
      own.close();
      storage.close();
    },
  };
}
