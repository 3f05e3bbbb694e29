import { withSafeMessage } from "../../shared/store-reason.ts";
import { CallGate } from "../shared/call-gate.ts";
import { refusal } from "../shared/checked-stores.ts";
import type { Row } from "../shared/rows.ts";
import { ClientPool, fullPoolOf, type PostgresResult } from "./client-pool.ts";
import { cleaned, PostgresError } from "./error.ts";

export type { PostgresResult } from "./client-pool.ts";

/** What is needed of a `Pool` of `pg`, 8.11 or later. */
export interface PostgresPool {
  /** Runs a statement with the values of its parameters. */
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
}

/** The value of `now` in a statement that has it as this parameter: the server's own clock unless it is given. */
export const timeOf = (parameter: string): string =>
  `(SELECT coalesce(${parameter}::float8, extract(epoch FROM clock_timestamp())::float8 * 1000))`;

/**
 * As a condition of a statement that changes something: it does not wait for the disk. A crash of the server may
 * take it, and only together with all that came after it.
 */
export const relaxed = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'";

/** SQLSTATEs of statements that had bad luck with another one at the same time. */
const conflicts: ReadonlySet<unknown> = new Set(["40001", "40P01"]);
/** Constraints that only ever fail because of another statement at the same time. */
const contested: ReadonlySet<unknown> = new Set([
  "enode_events_held",
  "enode_events_delivery_fkey",
  "pg_namespace_nspname_index",
]);
const maxTries = 10;

/** How long a statement may take, in ms: longer than the receiver waits for a store (4 s). */
const usualLimit = 10_000;
/** How long one may take that goes through many rows, in ms. */
export const longLimit = 600_000;

/** One for each pool, whatever the number of storages that share it. */
const clientPools = new WeakMap<object, ClientPool>();

function clientPoolOf(pool: PostgresPool): ClientPool | undefined {
  const full = fullPoolOf(pool);
  if (full === undefined) return undefined;
  let clients = clientPools.get(pool);
  if (clients === undefined) {
    clients = new ClientPool(full);
    clientPools.set(pool, clients);
  }
  return clients;
}

/** A pool, and where in its database the tables are. */
export class PostgresConnection {
  readonly #pool: PostgresPool;
  /** Undefined for a pool that only does queries. */
  readonly #clients: ClientPool | undefined;
  readonly #now: (() => number) | undefined;
  readonly #gate = new CallGate((what) =>
    withSafeMessage(new PostgresError(`PostgreSQL ${what}.`, "stalled")),
  );
  readonly schema: string | undefined;

  constructor(pool: PostgresPool, schema: string | undefined, now: (() => number) | undefined) {
    this.#pool = pool;
    this.#clients = clientPoolOf(pool);
    this.#now = now;
    this.schema = schema;
  }

  /** The name of a table, to stand in a statement. */
  table(name: string): string {
    return this.schema === undefined ? name : `${quoted(this.schema)}.${name}`;
  }

  /** The time, as a parameter for {@link timeOf}. */
  now(): number | null {
    return this.#now?.() ?? null;
  }

  /**
   * Runs one statement, which is a transaction of its own. That makes it safe to run it again when another one
   * was in its way. Without values the text may be several statements, which may take as long as they like.
   *
   * @param limit For how long it may take, in ms.
   * @throws PostgresError also at once, when the server has not answered others for long
   */
  query(
    text: string,
    values?: readonly unknown[],
    limit: number = usualLimit,
  ): Promise<PostgresResult> {
    return this.#gate.run(() => this.#query(text, values, limit));
  }

  async #query(
    text: string,
    values: readonly unknown[] | undefined,
    limit: number,
  ): Promise<PostgresResult> {
    for (let left = maxTries; ; left--) {
      try {
        if (values === undefined) {
          return await (this.#clients?.runLong(text) ?? this.#pool.query(text));
        }
        // A copy, as drivers may change theirs.
        const copy = [...values];
        return await (this.#clients?.run(text, copy, limit) ?? this.#pool.query(text, copy));
      } catch (error) {
        const { code, constraint } = Object(error) as { code?: unknown; constraint?: unknown };
        if (left > 1 && (conflicts.has(code) || contested.has(constraint))) continue;
        throw error instanceof PostgresError ? error : cleaned(error);
      }
    }
  }

  async rows(text: string, values: readonly unknown[], limit?: number): Promise<readonly Row[]> {
    return (await this.query(text, values, limit)).rows;
  }

  /** How many rows a statement has changed. */
  async changes(text: string, values: readonly unknown[], limit?: number): Promise<number> {
    return (await this.query(text, values, limit)).rowCount ?? 0;
  }
}

/**
 * Refuses an ID that PostgreSQL cannot keep, or would give back as another one: it has no NUL, and UTF-8, in
 * which a lone surrogate is U+FFFD.
 */
export function checkTexts(texts: Readonly<Record<string, string | null | undefined>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text?.includes("\0")) throw refusal(name, "has a NUL, which PostgreSQL cannot keep");
    if (text?.isWellFormed() === false) {
      throw refusal(name, "has a lone surrogate, which PostgreSQL cannot keep");
    }
  }
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
