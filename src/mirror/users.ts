import type { Enode } from "../enode.ts";
import { isNotFoundError } from "../errors.ts";
import type { DeviceRecord } from "../storage/contracts.ts";
import type { Keeper } from "./keeper.ts";
import { observed } from "./observation.ts";
import { recordOf, type Sighting, userTombstone } from "./records.ts";

/** Time for reading one user while an event waits. */
const deadline = 3_500;

/**
 * Reads users anew when an event says that something about them has changed. An event tells only what has
 * changed, and to put that into what is known could bring back something older.
 */
export class UserReader {
  readonly #enode: Enode;
  readonly #keeper: Keeper;
  readonly #flights = new Map<string, { running?: Promise<void>; next?: Promise<void> }>();
  readonly #since = new Map<string, number>();

  constructor(enode: Enode, keeper: Keeper) {
    this.#enode = enode;
    this.#keeper = keeper;
  }

  /**
   * Reads a user and keeps it. Whoever asks before the request is made shares it; one that is under way may
   * have been answered before the event, so that another one follows.
   *
   * @param since When the event was created: what is read now is at least as new.
   */
  read(userId: string, since: number): Promise<void> {
    this.#since.set(userId, Math.max(since, this.#since.get(userId) ?? since));
    const flight = this.#flights.get(userId) ?? {};
    this.#flights.set(userId, flight);
    flight.next ??= this.#after(flight.running, userId);
    return flight.next;
  }

  async #after(running: Promise<void> | undefined, userId: string): Promise<void> {
    // Whether that one fails is for those who wait for it. Without one, others of this turn still join.
    await running?.catch(() => undefined);
    const flight = this.#flights.get(userId) ?? {};
    flight.running = flight.next ?? Promise.resolve();
    delete flight.next;
    const since = this.#since.get(userId) ?? 0;
    this.#since.delete(userId);
    try {
      // Nothing may take the place of the mark that an erasure has left.
      if (await this.#keeper.isErased(userId)) return;
      await this.#keeper.join([await this.#fetch(userId, since)], false);
    } finally {
      if (flight.next === undefined) this.#flights.delete(userId);
    }
  }

  async #fetch(userId: string, since: number): Promise<DeviceRecord> {
    const { namespace } = this.#enode;
    const sighting: Sighting = { namespace, source: "read", observedAt: since };
    try {
      const { data, observation } = await observed(() =>
        this.#enode.users.get(userId, { deadline }).withResponse(),
      );
      const observedAt = Math.max(since, observation.of(data));
      // Under the ID that was asked for, whatever the answer says.
      const record = recordOf("user", { ...data, id: userId }, { ...sighting, observedAt });
      if (record) return record;
    } catch (error) {
      if (!isNotFoundError(error)) throw error;
    }
    return userTombstone(userId, sighting);
  }
}
