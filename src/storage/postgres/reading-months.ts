import { dayLength } from "../contracts/reading-store.ts";
import { longLimit, type PostgresConnection, timeOf } from "./connection.ts";
import { PostgresError } from "./error.ts";
import { literal } from "./literal.ts";
import { migrationLock } from "./migrations/index.ts";

/** Months that are made ahead of the one that it is. */
const monthsAhead = 3;
/** How often a process looks whether a month is to be made, in ms. */
const interval = 3_600_000;
/** How large the default partition may be while readings wait for a month of theirs to be made, in bytes. */
const maxRest = 64 * 1_024 * 1_024;
/** Readings of a month that may be kept when it is dropped. */
const maxKept = 10_000;
/** The role may not change tables; or they were in use for so long that others would have had to wait. */
const refusals: ReadonlySet<unknown> = new Set(["42501", "55P03"]);

interface Month {
  readonly table: string;
  /** In ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** A point, by the number of its series. */
interface PointKey {
  readonly id: string;
  readonly at: number;
}

/**
 * The partitions of the readings, one a month. What has none is in the default partition, and moves when its month is
 * made: both happen in one transaction that keeps others out meanwhile, as PostgreSQL refuses a partition whose rows
 * are in the default one. Where the table has no partitions, as it is a hypertable of TimescaleDB, there is nothing to do.
 */
export class ReadingMonths {
  readonly #connection: PostgresConnection;
  readonly #points: string;
  readonly #rest: string;
  #nextCheck = Number.NEGATIVE_INFINITY;
  /** Up to which time each namespace has had all months dropped that could be. */
  readonly #dropped = new Map<string, number>();

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
    this.#points = connection.table("enode_reading_points");
    this.#rest = connection.table("enode_reading_points_rest");
  }

  /**
   * Makes the month that it is and those after it. Where the role may not, readings go to the default partition.
   * May take long where many readings are there already.
   */
  async make(): Promise<void> {
    for (const month of await this.#missing()) {
      const block = this.#makeBlock(month, "true", 10);
      if (!(await this.#run(() => this.#connection.query(block)))) return;
    }
  }

  /** The same, once in an hour, if it takes no time to speak of. Never fails: there is the default partition. */
  async makeWhenDue(): Promise<void> {
    const now = this.#connection.now() ?? Date.now();
    if (now < this.#nextCheck) return;
    // At once, so that only one call of many does it.
    this.#nextCheck = now + interval;
    const isSmall = `pg_relation_size(to_regclass(${literal(this.#rest)})) <= ${maxRest}`;
    try {
      for (const month of await this.#missing()) {
        // Without values, as a block has no parameters, and still for a limited time.
        await this.#connection.query(this.#makeBlock(month, isSmall, 1), []);
      }
    } catch {
      // The role may not, or a table is in use. What else is wrong the statement after this one says, too.
    }
  }

  /**
   * Drops the oldest month that all namespaces have pruned. What they keep of it moves to the default partition.
   * Tells how many readings are removed by that, at most `limit`; 0 where there is no such month.
   */
  async drop(namespace: string, before: number, limit: number): Promise<number> {
    if (before <= (this.#dropped.get(namespace) ?? 0)) return 0;
    for (const month of await this.#present()) {
      if (month.to > before) continue;
      const found = await this.#countOf(month, limit);
      if (found === undefined) break;
      const kept = await this.#keptOf(month);
      if (kept.length > maxKept) continue;
      const block = this.#dropBlock(month, kept);
      if (!(await this.#run(() => this.#connection.query(block, [])))) break;
      if (found > kept.length) return Math.min(limit, found - kept.length);
    }
    this.#dropped.set(namespace, before);
    return 0;
  }

  async #missing(): Promise<Month[]> {
    const { now, names } = await this.#look();
    if (names === undefined) return [];
    const first = new Date(now);
    const wanted = Array.from({ length: monthsAhead + 1 }, (_, n) =>
      monthOf(first.getUTCFullYear(), first.getUTCMonth() + n),
    );
    return wanted.filter(({ table }) => !names.includes(table));
  }

  async #present(): Promise<Month[]> {
    const { names = [] } = await this.#look();
    return names
      .flatMap((name) => {
        const [, year, month] = /^enode_reading_points_(\d{4})_(\d{2})$/.exec(name) ?? [];
        return year === undefined ? [] : [monthOf(Number(year), Number(month) - 1)];
      })
      .sort((a, b) => a.from - b.from);
  }

  /** What time it is, and the names of the partitions; none where the table has no partitions. */
  async #look(): Promise<{ now: number; names: readonly string[] | undefined }> {
    const [row] = await this.#connection.rows(
      `SELECT ${timeOf("$1")} AS now, (
         SELECT string_agg(child.relname, ' ') FROM pg_inherits
         JOIN pg_class AS child ON child.oid = inhrelid JOIN pg_class AS parent ON parent.oid = inhparent
         WHERE inhparent = to_regclass($2) AND parent.relkind = 'p'
       ) AS names`,
      [this.#connection.now(), this.#points],
    );
    const names = row?.["names"];
    return {
      now: Number(row?.["now"]),
      names: typeof names === "string" ? names.split(" ") : undefined,
    };
  }

  /** How many readings a month has, at most `limit`; undefined where a namespace may still get readings of it. */
  async #countOf({ from, to }: Month, limit: number): Promise<number | undefined> {
    const [row] = await this.#connection.rows(
      `SELECT ${this.#isOpen(to)} AS is_open, (
         SELECT count(*) FROM (
           SELECT FROM ${this.#points} WHERE at >= $1 AND at < $2 LIMIT $3::bigint + ${maxKept}
         ) AS counted
       ) AS found`,
      [from, to, limit],
      longLimit,
    );
    return row?.["is_open"] === false ? Number(row["found"]) : undefined;
  }

  /** Whether a namespace that has readings is not pruned up to this time. */
  #isOpen(until: number): string {
    return `EXISTS (
      SELECT FROM ${this.#connection.table("enode_reading_namespaces")} AS space WHERE pruned_until < ${until}
        AND EXISTS (SELECT FROM ${this.#connection.table("enode_reading_series")} AS series WHERE series.namespace = space.namespace)
    )`;
  }

  /** What pruning leaves of a month: see `prune` of the store. */
  async #keptOf({ from, to }: Month): Promise<PointKey[]> {
    const rows = await this.#connection.rows(
      `SELECT kept.series_id, kept.at FROM ${this.#connection.table("enode_reading_namespaces")} AS space
       JOIN ${this.#connection.table("enode_reading_series")} AS series USING (namespace)
       CROSS JOIN LATERAL (
         SELECT newest.series_id, newest.at FROM (
           SELECT series_id, at FROM ${this.#points}
           WHERE series_id = series.id AND at < space.pruned_until ORDER BY at DESC LIMIT 1
         ) AS newest WHERE newest.at >= $1 AND newest.at < $2
         UNION
         SELECT point.series_id, point.at
         FROM ${this.#connection.table("enode_reading_stale")} AS marked
         JOIN ${this.#points} AS point ON point.series_id = series.id
           AND point.at >= marked.day - ${dayLength} AND point.at < marked.day + ${dayLength}
         WHERE marked.series_id = series.id AND marked.day >= $1::bigint - ${dayLength}
           AND marked.day < $2::bigint + ${dayLength} AND point.at >= $1 AND point.at < $2
       ) AS kept
       LIMIT ${maxKept + 1}`,
      [from, to],
      longLimit,
    );
    return rows.map((row) => ({ id: String(row["series_id"]), at: Number(row["at"]) }));
  }

  #makeBlock({ table, from, to }: Month, condition: string, patience: number): string {
    const month = this.#connection.table(table);
    return blockOf(
      patience,
      `IF to_regclass(${literal(month)}) IS NULL AND ${condition} THEN
         CREATE TABLE ${month} (LIKE ${this.#points} INCLUDING ALL);
         LOCK TABLE ${this.#points} IN SHARE UPDATE EXCLUSIVE MODE;
         LOCK TABLE ${this.#rest} IN ACCESS EXCLUSIVE MODE;
         WITH moved AS (DELETE FROM ${this.#rest} WHERE at >= ${from} AND at < ${to} RETURNING *)
         INSERT INTO ${month} SELECT * FROM moved;
         ALTER TABLE ${this.#points} ATTACH PARTITION ${month} FOR VALUES FROM (${from}) TO (${to});
       END IF;`,
    );
  }

  #dropBlock({ table, to }: Month, kept: readonly PointKey[]): string {
    const month = this.#connection.table(table);
    const ids = kept.map(({ id }) => id);
    const times = kept.map(({ at }) => at);
    return blockOf(
      1,
      `LOCK TABLE ${this.#points} IN ACCESS EXCLUSIVE MODE;
       IF to_regclass(${literal(month)}) IS NOT NULL AND NOT ${this.#isOpen(to)} THEN
         ALTER TABLE ${this.#points} DETACH PARTITION ${month};
         INSERT INTO ${this.#points} SELECT old.* FROM ${month} AS old
         JOIN unnest('{${ids}}'::bigint[], '{${times}}'::bigint[]) AS kept (series_id, at) USING (series_id, at);
         DROP TABLE ${month};
       END IF;`,
    );
  }

  /** Whether it was done. */
  async #run(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof PostgresError && refusals.has(error.code)) return false;
      throw error;
    }
  }
}

function monthOf(year: number, month: number): Month {
  const from = new Date(Date.UTC(year, month));
  const name = `${from.getUTCFullYear()}_${String(from.getUTCMonth() + 1).padStart(2, "0")}`;
  return {
    table: `enode_reading_points_${name}`,
    from: from.getTime(),
    to: Date.UTC(year, month + 1),
  };
}

/**
 * A transaction that changes tables, one process at a time.
 *
 * @param patience How long it waits for those who use a table, in s: whoever wants to use it then waits behind it.
 */
function blockOf(patience: number, body: string): string {
  const block = `
    BEGIN
      PERFORM set_config('lock_timeout', '${patience}s', true);
      PERFORM pg_advisory_xact_lock(${migrationLock});
      ${body}
    END`;
  // Each statement sees what is there when it begins.
  return `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; DO ${literal(block)}`;
}
