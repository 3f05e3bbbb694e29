import { withSafeMessage } from "../../shared/store-reason.ts";
import { isSettled, PostgresError } from "./error.ts";
import { patientTimers, type Timers } from "./timers.ts";

/** What a query gives, as `pg` has it. */
export interface PostgresResult {
  /** The rows that were found, their values by column. */
  readonly rows: readonly Record<string, unknown>[];
  /** How many rows were found, or changed. */
  readonly rowCount: number | null;
}

/** A connection of a pool of `pg`, while it is taken. */
export interface PoolClient {
  readonly processID?: unknown;
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  unref?(): void;
  release(destroy?: boolean): void;
}

/** What a `Pool` of `pg` has beside `query`. */
export interface FullPool {
  readonly options: { readonly max: number; connectionTimeoutMillis?: number | undefined };
  /** Whether `end` was called. */
  readonly ending?: boolean;
  connect(): Promise<PoolClient>;
  query(config: { text: string; query_timeout: number }): Promise<PostgresResult>;
  on(event: "connect" | "acquire", listener: (client: PoolClient) => void): unknown;
}

/** Limits in ms; tests have shorter ones. */
export interface PoolLimits {
  /** How long a connection may take to be made. */
  readonly handshake: number;
  readonly timers: Timers;
}

/** The longest time of a timer, in ms, which is 24.8 days. */
const longestTimer = 2 ** 31 - 1;

interface Waiter {
  resolve(client: PoolClient): void;
  reject(error: unknown): void;
}

/** The pool as what lends its connections, unless it is of a library, or of a host's own, that can only do queries. */
export function fullPoolOf(pool: object): FullPool | undefined {
  const { connect, on, options } = pool as Partial<FullPool>;
  const isFull =
    typeof connect === "function" &&
    typeof on === "function" &&
    typeof Object(options).max === "number";
  return isFull ? (pool as FullPool) : undefined;
}

/**
 * Runs statements on the connections of a pool, each for a limited time. `pg` itself waits without end, for a
 * connection as for an answer, and gives a connection whose server has gone in silence back to the pool, so that a
 * pool never recovers from a partition.
 *
 * - A statement that has found no connection in time is never sent.
 * - A connection that does not answer in time is closed. So are, instead of being used again, those that have
 *   not answered since that statement was sent: what cut one off has most likely cut off the others.
 * - The statement itself may only be slow, and PostgreSQL would go on with it. So it is cancelled over another
 *   connection. (A time limit of the server's own would need a transaction of several round trips, or a setting of
 *   the session, which other users of the pool, or of a pooler in between, would inherit.)
 */
export class ClientPool {
  readonly #pool: FullPool;
  readonly #timers: Timers;
  readonly #waiters = new Set<Waiter>();
  /** Connections that the pool was asked for and has not given. */
  #asked = 0;
  /** When each connection was made, or last gave an answer. */
  readonly #heardFrom = new WeakMap<object, number>();
  /** When the latest statement was sent that has had no answer in time. */
  #silentSince = Number.NEGATIVE_INFINITY;

  constructor(
    pool: FullPool,
    { handshake, timers }: PoolLimits = { handshake: 10_000, timers: patientTimers() },
  ) {
    this.#pool = pool;
    this.#timers = timers;
    limitHandshakes(pool, handshake);
    pool.on("connect", (client) => this.#heardFrom.set(client, timers.now()));
    pool.on("acquire", (client) => {
      // The pool listens for its errors no more, and whoever has asked for it does so in a later microtask. One packet
      // may say that the connection is ready, and that the server goes down.
      client.on("error", ignore);
      void Promise.resolve().then(() => client.removeListener("error", ignore));
    });
  }

  /** How many connections the pool may have. */
  get size(): number {
    return this.#pool.options.max;
  }

  /**
   * Runs a statement.
   *
   * @param limit For how long, in ms, waiting for a connection included.
   */
  run(text: string, values: unknown[], limit: number): Promise<PostgresResult> {
    return new Promise((resolve, reject) => {
      let giveUp: () => void;
      const stop = this.#timers.after(limit, () => {
        reject(
          withSafeMessage(
            new PostgresError(`PostgreSQL has not answered within ${limit / 1_000} s.`, "stalled"),
          ),
        );
        giveUp();
      });
      const waiter: Waiter = {
        resolve: (client) => {
          giveUp = this.#send(client, text, values, {
            resolve: (result) => {
              stop();
              resolve(result);
            },
            reject: (error) => {
              stop();
              reject(error);
            },
          });
        },
        reject: (error) => {
          stop();
          reject(error);
        },
      };
      giveUp = () => this.#waiters.delete(waiter);
      this.#waiters.add(waiter);
      this.#ask();
    });
  }

  /** Runs statements without values, for as long as they take, whatever limit the host has given to the pool. */
  runLong(text: string): Promise<PostgresResult> {
    return this.#pool.query({ text, query_timeout: longestTimer });
  }

  /** Sends a statement over a connection. What it returns closes the connection, and cancels the statement. */
  #send(
    client: PoolClient,
    text: string,
    values: unknown[],
    { resolve, reject }: { resolve(result: PostgresResult): void; reject(error: unknown): void },
  ): () => void {
    const sentAt = this.#timers.now();
    let isOver = false;
    const release = (destroy: boolean) => {
      isOver = true;
      client.release(destroy);
      client.removeListener("error", ignore);
    };
    // The pool listens again only when it has the connection back. The statement fails with the same error.
    client.on("error", ignore);
    // Async, so that what a driver throws is treated like what it rejects with.
    const answer = (async () => client.query(text, values))();
    answer.then(
      (result) => {
        if (isOver) return;
        this.#heardFrom.set(client, this.#timers.now());
        release(false);
        resolve(result);
      },
      (error: unknown) => {
        if (isOver) return;
        const isAlive = isSettled(error);
        if (isAlive) this.#heardFrom.set(client, this.#timers.now());
        release(!isAlive);
        reject(error);
      },
    );
    return () => {
      this.#silentSince = Math.max(this.#silentSince, sentAt);
      const { processID } = client;
      // `pg` cuts off a connection that waits for an answer; of another one it would wait for a farewell.
      release(true);
      if (text !== cancel) this.run(cancel, [processID, text], 10_000).catch(ignore);
    };
  }

  /** Asks the pool for as many connections as there are statements without one, and never for more than it has. */
  #ask(): void {
    while (this.#asked < Math.min(this.#waiters.size, this.size)) {
      this.#asked++;
      this.#pool.connect().then(
        (client) => {
          this.#asked--;
          this.#give(client);
          this.#ask();
        },
        (error: unknown) => {
          this.#asked--;
          this.#next()?.reject(error);
          this.#ask();
        },
      );
    }
  }

  #give(client: PoolClient): void {
    if (this.#waiters.size > 0 && this.isSuspect(client)) {
      discard(client);
      return;
    }
    const waiter = this.#next();
    if (waiter) waiter.resolve(client);
    else client.release();
  }

  #next(): Waiter | undefined {
    const [waiter] = this.#waiters;
    if (waiter) this.#waiters.delete(waiter);
    return waiter;
  }

  /** Whether a connection has not answered since another one fell silent. */
  isSuspect(client: object): boolean {
    // Of one that the host has used before there was a storage nothing is known, and nothing is wrong as yet.
    const heard = this.#heardFrom.get(client) ?? 0;
    return heard <= this.#silentSince;
  }
}

/** By its number and its first words, as a pooler in between gives connections numbers of its own. */
const cancel = `
  SELECT pg_cancel_backend(pid) FROM pg_stat_activity
  WHERE pid = $1::int AND state = 'active' AND left(query, 200) = left($2, 200)`;

/** Closes a connection at once, whether or not anybody is there at its other end. */
export function discard(client: PoolClient): void {
  client.on("error", ignore);
  // `pg` waits for the farewell of a connection that waits for nothing, and cuts off one that has a statement.
  client.query("SELECT 1").catch(ignore);
  client.release(true);
}

/**
 * Limits how long a connection may take to be made, unless the host has. Without that one to a server that never
 * answers keeps its place in the pool for good. It cannot be told to the pool itself, whose option would also limit
 * how long the host's own statements wait for their turn.
 */
function limitHandshakes(pool: FullPool, limit: number): void {
  const { Client: given, options } = pool as FullPool & { Client?: unknown };
  if (options.connectionTimeoutMillis || typeof given !== "function") return;
  const Client = given as new (options: FullPool["options"]) => object;
  class HurriedClient extends Client {
    constructor(config: FullPool["options"]) {
      // The constructor reads it, and nobody else meanwhile. A copy would miss a hidden password.
      const before = config.connectionTimeoutMillis;
      Reflect.set(config, "connectionTimeoutMillis", limit);
      super(config);
      Reflect.set(config, "connectionTimeoutMillis", before);
    }
  }
  Reflect.set(pool, "Client", HurriedClient);
}

function ignore(): void {}
