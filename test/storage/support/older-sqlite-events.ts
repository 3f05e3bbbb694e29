import type {
  ClaimedEvent,
  DeliveryRecord,
  EventStore,
} from "../../../src/storage/contracts/index.ts";
import { isAboutUser } from "../../../src/storage/shared/event-payload.ts";
import { toClaimed, toDeadLetter } from "../../../src/storage/shared/rows.ts";
import type { SqliteConnection } from "../../../src/storage/sqlite/connection.ts";

/** What makes a {@link KeptEvent}, in a statement about `enode_events`. */
const kept = `
  id, payload, place, lease, attempt, reason, failed_at,
  (SELECT digest FROM enode_deliveries WHERE id = delivery) AS digest,
  (SELECT delivery_id FROM enode_deliveries WHERE id = delivery) AS delivery_id,
  (SELECT received_at FROM enode_deliveries WHERE id = delivery) AS received_at`;

/** Looks at all events that wait. */
export const olderClaim: string = `
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
  ) RETURNING ${kept}`;

/** The store of events as commit f9a8672 has it, which may share a file with the present one during a rollout. */
export function olderEventStore(connection: SqliteConnection, now: () => number): EventStore {
  const insertDelivery = connection.prepare(`
    INSERT INTO enode_deliveries (namespace, digest, delivery_id, received_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const insertEvent = connection.prepare(`
    INSERT INTO enode_events (delivery, namespace, place, lane, payload, due_at, lease, attempt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectOfLane = connection.prepare(`
    SELECT 1 FROM enode_events WHERE namespace = ? AND lane = ? AND failed_at IS NULL LIMIT 1`);
  const claim = connection.prepare(olderClaim);
  const remove = connection.prepare("DELETE FROM enode_events WHERE id = ? AND lease = ?");
  const retry = connection.prepare(
    "UPDATE enode_events SET lease = NULL, due_at = ? WHERE id = ? AND lease = ?",
  );
  const bury = connection.prepare(
    "UPDATE enode_events SET lease = NULL, failed_at = ?, reason = ? WHERE id = ? AND lease = ?",
  );
  const selectDead = connection.prepare(`
    SELECT ${kept} FROM enode_events WHERE failed_at IS NOT NULL AND namespace = ?
    ORDER BY failed_at DESC, id DESC LIMIT ?`);
  const revive = connection.prepare(`
    UPDATE enode_events SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
    WHERE id = ? AND failed_at IS NOT NULL`);
  const removeDead = connection.prepare(`
    DELETE FROM enode_events WHERE failed_at IS NOT NULL AND namespace = :namespace AND delivery IN (
      SELECT id FROM enode_deliveries WHERE namespace = :namespace AND received_at < :before
    )`);
  const removeDeliveries = connection.prepare(`
    DELETE FROM enode_deliveries WHERE namespace = ? AND received_at < ?
      AND NOT EXISTS (SELECT 1 FROM enode_events WHERE delivery = enode_deliveries.id)`);

  const selectPayloads = connection.prepare(
    "SELECT id, payload FROM enode_events WHERE namespace = ?",
  );
  const removeAny = connection.prepare("DELETE FROM enode_events WHERE id = ?");

  /** Keeps a delivery, and claims up to so many of its events. */
  const keep = async (
    { namespace, digest, deliveryId, receivedAt, events }: DeliveryRecord,
    limit: number,
    duration: number,
  ): Promise<ClaimedEvent[] | "duplicate"> => {
    connection.check("namespace", namespace);
    connection.check("digest", digest);
    const lease = crypto.randomUUID();
    // FULL, as what was appended has been acknowledged, and must outlive a power cut. What happens to it
    // afterwards need not: an event may be handled twice.
    return connection.write("FULL", () => {
      const inserted = insertDelivery.run(namespace, digest, deliveryId ?? null, receivedAt);
      if (inserted.changes === 0) return "duplicate";
      const delivery = inserted.lastInsertRowid;
      const until = Math.ceil(now() + duration);
      const claimed: ClaimedEvent[] = [];
      for (const { index, lane, payload } of events) {
        // Whatever is there of the lane, also of this delivery, comes first or is held.
        const isFree =
          claimed.length < limit &&
          (lane === null || selectOfLane.get(namespace, lane) === undefined);
        if (!isFree) {
          insertEvent.run(delivery, namespace, index, lane, payload, 0, null, 0);
          continue;
        }
        const row = insertEvent.run(delivery, namespace, index, lane, payload, until, lease, 1);
        const id = String(row.lastInsertRowid);
        claimed.push({ id, payload, index, digest, deliveryId, receivedAt, lease, attempt: 1 });
      }
      return claimed;
    });
  };

  return {
    async append(delivery) {
      const outcome = await keep(delivery, 0, 0);
      return outcome === "duplicate" ? outcome : "new";
    },

    appendAndClaim: keep,

    async claim(limit, duration, namespace = "default") {
      connection.check("namespace", namespace);
      const lease = crypto.randomUUID();
      const rows = await connection.write("NORMAL", () => {
        const at = now();
        return claim.all({ until: Math.ceil(at + duration), lease, namespace, now: at, limit });
      });
      // RETURNING promises no order.
      return rows.map(toClaimed).sort((a, b) => Number(a.id) - Number(b.id));
    },

    async complete({ id, lease }) {
      const { changes } = await connection.write("NORMAL", () => remove.run(Number(id), lease));
      return changes === 1;
    },

    async fail({ id, lease }, reason, retryAt) {
      const { changes } = await connection.write("NORMAL", () =>
        retryAt === undefined
          ? bury.run(Math.ceil(now()), reason, Number(id), lease)
          : retry.run(Math.ceil(retryAt), Number(id), lease),
      );
      return changes === 1;
    },

    async deadLetters(limit = 100, namespace = "default") {
      connection.check("namespace", namespace);
      const rows = await connection.read(() => selectDead.all(namespace, limit));
      return rows.map(toDeadLetter);
    },

    async revive(ids) {
      return connection.write("FULL", () =>
        ids.reduce((found, id) => found + Number(revive.run(Number(id)).changes), 0),
      );
    },

    async prune(before, namespace = "default") {
      connection.check("namespace", namespace);
      return connection.write("NORMAL", () => {
        removeDead.run({ namespace, before });
        return Number(removeDeliveries.run(namespace, before).changes);
      });
    },

    async erase(userId, namespace = "default") {
      connection.check("namespace", namespace);
      // FULL, as what was erased must not come back.
      return connection.write("FULL", () => {
        const erased: number[] = [];
        for (const { id, payload } of selectPayloads.iterate(namespace)) {
          if (isAboutUser(userId, String(payload))) erased.push(Number(id));
        }
        for (const id of erased) removeAny.run(id);
        return erased.length;
      });
    },
  };
}
