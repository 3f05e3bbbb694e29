import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../errors/index.ts";
import { withSafeMessage } from "../../../shared/store-reason.ts";
import { checkTablesVersion } from "../../shared/tables-version.ts";
import { events } from "./0001-events.ts";
import { allStores } from "./0002-all-stores.ts";
import { laneHeads } from "./0003-lane-heads.ts";
import { readings } from "./0004-readings.ts";

/**
 * The steps that make the tables, in their order. The `user_version` of a file is the number of steps that it has
 * been through; each is one transaction, and runs once.
 *
 * To add one, write `NNNN-what-it-does.ts` with the next number, and put it at the end of this list. A step that was
 * released is never changed, removed or moved. It must leave all that the version before it uses, as that version
 * goes on with the file: while processes are replaced one after the other, and after a rollback. So a step adds a
 * table, an index, or a column that is nullable or has a default; what nothing uses any more is removed by a step of
 * a later release. The engine of PostgreSQL usually needs the same step.
 */
export const migrations: readonly string[] = [events, allStores, laneHeads, readings];

/**
 * Runs the steps that the file has not been through.
 *
 * @throws StoreError with a cause of the code `newer_tables` when it is more than one step ahead.
 */
export function migrate(database: DatabaseSync, steps: readonly string[] = migrations): void {
  // Without a lock: most files that are opened need nothing.
  while (versionOf(database, steps.length) < steps.length) runNext(database, steps);
}

function runNext(database: DatabaseSync, steps: readonly string[]): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Once more, as another process may have been here meanwhile.
    const version = versionOf(database, steps.length);
    const step = steps[version];
    if (step !== undefined) database.exec(`${step} PRAGMA user_version = ${version + 1}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync, known: number): number {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  checkTablesVersion("The SQLite file", version, known);
  if (version === known) return version;
  // Without the first table the number is one that the host keeps in its own file.
  const first = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'enode_deliveries'";
  const isOurs = database.prepare(first).get() !== undefined;
  if (!isOurs && version > known) {
    throw withSafeMessage(
      new StoreError(
        `The SQLite file has no tables of enode-sdk, and a user_version of ${version} that is another program's. Give enode-sdk a file of its own.`,
        { store: "storage", method: "migrate" },
      ),
    );
  }
  return isOurs ? version : 0;
}
