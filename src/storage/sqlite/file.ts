import type { DatabaseSync } from "node:sqlite";
import { SqliteError } from "./error.ts";
import { identityOf } from "./open-database.ts";

/** How often to look whether the file is still there, in ms: a look costs some µs. */
const interval = 1_000;

/**
 * The file that a database has open, by its name. When the file is deleted or replaced, SQLite goes on in the one
 * that has no name any more: deliveries would be acknowledged, and gone with the process.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #identity: ReturnType<typeof identityOf>;
  #isDueAt = 0;

  /** @param path As SQLite knows it: absolute. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = quietly(() => identityOf(path));
  }

  /** @throws SqliteError when the file is not the one that was opened. */
  check(): void {
    const known = this.#identity;
    const now = performance.now();
    if (known === undefined || now < this.#isDueAt) return;
    let found: typeof known | undefined;
    try {
      found = identityOf(this.#path);
    } catch (error) {
      // Whoever may not look any more knows nothing about it.
      found = Object(error).code === "ENOENT" ? undefined : known;
    }
    // By both, as some network disks give the same file another number each time.
    if (found?.ino !== known.ino && found?.birthtimeNs !== known.birthtimeNs) {
      throw new SqliteError(
        "The SQLite file was deleted, moved or replaced while it was open, and what is written to it would be lost: start again.",
        "SQLITE_READONLY_DBMOVED",
      );
    }
    this.#isDueAt = now + interval;
  }
}

/** Where the file of a database is; an empty text for one in memory. */
export function pathOf(database: DatabaseSync): string {
  const databases = database.prepare("PRAGMA database_list").all();
  return String(databases.find(({ name }) => name === "main")?.["file"] ?? "");
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
