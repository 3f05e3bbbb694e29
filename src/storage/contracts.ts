/** A token as a store keeps it. */
export interface StoredToken {
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
    options: { expiresAt: number; ifUnchanged?: string | null },
  ): Promise<boolean>;
  /** Forgets the token, if there is one. */
  delete(key: string): Promise<void>;
}
