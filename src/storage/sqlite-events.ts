import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { ClaimedEvent, EventStore, KeptEvent } from "./contracts.ts";

type Row = Record<string, SQLOutputValue>;

/** What makes a {@link KeptEvent}, in a statement about `enode_events`. */
const kept = `
  id, payload, place, lease, attempt, reason, failed_at,
  (SELECT digest FROM enode_deliveries WHERE id = delivery) AS digest,
  (SELECT delivery_id FROM enode_deliveries WHERE id = delivery) AS delivery_id,
  (SELECT received_at FROM enode_deliveries WHERE id = delivery) AS received_at`;

/** Keeps webhook events in tables of an SQLite database. */
export function sqliteEventStore(database: DatabaseSync): EventStore {
  const insertDelivery = database.prepare(`
    INSERT INTO enode_deliveries (namespace, digest, delivery_id, received_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const insertEvent = database.prepare(`
    INSERT INTO enode_events (delivery, namespace, place, lane, payload) VALUES (?, ?, ?, ?, ?)`);
  const claim = database.prepare(`
    UPDATE enode_events SET due_at = :until, lease = :lease, attempt = attempt + 1 WHERE id IN (
      SELECT id FROM enode_events AS event
      WHERE namespace = :namespace AND failed_at IS NULL AND due_at <= :now
        AND NOT EXISTS (
          SELECT 1 FROM enode_events AS earlier
          WHERE earlier.namespace = event.namespace AND earlier.lane = event.lane
            AND earlier.failed_at IS NULL AND earlier.id < event.id
        )
        -- A later one is held when the first one was revived.
        AND NOT EXISTS (
          SELECT 1 FROM enode_events AS held
          WHERE held.namespace = event.namespace AND held.lane = event.lane
            AND held.lease IS NOT NULL AND held.due_at > :now
        )
      ORDER BY id LIMIT :limit
    ) RETURNING ${kept}`);
  const remove = database.prepare("DELETE FROM enode_events WHERE id = ? AND lease = ?");
  const retry = database.prepare(
    "UPDATE enode_events SET lease = NULL, due_at = ? WHERE id = ? AND lease = ?",
  );
  const bury = database.prepare(
    "UPDATE enode_events SET lease = NULL, failed_at = ?, reason = ? WHERE id = ? AND lease = ?",
  );
  const selectDead = database.prepare(`
    SELECT ${kept} FROM enode_events WHERE failed_at IS NOT NULL AND namespace = ?
    ORDER BY failed_at DESC, id DESC LIMIT ?`);
  const revive = database.prepare(`
    UPDATE enode_events SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
    WHERE id = ? AND failed_at IS NOT NULL`);
  const removeDead = database.prepare(`
    DELETE FROM enode_events WHERE failed_at IS NOT NULL AND namespace = :namespace AND delivery IN (
      SELECT id FROM enode_deliveries WHERE namespace = :namespace AND received_at < :before
    )`);
  const removeDeliveries = database.prepare(`
    DELETE FROM enode_deliveries WHERE namespace = ? AND received_at < ?
      AND NOT EXISTS (SELECT 1 FROM enode_events WHERE delivery = enode_deliveries.id)`);

  return {
    async append({ namespace, digest, deliveryId, receivedAt, events }) {
      return atomically(database, () => {
        const inserted = insertDelivery.run(namespace, digest, deliveryId ?? null, receivedAt);
        if (inserted.changes === 0) return "duplicate";
        for (const { index, lane, payload } of events) {
          insertEvent.run(inserted.lastInsertRowid, namespace, index, lane, payload);
        }
        return "new";
      });
    },

    async claim(limit, duration, namespace = "default") {
      const lease = crypto.randomUUID();
      const now = Date.now();
      const rows = claim.all({ until: Math.ceil(now + duration), lease, namespace, now, limit });
      // RETURNING promises no order.
      return rows.map(toClaimed).sort((a, b) => Number(a.id) - Number(b.id));
    },

    async complete({ id, lease }) {
      return remove.run(Number(id), lease).changes === 1;
    },

    async fail({ id, lease }, reason, retryAt) {
      const { changes } =
        retryAt === undefined
          ? bury.run(Date.now(), reason, Number(id), lease)
          : retry.run(Math.ceil(retryAt), Number(id), lease);
      return changes === 1;
    },

    async deadLetters(limit = 100, namespace = "default") {
      return selectDead.all(namespace, limit).map((row) => ({
        ...toKept(row),
        attempts: Number(row["attempt"]),
        reason: String(row["reason"]),
        failedAt: Number(row["failed_at"]),
      }));
    },

    async revive(ids) {
      return atomically(database, () =>
        ids.reduce((found, id) => found + Number(revive.run(Number(id)).changes), 0),
      );
    },

    async prune(before, namespace = "default") {
      return atomically(database, () => {
        removeDead.run({ namespace, before });
        return Number(removeDeliveries.run(namespace, before).changes);
      });
    },
  };
}

/** Runs one transaction. IMMEDIATE: one that reads first and then writes could not wait for another. */
function atomically<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // A full disk, for one, has rolled it back already; the error that matters is the first.
    }
    throw error;
  }
}

function toKept(row: Row): KeptEvent {
  const { id, payload, place, digest, delivery_id: deliveryId, received_at: receivedAt } = row;
  return {
    id: String(id),
    payload: String(payload),
    index: Number(place),
    digest: String(digest),
    deliveryId: deliveryId === null ? undefined : String(deliveryId),
    receivedAt: Number(receivedAt),
  };
}

function toClaimed(row: Row): ClaimedEvent {
  return { ...toKept(row), lease: String(row["lease"]), attempt: Number(row["attempt"]) };
}
