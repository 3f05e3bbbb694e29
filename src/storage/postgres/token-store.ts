import type { TokenStore } from "../contracts/index.ts";
import { checkTexts, type PostgresConnection, relaxed, timeOf } from "./connection.ts";

/** Keeps access tokens in a table of a PostgreSQL database. */
export function postgresTokenStore(connection: PostgresConnection): TokenStore {
  const tokens = connection.table("enode_tokens");
  const leases = connection.table("enode_token_leases");
  const add = `INSERT INTO ${tokens} (key, token, expires_at) VALUES ($1, $2, $3)`;
  const put = `
    ${add} ON CONFLICT (key) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at`;
  const exchange = `UPDATE ${tokens} SET token = $2, expires_at = $3 WHERE key = $1 AND token = $4`;

  return {
    async get(key) {
      checkTexts({ key });
      const [row] = await connection.rows(
        `SELECT token, expires_at FROM ${tokens} WHERE key = $1`,
        [key],
      );
      return row && { token: String(row["token"]), expiresAt: Number(row["expires_at"]) };
    },

    async set(key, token, { expiresAt, ifUnchanged }) {
      checkTexts({ key, token, ifUnchanged });
      const values = [key, token, expiresAt];
      if (ifUnchanged === undefined) return (await connection.changes(put, values)) === 1;
      if (ifUnchanged !== null) {
        return (await connection.changes(exchange, [...values, ifUnchanged])) === 1;
      }
      return (await connection.changes(`${add} ON CONFLICT DO NOTHING`, values)) === 1;
    },

    async delete(key) {
      checkTexts({ key });
      await connection.changes(`DELETE FROM ${tokens} WHERE key = $1`, [key]);
    },

    async lease(key, ttl) {
      checkTexts({ key });
      const holder = crypto.randomUUID();
      // One that is forgotten costs one more request for a token.
      const taken = await connection.changes(
        `INSERT INTO ${leases} AS lease (key, holder, ends_at)
         SELECT $1, $2, ${timeOf("$4")} + $3 WHERE ${relaxed}
         ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
         WHERE lease.ends_at <= ${timeOf("$4")}`,
        [key, holder, ttl, connection.now()],
      );
      if (taken === 0) return undefined;
      return {
        async release() {
          await connection.changes(
            `DELETE FROM ${leases} WHERE key = $1 AND holder = $2 AND ${relaxed}`,
            [key, holder],
          );
        },
      };
    },
  };
}
