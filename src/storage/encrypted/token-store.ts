import { StoreError } from "../../errors/index.ts";
import type { KnownNames } from "../../shared/known-names.ts";
import type { TokenStore } from "../contracts/index.ts";
import { checkOptions, invalidOption } from "../shared/options.ts";
import { Sealer, type TokenEncryptionKey, UnreadableRecord } from "./records.ts";

/** How {@link encryptedTokenStore} works. */
export interface EncryptedTokenStoreOptions {
  /**
   * The first one encrypts, all of them decrypt. To change keys, put the new one first in all processes only
   * after all of them have it, and take the old one away an hour later, when its tokens have ended.
   */
  keys: readonly TokenEncryptionKey[];
  /**
   * Called with a record that cannot be read, once for each: it was changed, belongs to another key of the
   * store, needs an encryption key that is not among `keys`, or is not encrypted. It is taken for absent.
   */
  onError?: ((error: StoreError) => void) | undefined;
}

const known: KnownNames<EncryptedTokenStoreOptions> = { keys: true, onError: true };

/**
 * Encrypts tokens on their way to another store (AES-256-GCM). Keys of the store and times at which tokens end
 * are not encrypted. A record is of no use under another key of the store.
 *
 * @throws ConfigurationError for keys that cannot work, a store that is none, or an option that does not exist.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { encryptedTokenStore, memoryStorage } from "enode-sdk/storage";
 *
 * const { tokenStore } = memoryStorage(); // or one that processes share
 * const enode = Enode.fromEnv({
 *   tokenStore: encryptedTokenStore(tokenStore, {
 *     keys: [{ id: "2026-01", key: process.env["TOKEN_KEY"] ?? "" }], // openssl rand -base64 32
 *     onError: (error) => console.error(error.message),
 *   }),
 * });
 * ```
 */
export function encryptedTokenStore(
  inner: TokenStore,
  options: EncryptedTokenStoreOptions,
): TokenStore {
  if (!["get", "set", "delete"].every((name) => typeof Object(inner)[name] === "function")) {
    throw invalidOption("inner", "must be a TokenStore, with get, set and delete");
  }
  checkOptions("encryptedTokenStore", options, known, { key: "keys" });
  const { onError } = options;
  if (onError !== undefined && typeof onError !== "function") {
    throw invalidOption("onError", "must be a function");
  }
  const sealer = new Sealer(options.keys);
  /** What was last reported, by key of the store. */
  const reported = new Map<string, string>();

  /** The token in a record; null when there is none that can be read. */
  const open = async (key: string, sealed: string): Promise<string | null> => {
    try {
      const token = await sealer.open(key, sealed);
      reported.delete(key);
      return token;
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      report(key, sealed, error.message);
      return null;
    }
  };

  const report = (key: string, sealed: string, reason: string) => {
    if (reported.get(key) === sealed) return;
    reported.set(key, sealed);
    const message = `tokenStore.get found a record that ${reason}. It is taken for absent.`;
    try {
      onError?.(new StoreError(message, { store: "tokenStore", method: "get" }));
    } catch {
      // What is noted beside a call never fails it.
    }
  };

  const store: TokenStore = {
    async get(key) {
      const kept = await inner.get(key);
      if (!kept) return undefined;
      const token = await open(key, kept.token);
      return token === null ? undefined : { token, expiresAt: kept.expiresAt };
    },

    async set(key, token, { expiresAt, ifUnchanged }) {
      const sealed = await sealer.seal(key, token);
      if (ifUnchanged === undefined) return inner.set(key, sealed, { expiresAt });
      // No two records of a token are the same: the condition is about the one that is there now.
      const raw = (await inner.get(key))?.token ?? null;
      const current = raw === null ? null : await open(key, raw);
      if (current !== ifUnchanged) return false;
      return inner.set(key, sealed, { expiresAt, ifUnchanged: raw });
    },

    async delete(key) {
      reported.delete(key);
      await inner.delete(key);
    },
  };
  const { lease } = inner;
  if (lease) store.lease = (key, ttl) => lease.call(inner, key, ttl);
  return store;
}
