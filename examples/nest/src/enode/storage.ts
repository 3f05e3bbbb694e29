import { type PostgresStorage, postgresStorage } from "enode-sdk/storage/postgres";
import { type SqliteStorage, sqliteStorage } from "enode-sdk/storage/sqlite";
import { Pool } from "pg";

/** Where tokens, users, devices and events are kept. */
export interface OpenStorage {
  readonly stores: SqliteStorage | PostgresStorage;
  close(): Promise<void>;
}

/** What the storage is injected by. */
export const STORAGE = Symbol("storage");

/** Opens the PostgreSQL of `DATABASE_URL`, which several servers share, or a file. */
export async function openStorage(): Promise<OpenStorage> {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) {
    const stores = sqliteStorage({ path: "enode.db" });
    return { stores, close: async () => stores.close() };
  }
  const pool = new Pool({ connectionString });
  const stores = postgresStorage({ pool });
  await stores.migrate();
  return { stores, close: () => pool.end() };
}
