import type { DatabaseSync, StatementSync } from "node:sqlite";
import { captureContext } from "../../runtime/async-context.ts";
import { closedCode } from "../../shared/store-reason.ts";
import { refusal } from "../shared/checked-stores.ts";
import { invalidOption } from "../shared/options.ts";
import { isLocked, marked, SqliteError } from "./error.ts";
import { pathOf, SqliteFile } from "./file.ts";
import { migrate } from "./migrations/index.ts";
import { adviceOn, openDatabase } from "./open-database.ts";

/**
 * What a power cut may take. `FULL`: nothing that a write was resolved for. `NORMAL`: the latest writes, and
 * only together with all that came after them. A crash of the process takes nothing of either.
 */
export type Durability = "FULL" | "NORMAL";

interface Write {
  readonly durability: Durability;
  readonly work: () => void;
  readonly reject: (error: unknown) => void;
  readonly resolve: () => void;
  /** Until when it waits for a lock; undefined as long as there was none. */
  endsAt: number | undefined;
}

/** How many rows are removed together: some ms of work. */
export const portionSize = 500;

/** For how long a call waits for another process, in ms: less than a receiver waits for its store (4 s). */
const longestWait = 3_000;
/** Between two tries, in ms, give or take a half. */
const pause = 5;
/** When a file is opened: for 2 s. */
const maxTriesToOpen = 100;
const pauseToOpen = 20;

/** An open SQLite file with the tables of this package. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #file: SqliteFile | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #cutsAtNul: boolean;
  // A transaction belongs to all who share it, so it runs in the context of none of them.
  readonly #inOwnContext: <T>(work: () => T) => T = captureContext();
  #durability: Durability = "FULL";
  #waiting: Write[] = [];
  #isFlushing = false;
  #isClosed = false;
  #nextTry: Promise<void> | undefined;

  constructor(path: string) {
    const database = open(path);
    this.#database = database;
    try {
      // A synchronous wait would stop the whole process, so this connection never lets SQLite wait.
      database.exec("PRAGMA busy_timeout = 0");
      const file = pathOf(database);
      if (file === "" && path !== ":memory:") {
        throw invalidOption("path", 'names no file; for a database in memory give ":memory:"');
      }
      waitToOpen(() => writeAhead(database));
      database.exec("PRAGMA synchronous = FULL");
      // IDs are random, so that each write touches pages all over the indexes: with four times the usual log
      // each of them is written back less often, and 16 MB keep the inner ones at hand.
      database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000");
      waitToOpen(() => migrate(database));
      const probe = this.prepare("SELECT 'a' || char(0) || 'b' AS text").get();
      this.#cutsAtNul = probe?.["text"] !== "a\0b";
      this.#file = file === "" ? undefined : new SqliteFile(file);
    } catch (error) {
      database.close();
      throw failureToOpen(error, path);
    }
  }

  /** A statement, prepared once for each text. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Reads something; while another process is in the way, again and again for up to 3 s. */
  async read<T>(work: () => T): Promise<T> {
    let endsAt: number | undefined;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isLocked(error)) throw this.#failureOf(error);
      }
      endsAt ??= performance.now() + longestWait;
      if (performance.now() >= endsAt) throw locked();
      await this.#untilNextTry();
    }
  }

  /**
   * Does some writing in one atomic step. What is asked for at the same time shares one transaction, so that
   * 100 events that are completed together, or deliveries that come together, cost one wait for the disk. While
   * another process has the file locked, all of it waits together, in its order and for up to 3 s.
   */
  write<T>(durability: Durability, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T;
      this.#waiting.push({
        durability,
        work: () => {
          result = work();
        },
        resolve: () => resolve(result),
        reject,
        endsAt: undefined,
      });
      if (this.#isFlushing) return;
      this.#isFlushing = true;
      // Not queueMicrotask, which a test may have replaced along with its clock.
      void Promise.resolve().then(() => this.#inOwnContext(() => this.#flush()));
    });
  }

  /**
   * Writes portion by portion, each a transaction of its own, so that neither this process nor another one waits for
   * all of it. A portion is told where the one before it has ended, and tells how much it has done, and where it has
   * ended itself unless it is the last.
   */
  async inPortions<Place>(
    first: Place,
    portion: (after: Place) => { count: number; end: Place | undefined },
  ): Promise<number> {
    let total = 0;
    let after = first;
    for (;;) {
      const { count, end } = await this.write("NORMAL", () => portion(after));
      total += count;
      if (end === undefined) return total;
      after = end;
      await this.#untilNextTry();
    }
  }

  /**
   * Refuses an ID that would come back as another one: SQLite has UTF-8, in which a lone surrogate is
   * U+FFFD, and node:sqlite of Node 22 reads texts up to the first NUL only.
   */
  check(name: string, id: string): void {
    if (!id.isWellFormed()) {
      throw refusal(name, "has a lone surrogate, which SQLite cannot keep");
    }
    if (this.#cutsAtNul && id.includes("\0")) {
      throw refusal(name, "has a NUL, which SQLite in this version of Node cuts off");
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#tryAll();
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(locked());
    this.#database.close();
  }

  #failureOf(error: unknown): unknown {
    if (!this.#isClosed) return marked(error);
    const message =
      "The SQLite storage was closed. Close it last, when nothing uses its stores any more.";
    return new SqliteError(message, closedCode);
  }

  async #flush(): Promise<void> {
    for (;;) {
      this.#tryAll();
      if (this.#waiting.length === 0) break;
      await this.#untilNextTry();
    }
    this.#isFlushing = false;
  }

  /** The same pause for all who wait: however many they are, they cost one timer. */
  #untilNextTry(): Promise<void> {
    this.#nextTry ??= new Promise((resolve) => {
      const next = () => {
        this.#nextTry = undefined;
        resolve();
      };
      // Not all processes that wait at the same moments.
      this.#inOwnContext(() => setTimeout(next, pause * (0.5 + Math.random())));
    });
    return this.#nextTry;
  }

  /** Settles all writes that wait, but those for which the file is locked. */
  #tryAll(): void {
    const writes = this.#waiting.splice(0);
    if (writes.length === 0) return;
    const outcome = this.#transact(writes);
    // One of them is to blame, and its failure is none of the others' business.
    const left =
      outcome === "failed" && writes.length > 1
        ? writes.filter((write) => this.#transact([write]) === "locked")
        : outcome === "locked"
          ? writes
          : [];
    const now = performance.now();
    for (const write of left) {
      write.endsAt ??= now + longestWait;
      if (now < write.endsAt) this.#waiting.push(write);
      else write.reject(locked());
    }
  }

  /**
   * Settles all writes, unless the file is locked, or one of several throws itself (`failed`): then none, and
   * nothing was written.
   */
  #transact(writes: readonly Write[]): "settled" | "failed" | "locked" {
    let isAtWork = false;
    try {
      this.#file?.check();
      const durability = writes.some((write) => write.durability === "FULL") ? "FULL" : "NORMAL";
      // Waiting for the disk is most of what a transaction costs, and it can only be set between two. With
      // NORMAL the log is written in order all the same, so the next FULL brings it all to the disk.
      if (durability !== this.#durability) {
        this.#database.exec(`PRAGMA synchronous = ${durability}`);
        this.#durability = durability;
      }
      // IMMEDIATE: a transaction that reads first and then writes could not wait for another.
      this.#database.exec("BEGIN IMMEDIATE");
      isAtWork = true;
      for (const { work } of writes) work();
      isAtWork = false;
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      if (isLocked(error)) return "locked";
      if (isAtWork && writes.length > 1) return "failed";
      for (const { reject } of writes) reject(this.#failureOf(error));
      return "settled";
    }
    for (const { resolve } of writes) resolve();
    return "settled";
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // A full disk, for one, has rolled it back already; the error that matters is the first.
    }
  }
}

function open(path: string): DatabaseSync {
  try {
    return openDatabase(path);
  } catch (error) {
    throw failureToOpen(error, path);
  }
}

function failureToOpen(error: unknown, path: string): unknown {
  const advice = adviceOn(error, path);
  return advice === undefined ? marked(error) : invalidOption("path", advice);
}

function locked(): SqliteError {
  return new SqliteError(
    `The SQLite file is locked by another process, for more than ${longestWait / 1_000} s.`,
    "SQLITE_BUSY",
  );
}

/**
 * Several processes that open a new file at once meet here. This wait does stop the process, as opening is
 * synchronous; a file that has its tables needs no lock to be opened.
 */
function waitToOpen(work: () => void): void {
  for (let left = maxTriesToOpen; ; left--) {
    try {
      work();
      return;
    } catch (error) {
      if (!isLocked(error) || left === 1) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseToOpen);
    }
  }
}

/** @throws ConfigurationError when the disk does not allow it: then several processes would damage the file. */
function writeAhead(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode = WAL");
  const mode = database.prepare("PRAGMA journal_mode").get()?.["journal_mode"];
  if (mode === "wal" || mode === "memory") return;
  throw invalidOption(
    "path",
    `is on a disk without what SQLite's write-ahead log needs, such as a network disk (it stays in the mode "${mode}"): use a disk of this machine`,
  );
}
