import type { DatabaseSync, DatabaseSyncOptions } from "node:sqlite";
import { ConfigurationError } from "../../errors.ts";
import { builtin } from "../../runtime/builtin.ts";

/** What is needed of `node:sqlite`. */
interface Sqlite {
  readonly DatabaseSync: new (path: string, options?: DatabaseSyncOptions) => DatabaseSync;
}

/** What is needed of `node:fs`. */
interface FileSystem {
  statSync(path: string, options: { bigint: true }): { ino: bigint; birthtimeNs: bigint };
}

/**
 * Opens a file by `node:sqlite`, which is taken when it is needed: runtimes that have none can still import this
 * module, and bundlers leave the name of the module as it is.
 *
 * @throws ConfigurationError with the code `unsupported_runtime` · Error of SQLite
 */
export function openDatabase(path: string): DatabaseSync {
  const sqlite = builtin<Sqlite>("node:sqlite");
  if (typeof sqlite?.DatabaseSync !== "function") throw unsupported(undefined);
  try {
    return new sqlite.DatabaseSync(path);
  } catch (error) {
    // Workers have the module, but nothing in it.
    if (/not implemented/i.test(String(Object(error).message))) throw unsupported(error);
    throw error;
  }
}

/** Tells a file from another one that takes its name; undefined where that cannot be told. */
export function identityOf(file: string): { ino: bigint; birthtimeNs: bigint } | undefined {
  return builtin<FileSystem>("node:fs")?.statSync(file, { bigint: true });
}

function unsupported(cause: unknown): ConfigurationError {
  return new ConfigurationError(
    "sqliteStorage needs node:sqlite, which this runtime does not have: use Node 22.13, Bun 1.4, Deno 2.2 or later, or another storage.",
    { code: "unsupported_runtime", parameter: "path", cause },
  );
}
