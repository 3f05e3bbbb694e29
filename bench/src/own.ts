import type { DeviceStore, EventStore, ReadingStore } from "../../dist/storage.js";
import { makePool, type Place } from "./engines.ts";

const { Enode } = await import("../../dist/index.js");
export const { History } = await import("../../dist/history.js");
export const { Mirror } = await import("../../dist/mirror.js");
const { sqliteStorage } = await import("../../dist/storage/sqlite.js");
const { postgresStorage } = await import("../../dist/storage/postgres.js");

/** The stores that are measured. */
export interface Opened {
  deviceStore: DeviceStore;
  eventStore: EventStore;
  readingStore: ReadingStore;
  close(): Promise<void>;
}

/** Opens the storage of enode-sdk in a place. */
export async function openStorage({ engine, name }: Place): Promise<Opened> {
  if (engine === "SQLite") {
    const storage = sqliteStorage({ path: name });
    return { ...storage, close: async () => storage.close() };
  }
  const pool = makePool();
  const storage = postgresStorage({ pool, schema: name });
  await storage.migrate();
  return { ...storage, close: () => pool.end() };
}

/** Where a client asks, and as whom. */
export interface Access {
  clientId: string;
  clientSecret: string;
  baseUrl: string;
  tokenUrl: string;
}

/** A client as an app would make it; without access one that is never to ask anything. */
export function makeClient(access: Access = nowhere): InstanceType<typeof Enode> {
  return new Enode({ environment: "sandbox", ...access });
}

const nowhere: Access = {
  clientId: "bench",
  clientSecret: "a-secret",
  baseUrl: "http://127.0.0.1:1",
  tokenUrl: "http://127.0.0.1:1/oauth2/token",
};
