import type { TokenStore } from "../contracts/index.ts";
import type { SqliteConnection } from "./connection.ts";

/** Keeps access tokens in a table of an SQLite database. */
export function sqliteTokenStore(connection: SqliteConnection, now: () => number): TokenStore {
  const select = connection.prepare("SELECT token, expires_at FROM enode_tokens WHERE key = ?");
  const put = connection.prepare(`
    INSERT INTO enode_tokens (key, token, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at`);
  const add = connection.prepare(`
    INSERT INTO enode_tokens (key, token, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`);
  const exchange = connection.prepare(
    "UPDATE enode_tokens SET token = ?, expires_at = ? WHERE key = ? AND token = ?",
  );
  const remove = connection.prepare("DELETE FROM enode_tokens WHERE key = ?");
  const lease = connection.prepare(`
    INSERT INTO enode_token_leases (key, holder, ends_at) VALUES (:key, :holder, :end)
    ON CONFLICT (key) DO UPDATE SET holder = :holder, ends_at = :end WHERE ends_at <= :now`);
  const release = connection.prepare("DELETE FROM enode_token_leases WHERE key = ? AND holder = ?");

  return {
    async get(key) {
      connection.check("key", key);
      const row = await connection.read(() => select.get(key));
      return row && { token: String(row["token"]), expiresAt: Number(row["expires_at"]) };
    },

    async set(key, token, { expiresAt, ifUnchanged }) {
      connection.check("key", key);
      connection.check("token", token);
      connection.check("ifUnchanged", ifUnchanged ?? "");
      const { changes } = await connection.write("FULL", () => {
        if (ifUnchanged === undefined) return put.run(key, token, expiresAt);
        if (ifUnchanged === null) return add.run(key, token, expiresAt);
        return exchange.run(token, expiresAt, key, ifUnchanged);
      });
      return changes === 1;
    },

    async delete(key) {
      connection.check("key", key);
      await connection.write("FULL", () => remove.run(key));
    },

    async lease(key, ttl) {
      connection.check("key", key);
      const holder = crypto.randomUUID();
      // One that is forgotten costs one more request for a token.
      const { changes } = await connection.write("NORMAL", () => {
        const at = now();
        return lease.run({ key, holder, end: at + ttl, now: at });
      });
      if (changes === 0) return undefined;
      return {
        async release() {
          await connection.write("NORMAL", () => release.run(key, holder));
        },
      };
    },
  };
}
