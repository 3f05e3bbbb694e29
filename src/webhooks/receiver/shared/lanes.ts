import { deviceIdPlaces } from "../../../../generated/kinds.ts";
import { sleepUntilWoken } from "../../../runtime/sleep.ts";

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
  readonly lanes: readonly unknown[];
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
   * @param lanes Any values; a unique one for work that need not wait for other work. Of work in several lanes the
   * turn comes when all of them are free.
   * @param endsAt When the work will have ended, by `performance.now()`.
   */
  async run(lanes: readonly unknown[], endsAt: number, work: () => Promise<void>): Promise<void> {
    const turn: Turn = { lanes, endsAt, wakes: new Set() };
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
      if (turn.endsAt + grace <= now) this.#running.delete(turn);
      else for (const lane of turn.lanes) busy.add(lane);
    }
    for (const turn of this.#waiting) {
      const { lanes, endsAt, wakes } = turn;
      if (endsAt > now) {
        if (this.#running.size >= this.#concurrency) break;
        const mustWait = lanes.some((lane) => busy.has(lane));
        // Also when it must wait: later work in one of these lanes must not overtake it.
        for (const lane of lanes) busy.add(lane);
        if (mustWait) continue;
        this.#running.add(turn);
      }
      this.#waiting.delete(turn);
      for (const wake of wakes) wake();
    }
  }
}
