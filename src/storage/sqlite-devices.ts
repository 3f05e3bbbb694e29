import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  UpsertOutcome,
} from "./contracts.ts";
import { conditions } from "./sqlite-conditions.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

type Row = Record<string, SQLOutputValue>;

/** A record, so that the type checker misses none of them when there is one more. */
const collections: Record<RecordCollection, string> = {
  devices: "'devices'",
  actions: "'actions'",
  users: "'users'",
  bookmarks: "'bookmarks'",
};
const anyCollection: string = Object.values(collections).join();

const columns = `
  namespace, collection, id, kind, user_id, vendor, identity, partial, observed_at, received_at, source, payload`;
const byKey = "namespace = ?1 AND collection = ?2 AND id = ?3";
/** What is no part of an index: see `supersedes` for the guard. */
const replace = `
  UPDATE enode_records
  SET kind = ?4, vendor = ?6, partial = ?8, observed_at = ?9, received_at = ?10, source = ?11, payload = ?12`;
const guard = `
  NOT (?8 AND NOT partial AND payload IS NOT NULL)
  AND (?9 > observed_at OR (?9 = observed_at AND (payload IS NOT NULL OR ?12 IS NULL)))`;

/** Keeps the mirror's copy in a table of an SQLite database. */
export function sqliteDeviceStore(connection: SqliteConnection): DeviceStore {
  // By far the most news is about a thing that is known and of the same user. Two indexes are then left
  // alone, which makes it several times faster than one INSERT … ON CONFLICT DO UPDATE for all cases.
  const update = connection.prepare(
    `${replace} WHERE ${byKey} AND user_id IS ?5 AND identity IS ?7 AND ${guard}`,
  );
  const insert = connection.prepare(`
    INSERT INTO enode_records (${columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT DO NOTHING`);
  const move = connection.prepare(
    `${replace}, user_id = ?5, identity = ?7 WHERE ${byKey} AND ${guard}`,
  );
  const select = connection.prepare(`SELECT ${columns} FROM enode_records WHERE ${byKey}`);
  const selectDuplicates = connection.prepare(`
    SELECT ${columns} FROM enode_records WHERE namespace = ?1 AND payload IS NOT NULL AND identity IN (
      SELECT identity FROM enode_records
      WHERE namespace = ?1 AND identity IS NOT NULL AND payload IS NOT NULL
      GROUP BY identity HAVING min(user_id) <> max(user_id) ORDER BY identity LIMIT ?2
    ) ORDER BY identity, id`);

  const keep = (record: DeviceRecord): UpsertOutcome => {
    const { namespace, collection, id, kind, userId, vendor, identity } = record;
    const { partial, observedAt, receivedAt, source, payload } = record;
    const is = partial ? 1 : 0;
    const values: SQLInputValue[] = [namespace, collection, id, kind, userId, vendor, identity];
    values.push(is, observedAt, receivedAt, source, payload);
    if (update.run(...values).changes === 1) return "replaced";
    if (insert.run(...values).changes === 1) return "added";
    return move.run(...values).changes === 1 ? "replaced" : "kept";
  };

  const list = (namespace: string, query: RecordQuery, userId?: string): DeviceRecord[] => {
    connection.check("namespace", namespace);
    connection.check("userId", userId ?? "");
    connection.check("after", query.after ?? "");
    const where = conditions({
      "namespace = ?": namespace,
      "user_id = ?": userId,
      "collection = ?": query.collection,
      "id > ?": query.after,
      "kind = ?": query.kind,
      "vendor = ?": query.vendor,
      "observed_at < ?": query.observedBefore,
    });
    const alive = query.includeDeleted ? "" : "AND payload IS NOT NULL";
    const sql = `SELECT ${columns} FROM enode_records WHERE ${where.sql} ${alive} ORDER BY id LIMIT ?`;
    return connection
      .prepare(sql)
      .all(...where.values, query.limit)
      .map(toRecord);
  };

  return {
    async upsert(records) {
      for (const { namespace, id, userId, identity } of records) {
        connection.check("namespace", namespace);
        connection.check("id", id);
        connection.check("userId", userId ?? "");
        connection.check("identity", identity ?? "");
      }
      // What a power cut takes, the mirror's next reconciliation brings back.
      return connection.write("NORMAL", () => records.map(keep));
    },

    async get(namespace, collection, id) {
      connection.check("namespace", namespace);
      connection.check("id", id);
      const row = select.get(namespace, collection, id);
      return row && toRecord(row);
    },

    async getMany(namespace, collection, ids) {
      connection.check("namespace", namespace);
      const found: DeviceRecord[] = [];
      for (const id of new Set(ids)) {
        connection.check("id", id);
        const row = select.get(namespace, collection, id);
        if (row !== undefined) found.push(toRecord(row));
      }
      return found;
    },

    async list(namespace, query) {
      return list(namespace, query);
    },

    async listByUser(namespace, userId, query) {
      return list(namespace, query, userId);
    },

    async remove(namespace, { collection, ids, userId, deletedBefore }) {
      if ([collection, ids, userId, deletedBefore].every((condition) => condition === undefined)) {
        throw new TypeError("A selection without any condition would remove everything.");
      }
      connection.check("namespace", namespace);
      connection.check("userId", userId ?? "");
      for (const id of ids ?? []) connection.check("id", id);
      const where = conditions({
        "namespace = ?": namespace,
        "collection = ?": collection,
        "user_id = ?": userId,
        "payload IS NULL AND observed_at < ?": deletedBefore,
      });
      const sql = `DELETE FROM enode_records WHERE ${where.sql}`;
      // FULL, as what was erased for good must not come back.
      return connection.write("FULL", () => {
        if (ids === undefined) return Number(connection.prepare(sql).run(...where.values).changes);
        // All of them by name where none is given, or the index that has the IDs could not be used.
        const anyOf = collection === undefined ? `AND collection IN (${anyCollection})` : "";
        const statement = connection.prepare(`${sql} ${anyOf} AND id = ?`);
        return ids.reduce(
          (removed, id) => removed + Number(statement.run(...where.values, id).changes),
          0,
        );
      });
    },

    async findDuplicates(namespace, limit) {
      connection.check("namespace", namespace);
      const found = new Map<string, DuplicateDevice>();
      for (const row of selectDuplicates.all(namespace, limit)) {
        const identity = String(row["identity"]);
        const device = found.get(identity) ?? { identity, records: [] };
        device.records.push(toRecord(row));
        found.set(identity, device);
      }
      return [...found.values()];
    },
  };
}

function toRecord(row: Row): DeviceRecord {
  return {
    namespace: String(row["namespace"]),
    // Only collections are written.
    collection: row["collection"] as RecordCollection,
    id: String(row["id"]),
    kind: String(row["kind"]),
    userId: textOrNull(row["user_id"]),
    vendor: textOrNull(row["vendor"]),
    identity: textOrNull(row["identity"]),
    payload: textOrNull(row["payload"]),
    partial: row["partial"] === 1,
    observedAt: Number(row["observed_at"]),
    receivedAt: Number(row["received_at"]),
    source: String(row["source"]),
  };
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
