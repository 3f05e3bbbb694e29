/**
 * Stores in an SQLite file, by `node:sqlite`. Several processes of one machine may share the file.
 *
 * @module enode-sdk/storage/sqlite
 */
import type { KnownNames } from "../../shared/known-names.ts";
import type {
  ActivityLog,
  DeviceStore,
  EventStore,
  ReadingStore,
  Storage,
  TokenStore,
  UserStore,
} from "../contracts/index.ts";
import { audible, LocalAnnouncer } from "../shared/audible.ts";
import {
  checkedActivityLog,
  checkedDeviceStore,
  checkedEventStore,
  checkedReadingStore,
  checkedTokenStore,
  checkedUserStore,
} from "../shared/checked-stores.ts";
import { checkNow, checkOptions, invalidOption } from "../shared/options.ts";
import { sqliteActivityLog } from "./activity-log.ts";
import { SqliteConnection } from "./connection.ts";
import { sqliteDeviceStore } from "./device-store.ts";
import { sqliteEventStore } from "./event-store.ts";
import { sqliteReadingStore } from "./reading-store.ts";
import { sqliteTokenStore } from "./token-store.ts";
import { sqliteUserStore } from "./user-store.ts";

/** Options of {@link sqliteStorage}. */
export interface SqliteStorageOptions {
  /** Where the file is, or is to be; `:memory:` for a database that is gone with the process. */
  path: string;
  /** The time in ms since the epoch, for tests with a clock of their own; `Date.now` by default. */
  now?: (() => number) | undefined;
}

const known: KnownNames<SqliteStorageOptions> = { path: true, now: true };
const aliases: Readonly<Record<string, string>> = {
  database: "path",
  db: "path",
  file: "path",
  filename: "path",
  location: "path",
  url: "path",
};

/** The stores of {@link sqliteStorage}. */
export interface SqliteStorage extends Storage {
  /** Keeps tokens as they are: see `encryptedTokenStore` of `enode-sdk/storage`. */
  readonly tokenStore: TokenStore;
  /** Users by the host's own IDs. */
  readonly userStore: UserStore;
  /** The mirror's copy of devices, actions and users. */
  readonly deviceStore: DeviceStore;
  /** Events of webhooks until they are handled. */
  readonly eventStore: EventStore;
  /** What was done, and what happened. */
  readonly activityLog: ActivityLog;
  readonly readingStore: ReadingStore;
  /** Closes the file. Stop what uses the stores first. */
  close(): void;
}

/**
 * Opens an SQLite file, and makes it when it is not there. The file holds personal data of your users, and
 * tokens: keep it where only your service can read it, on a disk of this machine.
 *
 * What a delivery, a user link or a token was resolved for outlives a power cut. How far events have been
 * handled, and the mirror's copy, may go back by a few moments then: events are handled once more.
 *
 * IDs with a lone surrogate are refused; with a NUL too on versions of Node whose `node:sqlite` would cut
 * them off there.
 *
 * A file that another process has locked is waited for, for up to 3 s and without stopping this process; only when
 * several open a new file at the same moment do they stop for each other. When the file is deleted or replaced
 * while it is open, writing to it fails, and the process is to be started again.
 *
 * Leases and pauses of events go by the time of day, which is the one clock that all processes of the machine have and
 * that lasts longer than they do: when it is set forward by more than a lease, other processes are handed events whose
 * handlers still run.
 *
 * Needs `node:sqlite`: Node 22.13, Bun 1.4, Deno 2.2 or later.
 *
 * @throws ConfigurationError for a path that names no file, a folder or a file that is no database, for one that cannot
 * be opened or is on a disk that SQLite's write-ahead log cannot use, and in a runtime without `node:sqlite`
 * (`unsupported_runtime`) · StoreError when the tables of the file are more than one step ahead of this version
 * (`cause.code` is `newer_tables`).
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { sqliteStorage } from "enode-sdk/storage/sqlite";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const enode = Enode.fromEnv();
 * const { eventStore } = sqliteStorage({ path: "enode.db" });
 * const receiver = new WebhookReceiver({
 *   secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
 *   store: eventStore,
 *   namespace: enode.namespace, // keeps apart what belongs to another client
 * });
 * receiver.start();
 * ```
 */
export function sqliteStorage(options: SqliteStorageOptions): SqliteStorage {
  checkOptions("sqliteStorage", options, known, aliases);
  const { path, now = () => Date.now() } = options;
  // SQLite takes an empty one for a database of its own that is gone when it is closed.
  if (typeof path !== "string" || path.trim() === "") {
    throw invalidOption("path", "must be the path of a file");
  }
  checkNow(now);
  const connection = new SqliteConnection(path);
  return {
    describe: () => "sqlite",
    tokenStore: checkedTokenStore(sqliteTokenStore(connection, now)),
    userStore: checkedUserStore(sqliteUserStore(connection)),
    deviceStore: checkedDeviceStore(sqliteDeviceStore(connection)),
    eventStore: checkedEventStore(audible(sqliteEventStore(connection, now), new LocalAnnouncer())),
    activityLog: checkedActivityLog(sqliteActivityLog(connection)),
    readingStore: checkedReadingStore(sqliteReadingStore(connection)),
    close: () => connection.close(),
  };
}
