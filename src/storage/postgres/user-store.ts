import { withSafeMessage } from "../../shared/store-reason.ts";
import type { UserStore } from "../contracts/index.ts";
import { toLink } from "../shared/rows.ts";
import { checkTexts, type PostgresConnection } from "./connection.ts";

const columns = "namespace, host_user_id, enode_user_id, created_at, erasing_since";
const maxTries = 10;

/** Keeps which user of the host is which user at Enode in a table of a PostgreSQL database. */
export function postgresUserStore(connection: PostgresConnection): UserStore {
  const users = connection.table("enode_users");
  const byHost = "namespace = $1 AND host_user_id = $2";

  return {
    async link({ namespace, hostUserId, enodeUserId, createdAt, erasingSince }) {
      checkTexts({ namespace, hostUserId, enodeUserId });
      const key = [namespace, hostUserId, enodeUserId];
      for (let left = maxTries; left > 0; left--) {
        const [added] = await connection.rows(
          `INSERT INTO ${users} (${columns}) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING ${columns}`,
          [...key, createdAt, erasingSince ?? null],
        );
        if (added !== undefined) return toLink(added);
        // A statement of its own, as the one before does not see what came after its beginning.
        const found = await connection.rows(
          `SELECT ${columns} FROM ${users} WHERE ${byHost}
           UNION ALL SELECT ${columns} FROM ${users} WHERE namespace = $1 AND enode_user_id = $3`,
          key,
        );
        const known = found.find((row) => row["host_user_id"] === hostUserId);
        if (known !== undefined) return toLink(known);
        if (found.length > 0) {
          throw withSafeMessage(new Error("The Enode user belongs to another user of the host."));
        }
        // What was in the way was removed in between.
      }
      throw withSafeMessage(new Error("The link was made and removed by others all the time."));
    },

    async get(namespace, hostUserId) {
      checkTexts({ namespace, hostUserId });
      const [row] = await connection.rows(`SELECT ${columns} FROM ${users} WHERE ${byHost}`, [
        namespace,
        hostUserId,
      ]);
      return row && toLink(row);
    },

    async getByEnodeUserId(namespace, enodeUserId) {
      checkTexts({ namespace, enodeUserId });
      const [row] = await connection.rows(
        `SELECT ${columns} FROM ${users} WHERE namespace = $1 AND enode_user_id = $2`,
        [namespace, enodeUserId],
      );
      return row && toLink(row);
    },

    async beginErasure(namespace, hostUserId, at) {
      checkTexts({ namespace, hostUserId });
      const [row] = await connection.rows(
        `UPDATE ${users} SET erasing_since = coalesce(erasing_since, $3)
         WHERE ${byHost} RETURNING ${columns}`,
        [namespace, hostUserId, at],
      );
      return row && toLink(row);
    },

    async listErasing(namespace, limit) {
      checkTexts({ namespace });
      const rows = await connection.rows(
        `SELECT ${columns} FROM ${users} WHERE namespace = $1 AND erasing_since IS NOT NULL
         ORDER BY erasing_since, host_user_id LIMIT $2`,
        [namespace, limit],
      );
      return rows.map(toLink);
    },

    async remove(namespace, hostUserId) {
      checkTexts({ namespace, hostUserId });
      const values = [namespace, hostUserId];
      return (await connection.changes(`DELETE FROM ${users} WHERE ${byHost}`, values)) === 1;
    },
  };
}
