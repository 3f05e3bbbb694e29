import { captureContext } from "../../runtime/async-context.ts";
import type { Announcer } from "../shared/audible.ts";
import { type FullPool, fullPoolOf } from "./client-pool.ts";
import { type PostgresConnection, relaxed } from "./connection.ts";
import { ListeningSession, patience } from "./listening-session.ts";
import { patientTimers, type Timers } from "./timers.ts";

/** Connections that a pool needs to have beside those that listen. */
const leastRest = 2;
/** Of a pool, for all storages that share it. */
interface Places {
  /** How many of its connections listen. */
  taken: number;
  /** What those do that wait for one of these to be free. */
  readonly waiting: Set<() => void>;
}

const placesByPool = new WeakMap<FullPool, Places>();
/** Between two statements that tell of news, in ms. */
const newsInterval = 20;

/**
 * Tells other processes of events, and hears of theirs, by NOTIFY and LISTEN.
 *
 * The channel is called after the number of a table, which no two schemas of a database share, and no two databases
 * share channels. All that is sent are a random ID of the sender and a hash of the namespace.
 */
export class EventListener implements Announcer {
  readonly #connection: PostgresConnection;
  readonly #pool: FullPool | undefined;
  readonly #timers: Timers;
  readonly #id = crypto.randomUUID();
  readonly #table: string;
  // Listening and telling belong to no caller.
  readonly #inOwnContext: <T>(work: () => T) => T = captureContext();
  /** Who is to be told, by the hash of the namespace. */
  readonly #listeners = new Map<object, { hash: string | undefined; onEvents: () => void }>();
  /** The loop that listens, while anybody does. */
  #session: ListeningSession | undefined;
  /** Namespaces with news that no statement has told yet. */
  readonly #news = new Set<string>();
  #isTelling = false;

  constructor(connection: PostgresConnection, pool: object, timers: Timers = patientTimers()) {
    this.#connection = connection;
    this.#pool = fullPoolOf(pool);
    this.#timers = timers;
    this.#table = connection.table("enode_schema");
  }

  /** See `listen` of the event store. */
  listen(onEvents: () => void, namespace = "default"): () => Promise<void> {
    const key = {};
    const listener = { hash: undefined as string | undefined, onEvents };
    this.#listeners.set(key, listener);
    void hashOf(namespace).then((hash) => {
      listener.hash = hash;
    });
    this.#start();
    return async () => {
      this.#listeners.delete(key);
      if (this.#listeners.size === 0) await this.#stop();
    };
  }

  /** Begins to listen, or does when the pool can spare a connection. */
  readonly #start = (): void => {
    const pool = this.#pool;
    if (this.#session !== undefined || pool === undefined || !take(pool, this.#start)) return;
    this.#session = this.#inOwnContext(() => this.#open(pool));
  };

  async #stop(): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined) return;
    placesOf(pool).waiting.delete(this.#start);
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    await session.close();
    giveBack(pool);
  }

  /** Tells other processes soon that the namespace has events to claim. Never throws, and nobody waits for it. */
  announce(namespace: string): void {
    // A pool that can only do queries may be anything, and is asked for nothing that is not needed.
    if (this.#pool === undefined || this.#pool.ending) return;
    this.#news.add(namespace);
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#inOwnContext(() => void this.#tell());
  }

  /**
   * One statement at a time with all the news there is, and a pause after each: NOTIFY makes the commits of a
   * database wait for each other, so that one with each delivery would cost more than it brings.
   */
  async #tell(): Promise<void> {
    while (this.#news.size > 0) {
      const namespaces = [...this.#news];
      this.#news.clear();
      try {
        const hashes = await Promise.all(namespaces.map(hashOf));
        await this.#notify(hashes.map((hash) => `${this.#id}:${hash}`));
      } catch {
        // They hear of it by their next poll.
      }
      await new Promise<void>((resolve) => this.#timers.idly(newsInterval, resolve));
    }
    this.#isTelling = false;
  }

  async #notify(payloads: readonly string[]): Promise<void> {
    await this.#connection.query(
      `SELECT pg_notify('enode_' || to_regclass($1)::oid, payload) FROM unnest($2::text[]) AS payload
       WHERE to_regclass($1) IS NOT NULL AND ${relaxed}`,
      [this.#table, payloads],
      patience,
    );
  }

  #open(pool: FullPool): ListeningSession {
    return new ListeningSession(pool, this.#timers, {
      table: this.#table,
      tell: (token) => this.#notify([token]),
      hear: (payload) => this.#hear(payload),
    });
  }

  /** @param payload Undefined when news may have been missed. */
  #hear(payload: string | undefined): void {
    const [sender, hash] = payload?.split(":") ?? [];
    // Its own events are known to a process.
    if (sender === this.#id) return;
    for (const listener of this.#listeners.values()) {
      if (payload !== undefined && listener.hash !== hash) continue;
      try {
        listener.onEvents();
      } catch {
        // It is the worker's own, and one of them must not silence the others.
      }
    }
  }
}

function placesOf(pool: FullPool): Places {
  let places = placesByPool.get(pool);
  if (places === undefined) {
    places = { taken: 0, waiting: new Set() };
    placesByPool.set(pool, places);
  }
  return places;
}

/** Whether the pool can spare one more connection for listening; otherwise it is told when it can. */
function take(pool: FullPool, onFree: () => void): boolean {
  const places = placesOf(pool);
  if (pool.options.max < places.taken + 1 + leastRest) {
    places.waiting.add(onFree);
    return false;
  }
  places.taken++;
  return true;
}

function giveBack(pool: FullPool): void {
  const places = placesOf(pool);
  places.taken--;
  const [next] = places.waiting;
  if (next === undefined) return;
  places.waiting.delete(next);
  next();
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest, 0, 16)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
