import { describe } from "vitest";
import { tokenStoreCases } from "../../../src/storage/conformance/index.ts";
import type { StoredToken, TokenLease, TokenStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import {
  expectAllToFail,
  type Mutant,
  MutantRefusal,
  type Mutants,
  pause,
  withoutNul,
} from "./support/mutants.ts";

/** Sets in two steps, with time for others in between, where the condition is such a one. */
const setsInTwoSteps =
  (isSuch: (condition: string | null | undefined) => boolean): Mutant<TokenStore> =>
  (store) => ({
    async set(key, token, { expiresAt, ifUnchanged }) {
      const current = (await store.get(key))?.token ?? null;
      if (ifUnchanged !== undefined && current !== ifUnchanged) return false;
      if (isSuch(ifUnchanged)) await pause();
      return store.set(key, token, { expiresAt });
    },
  });

/** Releases a lease whoever has it by now. */
const releasesOthers: Mutant<TokenStore> = (store) => {
  const current = new Map<string, TokenLease>();
  return {
    async lease(key, ttl) {
      const lease = await store.lease?.(key, ttl);
      if (lease) current.set(key, lease);
      return lease && { release: async () => current.get(key)?.release() };
    },
  };
};

const mutants: Mutants<TokenStore> = {
  "gives a token back as it was set, until it is deleted": () => ({ delete: async () => {} }),
  "lets a token be deleted that is not there": (store) => ({
    async delete(key) {
      if (!(await store.get(key))) throw new MutantRefusal("there is none");
      await store.delete(key);
    },
  }),
  "replaces a token, with its time": (store) => ({
    async set(key, token, options) {
      const known = await store.get(key);
      return store.set(key, token, {
        ...options,
        expiresAt: known?.expiresAt ?? options.expiresAt,
      });
    },
  }),
  "keeps a long token as it is": (store) => ({
    set: (key, token, options) => store.set(key, token.slice(0, 4_096), options),
  }),
  "sets a token only if there is none, when asked to": (store) => ({
    set: (key, token, { expiresAt, ifUnchanged }) =>
      store.set(key, token, { expiresAt, ...(ifUnchanged ? { ifUnchanged } : {}) }),
  }),
  "sets a token only if the one named is there, when asked to": (store) => ({
    async set(key, token, { expiresAt, ifUnchanged }) {
      const current = (await store.get(key))?.token.toLowerCase() ?? null;
      if (ifUnchanged && current !== ifUnchanged.toLowerCase()) return false;
      return store.set(key, token, { expiresAt });
    },
  }),
  "lets one of 50 set the first token at the same time": setsInTwoSteps(
    (condition) => condition === null,
  ),
  "lets one of 50 replace a token at the same time": setsInTwoSteps(
    (condition) => typeof condition === "string",
  ),
  "keeps hostile keys apart": (store) => ({
    get: (key) => store.get(key.trim()),
    set: (key, token, options) => store.set(key.trim(), token, options),
  }),
  "keeps tokens of keys with NUL apart, or refuses such keys": (store) => ({
    get: (key) => store.get(withoutNul(key)),
    set: (key, token, options) => store.set(withoutNul(key), token, options),
  }),
  "hands out nothing that changes what is kept": () => {
    const kept = new Map<string, StoredToken>();
    return {
      get: async (key) => kept.get(key),
      async set(key, token, { expiresAt }) {
        kept.set(key, { token, expiresAt });
        return true;
      },
    };
  },
  "gives the lease of a key to one of 20 who ask at the same time": () => {
    const held = new Set<string>();
    return {
      async lease(key) {
        if (held.has(key)) return undefined;
        await pause();
        held.add(key);
        return { release: async () => void held.delete(key) };
      },
    };
  },
  "gives a lease to another one when its time is over, and not before": (store) => ({
    lease: async (key, ttl) => store.lease?.(key, ttl - 1),
  }),
  "gives a lease to another one as soon as it is released": (store) => ({
    lease: async (key, ttl) => (await store.lease?.(key, ttl)) && { release: async () => {} },
  }),
  "does nothing when an overtaken lease is released": releasesOthers,
  "lets a lease be released twice": releasesOthers,
  "keeps the leases of different keys apart": (store) => ({
    lease: async (key, ttl) => store.lease?.(key.toLowerCase(), ttl),
  }),
  "keeps leases and tokens apart": (store) => ({
    async lease(key, ttl) {
      await store.set(key, "held", { expiresAt: 1 });
      return store.lease?.(key, ttl);
    },
  }),
};

describe("a broken store of tokens is found out", () => {
  expectAllToFail(tokenStoreCases, ({ now }) => memoryStorage({ now }).tokenStore, mutants);
});
