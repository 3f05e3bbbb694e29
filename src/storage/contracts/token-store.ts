/** A token as a store keeps it. */
export interface StoredToken {
  /** The access token: a secret. */
  token: string;
  /** When it ends, in ms since the epoch. */
  expiresAt: number;
}

/**
 * Where access tokens are kept so that several processes share one. Implement it over whatever the
 * processes already share; encrypt at rest, because a token opens the data of all users of the client.
 *
 * Keys have the form `<environment>:<clientId>`. Any method may throw or reject: the client then
 * reports a `StoreError` to its hooks and gets a token of its own.
 *
 * @example
 * ```ts
 * import type { StoredToken, TokenStore } from "enode-sdk/storage";
 *
 * const kept = new Map<string, StoredToken>();
 * export const tokenStore: TokenStore = {
 *   get: async (key) => kept.get(key),
 *   set: async (key, token, { expiresAt, ifUnchanged }) => {
 *     if (ifUnchanged !== undefined && (kept.get(key)?.token ?? null) !== ifUnchanged) return false;
 *     kept.set(key, { token, expiresAt });
 *     return true;
 *   },
 *   delete: async (key) => void kept.delete(key),
 * };
 * ```
 */
export interface TokenStore {
  /** The token kept under the key; undefined when there is none. May return one that has ended. */
  get(key: string): Promise<StoredToken | undefined>;
  /**
   * Keeps a token. With `ifUnchanged` only if the token kept is still that one (null: none at all),
   * as one atomic step; tells whether it was kept.
   */
  set(
    key: string,
    token: string,
    options: { expiresAt: number; ifUnchanged?: string | null | undefined },
  ): Promise<boolean>;
  /** Forgets the token, if there is one. */
  delete(key: string): Promise<void>;
  /**
   * Optional; with it, processes that need a new token at the same moment make one request for it and not
   * one each. Gives one caller at a time the right to get a new token, for `ttl` ms; undefined when another
   * one has it. After `ttl` whoever asks gets it, so that a process which died delays the others no longer
   * than that. It has nothing to do with the token itself: get, set and delete go on as if it were not there.
   */
  lease?: ((key: string, ttl: number) => Promise<TokenLease | undefined>) | undefined;
}

/** The right to get a new token. */
export interface TokenLease {
  /** Gives it back before its time. Does nothing when the time was over and another one has it. */
  release(): Promise<void>;
}
