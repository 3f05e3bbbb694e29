import { Pace } from "./pace.ts";

/** Requests that a client has in flight at most, and with that the sockets that it opens. */
const mostInFlight = 256;
/** Requests that a burst begins with. Each answer lets it grow, so that a server that refuses is noticed early. */
const firstBurst = 64;
/** A server that is slow is no reason to hold back: after so long a wait only the upper limit counts, in ms. */
const patience = 1_000;
/** Waiting calls look again at least this often, in ms. */
const poll = 1_000;
/** The same in Workers, where a request must not be woken up by another one. */
const pollInWorkers = 50;
/** How late timers can be without being given up, in ms. */
const grace = 1_000;

/** The right to send one request. */
export interface Place {
  /** When the request is over at the latest. */
  until: number;
  sentAt: number;
}

/** A call that waits for its place. */
export interface Turn {
  readonly since: number;
  /** When it looks again at the latest. */
  due: number;
  /** Lets it look at once. */
  wake?: (() => void) | undefined;
}

/**
 * What all calls of a client share: how many requests are in flight, and how fast they follow each other
 * after a 429, so that N callers do not find out a limit N times.
 *
 * Calls go in the order in which they came. Nothing of it hangs on a call that is gone: in Workers the timers
 * and promises of a request die with it. So each place and each turn has a time at which it is over, which
 * the others see by timers of their own.
 */
export class Throttle {
  readonly #pace = new Pace();
  readonly #places = new Set<Place>();
  readonly #queue = new Set<Turn>();
  #limit = firstBurst;

  /** Milliseconds until requests may be sent again after a refusal, 0 when they may. */
  get pause(): number {
    // The first read costs no clock: most clients never see a 429.
    return this.#pace.isSet ? this.#pace.pause(performance.now()) : 0;
  }

  /** A place for `time` ms, if nobody is before: call it with the turn of a call that has waited. */
  take(time: number, turn?: Turn): Place | undefined {
    const now = performance.now();
    for (const first of this.#queue) {
      if (first === turn) break;
      if (now <= first.due + grace) return undefined;
      this.#queue.delete(first);
    }
    const limit = turn && now - turn.since >= patience ? mostInFlight : this.#limit;
    if (this.#places.size >= limit) {
      for (const place of this.#places) if (place.until < now) this.#places.delete(place);
    }
    if (this.#places.size >= limit || this.#pace.wait(now) > 0) return undefined;
    const place = { until: now + time + grace, sentAt: now };
    this.#places.add(place);
    this.#pace.sent(now);
    return place;
  }

  /** The request of a place is sent, and over after `time` ms at the latest. */
  started(place: Place, time: number): void {
    place.sentAt = performance.now();
    place.until = place.sentAt + time + grace;
  }

  /** A turn at the end of the queue. */
  join(): Turn {
    const now = performance.now();
    return { since: now, due: now };
  }

  /** How long a turn waits until it looks again, in ms; its `wake` may end that earlier. */
  waitOf(turn: Turn): number {
    const now = performance.now();
    // Again, if it was late and taken for dead.
    this.#queue.add(turn);
    const [first] = this.#queue;
    const longest = isWorkers() ? pollInWorkers : poll;
    const wait = Math.min((first === turn && this.#pace.wait(now)) || longest, longest);
    turn.due = now + wait;
    return Math.max(1, wait);
  }

  /** Leaves the queue, with a place or without. */
  leave(turn: Turn): void {
    this.#queue.delete(turn);
    this.#wakeFirst();
  }

  /** Gives a place back. */
  release(place: Place): void {
    this.#places.delete(place);
    if (this.#queue.size === 0 && this.#places.size < firstBurst) this.#limit = firstBurst;
    this.#wakeFirst();
  }

  /** A request was answered: with success, or with a 429 that asks to wait so long, in ms. */
  answered({ sentAt }: Place, refusedFor?: number): void {
    const now = performance.now();
    if (refusedFor !== undefined) {
      this.#pace.refused(sentAt, refusedFor, now);
      return;
    }
    this.#pace.answered(sentAt, now);
    if (this.#queue.size > 0) this.#limit = Math.min(mostInFlight, this.#limit + 0.1);
  }

  #wakeFirst(): void {
    if (isWorkers()) return;
    const [first] = this.#queue;
    first?.wake?.();
  }
}

function isWorkers(): boolean {
  return globalThis.navigator?.userAgent === "Cloudflare-Workers";
}
