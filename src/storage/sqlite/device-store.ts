import { readingOf } from "../contracts/device-store.ts";
import type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  UpsertOutcome,
} from "../contracts/index.ts";
import { type Row, toRecord, toWholeRecord } from "../shared/rows.ts";
import { conditions } from "./conditions.ts";
import type { SqliteConnection } from "./connection.ts";

/** A record, so that the type checker misses none of them when there is one more. */
const collections: Record<RecordCollection, string> = {
  devices: "'devices'",
  actions: "'actions'",
  users: "'users'",
  bookmarks: "'bookmarks'",
};
const anyCollection: string = Object.values(collections).join();

const withoutKey =
  "kind, user_id, vendor, identity, partial, observed_at, reading_at, received_at, source, payload";
const columns: string = `namespace, collection, id, ${withoutKey}`;
const byKey = "namespace = ? AND collection = ? AND id = ?";
/** What is no part of an index. */
const news =
  "kind = ?, vendor = ?, partial = ?, observed_at = ?, reading_at = ?, received_at = ?, source = ?, payload = ?";
/**
 * See `supersedes`. A version before `reading_at` leaves it as it was when it writes a newer record, while processes
 * are replaced one after the other: it is then of a reading that was here once, and counts as that.
 */
const guard = `
  NOT (? AND NOT partial AND payload IS NOT NULL)
  AND CASE WHEN ? <> reading_at AND NOT partial AND payload IS NOT NULL THEN ? > reading_at
    ELSE ? > observed_at OR (? = observed_at AND (payload IS NOT NULL OR ? IS NULL)) END`;

/** Keeps the mirror's copy in a table of an SQLite database. */
export function sqliteDeviceStore(connection: SqliteConnection): DeviceStore {
  // By far the most news is about a thing that is known and of the same user. Two indexes are then left
  // alone, which makes it several times faster than one INSERT … ON CONFLICT DO UPDATE for all cases.
  const update = connection.prepare(
    `UPDATE enode_records SET ${news} WHERE ${byKey} AND ${guard} AND user_id IS ? AND identity IS ?`,
  );
  const insert = connection.prepare(`
    INSERT INTO enode_records (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const move = connection.prepare(
    `UPDATE enode_records SET user_id = ?, identity = ?, ${news} WHERE ${byKey} AND ${guard}`,
  );
  const select = connection.prepare(`SELECT ${withoutKey} FROM enode_records WHERE ${byKey}`);
  // Rows that are arrays cost a sixth less than objects; older versions of Node have objects only.
  select.setReturnArrays?.(true);
  const read = (namespace: string, collection: RecordCollection, id: string) => {
    const row = select.get(namespace, collection, id);
    if (row === undefined) return undefined;
    const values: readonly unknown[] = Array.isArray(row) ? row : Object.values(row);
    return toRecord(byColumn(values), namespace, collection, id);
  };
  // The first step reads an index only; what is deleted is left out among the few that it finds.
  const selectDuplicates = connection.prepare(`
    WITH candidates AS (
      SELECT identity FROM enode_records WHERE namespace = :namespace AND identity IS NOT NULL
      GROUP BY identity HAVING min(user_id) <> max(user_id)
    ), shared AS (
      SELECT identity FROM enode_records
      WHERE namespace = :namespace AND identity IN candidates AND collection = 'devices' AND payload IS NOT NULL
      GROUP BY identity HAVING min(user_id) <> max(user_id) ORDER BY identity LIMIT :limit
    )
    SELECT ${columns} FROM enode_records
    WHERE namespace = :namespace AND identity IN shared AND collection = 'devices' AND payload IS NOT NULL
    ORDER BY identity, id`);

  const keep = (record: DeviceRecord): UpsertOutcome => {
    const { namespace, collection, id, kind, userId, vendor, identity } = record;
    const { partial, observedAt, readingAt = null, receivedAt, source, payload } = record;
    const flag = partial ? 1 : 0;
    const reading = readingOf(record) ?? null;
    const told = [kind, vendor, flag, observedAt, readingAt, receivedAt, source, payload];
    const key = [namespace, collection, id];
    const guarded = [flag, reading, reading, observedAt, observedAt, payload];
    // Without numbers or names: numbered ones are out of range in Node 22, and named ones slower.
    const changed = update.run(...told, ...key, ...guarded, userId, identity).changes;
    if (changed === 1) return "replaced";
    const owned = [kind, userId, vendor, identity, flag, observedAt, readingAt];
    if (insert.run(...key, ...owned, receivedAt, source, payload).changes === 1) return "added";
    const moved = move.run(userId, identity, ...told, ...key, ...guarded).changes;
    return moved === 1 ? "replaced" : "kept";
  };

  const list = async (
    namespace: string,
    query: RecordQuery,
    userId?: string,
  ): Promise<DeviceRecord[]> => {
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
    const rows = await connection.read(() =>
      connection.prepare(sql).all(...where.values, query.limit),
    );
    return rows.map(toWholeRecord);
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
      return connection.read(() => read(namespace, collection, id));
    },

    async getMany(namespace, collection, ids) {
      connection.check("namespace", namespace);
      for (const id of ids) connection.check("id", id);
      return connection.read(() =>
        [...new Set(ids)].flatMap((id) => read(namespace, collection, id) ?? []),
      );
    },

    async list(namespace, query) {
      return list(namespace, query);
    },

    async listByUser(namespace, userId, query) {
      return list(namespace, query, userId);
    },

    async remove(namespace, { collection, ids, userId, deletedBefore }) {
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
      const rows = await connection.read(() => selectDuplicates.all({ namespace, limit }));
      for (const row of rows) {
        const identity = String(row["identity"]);
        const device = found.get(identity) ?? { identity, records: [] };
        device.records.push(toWholeRecord(row));
        found.set(identity, device);
      }
      return [...found.values()];
    },
  };
}

/** The columns of `withoutKey` by their names. */
function byColumn(values: readonly unknown[]): Row {
  return {
    kind: values[0],
    user_id: values[1],
    vendor: values[2],
    identity: values[3],
    partial: values[4],
    observed_at: values[5],
    reading_at: values[6],
    received_at: values[7],
    source: values[8],
    payload: values[9],
  };
}
