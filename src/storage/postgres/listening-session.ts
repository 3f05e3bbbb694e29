import { discard, type FullPool, type PoolClient } from "./client-pool.ts";
import type { Timers } from "./timers.ts";

/** How long PostgreSQL may take for each step, in ms. */
export const patience = 5_000;
/** How often it is looked whether the host has ended the pool, which waits for every connection, in ms. */
const lookInterval = 500;
/** After so many looks the connection is tried, which may have gone without a word. */
const looks = 30;
/** The pause after the first failure, and the longest one after further ones, in ms. */
const pauses = { first: 500, longest: 30_000 };
/** The same where notifications do not arrive: most likely there is a pooler in between. */
const deafPauses = { first: 60_000, longest: 3_600_000 };

/** What a session needs of the one who began it. */
export interface Audience {
  /** The table that the channel is called after, as it stands in a statement. */
  readonly table: string;
  /** Sends a payload to the channel, over another connection. */
  tell(payload: string): Promise<void>;
  /** Gets what comes over the channel; undefined when something may have been missed. */
  hear(payload: string | undefined): void;
}

/** A connection that listens. */
interface Line {
  readonly client: PoolClient;
  channel: string;
  isBroken: boolean;
  /** Whether what was sent over another connection has come in here. */
  hasProof: boolean;
}

/** Listens over one connection of a pool after the other, until it is closed, or the pool is ended. */
export class ListeningSession {
  readonly #pool: FullPool;
  readonly #timers: Timers;
  readonly #audience: Audience;
  #isClosed = false;
  /** End what is waited for: something has happened. */
  readonly #interrupts = new Set<() => void>();
  readonly #running: Promise<void>;

  constructor(pool: FullPool, timers: Timers, audience: Audience) {
    this.#pool = pool;
    this.#timers = timers;
    this.#audience = audience;
    this.#running = this.#run();
  }

  /** Resolves when the connection is free. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#interrupt();
    return this.#running;
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#pool.ending === true;
  }

  async #run(): Promise<void> {
    let failures = 0;
    let deafnesses = 0;
    while (!this.#isOver) {
      const outcome = await this.#listen();
      if (outcome === "heard") {
        failures = 0;
        deafnesses = 0;
      }
      await this.#rest(
        outcome === "deaf" ? pauseAfter(deafnesses++, deafPauses) : pauseAfter(failures++, pauses),
      );
    }
  }

  /** Waits, but not for a pool that is ended meanwhile. */
  async #rest(pause: number): Promise<void> {
    for (let left = pause; left > 0 && !this.#isOver; left -= lookInterval) {
      await this.#wait(Math.min(lookInterval, left));
    }
  }

  /** Listens over one connection for as long as that works. */
  async #listen(): Promise<"heard" | "deaf" | "failed"> {
    let line: Line;
    try {
      line = await this.#take();
    } catch {
      return "failed";
    }
    const { client } = line;
    try {
      line.channel = await this.#channel(line);
      await this.#step(client.query(`LISTEN ${line.channel}`), line);
      await this.#prove(line);
      if (!line.hasProof) {
        // With luck it is the same connection of the pooler.
        await this.#step(client.query(`UNLISTEN ${line.channel}`), line);
        return "deaf";
      }
      // Since the last connection broke, or before this one was there.
      this.#audience.hear(undefined);
      let look = 0;
      while (!this.#isOver && !line.isBroken) {
        await this.#wait(lookInterval);
        // The tables may have been made anew.
        if (++look % looks === 0 && (await this.#channel(line)) !== line.channel) break;
      }
      return "heard";
    } catch {
      return line.hasProof ? "heard" : "failed";
    } finally {
      if (this.#isOver && !line.isBroken) client.release(true);
      else discard(client);
    }
  }

  /** Takes a connection of the pool. One that comes too late goes back to it. */
  async #take(): Promise<Line> {
    const taking = this.#pool.connect();
    let client: PoolClient;
    try {
      client = await this.#step(taking);
    } catch (error) {
      taking.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    }
    const line = { client, channel: "", isBroken: false, hasProof: false };
    const onEnd = () => {
      line.isBroken = true;
      this.#interrupt();
    };
    // An `error` that nobody listens to would end the process.
    client.on("error", onEnd);
    client.on("end", onEnd);
    // A worker that was started keeps the process alive; what wakes it need not.
    client.unref?.();
    return line;
  }

  /** What the channel is called. */
  async #channel(line: Line): Promise<string> {
    const sql = "SELECT to_regclass($1)::oid::text AS number";
    const { rows } = await this.#step(line.client.query(sql, [this.#audience.table]), line);
    const number = rows[0]?.["number"];
    if (typeof number !== "string") throw new Error("There are no tables yet");
    return `enode_${number}`;
  }

  /** Tries out whether notifications arrive, which they do not behind a pooler that lends connections for one transaction. */
  async #prove(line: Line): Promise<void> {
    const token = crypto.randomUUID();
    line.client.on("notification", (message: { channel?: unknown; payload?: unknown }) => {
      const { channel, payload } = message;
      if (channel !== line.channel || typeof payload !== "string") return;
      if (payload === token) {
        line.hasProof = true;
        this.#interrupt();
      } else if (!this.#isOver) {
        this.#audience.hear(payload);
      }
    });
    await this.#step(this.#audience.tell(token), line);
    if (!line.hasProof) await this.#wait(patience);
    if (this.#isOver || line.isBroken) throw new Error("It has ended");
  }

  /** Waits for a step for the usual time. */
  async #step<T>(step: Promise<T>, line?: Line): Promise<T> {
    const until = this.#timers.now() + patience;
    for (;;) {
      const answer = await this.#wait(until - this.#timers.now(), step);
      if (answer) return answer.value;
      const isLate = this.#timers.now() >= until;
      if (isLate || this.#isClosed || line?.isBroken) throw new Error("No answer");
    }
  }

  /** Waits for so many ms, for a step, or until something happens; then, and after that time, it gives undefined. */
  #wait<T>(delay: number, step?: Promise<T>): Promise<{ value: T } | undefined> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        stop();
        this.#interrupts.delete(interrupt);
        settle();
      };
      const interrupt = () => end(() => resolve(undefined));
      const stop = this.#timers.idly(Math.max(0, delay), interrupt);
      this.#interrupts.add(interrupt);
      step?.then(
        (value) => end(() => resolve({ value })),
        (error: unknown) => end(() => reject(error)),
      );
      if (this.#isClosed) interrupt();
    });
  }

  #interrupt(): void {
    for (const interrupt of [...this.#interrupts]) interrupt();
  }
}

/** Grows with each failure, and is not the same in all processes. */
function pauseAfter(
  failures: number,
  { first, longest }: { first: number; longest: number },
): number {
  return Math.min(first * 2 ** failures, longest) * (0.5 + Math.random() / 2);
}
