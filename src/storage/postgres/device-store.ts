import type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordQuery,
  UpsertOutcome,
} from "../contracts/index.ts";
import { toRecord, toWholeRecord } from "../shared/rows.ts";
import { conditions } from "./conditions.ts";
import { checkTexts, longLimit, type PostgresConnection, relaxed } from "./connection.ts";
import { StatementBatcher } from "./statement-batcher.ts";

const withoutKey =
  "kind, user_id, vendor, identity, partial, observed_at, reading_at, received_at, source, payload";
const columns: string = `namespace, collection, id, ${withoutKey}`;

/** Keeps the mirror's copy in a table of a PostgreSQL database. */
export function postgresDeviceStore(connection: PostgresConnection): DeviceStore {
  const known = connection.table("enode_records");
  // In the order of their keys, so that two of them never wait for each other. See `supersedes` for the guard,
  // which PostgreSQL applies to the record as it is then, whenever the statement began. A version before
  // `reading_at` leaves it as it was when it writes a newer record, while processes are replaced one after the
  // other: it is then of a reading that was here once, and counts as that.
  const upsert = `
    INSERT INTO ${known} AS d (${columns}, deleted_at)
    SELECT ${columns}, CASE WHEN payload IS NULL THEN observed_at END
    FROM unnest(
      $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::boolean[], $9::float8[], $10::float8[], $11::float8[], $12::text[], $13::text[]
    ) AS record (${columns})
    WHERE ${relaxed}
    ORDER BY namespace COLLATE "C", collection COLLATE "C", id COLLATE "C"
    ON CONFLICT (namespace, collection, id) DO UPDATE
    SET kind = excluded.kind, user_id = excluded.user_id, vendor = excluded.vendor,
      identity = excluded.identity, partial = excluded.partial, observed_at = excluded.observed_at,
      reading_at = excluded.reading_at, received_at = excluded.received_at, source = excluded.source,
      payload = excluded.payload, deleted_at = excluded.deleted_at
    WHERE NOT (excluded.partial AND NOT d.partial AND d.payload IS NOT NULL)
      AND CASE
        WHEN excluded.reading_at <> d.reading_at AND NOT (excluded.partial OR d.partial)
          AND excluded.payload IS NOT NULL AND d.payload IS NOT NULL
        THEN excluded.reading_at > d.reading_at
        ELSE excluded.observed_at > d.observed_at
          OR (excluded.observed_at = d.observed_at AND (d.payload IS NOT NULL OR excluded.payload IS NULL))
      END
    -- The row that an update makes remembers that the one before was locked for it; an inserted one has nothing.
    RETURNING namespace, collection, id, xmax = 0 AS is_new`;
  // The first step reads an index only; what is deleted is left out among the few that it finds.
  const selectDuplicates = `
    WITH candidates AS (
      SELECT identity FROM ${known} WHERE namespace = $1 AND identity IS NOT NULL
      GROUP BY identity HAVING min(user_id) <> max(user_id)
    ), shared AS (
      SELECT identity FROM ${known}
      WHERE namespace = $1 AND identity IN (SELECT identity FROM candidates)
        AND collection = 'devices' AND payload IS NOT NULL
      GROUP BY identity HAVING min(user_id) <> max(user_id) ORDER BY identity LIMIT $2
    )
    SELECT ${columns} FROM ${known}
    WHERE namespace = $1 AND identity IN (SELECT identity FROM shared)
      AND collection = 'devices' AND payload IS NOT NULL
    ORDER BY identity, id`;

  /** No two of them have the same key: a statement cannot change one row twice. */
  const keep = async (records: readonly DeviceRecord[]): Promise<UpsertOutcome[]> => {
    const rows = await connection.rows(upsert, [
      records.map(({ namespace }) => namespace),
      records.map(({ collection }) => collection),
      records.map(({ id }) => id),
      records.map(({ kind }) => kind),
      records.map(({ userId }) => userId),
      records.map(({ vendor }) => vendor),
      records.map(({ identity }) => identity),
      records.map(({ partial }) => partial),
      records.map(({ observedAt }) => observedAt),
      records.map(({ readingAt }) => readingAt ?? null),
      records.map(({ receivedAt }) => receivedAt),
      records.map(({ source }) => source),
      records.map(({ payload }) => payload),
    ]);
    const outcomes = new Map<string, UpsertOutcome>();
    for (const row of rows) {
      const key = keyOf(String(row["namespace"]), String(row["collection"]), String(row["id"]));
      outcomes.set(key, row["is_new"] === true ? "added" : "replaced");
    }
    return records.map(
      ({ namespace, collection, id }) => outcomes.get(keyOf(namespace, collection, id)) ?? "kept",
    );
  };

  const group = new StatementBatcher<DeviceRecord, UpsertOutcome>(async (records) => {
    const outcomes: UpsertOutcome[] = [];
    for (const round of roundsOf(records)) {
      const found = await keep(round.map(({ record }) => record));
      for (const [n, { at }] of round.entries()) outcomes[at] = found[n] ?? "kept";
    }
    return outcomes;
  });

  const list = async (
    namespace: string,
    query: RecordQuery,
    userId?: string,
  ): Promise<DeviceRecord[]> => {
    const { collection, kind, vendor, observedBefore, includeDeleted, after, limit } = query;
    checkTexts({ namespace, userId, kind, vendor, after });
    const { sql, values } = conditions({
      "namespace = ?": namespace,
      "user_id = ?": userId,
      "collection = ?": collection,
      "id > ?": after,
      "kind = ?": kind,
      "vendor = ?": vendor,
      "observed_at < ?": observedBefore,
    });
    const alive = includeDeleted ? "" : "AND payload IS NOT NULL";
    const rows = await connection.rows(
      `SELECT ${columns} FROM ${known} WHERE ${sql} ${alive} ORDER BY id LIMIT $${values.length + 1}`,
      [...values, limit],
    );
    return rows.map(toWholeRecord);
  };

  return {
    async upsert(records) {
      for (const { namespace, id, kind, userId, vendor, identity, source } of records) {
        checkTexts({ namespace, id, kind, userId, vendor, identity, source });
      }
      return records.length === 0 ? [] : group.add(records);
    },

    async get(namespace, collection, id) {
      checkTexts({ namespace, id });
      const [row] = await connection.rows(
        `SELECT ${withoutKey} FROM ${known} WHERE namespace = $1 AND collection = $2 AND id = $3`,
        [namespace, collection, id],
      );
      return row && toRecord(row, namespace, collection, id);
    },

    async getMany(namespace, collection, ids) {
      checkTexts({ namespace });
      for (const id of ids) checkTexts({ id });
      const rows = await connection.rows(
        `SELECT ${columns} FROM ${known}
         WHERE namespace = $1 AND collection = $2 AND id = ANY ($3::text[])`,
        [namespace, collection, ids],
      );
      return rows.map(toWholeRecord);
    },

    async list(namespace, query) {
      return list(namespace, query);
    },

    async listByUser(namespace, userId, query) {
      return list(namespace, query, userId);
    },

    async remove(namespace, { collection, ids, userId, deletedBefore }) {
      checkTexts({ namespace, userId });
      for (const id of ids ?? []) checkTexts({ id });
      const { sql, values } = conditions({
        "namespace = ?": namespace,
        "collection = ?": collection,
        "id = ANY (?::text[])": ids,
        "user_id = ?": userId,
        "deleted_at < ?": deletedBefore,
      });
      return connection.changes(`DELETE FROM ${known} WHERE ${sql}`, values, longLimit);
    },

    async findDuplicates(namespace, limit) {
      checkTexts({ namespace });
      const found = new Map<string, DuplicateDevice>();
      for (const row of await connection.rows(selectDuplicates, [namespace, limit], longLimit)) {
        const identity = String(row["identity"]);
        const device = found.get(identity) ?? { identity, records: [] };
        device.records.push(toWholeRecord(row));
        found.set(identity, device);
      }
      return [...found.values()];
    },
  };
}

/** The first record of each key, then the second of those that have one, and so on, each with its place. */
function roundsOf(records: readonly DeviceRecord[]): { record: DeviceRecord; at: number }[][] {
  const rounds: { record: DeviceRecord; at: number }[][] = [];
  const seen = new Map<string, number>();
  for (const [at, record] of records.entries()) {
    const key = keyOf(record.namespace, record.collection, record.id);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    const round = rounds[nth] ?? [];
    round.push({ record, at });
    rounds[nth] = round;
  }
  return rounds;
}

/** None of them has a NUL. */
function keyOf(namespace: string, collection: string, id: string): string {
  return `${namespace}\0${collection}\0${id}`;
}
