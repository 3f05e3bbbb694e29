import type { ActivityLog } from "../contracts/index.ts";
import { toEntry } from "../shared/rows.ts";
import { conditions } from "./conditions.ts";
import { portionSize, type SqliteConnection } from "./connection.ts";

const columns = "namespace, at, type, name, user_id, device_id, action_id, details";

/** Keeps what happened in a table of an SQLite database. */
export function sqliteActivityLog(connection: SqliteConnection): ActivityLog {
  const insert = connection.prepare(
    `INSERT INTO enode_activity (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const removeOld = connection.prepare(`
    DELETE FROM enode_activity
    WHERE id IN (SELECT id FROM enode_activity WHERE namespace = ? AND at < ? LIMIT ${portionSize})`);
  // One statement for each column, as each has an index of its own.
  const removals = ["user_id", "device_id", "action_id"].map((column) =>
    connection.prepare(`DELETE FROM enode_activity WHERE namespace = ? AND ${column} = ?`),
  );

  return {
    async record(entries) {
      for (const { namespace, userId, deviceId, actionId } of entries) {
        connection.check("namespace", namespace);
        connection.check("userId", userId ?? "");
        connection.check("deviceId", deviceId ?? "");
        connection.check("actionId", actionId ?? "");
      }
      await connection.write("NORMAL", () => {
        for (const entry of entries) {
          const { namespace, at, type, name, userId, deviceId, actionId, details } = entry;
          insert.run(namespace, at, type, name, userId, deviceId, actionId, details);
        }
      });
    },

    async list(namespace, { userId, deviceId, actionId, from, to, limit }) {
      connection.check("namespace", namespace);
      connection.check("userId", userId ?? "");
      connection.check("deviceId", deviceId ?? "");
      connection.check("actionId", actionId ?? "");
      const where = conditions({
        "namespace = ?": namespace,
        "user_id = ?": userId,
        "device_id = ?": deviceId,
        "action_id = ?": actionId,
        "at >= ?": from,
        "at < ?": to,
      });
      const sql = `
        SELECT ${columns} FROM enode_activity WHERE ${where.sql} ORDER BY at DESC, id DESC LIMIT ?`;
      const rows = await connection.read(() => connection.prepare(sql).all(...where.values, limit));
      return rows.map(toEntry).reverse();
    },

    async prune(namespace, before) {
      connection.check("namespace", namespace);
      return connection.inPortions(true, () => {
        const count = Number(removeOld.run(namespace, before).changes);
        return { count, end: count === portionSize || undefined };
      });
    },

    async erase(namespace, ids) {
      connection.check("namespace", namespace);
      for (const id of ids) connection.check("id", id);
      // FULL, as what was erased must not come back.
      return connection.write("FULL", () => {
        let erased = 0;
        for (const id of ids) {
          for (const removal of removals) erased += Number(removal.run(namespace, id).changes);
        }
        return erased;
      });
    },
  };
}
