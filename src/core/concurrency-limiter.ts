import type { Deadline } from "./deadline.ts";
import { grace, WaitQueue } from "./wait-queue.ts";

/** Most requests in flight of a client by default, and so the most sockets that it opens. */
const usualMost = 256;
/** First size of a burst. Each answer lets it grow, so that a server that refuses is noticed early. */
const firstBurst = 40;
/** A refusal is fast. A request without an answer after this time counts for the upper limit only, in ms. */
const patience = 250;

/** The right to send one request. */
export interface Place {
  /** Latest end of the request. */
  until: number;
  sentAt: number;
}

/** What a request counts for, from narrow to wide: an operation on one resource, the operation, the client. */
export type Scopes = readonly [resource: string, operation: string, client: ""];

/** An answer, as rate limits need it. */
export interface Answer {
  readonly scopes: Scopes;
  readonly sentAt: number;
  readonly at: number;
  /** How long a 429 asks to wait, in ms; 0 when it does not say. Undefined for any other answer. */
  readonly refusedFor: number | undefined;
}

/**
 * The requests in flight, which all calls of a client share. Calls get their places in the order of arrival, unless
 * the host has set limits. The place of a request that ended silently is freed when its time is over.
 */
export class ConcurrencyLimiter {
  /** The last answers, the latest one last. */
  readonly answers: Answer[] = [];
  readonly #places = new Set<Place>();
  readonly #most: number;
  readonly #firstBurst: number;
  /** The calls that wait for a place. */
  readonly queue: WaitQueue = new WaitQueue();
  #limit: number;

  /** @param most Most requests in flight, and so the most sockets. */
  constructor(most: number = usualMost) {
    this.#most = most;
    this.#firstBurst = Math.min(firstBurst, most);
    this.#limit = this.#firstBurst;
  }

  /** A place at once, if one is free and no call waits. */
  take({ remaining }: Deadline): Place | undefined {
    return this.queue.isEmpty ? this.place(remaining) : undefined;
  }

  /** Waits for a place. */
  wait(deadline: Deadline): Promise<Place> {
    return this.queue.pass(
      deadline,
      (isFirst) => (isFirst ? this.place(deadline.remaining) : undefined),
      () => patience,
    );
  }

  /** The request of a place is sent, and over after `time` ms at the latest. */
  started(place: Place, time: number): void {
    place.sentAt = performance.now();
    place.until = place.sentAt + time + grace;
  }

  /** Gives a place back. */
  release(place: Place): void {
    this.#places.delete(place);
    if (this.queue.isEmpty && this.#places.size < this.#firstBurst) {
      this.#limit = this.#firstBurst;
    }
    this.queue.wake();
  }

  /** A request was answered. */
  answered(scopes: Scopes, { sentAt }: Place, refusedFor: number | undefined): Answer {
    const answer = { scopes, sentAt, at: performance.now(), refusedFor };
    if (this.answers.push(answer) > Math.max(usualMost, this.#most)) {
      this.answers.shift();
    }
    if (refusedFor === undefined && !this.queue.isEmpty) {
      this.#limit = Math.min(this.#most, this.#limit + 0.1);
    }
    return answer;
  }

  /** A place for at most so many ms, if one is free. */
  place(time: number): Place | undefined {
    const now = performance.now();
    if (this.#places.size >= this.#limit) {
      let young = 0;
      for (const place of this.#places) {
        if (place.until < now) this.#places.delete(place);
        else if (now - place.sentAt < patience) young++;
      }
      if (young >= this.#limit || this.#places.size >= this.#most) return undefined;
    }
    const place = { until: now + time + grace, sentAt: now };
    this.#places.add(place);
    return place;
  }
}
