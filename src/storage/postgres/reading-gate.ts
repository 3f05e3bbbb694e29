import { withSafeMessage } from "../../shared/store-reason.ts";
import type { PostgresConnection } from "./connection.ts";

/** What a process knows of a namespace. It is true as long as the namespace has this version. */
export interface NamespaceState {
  readonly version: string;
  /** Days that begin before it are rolled up, or are to be, in ms since the epoch. */
  readonly rolledUntil: number;
  /** Readings from before it are not kept any more. */
  readonly prunedUntil: number;
  /** How often users were erased. */
  readonly erasures: number;
}

/** How often a statement is run again that came upon a newer version. */
const maxTries = 10;

/** The number of the lock of the namespace `$1`. The letters are "enode". */
const lock = "hashtextextended($1::text, x'656e6f6465'::bigint)";

/**
 * As a condition of a statement that changes what is true of the namespace `$1`: it waits until nothing is being
 * added, and nothing is added until it is over. Were it only the row that is locked, those who add could overtake it
 * for ever.
 */
export const closed: string = `(SELECT pg_advisory_xact_lock(${lock})) IS NOT NULL`;

/**
 * Keeps what is added to a namespace from missing what is decided about the whole of it: how far it is rolled up and
 * pruned, and whose readings were erased. PostgreSQL shows a statement what was there when it began. So a statement
 * says for which version of the namespace it was made, and does nothing where there is a newer one.
 */
export class ReadingGate {
  readonly #connection: PostgresConnection;
  readonly #onErased: (namespace: string, userIds: ReadonlySet<string>) => void;
  readonly #namespaces: string;
  readonly #known = new Map<string, NamespaceState>();
  /** What `erasures` was when users were last asked for. */
  readonly #erasures = new Map<string, number>();

  /**
   * Tables for `WITH`. `open` has a row if the namespace `$1` has the version `$2`, which it keeps until the statement
   * is over: `FOR SHARE` gives the row as it is after a wait, and not as it was.
   */
  readonly open: string;

  /** @param onErased Told of users that were erased since anything about them may have been remembered. */
  constructor(
    connection: PostgresConnection,
    onErased: (namespace: string, userIds: ReadonlySet<string>) => void,
  ) {
    this.#connection = connection;
    this.#onErased = onErased;
    this.#namespaces = connection.table("enode_reading_namespaces");
    this.open = `
      locked AS MATERIALIZED (
        SELECT version FROM ${this.#namespaces}
        WHERE namespace = $1 AND (SELECT pg_advisory_xact_lock_shared(${lock})) IS NOT NULL FOR SHARE
      ), open AS MATERIALIZED (SELECT FROM locked WHERE version = $2::bigint)`;
  }

  /** Does something that gives undefined where the namespace has another version by now, and is then done again. */
  async run<T>(
    namespace: string,
    work: (state: NamespaceState) => Promise<T | undefined>,
  ): Promise<T> {
    for (let left = maxTries; left > 0; left--) {
      const done = await work(this.#known.get(namespace) ?? (await this.#learn(namespace)));
      if (done !== undefined) return done;
      this.#known.delete(namespace);
    }
    throw withSafeMessage(new Error("The history was changed by others all the time."));
  }

  /** What is true of a namespace now, also before anything was added to it. */
  async read(namespace: string): Promise<NamespaceState> {
    const [row] = await this.#connection.rows(
      `SELECT version, rolled_until, pruned_until, erasures FROM ${this.#namespaces} WHERE namespace = $1`,
      [namespace],
    );
    return {
      version: String(row?.["version"] ?? ""),
      rolledUntil: Number(row?.["rolled_until"] ?? 0),
      prunedUntil: Number(row?.["pruned_until"] ?? 0),
      erasures: Number(row?.["erasures"] ?? 0),
    };
  }

  async #learn(namespace: string): Promise<NamespaceState> {
    let state = await this.read(namespace);
    if (state.version === "") {
      await this.#connection.query(
        `INSERT INTO ${this.#namespaces} (namespace) VALUES ($1) ON CONFLICT DO NOTHING`,
        [namespace],
      );
      state = await this.read(namespace);
    }
    const before = this.#erasures.get(namespace) ?? state.erasures;
    if (state.erasures > before) {
      const rows = await this.#connection.rows(
        `SELECT user_id FROM ${this.#connection.table("enode_reading_erased")}
         WHERE namespace = $1 AND nth > $2`,
        [namespace, before],
      );
      this.#onErased(namespace, new Set(rows.map((row) => String(row["user_id"]))));
    }
    this.#erasures.set(namespace, state.erasures);
    this.#known.set(namespace, state);
    return state;
  }
}
