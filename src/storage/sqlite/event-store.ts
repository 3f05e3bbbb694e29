import type { ClaimedEvent, DeliveryRecord, EventStore } from "../contracts/index.ts";
import { isAboutUser } from "../shared/event-payload.ts";
import { toClaimed, toDeadLetter } from "../shared/rows.ts";
import { portionSize, type SqliteConnection } from "./connection.ts";

/** What makes a {@link KeptEvent}, in a statement about `enode_events`. */
const kept = `
  id, payload, place, lease, attempt, reason, failed_at,
  (SELECT digest FROM enode_deliveries WHERE id = delivery) AS digest,
  (SELECT delivery_id FROM enode_deliveries WHERE id = delivery) AS delivery_id,
  (SELECT received_at FROM enode_deliveries WHERE id = delivery) AS received_at`;

/** A range of the index of heads, from the one that is due first; only so many of them are read. */
const headsWhere = (condition: string): string => `
  SELECT * FROM (
    SELECT id, namespace, lane FROM enode_events INDEXED BY enode_events_head
    WHERE namespace = :namespace AND is_head = 1 AND ${condition} ORDER BY due_at, id LIMIT :limit
  )`;

/**
 * Heads that were not tried, the oldest first, and those whose retry is due or whose lease has ended, the longest
 * due first: of both as many as asked for, and of these the oldest. What is handed out is the first event of the
 * lane, which is the head itself but when an earlier one was revived while the head was held.
 */
export const claimStatement: string = `
  UPDATE enode_events SET due_at = :until, lease = :lease, attempt = attempt + 1
  WHERE due_at <= :now AND id IN (
    SELECT ifnull(
      (
        SELECT id FROM enode_events AS event
        WHERE event.namespace = head.namespace AND event.lane = head.lane AND event.failed_at IS NULL
        ORDER BY event.id LIMIT 1
      ),
      head.id
    )
    FROM (
      ${headsWhere("due_at <= 0")}
      UNION ALL
      ${headsWhere("due_at > 0 AND due_at <= :now")}
      ORDER BY id LIMIT :limit
    ) AS head
  ) RETURNING ${kept}`;

/** Those that came before a time, from a place on. */
export const oldDeliveries: string = `
  SELECT id, received_at FROM enode_deliveries
  WHERE namespace = :namespace AND received_at < :before AND (received_at, id) > (:at, :id)
  ORDER BY received_at, id LIMIT :limit`;
export const removalOfDeadLetters: string =
  "DELETE FROM enode_events WHERE delivery = ? AND failed_at IS NOT NULL";
export const removalOfDelivery: string = `
  DELETE FROM enode_deliveries
  WHERE id = ? AND NOT EXISTS (SELECT 1 FROM enode_events WHERE delivery = enode_deliveries.id)`;

/** Keeps webhook events in tables of an SQLite database. */
export function sqliteEventStore(connection: SqliteConnection, now: () => number): EventStore {
  const insertDelivery = connection.prepare(`
    INSERT INTO enode_deliveries (namespace, digest, delivery_id, received_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const insertEvent = connection.prepare(`
    INSERT INTO enode_events (delivery, namespace, place, lane, payload, due_at, lease, attempt, is_head)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectOfLane = connection.prepare(`
    SELECT 1 FROM enode_events WHERE namespace = ? AND lane = ? AND failed_at IS NULL LIMIT 1`);
  const claim = connection.prepare(claimStatement);
  const remove = connection.prepare("DELETE FROM enode_events WHERE id = ? AND lease = ?");
  const retry = connection.prepare(
    "UPDATE enode_events SET lease = NULL, due_at = ? WHERE id = ? AND lease = ?",
  );
  const postpone = connection.prepare(
    "UPDATE enode_events SET lease = NULL, due_at = ?, attempt = ? WHERE id = ? AND lease = ?",
  );
  // A lane whose lease had ended may have gone on with an earlier event, which was revived.
  const renew = connection.prepare(
    "UPDATE enode_events SET due_at = ? WHERE id = ? AND lease = ? AND is_head = 1",
  );
  const bury = connection.prepare(
    "UPDATE enode_events SET lease = NULL, failed_at = ?, reason = ? WHERE id = ? AND lease = ?",
  );
  const selectDead = connection.prepare(`
    SELECT ${kept} FROM enode_events WHERE failed_at IS NOT NULL AND namespace = ?
    ORDER BY failed_at DESC, id DESC LIMIT ?`);
  const revive = connection.prepare(`
    UPDATE enode_events SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
    WHERE id = ? AND namespace = ? AND failed_at IS NOT NULL`);
  const discard = connection.prepare(
    "DELETE FROM enode_events WHERE id = ? AND namespace = ? AND failed_at IS NOT NULL",
  );
  const selectOld = connection.prepare(oldDeliveries);
  const removeDead = connection.prepare(removalOfDeadLetters);
  const removeDelivery = connection.prepare(removalOfDelivery);

  // By indexes alone.
  const count = connection.prepare(`
    SELECT live.count AS live,
      (
        SELECT count(*) FROM enode_events INDEXED BY enode_events_holder
        WHERE namespace = :namespace AND lease IS NOT NULL AND due_at > :now
      ) AS held,
      (
        SELECT count(*) FROM enode_events INDEXED BY enode_events_head
        WHERE namespace = :namespace AND is_head = 1 AND due_at <= :now
      ) AS due,
      (
        SELECT count(*) FROM enode_events INDEXED BY enode_events_dead
        WHERE namespace = :namespace AND failed_at IS NOT NULL
      ) AS dead,
      (
        SELECT received_at FROM enode_deliveries
        WHERE id = (SELECT delivery FROM enode_events WHERE id = live.first)
      ) AS oldest
    FROM (
      SELECT count(*) AS count, min(id) AS first FROM enode_events INDEXED BY enode_events_lane
      WHERE namespace = :namespace AND failed_at IS NULL
    ) AS live`);

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
        const isFree = lane === null || selectOfLane.get(namespace, lane) === undefined;
        if (!isFree || claimed.length >= limit) {
          insertEvent.run(delivery, namespace, index, lane, payload, 0, null, 0, isFree ? 1 : 0);
          continue;
        }
        const row = insertEvent.run(delivery, namespace, index, lane, payload, until, lease, 1, 1);
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
          : // At 0 are those that were not tried.
            retry.run(Math.max(Math.ceil(retryAt), 1), Number(id), lease),
      );
      return changes === 1;
    },

    async completeMany(events) {
      return connection.write("NORMAL", () =>
        events.map(({ id, lease }) => remove.run(Number(id), lease).changes === 1),
      );
    },

    async postpone(postponements) {
      return connection.write("NORMAL", () => {
        const from = now();
        return postponements.map(({ event, pause, attempts }) => {
          const dueAt = Math.max(Math.ceil(from + pause), 1);
          return postpone.run(dueAt, attempts, Number(event.id), event.lease).changes === 1;
        });
      });
    },

    async renew(events, duration) {
      return connection.write("NORMAL", () => {
        const until = Math.ceil(now() + duration);
        return events.map(({ id, lease }) => renew.run(until, Number(id), lease).changes === 1);
      });
    },

    async counts(namespace = "default") {
      connection.check("namespace", namespace);
      const at = now();
      return connection.read(() => {
        const row = count.get({ namespace, now: at });
        const [live, held] = [Number(row?.["live"]), Number(row?.["held"])];
        const { oldest } = row ?? {};
        return {
          waiting: live - held,
          due: Number(row?.["due"]),
          held,
          dead: Number(row?.["dead"]),
          oldestAge: typeof oldest === "number" ? Math.max(0, at - oldest) : 0,
        };
      });
    },

    async deadLetters(limit = 100, namespace = "default") {
      connection.check("namespace", namespace);
      const rows = await connection.read(() => selectDead.all(namespace, limit));
      return rows.map(toDeadLetter);
    },

    async revive(ids, namespace = "default") {
      connection.check("namespace", namespace);
      return connection.write("FULL", () =>
        ids.reduce((found, id) => found + Number(revive.run(Number(id), namespace).changes), 0),
      );
    },

    async discard(ids, namespace = "default") {
      connection.check("namespace", namespace);
      return connection.write("FULL", () =>
        ids.reduce((found, id) => found + Number(discard.run(Number(id), namespace).changes), 0),
      );
    },

    async prune(before, namespace = "default") {
      connection.check("namespace", namespace);
      return connection.inPortions({ at: Number.NEGATIVE_INFINITY, id: 0 }, (after) => {
        const old = selectOld.all({ namespace, before, ...after, limit: portionSize });
        let count = 0;
        for (const { id = null } of old) {
          removeDead.run(id);
          count += Number(removeDelivery.run(id).changes);
        }
        const last = old.length < portionSize ? undefined : old.at(-1);
        return {
          count,
          end: last && { at: Number(last["received_at"]), id: Number(last["id"]) },
        };
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
