import { DatabaseSync, type StatementSync } from "node:sqlite";
import { migrate } from "./sqlite-schema.ts";

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
}

/** SQLite's code for a file that another connection has locked. */
const busy = 5;
/** For 2 s, as for the other locks. */
const maxTries = 100;

/** An open SQLite file with the tables of this package. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #cutsAtNul: boolean;
  #durability: Durability = "FULL";
  #waiting: Write[] = [];

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      // Waiting for another process blocks this one, so it is not for long; who waited in vain tries again.
      this.#database.exec("PRAGMA busy_timeout = 2000");
      writeAhead(this.#database);
      this.#database.exec("PRAGMA synchronous = FULL");
      // IDs are random, so that each write touches pages all over the indexes: with four times the usual log
      // each of them is written back less often, and 16 MB keep the inner ones at hand.
      this.#database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000");
      migrate(this.#database);
      const probe = this.prepare("SELECT 'a' || char(0) || 'b' AS text").get();
      this.#cutsAtNul = probe?.["text"] !== "a\0b";
    } catch (error) {
      this.#database.close();
      throw error;
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

  /**
   * Does some writing in one atomic step. What is asked for at the same time shares one transaction, so that
   * 100 events that are completed together, or deliveries that come together, cost one wait for the disk.
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
      });
      // Not queueMicrotask, which a test may have replaced along with its clock.
      if (this.#waiting.length === 1) void Promise.resolve().then(() => this.#flush());
    });
  }

  /**
   * Refuses an ID that would come back as another one: SQLite has UTF-8, in which a lone surrogate is
   * U+FFFD, and node:sqlite of Node 22 reads texts up to the first NUL only.
   */
  check(name: string, id: string): void {
    if (!id.isWellFormed()) {
      throw new TypeError(`${name} has a lone surrogate, which SQLite cannot keep.`);
    }
    if (this.#cutsAtNul && id.includes("\0")) {
      throw new TypeError(`${name} has a NUL, which SQLite in this version of Node cuts off.`);
    }
  }

  close(): void {
    this.#flush();
    this.#database.close();
  }

  #flush(): void {
    const writes = this.#waiting;
    this.#waiting = [];
    if (writes.length === 0) return;
    const failed = this.#transact(writes);
    // One of them is to blame, and its failure is none of the others' business.
    if (failed && writes.length > 1) for (const write of writes) this.#transact([write]);
  }

  /** Settles all writes; only if one of several throws itself, none: tells whether it did. */
  #transact(writes: readonly Write[]): boolean {
    let isAtWork = false;
    try {
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
      if (isAtWork && writes.length > 1) return true;
      for (const { reject } of writes) reject(error);
      return false;
    }
    for (const { resolve } of writes) resolve();
    return false;
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // A full disk, for one, has rolled it back already; the error that matters is the first.
    }
  }
}

/** Several processes that open a new file at once meet here, and SQLite does not wait by itself. */
function writeAhead(database: DatabaseSync): void {
  for (let left = maxTries; ; left--) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const { errcode = 0 } = error as { errcode?: number };
      // The low byte, as the others tell which kind of busy it is.
      if ((errcode & 0xff) !== busy || left === 1) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
