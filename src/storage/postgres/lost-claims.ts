import { captureContext } from "../../runtime/async-context.ts";
import { type PostgresConnection, relaxed, timeOf } from "./connection.ts";
import { isSettled } from "./error.ts";
import type { Timers } from "./timers.ts";

/** A claim, as it is sent. */
export interface Claim {
  readonly namespace: string;
  readonly lease: string;
  /** For how long events are held, in ms. */
  readonly duration: number;
}

interface LostClaim extends Claim {
  readonly sentAt: number;
  /** How often nothing may still be found: the server may be about to carry it out. */
  triesLeft: number;
}

/** So many are remembered: each call that fails while the server is away adds one. */
const maxLost = 20;
const tries = 3;
/** Before the first try and, as it doubles each time, at most, in ms. */
const pauses = { first: 1_000, longest: 30_000 };
/** By how much the clock of the server may have been changed meanwhile, in ms. */
const tolerance = 1_000;

/**
 * Gives back what was claimed for somebody who has had no answer: a statement may have been carried out after its
 * connection was closed. Otherwise its events would wait until their leases end, and have lost an attempt. It is done
 * in the background, and given up when the leases have ended.
 */
export class LostClaims {
  readonly #connection: PostgresConnection;
  readonly #timers: Timers;
  readonly #statement: string;
  readonly #inOwnContext: <T>(work: () => T) => T = captureContext();
  readonly #lost = new Set<LostClaim>();
  #isRunning = false;

  constructor(connection: PostgresConnection, timers: Timers) {
    this.#connection = connection;
    this.#timers = timers;
    const events = connection.table("enode_events");
    // By when their leases end, as there is no index about leases.
    this.#statement = `
      WITH lost AS MATERIALIZED (
        SELECT id FROM ${events}
        WHERE namespace = $1 AND is_head AND failed_at IS NULL AND lease = $2
          AND due_at >= ${timeOf("$5")} + $3::float8 AND due_at <= ${timeOf("$5")} + $4::float8
        ORDER BY lane, id FOR NO KEY UPDATE
      )
      UPDATE ${events} SET lease = NULL, holds_lane = false, due_at = greatest(${timeOf("$5")}, 1e-9), attempt = attempt - 1
      WHERE id = ANY (ARRAY(SELECT id FROM lost)) AND ${relaxed}`;
  }

  /** Sends a claim, and remembers it when it is not known what has become of it. */
  async watch<T>(claim: Claim, send: () => Promise<T>): Promise<T> {
    const sentAt = this.#timers.now();
    try {
      return await send();
    } catch (error) {
      if (!isSettled(error)) this.#add({ ...claim, sentAt, triesLeft: tries });
      throw error;
    }
  }

  #add(claim: LostClaim): void {
    const [oldest] = this.#lost;
    if (oldest && this.#lost.size >= maxLost) this.#lost.delete(oldest);
    this.#lost.add(claim);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#inOwnContext(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (
      let pause = pauses.first;
      this.#lost.size > 0;
      pause = Math.min(2 * pause, pauses.longest)
    ) {
      await new Promise<void>((resolve) => this.#timers.idly(pause, resolve));
      for (const claim of [...this.#lost]) {
        if (await this.#isOver(claim)) this.#lost.delete(claim);
      }
    }
    this.#isRunning = false;
  }

  /** Tries to give back what was claimed. Whether no more is to be tried. */
  async #isOver(claim: LostClaim): Promise<boolean> {
    const { namespace, lease, duration, sentAt } = claim;
    const age = this.#timers.now() - sentAt;
    if (age > duration) return true;
    const from = duration - age - tolerance;
    const values = [namespace, lease, from, duration + tolerance, this.#connection.now()];
    try {
      return (
        (await this.#connection.changes(this.#statement, values)) > 0 || --claim.triesLeft === 0
      );
    } catch {
      // The server is still away.
      return false;
    }
  }
}
