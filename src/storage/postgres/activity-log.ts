import type { ActivityLog } from "../contracts/index.ts";
import { toEntry } from "../shared/rows.ts";
import { conditions } from "./conditions.ts";
import { checkTexts, longLimit, type PostgresConnection, relaxed } from "./connection.ts";

const columns = "namespace, at, type, name, user_id, device_id, action_id, details";

/** Keeps what happened in a table of a PostgreSQL database. */
export function postgresActivityLog(connection: PostgresConnection): ActivityLog {
  const activity = connection.table("enode_activity");
  const insert = `
    INSERT INTO ${activity} (${columns})
    SELECT ${columns} FROM unnest(
      $1::text[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]
    ) WITH ORDINALITY AS entry (${columns}, nth)
    WHERE ${relaxed} ORDER BY nth`;

  return {
    async record(entries) {
      for (const { namespace, userId, deviceId, actionId } of entries) {
        checkTexts({ namespace, userId, deviceId, actionId });
      }
      if (entries.length === 0) return;
      await connection.changes(insert, [
        entries.map(({ namespace }) => namespace),
        entries.map(({ at }) => at),
        entries.map(({ type }) => type),
        entries.map(({ name }) => name),
        entries.map(({ userId }) => userId),
        entries.map(({ deviceId }) => deviceId),
        entries.map(({ actionId }) => actionId),
        entries.map(({ details }) => details),
      ]);
    },

    async list(namespace, { userId, deviceId, actionId, from, to, limit }) {
      checkTexts({ namespace, userId, deviceId, actionId });
      const { sql, values } = conditions({
        "namespace = ?": namespace,
        "user_id = ?": userId,
        "device_id = ?": deviceId,
        "action_id = ?": actionId,
        "at >= ?": from,
        "at < ?": to,
      });
      const rows = await connection.rows(
        `SELECT ${columns} FROM ${activity} WHERE ${sql}
         ORDER BY at DESC, id DESC LIMIT $${values.length + 1}`,
        [...values, limit],
        longLimit,
      );
      return rows.map(toEntry).reverse();
    },

    async prune(namespace, before) {
      checkTexts({ namespace });
      return connection.changes(
        `DELETE FROM ${activity} WHERE namespace = $1 AND at < $2`,
        [namespace, before],
        longLimit,
      );
    },

    async erase(namespace, ids) {
      checkTexts({ namespace });
      for (const id of ids) checkTexts({ id });
      const any = "ANY ($2::text[])";
      return connection.changes(
        `DELETE FROM ${activity} WHERE namespace = $1
           AND (user_id = ${any} OR device_id = ${any} OR action_id = ${any})`,
        [namespace, ids],
        longLimit,
      );
    },
  };
}
