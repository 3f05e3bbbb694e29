import type { ClaimedEvent, EventStore } from "../contracts/index.ts";
import { isAboutUser } from "../shared/event-payload.ts";
import { toClaimed, toDeadLetter } from "../shared/rows.ts";
import { checkTexts, longLimit, type PostgresConnection, relaxed, timeOf } from "./connection.ts";
import { StatementBatcher } from "./statement-batcher.ts";

/** How many events are looked at together for those of a user. */
const erasePage = 1_000;

/** Keeps webhook events in tables of a PostgreSQL database. */
export function postgresEventStore(connection: PostgresConnection): EventStore {
  const deliveries = connection.table("enode_deliveries");
  const events = connection.table("enode_events");
  /** What makes a {@link KeptEvent}, in a statement about events. */
  const kept = `
    event.id, event.payload, event.place, event.lease, event.attempt, event.reason, event.failed_at,
    delivery.digest, delivery.delivery_id, delivery.received_at`;

  const append = `
    WITH added AS (
      INSERT INTO ${deliveries} (namespace, digest, delivery_id, received_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING RETURNING id
    ), appended AS (
      INSERT INTO ${events} (delivery, namespace, place, lane, payload)
      SELECT added.id, $1, event.place, event.lane, event.payload
      FROM added, unnest($5::int[], $6::text[], $7::text[])
        WITH ORDINALITY AS event (place, lane, payload, nth)
      ORDER BY nth
    ) SELECT FROM added`;
  // A row that another one changes meanwhile is skipped, or looked at once more as it is then. What that does
  // not show, such as a dead letter that was revived in between and now comes first in the lane, the unique
  // index about those that hold their lane does: the statement fails, and is run again. Its conditions are written
  // as lookups, one for each event, as joins have been planned badly where PostgreSQL knows nothing of the table.
  const claim = `
    WITH picked AS MATERIALIZED (
      SELECT id, delivery, lane FROM ${events} AS event
      WHERE namespace = $1 AND failed_at IS NULL AND due_at <= ${timeOf("$5")}
        AND (lane IS NULL OR id = (
          SELECT id FROM ${events} AS first
          WHERE first.lane = event.lane AND first.failed_at IS NULL
          ORDER BY id LIMIT 1
        ))
        -- A later one is held when the first one was revived.
        AND coalesce(${timeOf("$5")} >= (
          SELECT due_at FROM ${events} AS held
          WHERE held.lane = event.lane AND held.holds_lane
        ), true)
      ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), freed AS (
      -- Those whose lease has ended while an earlier one was revived.
      UPDATE ${events} AS event SET holds_lane = false FROM picked
      WHERE event.lane = picked.lane AND event.holds_lane
        AND event.due_at <= ${timeOf("$5")} AND event.id <> picked.id
      RETURNING 1
    )
    UPDATE ${events} AS event
    SET due_at = ${timeOf("$5")} + $3, lease = $4, holds_lane = true, attempt = attempt + 1
    FROM picked JOIN ${deliveries} AS delivery ON delivery.id = picked.delivery
    WHERE event.id = picked.id AND (SELECT count(*) FROM freed) >= 0 AND ${relaxed}
    RETURNING ${kept}`;
  const remove = `
    DELETE FROM ${events} AS event USING unnest($1::bigint[], $2::text[]) AS done (id, lease)
    WHERE event.id = done.id AND event.lease = done.lease AND ${relaxed}
    RETURNING event.id, event.lease`;
  const selectDead = `
    SELECT ${kept} FROM ${events} AS event JOIN ${deliveries} AS delivery ON delivery.id = event.delivery
    WHERE event.failed_at IS NOT NULL AND event.namespace = $1
    ORDER BY event.failed_at DESC, event.id DESC LIMIT $2`;
  const prune = `
    WITH removed AS (
      DELETE FROM ${events} AS event USING ${deliveries} AS delivery
      WHERE delivery.namespace = $1 AND delivery.received_at < $2
        AND event.delivery = delivery.id AND event.failed_at IS NOT NULL
    )
    DELETE FROM ${deliveries} AS delivery WHERE namespace = $1 AND received_at < $2
      AND NOT EXISTS (
        SELECT FROM ${events} AS event WHERE event.delivery = delivery.id AND event.failed_at IS NULL
      )`;

  const completions = new StatementBatcher<ClaimedEvent, boolean>(async (claims) => {
    const rows = await connection.rows(remove, [
      claims.map(({ id }) => id),
      claims.map(({ lease }) => lease),
    ]);
    const done = new Set(rows.map((row) => `${row["id"]} ${row["lease"]}`));
    // Of two for the same claim the second one has nothing left to do.
    return claims.map(({ id, lease }) => done.delete(`${id} ${lease}`));
  });

  return {
    async append({ namespace, digest, deliveryId, receivedAt, events: appended }) {
      checkTexts({ namespace, digest, deliveryId });
      const added = await connection.rows(append, [
        namespace,
        digest,
        deliveryId ?? null,
        receivedAt,
        appended.map(({ index }) => index),
        // Nobody reads a lane, so it may be written in a way in which none is refused, and with its namespace:
        // that leaves one index by which PostgreSQL can look it up, and that is the right one.
        appended.map(({ lane }) => (lane === null ? null : JSON.stringify([namespace, lane]))),
        appended.map(({ payload }) => payload),
      ]);
      return added.length === 1 ? "new" : "duplicate";
    },

    async claim(limit, duration, namespace = "default") {
      checkTexts({ namespace });
      const lease = crypto.randomUUID();
      const values = [namespace, limit, duration, lease, connection.now()];
      const rows = await connection.rows(claim, values);
      // RETURNING promises no order.
      return rows.map(toClaimed).sort((a, b) => Number(a.id) - Number(b.id));
    },

    async complete(event) {
      if (!isId(event.id)) return false;
      const [isDone = false] = await completions.add([event]);
      return isDone;
    },

    async fail({ id, lease }, reason, retryAt) {
      if (!isId(id)) return false;
      const change =
        retryAt === undefined
          ? `failed_at = ${timeOf("$3")}, reason = $4`
          : "due_at = $3, reason = $4";
      const changed = await connection.changes(
        `UPDATE ${events} SET lease = NULL, holds_lane = false, ${change}
         WHERE id = $1 AND lease = $2 AND ${relaxed}`,
        [id, lease, retryAt ?? connection.now(), reason.replaceAll("\0", "\ufffd")],
      );
      return changed === 1;
    },

    async deadLetters(limit = 100, namespace = "default") {
      checkTexts({ namespace });
      const rows = await connection.rows(selectDead, [namespace, limit]);
      return rows.map(toDeadLetter);
    },

    async revive(ids) {
      return connection.changes(
        `UPDATE ${events} SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
         WHERE id = ANY ($1::bigint[]) AND failed_at IS NOT NULL`,
        [ids.filter(isId)],
      );
    },

    async prune(before, namespace = "default") {
      checkTexts({ namespace });
      return connection.changes(prune, [namespace, before], longLimit);
    },

    async erase(userId, namespace = "default") {
      checkTexts({ namespace });
      const erased: unknown[] = [];
      let after: unknown = "0";
      for (;;) {
        // An ID stands in the text as it is, or with an escape.
        const rows = await connection.rows(
          `SELECT id, payload FROM ${events}
           WHERE namespace = $1 AND id > $2 AND (strpos(payload, $3) > 0 OR strpos(payload, E'\\\\') > 0)
           ORDER BY id LIMIT ${erasePage}`,
          [namespace, after, canBeKept(userId) ? userId : null],
          longLimit,
        );
        for (const { id, payload } of rows) {
          if (isAboutUser(userId, String(payload))) erased.push(id);
        }
        if (rows.length < erasePage) break;
        after = rows.at(-1)?.["id"];
      }
      return connection.changes(
        `DELETE FROM ${events} WHERE id = ANY ($1::bigint[])`,
        [erased],
        longLimit,
      );
    },
  };
}

function canBeKept(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** Whether it can be an ID of this store: a text that PostgreSQL takes for a number. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}
