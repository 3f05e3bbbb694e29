import type { Enode } from "../../enode.ts";
import { isNotFoundError } from "../../errors/index.ts";
import { captureContext } from "../../runtime/async-context.ts";
import { withFallback } from "../../shared/with-fallback.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import { observed } from "../model/observation.ts";
import { type Provenance, recordOf, userTombstone } from "../model/records.ts";
import { eventTimeout } from "../store/checked-store.ts";
import type { RecordWriter } from "./record-writer.ts";

/** Time for reading one user while an event waits. */
const deadline = 3_500;

/** Longest duration of a read: two calls of the store, and the request in between. */
const longest = deadline + 2 * eventTimeout;

/** A read that others may wait for. */
interface Shared {
  readonly work: Promise<void>;
  readonly begunAt: number;
}

/**
 * Reads users again when an event says that they have changed. An event holds only the change, and merging it into
 * the known record could bring back an older state.
 */
export class UserReader {
  readonly #enode: Enode;
  readonly #writer: RecordWriter;
  readonly #clock: EnodeClock;
  readonly #inOwnContext = captureContext();
  /** By user: the read under way, and the one that follows it. */
  readonly #flights = new Map<string, { running?: Shared; next?: Shared }>();
  readonly #since = new Map<string, number>();

  constructor(enode: Enode, writer: RecordWriter, clock: EnodeClock) {
    this.#enode = enode;
    this.#writer = writer;
    this.#clock = clock;
  }

  /**
   * Reads a user and keeps it. Callers that come before the request is sent share it. A request that is already in
   * flight may have been answered before the event, so another one follows.
   *
   * @param since When the event was created: what is read now is at least as new.
   */
  read(userId: string, since: number): Promise<void> {
    this.#since.set(userId, Math.max(since, this.#since.get(userId) ?? since));
    const flight = this.#flights.get(userId) ?? {};
    this.#flights.set(userId, flight);
    if (hasDied(flight.running)) delete flight.running;
    if (hasDied(flight.next)) delete flight.next;
    const { running } = flight;
    // Shared work must not run in the async context of one caller.
    flight.next ??= {
      work: this.#inOwnContext(() => this.#after(running, userId)),
      begunAt: performance.now(),
    };
    return withFallback(flight.next.work, 2 * longest, () => this.#readNow(userId, since));
  }

  async #after(running: Shared | undefined, userId: string): Promise<void> {
    // Its failure is reported to its own callers. Without one, others of this turn still join.
    if (running) await withFallback(running.work, longest, nothing).catch(nothing);
    else await Promise.resolve();
    const flight = this.#flights.get(userId) ?? {};
    const own = flight.next;
    if (own) flight.running = { ...own, begunAt: performance.now() };
    delete flight.next;
    const since = this.#since.get(userId) ?? 0;
    this.#since.delete(userId);
    try {
      await this.#readNow(userId, since);
    } finally {
      if (flight.next === undefined && this.#flights.get(userId) === flight) {
        this.#flights.delete(userId);
      }
    }
  }

  async #readNow(userId: string, since: number): Promise<void> {
    // Nothing may replace the tombstone of an erasure.
    if (await this.#writer.isErased(userId)) return;
    await this.#writer.join([await this.#fetch(userId, since)], false);
  }

  async #fetch(userId: string, since: number): Promise<DeviceRecord> {
    const { namespace } = this.#enode;
    const provenance: Provenance = { namespace, source: "read", observedAt: since };
    try {
      const { data, observation } = await observed(this.#clock, () =>
        this.#enode.users.get(userId, { deadline }).withResponse(),
      );
      const observedAt = Math.max(since, observation.of(data));
      // Kept under the requested ID, whatever the answer says.
      const record = recordOf("user", { ...data, id: userId }, { ...provenance, observedAt });
      if (record) return record;
    } catch (error) {
      if (!isNotFoundError(error)) throw error;
    }
    return userTombstone(userId, provenance);
  }
}

/** Whether a read would have ended by now: the request that began it has ended, and all that belonged to it. */
function hasDied(shared: Shared | undefined): boolean {
  return shared !== undefined && performance.now() - shared.begunAt > 2 * longest;
}

async function nothing(): Promise<void> {}
