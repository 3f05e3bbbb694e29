import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type SqliteStorage, sqliteStorage } from "../../../src/storage/sqlite/index.ts";

/** Files for SQLite, and storages that have them open, until a test is over. */
export class SqliteFiles {
  readonly #open = new Set<SqliteStorage>();
  readonly #folders: string[] = [];

  /** A folder that is there, with nothing in it. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "enode-sqlite-"));
    this.#folders.push(folder);
    return folder;
  }

  /** The path of a file that is not there yet. */
  path(): string {
    return join(this.folder(), "enode.db");
  }

  open(path: string, now?: () => number): SqliteStorage {
    const storage = sqliteStorage({ path, now });
    this.#open.add(storage);
    return storage;
  }

  close(storage: SqliteStorage): void {
    this.#open.delete(storage);
    storage.close();
  }

  clear(): void {
    for (const storage of this.#open) storage.close();
    this.#open.clear();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true });
  }
}

/** Looks at a file, or changes it, without this package. */
export function withDatabase<T>(path: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}
