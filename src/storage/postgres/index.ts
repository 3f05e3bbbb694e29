/**
 * Stores in a PostgreSQL database, by `pg`. Any number of processes on any number of machines may share it.
 *
 * @module enode-sdk/storage/postgres
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
import { listenForErrors } from "../shared/emitters.ts";
import { checkNow, checkOptions, invalidOption } from "../shared/options.ts";
import { postgresActivityLog } from "./activity-log.ts";
import { PostgresConnection, type PostgresPool } from "./connection.ts";
import { postgresDeviceStore } from "./device-store.ts";
import { postgresEventStore } from "./event-store.ts";
import { EventListener } from "./listener.ts";
import { migrate, migrations } from "./migrations/index.ts";
import { ReadingMonths } from "./reading-months.ts";
import { postgresReadingStore } from "./reading-store.ts";
import { postgresTokenStore } from "./token-store.ts";
import { postgresUserStore } from "./user-store.ts";

export type { PostgresPool, PostgresResult } from "./connection.ts";

/** Options of {@link postgresStorage}. */
export interface PostgresStorageOptions {
  /**
   * A `Pool` of `pg`. It stays yours: end it when nothing uses the stores any more. Where nobody listens for its
   * errors, a listener that ignores them is added, or a connection that breaks while it is idle would end the
   * process; add one of your own, `pool.on("error", …)`, to hear of them. Where its `connectionTimeoutMillis` is 0,
   * its connections may take 10 s to be made. While a receiver is started, one connection of a pool of at least three
   * listens for events of other processes.
   */
  pool: PostgresPool;
  /** Where the tables are, or are to be; the first schema of the search path by default. */
  schema?: string | undefined;
  /**
   * The time in ms since the epoch, for tests with a clock of their own. Otherwise it is the server's, as the
   * clocks of several hosts differ.
   */
  now?: (() => number) | undefined;
}

const known: KnownNames<PostgresStorageOptions> = { pool: true, schema: true, now: true };
const aliases: Readonly<Record<string, string>> = {
  client: "pool",
  connection: "pool",
  connectionString: "pool",
  connectionUrl: "pool",
  connectionUri: "pool",
  uri: "pool",
  url: "pool",
};

/** The stores of {@link postgresStorage}. */
export interface PostgresStorage extends Storage {
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
  /** Keeps readings in partitions by month, or in a hypertable where TimescaleDB is installed. */
  readonly readingStore: ReadingStore;
  /**
   * Makes the tables, whose names begin with `enode_`, or brings them to the present version, and makes the partitions
   * of the readings of this month and the three after it. Any number of processes may call it at once, each time they
   * start. A role that may not make tables can call it, too, when the tables are there: readings that have no month then
   * go to a default partition.
   *
   * @throws StoreError when the tables are more than one step ahead of this version (`cause.code` is
   * `newer_tables`), or PostgreSQL fails.
   */
  migrate(): Promise<void>;
}

/**
 * Stores in a PostgreSQL database, of version 12 or later. Call `migrate` before the first use. The tables hold
 * personal data of your users, and tokens.
 *
 * What a delivery, a user link or a token was resolved for outlives a crash of the server. How far events have
 * been handled, the mirror's copy and readings may go back by a few moments then: events are handled once more.
 *
 * IDs with a NUL or a lone surrogate are refused, as PostgreSQL cannot keep them. Errors hold no values. A statement
 * may take 10 s; then it fails, is cancelled, and its connection is closed. While 50 statements have had no answer for
 * more than 5 s, further ones are refused at once, so that they do not pile up.
 *
 * @throws ConfigurationError for a pool that is none, or an option that does not exist or cannot work.
 *
 * @example
 * ```ts
 * import type { Enode } from "enode-sdk";
 * import { type PostgresPool, postgresStorage } from "enode-sdk/storage/postgres";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * // `pool` is a new Pool() of pg.
 * export async function startReceiver(enode: Enode, pool: PostgresPool): Promise<WebhookReceiver> {
 *   const storage = postgresStorage({ pool });
 *   await storage.migrate();
 *   const receiver = new WebhookReceiver({
 *     secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
 *     store: storage.eventStore,
 *     namespace: enode.namespace, // keeps apart what belongs to another client
 *   });
 *   receiver.start();
 *   return receiver;
 * }
 * ```
 */
export function postgresStorage(options: PostgresStorageOptions): PostgresStorage {
  checkOptions("postgresStorage", options, known, aliases);
  const { pool, schema, now } = options;
  if (typeof Object(pool).query !== "function") {
    throw invalidOption("pool", "must be a Pool of pg, such as new Pool({ connectionString })");
  }
  if (schema !== undefined && (typeof schema !== "string" || schema.trim() === "")) {
    throw invalidOption("schema", "must be the name of a schema, or left out");
  }
  checkNow(now);
  listenForErrors(pool);
  const connection = new PostgresConnection(pool, schema, now);
  const months = new ReadingMonths(connection);
  const announcer = new LocalAnnouncer(new EventListener(connection, pool));
  return {
    describe: () => "postgres",
    tokenStore: checkedTokenStore(postgresTokenStore(connection)),
    userStore: checkedUserStore(postgresUserStore(connection)),
    deviceStore: checkedDeviceStore(postgresDeviceStore(connection)),
    eventStore: checkedEventStore(audible(postgresEventStore(connection), announcer)),
    activityLog: checkedActivityLog(postgresActivityLog(connection)),
    readingStore: checkedReadingStore(postgresReadingStore(connection, months)),
    migrate: () => migrate(connection, migrations, () => months.make()),
  };
}
