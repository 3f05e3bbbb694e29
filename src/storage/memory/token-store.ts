import { withSafeMessage } from "../../shared/store-reason.ts";
import type { StoredToken, TokenStore } from "../contracts/index.ts";

/** How many tokens and leases are kept: one for each Enode client in the process, so hardly ever more than two. */
const maxKeys = 1_000;

/** Keeps tokens in the memory of this process. */
export function memoryTokenStore(now: () => number): TokenStore {
  const tokens = new Map<string, StoredToken>();
  // Each lease is an object of its own, which tells it from one that came after it.
  const leases = new Map<string, { readonly endsAt: number }>();

  const forgetEndedLeases = () => {
    for (const [key, { endsAt }] of leases) if (endsAt <= now()) leases.delete(key);
  };

  return {
    async get(key) {
      const kept = tokens.get(key);
      return kept && { ...kept };
    },

    async set(key, token, { expiresAt, ifUnchanged }) {
      const current = tokens.get(key)?.token ?? null;
      if (ifUnchanged !== undefined && current !== ifUnchanged) return false;
      // Deleted first, so that the oldest entry by last write is the first one to go.
      tokens.delete(key);
      tokens.set(key, { token, expiresAt });
      const [oldest] = tokens.keys();
      if (tokens.size > maxKeys && oldest !== undefined) tokens.delete(oldest);
      return true;
    },

    async delete(key) {
      tokens.delete(key);
    },

    async lease(key, ttl) {
      forgetEndedLeases();
      if (leases.has(key)) return undefined;
      if (leases.size >= maxKeys) {
        throw withSafeMessage(
          new Error(`memory holds ${leases.size} leases of tokens, and takes no more`),
        );
      }
      const lease = { endsAt: now() + ttl };
      leases.set(key, lease);
      return {
        async release() {
          if (leases.get(key) === lease) leases.delete(key);
        },
      };
    },
  };
}
