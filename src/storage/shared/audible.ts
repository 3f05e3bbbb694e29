import type { EventStore } from "../contracts/index.ts";

/** Tells of events that were added to a namespace, and lets others listen for that. */
export interface Announcer {
  /** Never throws, and nobody waits for it. */
  announce(namespace: string): void;
  /** See `listen` of the event store. */
  listen(onEvents: () => void, namespace?: string): () => Promise<void>;
}

/** Tells within this process: of all who share a store. */
export class LocalAnnouncer implements Announcer {
  readonly #listeners = new Set<{ readonly namespace: string; readonly onEvents: () => void }>();
  readonly #elsewhere: Announcer | undefined;

  /** @param elsewhere Tells other processes, and hears of theirs. */
  constructor(elsewhere?: Announcer) {
    this.#elsewhere = elsewhere;
  }

  announce(namespace: string): void {
    this.#elsewhere?.announce(namespace);
    for (const listener of this.#listeners) {
      if (listener.namespace !== namespace) continue;
      try {
        listener.onEvents();
      } catch {
        // It is the worker's own, and what was added is kept whatever becomes of it.
      }
    }
  }

  listen(onEvents: () => void, namespace = "default"): () => Promise<void> {
    const listener = { namespace, onEvents };
    this.#listeners.add(listener);
    const end = this.#elsewhere?.listen(onEvents, namespace);
    return async () => {
      this.#listeners.delete(listener);
      await end?.();
    };
  }
}

/** The store as one that tells of what it adds, and can be listened to. */
export function audible(store: EventStore, announcer: Announcer): EventStore {
  const { appendAndClaim } = store;
  const heard: EventStore = {
    ...store,
    async append(delivery) {
      const answer = await store.append(delivery);
      if (answer === "new" && delivery.events.length > 0) announcer.announce(delivery.namespace);
      return answer;
    },
    listen: (onEvents, namespace) => announcer.listen(onEvents, namespace),
  };
  if (appendAndClaim) {
    heard.appendAndClaim = async (delivery, limit, lease) => {
      const answer = await appendAndClaim.call(store, delivery, limit, lease);
      // Those that it has claimed are nobody else's.
      if (answer !== "duplicate" && answer.length < delivery.events.length) {
        announcer.announce(delivery.namespace);
      }
      return answer;
    };
  }
  return heard;
}
