import { deviceIdPlaces } from "../../../generated/kinds.ts";
import { sleepUntilWoken } from "../../runtime/sleep.ts";

type Loose = Readonly<Record<string, unknown>>;

const places: readonly (readonly [member: string, id: string])[] = Object.entries(deviceIdPlaces);

/**
 * The lane of an event: events of one lane are handled one after the other, in the order of arrival. There is one
 * lane per device, else one per user; null for an event about neither.
 */
export function laneOf(payload: unknown): string | null {
  // `Object` makes an object of any value.
  const event = Object(payload) as Loose;
  for (const [member, id] of places) {
    const deviceId: unknown = Object(event[member])[id];
    if (typeof deviceId === "string") return `device:${deviceId}`;
  }
  const userId: unknown = Object(event["user"]).id;
  return typeof userId === "string" ? `user:${userId}` : null;
}

/** Time after its end at which a turn is over in any case, in ms. */
const grace = 100;

/** The turn of some work. */
interface Turn {
  readonly lane: unknown;
  /** By `performance.now()`. */
  readonly endsAt: number;
  readonly wakes: Set<() => void>;
}

/**
 * Runs work in lanes: one at a time in each lane, and a limited number at a time in all.
 *
 * A turn ends with its work, or when its time is over, which the waiting callers measure: the request that it
 * belongs to may have ended with all of its timers and promises, and would never release the turn.
 */
export class Lanes {
  readonly #concurrency: number;
  readonly #running = new Set<Turn>();
  readonly #waiting = new Set<Turn>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /**
   * Runs work once its turn has come, if it comes in time.
   *
   * @param lane Any value; a unique one for work that need not wait for other work.
   * @param endsAt When the work will have ended, by `performance.now()`.
   */
  async run(lane: unknown, endsAt: number, work: () => Promise<void>): Promise<void> {
    const turn: Turn = { lane, endsAt, wakes: new Set() };
    this.#waiting.add(turn);
    this.#admit();
    while (this.#waiting.has(turn)) {
      const nextEnd = Math.min(endsAt, ...[...this.#running].map((each) => each.endsAt + grace));
      await sleepUntilWoken(nextEnd - performance.now(), turn.wakes);
      this.#admit();
    }
    if (this.#running.has(turn)) await work();
    this.#running.delete(turn);
    this.#admit();
  }

  /** Begins the next turns. */
  #admit(): void {
    const now = performance.now();
    const busy = new Set<unknown>();
    for (const turn of this.#running) {
      if (turn.endsAt + grace > now) busy.add(turn.lane);
      else this.#running.delete(turn);
    }
    for (const turn of this.#waiting) {
      const { lane, endsAt, wakes } = turn;
      if (endsAt > now) {
        if (this.#running.size >= this.#concurrency) break;
        if (busy.has(lane)) continue;
        busy.add(lane);
        this.#running.add(turn);
      }
      this.#waiting.delete(turn);
      for (const wake of wakes) wake();
    }
  }
}
