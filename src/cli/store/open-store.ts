import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { EventStore } from "../../storage/contracts/index.ts";
import { type PostgresPool, postgresStorage } from "../../storage/postgres/index.ts";
import { sqliteStorage } from "../../storage/sqlite/index.ts";
import { CommandError, UsageError } from "../shared/usage-error.ts";

/** Options of each command that opens a store. */
export const storeOptions = {
  store: {
    type: "string",
    value: "<store>",
    help: "an SQLite file, or a URL such as postgres://user@host/database",
    aliases: ["db", "database"],
  },
  schema: {
    type: "string",
    value: "<name>",
    help: "the schema of the tables in PostgreSQL; by default the first of the search path",
  },
} as const;

/** The option of each command that reads the events of one client. */
export const namespaceOption = {
  namespace: {
    type: "string",
    value: "<name>",
    help: "the receiver's; by default that of ENODE_ENVIRONMENT and ENODE_CLIENT_ID",
  },
} as const;

/** An open store. */
export interface OpenStore {
  readonly eventStore: EventStore;
  /** What it is, without an address and credentials. */
  readonly kind: "sqlite" | "postgres";
  /** Makes the tables, or brings them to the present version. */
  migrate(): Promise<void>;
}

/** Values of {@link storeOptions}. */
export interface StoreValues {
  readonly store?: string;
  readonly schema?: string;
}

/**
 * Opens a store for some work, and closes it.
 *
 * @param mayCreate Whether a file that is not there is made: otherwise a path that is misspelt would be taken for an
 * empty store.
 * @throws CommandError when it cannot be opened, or fails.
 */
export async function withStore<T>(
  values: StoreValues,
  mayCreate: boolean,
  work: (store: OpenStore) => Promise<T>,
): Promise<T> {
  const { store, schema } = values;
  if (store === undefined || store === "") {
    throw new UsageError("Which store? --store must be an SQLite file or the URL of PostgreSQL");
  }
  try {
    if (/^postgres(ql)?:/i.test(store)) return await withPostgres(store, schema, work);
    if (/^[a-z][a-z+]+:\/\//i.test(store)) {
      // Without what follows, which may hold a password.
      throw new UsageError(
        `--store cannot be a URL of ${store.split(":")[0]}: there are SQLite files and PostgreSQL`,
      );
    }
    if (schema !== undefined) throw new UsageError("--schema is for PostgreSQL only");
    return await withSqlite(store, mayCreate, work);
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) throw error;
    throw new CommandError(describe(error));
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The message is for programs, which call the function.
  return "code" in error && error.code === "42P01"
    ? "Tables of enode-sdk are missing: enode-sdk migrate --store <store> makes them"
    : error.message;
}

async function withSqlite<T>(
  path: string,
  mayCreate: boolean,
  work: (store: OpenStore) => Promise<T>,
): Promise<T> {
  if (!mayCreate) await refuseOtherFile(path);
  const storage = sqliteStorage({ path });
  try {
    // Opening it has made the tables.
    return await work({ eventStore: storage.eventStore, kind: "sqlite", migrate: async () => {} });
  } finally {
    storage.close();
  }
}

/** Refuses a file that is not there, or another program's, into which opening it would put tables. */
async function refuseOtherFile(path: string): Promise<void> {
  if (!existsSync(path)) {
    throw new CommandError(`There is no file ${path}; enode-sdk migrate --store ${path} makes it`);
  }
  const { DatabaseSync } = await import("node:sqlite");
  let isOurs: boolean;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      isOurs =
        database
          .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'enode_deliveries'")
          .get() !== undefined;
    } finally {
      database.close();
    }
  } catch (error) {
    throw new CommandError(
      `${path} cannot be read as an SQLite file: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (!isOurs) {
    throw new CommandError(
      `${path} has no tables of enode-sdk; enode-sdk migrate --store ${path} makes them`,
    );
  }
}

async function withPostgres<T>(
  url: string,
  schema: string | undefined,
  work: (store: OpenStore) => Promise<T>,
): Promise<T> {
  const { Pool } = loadPg();
  const pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 10_000 });
  try {
    const storage = postgresStorage({ pool, schema });
    return await work({
      eventStore: storage.eventStore,
      kind: "postgres",
      migrate: () => storage.migrate(),
    });
  } finally {
    await pool.end();
  }
}

/** What is needed of `pg`. */
interface Pg {
  readonly Pool: new (
    options: object,
  ) => PostgresPool & {
    end(): Promise<void>;
  };
}

/** `pg` is the host's: it is looked for in the folder of its program, then beside this package. */
function loadPg(): Pg {
  for (const from of [join(process.cwd(), "program.js"), import.meta.url]) {
    try {
      return createRequire(from)("pg") as Pg;
    } catch (error) {
      if (Object(error).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new CommandError("PostgreSQL needs the package pg: npm install pg");
}

/** The namespace that is asked for, or that of the client in the environment. */
export function namespaceOf(given: string | undefined): string {
  if (given === "") throw new UsageError("--namespace must not be empty");
  const { ENODE_ENVIRONMENT: environment, ENODE_CLIENT_ID: clientId } = process.env;
  const ofClient = environment && clientId ? `${environment.trim()}:${clientId.trim()}` : "default";
  return given ?? ofClient;
}
