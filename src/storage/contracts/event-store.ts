/** A verified delivery of webhook events, to be kept until its events are handled. */
export interface DeliveryRecord {
  /** Keeps apart what belongs to different clients of Enode: nothing of one namespace meets another. */
  namespace: string;
  /** SHA-256 of the signed bytes, as hex digits: what makes two deliveries the same one. */
  digest: string;
  /** Enode's ID of the delivery. It is not signed, so it identifies nothing. */
  deliveryId: string | undefined;
  /** When it came, in ms since the epoch. */
  receivedAt: number;
  /** Its events, in the order to handle them. */
  events: readonly EventRecord[];
}

/** One event of a delivery. */
export interface EventRecord {
  /** Its place in the delivery, from 0. */
  index: number;
  /**
   * Events of one lane are handed out one after the other, in the order in which they were appended; null
   * for an event that waits for no other. Lanes of different namespaces have nothing to do with each other.
   */
  lane: string | null;
  /** The event as JSON text. */
  payload: string;
}

/** An event as a store gives it back. */
export interface KeptEvent {
  /** The store's own ID of the event. */
  id: string;
  /** The event as JSON text. */
  payload: string;
  /** Its place in its delivery, from 0. */
  index: number;
  /** SHA-256 of the signed bytes of its delivery, as hex digits. */
  digest: string;
  /** Enode's ID of its delivery. */
  deliveryId: string | undefined;
  /** When its delivery came, in ms since the epoch. */
  receivedAt: number;
}

/** An event that a worker holds. */
export interface ClaimedEvent extends KeptEvent {
  /** Proves that this worker holds it; another one each time that it is claimed. */
  lease: string;
  /** Which attempt this is, from 1; also attempts of workers that died count. */
  attempt: number;
}

/** An event that was given up. */
export interface DeadLetter extends KeptEvent {
  /** How often it was tried. */
  attempts: number;
  /** Why the last attempt failed. */
  reason: string;
  /** When it was given up, in ms since the epoch. */
  failedAt: number;
}

/** An event to be handed out again, and when. */
export interface Postponement {
  /** The event, as it was claimed. */
  event: ClaimedEvent;
  /** After how many ms, by the store's own clock. */
  pause: number;
  /** How many attempts count from now on: the next claim is the one after these. */
  attempts: number;
  /** Why the last attempt failed; undefined when there was none, or it does not count. */
  reason: string | undefined;
}

/** How many events of a namespace a store has, and in which state. */
export interface EventCounts {
  /** Events to be handled that nobody holds: due, behind another one of their lane, or waiting for a retry. */
  waiting: number;
  /** Those of them that `claim` could hand out now. */
  due: number;
  /** Events whose lease has not ended. */
  held: number;
  /** Dead letters. */
  dead: number;
  /** How long ago the delivery of the oldest event came that is neither complete nor dead, in ms; 0 without one. */
  oldestAge: number;
}

/**
 * Where webhook events are kept from their arrival until they are handled. Several receivers and workers,
 * in several processes, use one store at the same time. Every method may throw or reject: a delivery is
 * then answered with 503, so that Enode sends it again, and a worker tries again later.
 *
 * An event is handed out at least once; it is handed out again when a worker dies, or the store fails,
 * between handling it and `complete`.
 *
 * All times and durations are in ms. A `namespace` that is left out is `default`: each method sees the events of
 * that one namespace only, so pass the namespace of the receiver, such as `enode.namespace`, wherever it has one.
 * A namespace or user that is given but undefined, null or empty is refused.
 */
export interface EventStore {
  /**
   * Keeps a delivery with its events, in one atomic step, unless one with the same namespace and digest
   * is there already. Resolves when it would survive a crash; of any number of simultaneous calls with
   * the same delivery one gets "new".
   */
  append(delivery: DeliveryRecord): Promise<"new" | "duplicate">;
  /**
   * Optional: what `append` does, and in the same atomic step what `claim` would do with the events of this
   * delivery, of which it hands out up to `limit`, in their order; none of a lane of which an earlier event is
   * neither complete nor dead. A worker with room to spare calls it in place of `append`, which in a database
   * saves writing each event twice. A store that wraps another one wraps this, too, or leaves it out.
   */
  appendAndClaim?:
    | ((
        delivery: DeliveryRecord,
        limit: number,
        lease: number,
      ) => Promise<ClaimedEvent[] | "duplicate">)
    | undefined;
  /**
   * Hands out up to `limit` events that are due, the oldest first, each for `lease` ms to this caller
   * alone; after that, to whoever asks. Of each lane only the first event that is neither complete nor
   * dead may be handed out, and nothing of the lane as long as that one is held or waits for its retry.
   */
  claim(limit: number, lease: number, namespace?: string): Promise<ClaimedEvent[]>;
  /**
   * Marks an event as handled. False, and nothing happens, when the lease of this claim has ended and
   * another worker holds the event.
   */
  complete(event: ClaimedEvent): Promise<boolean>;
  /** Optional: what `complete` does, for several events in one step. The answers are in their order. */
  completeMany?: ((events: readonly ClaimedEvent[]) => Promise<boolean[]>) | undefined;
  /**
   * Gives an event back after a failure: to be handed out again at `retryAt` (ms since the epoch), or
   * without it as a dead letter. False, and nothing happens, when the claim is no longer this one.
   */
  fail(event: ClaimedEvent, reason: string, retryAt?: number): Promise<boolean>;
  /**
   * Optional: gives events back to be handed out again after a pause, with a count of attempts that the worker names.
   * A worker calls it in place of `fail` with `retryAt`: the pause goes by the store's clock, whatever the time of the
   * worker's host, and an attempt that never began, or that an outage has cost, need not count. Answers, in their
   * order, false for each event whose claim is no longer this one.
   */
  postpone?: ((postponements: readonly Postponement[]) => Promise<boolean[]>) | undefined;
  /**
   * Optional: has the leases of events end in so many ms from now, for handlers that need longer. Answers, in their
   * order, false for each event whose claim is no longer this one.
   */
  renew?: ((events: readonly ClaimedEvent[], lease: number) => Promise<boolean[]>) | undefined;
  /** Optional: counts the events of the namespace. */
  counts?: ((namespace?: string) => Promise<EventCounts>) | undefined;
  /**
   * Optional: calls `onEvents` soon after another process, or another worker of this one, has added events to the
   * namespace, so that a worker need not wait for its next poll. Calls may be missed, or be made without need. Never
   * throws: a store that cannot hear of events just makes no calls.
   *
   * @returns The function that ends it. It resolves when whatever was held for it is free.
   */
  listen?: ((onEvents: () => void, namespace?: string) => () => Promise<void>) | undefined;
  /**
   * The events of the namespace that were given up, the latest first; 100 by default. Without a namespace these are of
   * `default`, and not those of a receiver that has another one: ask the receiver, `receiver.deadLetters()`.
   */
  deadLetters(limit?: number, namespace?: string): Promise<DeadLetter[]>;
  /**
   * Has dead letters of the namespace handled once more, from their first attempt on and at their old places in their
   * lanes. Tells how many were found. Without a namespace these are of `default`: `receiver.revive()` goes by the
   * receiver's own.
   */
  revive(ids: readonly string[], namespace?: string): Promise<number>;
  /**
   * Optional: forgets dead letters of the namespace, and no other events. Their deliveries are still recognised. Tells
   * how many were forgotten.
   */
  discard?: ((ids: readonly string[], namespace?: string) => Promise<number>) | undefined;
  /**
   * Forgets deliveries of the namespace that came before a time (ms since the epoch) and have no event that is still to
   * be handled; dead letters go too. A copy of a forgotten delivery would be taken for a new one, so keep
   * them for longer than Enode repeats deliveries, which is a day. Tells how many were forgotten. Without a namespace
   * these are of `default`: `receiver.prune()`, and the option `retention`, go by the receiver's own.
   */
  prune(before: number, namespace?: string): Promise<number>;
  /**
   * Forgets the events of one user (`user.id` in the payload), waiting, held or dead, in one atomic step.
   * Their deliveries are still recognised. Tells how many events were forgotten.
   */
  erase(userId: string, namespace?: string): Promise<number>;
}
