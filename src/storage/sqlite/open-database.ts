import type { DatabaseSync, DatabaseSyncOptions } from "node:sqlite";
import { ConfigurationError } from "../../errors/index.ts";
import { builtin } from "../../runtime/builtin.ts";

/** What is needed of `node:sqlite`. */
interface Sqlite {
  readonly DatabaseSync: new (path: string, options?: DatabaseSyncOptions) => DatabaseSync;
}

/** What is needed of `node:fs`. */
interface FileSystem {
  statSync(
    path: string,
    options: { bigint: true },
  ): { ino: bigint; birthtimeNs: bigint; isDirectory(): boolean };
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

/**
 * What to do about a file that could not be opened; undefined for an error of another kind.
 *
 * @param path As the host gave it.
 */
export function adviceOn(error: unknown, path: string): string | undefined {
  // Not all runtimes have SQLite's codes.
  const message = String(Object(error).message);
  const name = JSON.stringify(path);
  if (message.includes("file is not a database")) {
    return `names a file that is no SQLite database, ${name}: give another one, or move that file away`;
  }
  if (!message.includes("unable to open database")) return undefined;
  if (isFolder(path)) return `is a folder, ${name}: give the path of a file in it`;
  const folder = path.replace(/[^/\\]+$/, "") || ".";
  return isFolder(folder)
    ? `names a file that cannot be opened, ${name}: the process needs to read and write it and its folder`
    : `is in a folder that does not exist, ${name}: make the folder first`;
}

function isFolder(path: string): boolean {
  try {
    // Where there is no file system to ask, none is known to be missing.
    return builtin<FileSystem>("node:fs")?.statSync(path, { bigint: true }).isDirectory() ?? true;
  } catch {
    return false;
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
