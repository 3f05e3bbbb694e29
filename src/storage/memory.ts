import type { EventStore, StoredToken, TokenStore } from "./contracts.ts";
import { memoryEventStore } from "./memory-events.ts";

/** How many tokens are kept: one for each Enode client in the process, so hardly ever more than two. */
const maxTokens = 1_000;

/** The stores of {@link memoryStorage}. */
export interface MemoryStorage {
  readonly tokenStore: TokenStore;
  /** Takes no more than 10,000 events that wait, and recognises copies of the latest 10,000 deliveries. */
  readonly eventStore: EventStore;
}

/**
 * Storage in this process's memory: for tests, and for several clients in one process. Bounded; all
 * is gone when the process ends.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { memoryStorage } from "enode-sdk/storage";
 *
 * const { tokenStore } = memoryStorage();
 * const enode = Enode.fromEnv({ tokenStore });
 * ```
 */
export function memoryStorage(): MemoryStorage {
  const tokens = new Map<string, StoredToken>();
  return {
    eventStore: memoryEventStore(),
    tokenStore: {
      async get(key) {
        return tokens.get(key);
      },
      async set(key, token, { expiresAt, ifUnchanged }) {
        const current = tokens.get(key)?.token ?? null;
        if (ifUnchanged !== undefined && current !== ifUnchanged) return false;
        // Deleted first, so that the oldest entry by last write is the first one to go.
        tokens.delete(key);
        tokens.set(key, { token, expiresAt });
        const [oldest] = tokens.keys();
        if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest);
        return true;
      },
      async delete(key) {
        tokens.delete(key);
      },
    },
  };
}
