import { withSafeMessage } from "../../shared/store-reason.ts";
import type { UserStore } from "../contracts/index.ts";
import { toLink } from "../shared/rows.ts";
import type { SqliteConnection } from "./connection.ts";

const columns = "namespace, host_user_id, enode_user_id, created_at, erasing_since";

/** Keeps which user of the host is which user at Enode in a table of an SQLite database. */
export function sqliteUserStore(connection: SqliteConnection): UserStore {
  const insert = connection.prepare(
    `INSERT INTO enode_users (${columns}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const select = connection.prepare(
    `SELECT ${columns} FROM enode_users WHERE namespace = ? AND host_user_id = ?`,
  );
  const selectByEnodeUserId = connection.prepare(
    `SELECT ${columns} FROM enode_users WHERE namespace = ? AND enode_user_id = ?`,
  );
  const beginErasure = connection.prepare(`
    UPDATE enode_users SET erasing_since = ?
    WHERE namespace = ? AND host_user_id = ? AND erasing_since IS NULL`);
  const selectErasing = connection.prepare(`
    SELECT ${columns} FROM enode_users WHERE namespace = ? AND erasing_since IS NOT NULL
    ORDER BY erasing_since, host_user_id LIMIT ?`);
  const remove = connection.prepare(
    "DELETE FROM enode_users WHERE namespace = ? AND host_user_id = ?",
  );

  return {
    async link({ namespace, hostUserId, enodeUserId, createdAt, erasingSince }) {
      connection.check("namespace", namespace);
      connection.check("hostUserId", hostUserId);
      connection.check("enodeUserId", enodeUserId);
      return connection.write("FULL", () => {
        insert.run(namespace, hostUserId, enodeUserId, createdAt, erasingSince ?? null);
        const row = select.get(namespace, hostUserId);
        if (row === undefined) {
          throw withSafeMessage(new Error("The Enode user belongs to another user of the host."));
        }
        return toLink(row);
      });
    },

    async get(namespace, hostUserId) {
      connection.check("namespace", namespace);
      connection.check("hostUserId", hostUserId);
      const row = await connection.read(() => select.get(namespace, hostUserId));
      return row && toLink(row);
    },

    async getByEnodeUserId(namespace, enodeUserId) {
      connection.check("namespace", namespace);
      connection.check("enodeUserId", enodeUserId);
      const row = await connection.read(() => selectByEnodeUserId.get(namespace, enodeUserId));
      return row && toLink(row);
    },

    async beginErasure(namespace, hostUserId, at) {
      connection.check("namespace", namespace);
      connection.check("hostUserId", hostUserId);
      return connection.write("FULL", () => {
        beginErasure.run(at, namespace, hostUserId);
        const row = select.get(namespace, hostUserId);
        return row && toLink(row);
      });
    },

    async listErasing(namespace, limit) {
      connection.check("namespace", namespace);
      const rows = await connection.read(() => selectErasing.all(namespace, limit));
      return rows.map(toLink);
    },

    async remove(namespace, hostUserId) {
      connection.check("namespace", namespace);
      connection.check("hostUserId", hostUserId);
      const { changes } = await connection.write("FULL", () => remove.run(namespace, hostUserId));
      return changes === 1;
    },
  };
}
