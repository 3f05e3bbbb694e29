import { isStoreError } from "../../../errors/index.ts";
import { storeFailure } from "../../../shared/store-failure.ts";
import { withSafeMessage } from "../../../shared/store-reason.ts";
import { checkTablesVersion } from "../../shared/tables-version.ts";
import { type PostgresConnection, quoted } from "../connection.ts";
import { PostgresError } from "../error.ts";
import { literal } from "../literal.ts";
import { tables } from "./0001-tables.ts";
import { heads } from "./0002-heads.ts";
import { readings } from "./0003-readings.ts";

/** Gives the statements of a step; `table` gives the name of a table as it stands in a statement. */
export type Migration = (table: (name: string) => string) => string;

/**
 * The steps that make the tables, in their order. The table `enode_schema` has the number of each step that the
 * schema has been through; each is one transaction, and runs once.
 *
 * To add one, write `NNNN-what-it-does.ts` with the next number, and put it at the end of this list. A step that was
 * released is never changed, removed or moved. It must leave all that the version before it uses, as that version
 * goes on with the tables: while servers are replaced one after the other, and after a rollback. So a step adds a
 * table, an index, or a column that is nullable or has a default; what nothing uses any more is removed by a step of
 * a later release. The engine of SQLite usually needs the same step.
 *
 * A step runs in a block of PL/pgSQL, so it has no variables of that language, and nothing that cannot be part of a
 * transaction, such as `CREATE INDEX CONCURRENTLY`.
 */
export const migrations: readonly Migration[] = [tables, heads, readings];

/** Any number that nobody else has for a lock; the letters are "enode". */
export const migrationLock = "x'656e6f6465'::bigint";

/**
 * Runs the steps that the schema has not been through. Needs no right to make tables when there is none.
 *
 * @param upkeep What is done each time, afterwards.
 * @throws StoreError when the tables are more than one step ahead (its cause has the code `newer_tables`), or
 * PostgreSQL fails.
 */
export async function migrate(
  connection: PostgresConnection,
  steps: readonly Migration[] = migrations,
  upkeep?: () => Promise<void>,
): Promise<void> {
  try {
    const version = await versionOf(connection, steps.length);
    for (const [at, step] of steps.entries()) {
      if (at >= version) await connection.query(blockOf(connection, step, at + 1));
    }
    // Another process may have gone on.
    if (version < steps.length) await versionOf(connection, steps.length);
    await upkeep?.();
  } catch (error) {
    if (isStoreError(error)) throw error;
    // What a function of the host's said, such as the one that gives the password, may hold anything.
    throw withSafeMessage(storeFailure({ store: "storage", method: "migrate" }, "failed", error));
  }
}

/**
 * Runs a step unless it was run before. A pool has a connection for one message only, so all of it is one: what has
 * to happen under the lock is decided by the server.
 */
function blockOf(connection: PostgresConnection, step: Migration, version: number): string {
  const { schema } = connection;
  const table = (name: string) => connection.table(name);
  const steps = table("enode_schema");
  const makeSchema =
    schema === undefined
      ? ""
      : `IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(schema)}) THEN
           CREATE SCHEMA ${quoted(schema)};
         END IF;`;
  const block = `
    BEGIN
      PERFORM pg_advisory_xact_lock(${migrationLock});
      ${makeSchema}
      IF to_regclass(${literal(steps)}) IS NULL THEN
        CREATE TABLE ${steps} (version integer PRIMARY KEY);
      END IF;
      IF NOT EXISTS (SELECT FROM ${steps} WHERE version >= ${version}) THEN
        ${step(table)}
        INSERT INTO ${steps} VALUES (${version});
      END IF;
    END`;
  // Each statement sees what is there when it begins, after the lock also what another process has made meanwhile.
  return `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; DO ${literal(block)}`;
}

/** How many steps the schema has been through. Most need none, so that this is all that is asked. */
async function versionOf(connection: PostgresConnection, known: number): Promise<number> {
  const sql = `SELECT max(version) AS version FROM ${connection.table("enode_schema")}`;
  try {
    const [newest] = await connection.rows(sql, []);
    const version = Number(newest?.["version"] ?? 0);
    checkTablesVersion("The PostgreSQL database", version, known);
    return version;
  } catch (error) {
    if (error instanceof PostgresError && error.code === "42P01") return 0;
    throw error;
  }
}
