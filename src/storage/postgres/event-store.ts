import type { ClaimedEvent, DeliveryRecord, EventStore } from "../contracts/index.ts";
import { isAboutUser } from "../shared/event-payload.ts";
import { type Row, toClaimed, toDeadLetter } from "../shared/rows.ts";
import { checkTexts, longLimit, type PostgresConnection, relaxed, timeOf } from "./connection.ts";
import { inLane } from "./lane.ts";
import { LostClaims } from "./lost-claims.ts";
import { StatementBatcher } from "./statement-batcher.ts";
import { patientTimers, type Timers } from "./timers.ts";

/** How many events are looked at together for those of a user. */
const erasePage = 1_000;
/** How many deliveries are pruned together: a transaction that takes long keeps VACUUM from all tables. */
const prunePage = 1_000;

/** Keeps webhook events in tables of a PostgreSQL database. */
export function postgresEventStore(
  connection: PostgresConnection,
  timers: Timers = patientTimers(),
): EventStore {
  const deliveries = connection.table("enode_deliveries");
  const events = connection.table("enode_events");
  /** What makes a {@link KeptEvent}, in a statement about events. */
  const kept = `
    event.id, event.payload, event.place, event.lease, event.attempt, event.reason, event.failed_at,
    event.delivery, delivery.digest, delivery.delivery_id, delivery.received_at`;

  // Whoever needs several lanes takes them in their order, or two would wait for each other. So events are written
  // lane by lane, and it is not their ID but their place in the delivery that says which is the older one.
  const append = `
    WITH added AS (
      INSERT INTO ${deliveries} (namespace, digest, delivery_id, received_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING RETURNING id
    ), appended AS (
      INSERT INTO ${events} (delivery, namespace, place, lane, payload)
      SELECT added.id, $1, event.place, event.lane, event.payload
      FROM added, unnest($5::int[], $6::text[], $7::text[])
        WITH ORDINALITY AS event (place, lane, payload, nth)
      ORDER BY event.lane COLLATE "C", nth
    ) SELECT FROM added`;
  // Those that are first in their lane by what can be seen are written as held. The trigger sees more, and has the
  // others wait.
  const appendAndClaim = `
    WITH added AS (
      INSERT INTO ${deliveries} (namespace, digest, delivery_id, received_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING RETURNING id
    ), given AS (
      SELECT event.*, is_first AND (
        SELECT true FROM ${events} AS head WHERE head.lane = event.lane AND head.is_head LIMIT 1
      ) IS NULL AS is_free
      FROM unnest($5::int[], $6::text[], $7::text[], $8::boolean[])
        WITH ORDINALITY AS event (place, lane, payload, is_first, nth)
    ), ranked AS (
      SELECT *, is_free AND count(*) FILTER (WHERE is_free) OVER (ORDER BY nth) <= $9 AS is_claimed FROM given
    ), appended AS (
      INSERT INTO ${events} (delivery, namespace, place, lane, payload, due_at, lease, holds_lane, attempt)
      SELECT added.id, $1, event.place, event.lane, event.payload,
        CASE WHEN is_claimed THEN ${dueAt(timeOf("$12"), "$10")} ELSE 0 END,
        CASE WHEN is_claimed THEN $11 END, is_claimed, is_claimed::int
      FROM added, ranked AS event
      ORDER BY event.lane COLLATE "C", nth
      RETURNING id, delivery, place, payload, lease, attempt
    )
    SELECT event.* FROM added LEFT JOIN appended AS event ON event.lease IS NOT NULL`;
  // Both parts are read in the order of one index and no further than asked for, whatever waits: events that were
  // not tried yet, the oldest first, and those whose retry is due or whose lease has ended, the longest due first.
  // One that another one changes meanwhile is skipped.
  //
  // What is handed out is the first event of the lane that is alive, which is nearly always the head itself. It is
  // another one when a dead letter was revived while its lane was held, or two were appended at the same time and
  // got their IDs in the other order; that one becomes the head. It is looked up by a condition that only the index
  // about lanes can serve, and rows by lists of their IDs or one by one, as PostgreSQL has planned joins badly where it
  // knows nothing of the table, or saw it when it was nearly empty: it then believes that to read all costs nothing.
  const head = "SELECT id, lane, due_at, delivery, place";
  const claim = `
    WITH fresh AS MATERIALIZED (
      ${head} FROM ${events} WHERE namespace = $1 AND is_head AND failed_at IS NULL AND due_at = 0
      ORDER BY delivery, place LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
    ), again AS MATERIALIZED (
      ${head} FROM ${events} WHERE namespace = $1 AND is_head AND failed_at IS NULL AND due_at > 0 AND due_at <= ${timeOf("$5")}
      ORDER BY due_at, delivery, place LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
    ), picked AS MATERIALIZED (
      SELECT head.id, first.id AS first_id, first.due_at FROM (
        SELECT * FROM (SELECT * FROM fresh UNION ALL SELECT * FROM again) AS head
        ORDER BY delivery, place LIMIT $2
      ) AS head
      LEFT JOIN LATERAL (
        SELECT id, due_at, lane FROM ${events} AS event
        WHERE ${inLane("event", "head.lane")} AND event.failed_at IS NULL
        ORDER BY event.lane, event.id LIMIT 1
      ) AS first ON true
    ), freed AS (
      UPDATE ${events} SET is_head = false, holds_lane = false
      WHERE id = ANY (ARRAY(SELECT id FROM picked WHERE first_id <> id))
      RETURNING 1
    ), claimed AS (
      UPDATE ${events}
      SET due_at = ${dueAt(timeOf("$5"), "$3")}, lease = $4, is_head = true, holds_lane = true, attempt = attempt + 1
      WHERE id = ANY (ARRAY(
          SELECT coalesce(first_id, id) FROM picked WHERE coalesce(due_at <= ${timeOf("$5")}, true)
        ))
        AND (SELECT count(*) FROM freed) >= 0 AND ${relaxed}
      RETURNING *
    )
    SELECT ${kept} FROM claimed AS event CROSS JOIN LATERAL (
      SELECT digest, delivery_id, received_at FROM ${deliveries} WHERE id = event.delivery LIMIT 1
    ) AS delivery`;
  // Events of claims are found by lists, as a join with the claims would be planned by what PostgreSQL believes of the
  // table: it compares each event with each claim where it expects one event only.
  const claimOf = "event.id || ' ' || event.lease";
  /** Locks the events of claims, lane by lane. */
  const held = (lock: string) => `
    SELECT id, lease FROM ${events} AS event
    WHERE id = ANY ($1::bigint[]) AND ${claimOf} = ANY ($2::text[])
    ORDER BY lane, id FOR ${lock}`;
  const remove = `
    WITH done AS MATERIALIZED (${held("UPDATE")})
    DELETE FROM ${events} AS event
    WHERE id = ANY (ARRAY(SELECT id FROM done)) AND ${relaxed}
    RETURNING id, lease`;
  /** What is given for the claim of an event, in a list of the same order. */
  const given = (list: string) => `(${list})[array_position($2::text[], ${claimOf})]`;
  const putOff = `
    WITH given AS MATERIALIZED (${held("NO KEY UPDATE")}), put AS (
      UPDATE ${events} AS event
      SET lease = NULL, holds_lane = false, due_at = ${dueAt(timeOf("$6"), given("$3::float8[]"))},
        attempt = ${given("$4::int[]")}, reason = ${given("$5::text[]")}
      WHERE id = ANY (ARRAY(SELECT id FROM given)) AND ${relaxed}
    )
    SELECT id, lease FROM given`;
  // One whose lane has gone to another one since its lease ended is not held any more.
  const extend = `
    WITH given AS MATERIALIZED (${held("NO KEY UPDATE")})
    UPDATE ${events} AS event SET due_at = ${dueAt(timeOf("$4"), "$3")}
    WHERE id = ANY (ARRAY(SELECT id FROM given)) AND holds_lane AND ${relaxed}
    RETURNING id, lease`;
  // By indexes alone: of the events of lanes, of heads, and of dead letters. Those without a lane are heads. The
  // lanes of a namespace lie between two texts.
  const count = `
    WITH head AS (
      SELECT count(*) AS heads,
        count(*) FILTER (WHERE holds_lane AND due_at > ${timeOf("$4")}) AS held,
        count(*) FILTER (WHERE due_at <= ${timeOf("$4")}) AS due
      FROM ${events} WHERE namespace = $1 AND is_head AND failed_at IS NULL
    )
    SELECT head.held, head.due,
      heads - held - (
        SELECT count(*) FROM ${events} WHERE lane > $2 AND lane < $3 AND is_head AND lane IS NOT NULL
      ) + (
        SELECT count(*) FROM ${events} WHERE lane > $2 AND lane < $3 AND failed_at IS NULL
      ) AS waiting,
      (SELECT count(*) FROM ${events} WHERE namespace = $1 AND failed_at IS NOT NULL) AS dead,
      ${timeOf("$4")} - (
        SELECT min(received_at) FROM ${deliveries}
        WHERE id IN (SELECT delivery FROM ${events} WHERE namespace = $1 AND is_head AND failed_at IS NULL)
      ) AS age
    FROM head`;
  const selectDead = `
    SELECT ${kept} FROM ${events} AS event JOIN ${deliveries} AS delivery ON delivery.id = event.delivery
    WHERE event.failed_at IS NOT NULL AND event.namespace = $1
    ORDER BY event.failed_at DESC, event.id DESC LIMIT $2`;
  const revive = `
    WITH head AS MATERIALIZED (
      SELECT id FROM ${events} WHERE is_head AND lane = ANY (ARRAY(
        SELECT lane FROM ${events} WHERE id = ANY ($1::bigint[]) AND namespace = $2
      )) ORDER BY lane FOR NO KEY UPDATE
    )
    UPDATE ${events} SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
    WHERE id = ANY ($1::bigint[]) AND namespace = $2 AND failed_at IS NOT NULL AND (SELECT count(*) FROM head) >= 0`;
  const discard = `
    DELETE FROM ${events} WHERE id = ANY (ARRAY(
      SELECT id FROM ${events} WHERE id = ANY ($1::bigint[]) AND namespace = $2 AND failed_at IS NOT NULL
      ORDER BY id FOR UPDATE
    ))`;
  const forget = `
    WITH found AS MATERIALIZED (
      SELECT id FROM ${events} WHERE id = ANY ($1::bigint[]) ORDER BY lane, is_head DESC, id FOR UPDATE
    ) DELETE FROM ${events} WHERE id = ANY (ARRAY(SELECT id FROM found))`;
  // Lists again, for the sake of the plan, and conditions that have no index read as a whole that is about those that
  // are alive, or dead. What this deletes need not be on the disk before it is answered.
  const prune = `
    WITH old AS MATERIALIZED (
      SELECT id, received_at FROM ${deliveries}
      WHERE namespace = $1 AND received_at < $2 AND (received_at, id) > ($3::float8, $4::bigint)
      ORDER BY received_at, id LIMIT ${prunePage}
    ), removed AS (
      DELETE FROM ${events} WHERE delivery = ANY (ARRAY(SELECT id FROM old)) AND num_nulls(failed_at) = 0
    ), pruned AS (
      DELETE FROM ${deliveries}
      WHERE id = ANY (ARRAY(SELECT id FROM old)) AND id <> ALL (ARRAY(
          SELECT DISTINCT delivery FROM ${events}
          WHERE delivery = ANY (ARRAY(SELECT id FROM old)) AND num_nulls(failed_at) = 1
        )) AND ${relaxed}
      RETURNING id
    )
    SELECT (SELECT count(*) FROM pruned) AS pruned, (SELECT count(*) FROM old) AS seen, id, received_at
    FROM old ORDER BY received_at DESC, id DESC LIMIT 1`;

  const lost = new LostClaims(connection, timers);
  /** Tells of each claim whether its row was found. Of two for the same one the second has nothing left to do. */
  const found = (claims: readonly ClaimedEvent[], rows: readonly Row[]) => {
    const done = new Set(rows.map((row) => `${row["id"]} ${row["lease"]}`));
    return claims.map(({ id, lease }) => done.delete(`${id} ${lease}`));
  };
  const claimsOf = (claims: readonly ClaimedEvent[]): unknown[] => [
    // One that is none of this store's is found nowhere.
    claims.map(({ id }) => (isId(id) ? id : null)),
    claims.map(({ id, lease }) => (isId(id) ? `${id} ${lease}` : null)),
  ];
  const completions = new StatementBatcher<ClaimedEvent, boolean>(async (claims) =>
    found(claims, await connection.rows(remove, claimsOf(claims))),
  );
  // Nobody reads a lane, so it may be written in a way in which none is refused, and with its namespace:
  // that leaves one index by which PostgreSQL can look it up, and that is the right one.
  const laneOf = (namespace: string, lane: string | null) =>
    lane === null ? null : JSON.stringify([namespace, lane]);
  const arrival = ({ namespace, digest, deliveryId, receivedAt, events }: DeliveryRecord) => [
    namespace,
    digest,
    deliveryId ?? null,
    receivedAt,
    events.map(({ index }) => index),
    events.map(({ lane }) => laneOf(namespace, lane)),
    events.map(({ payload }) => payload),
  ];

  return {
    async append(delivery) {
      const { namespace, digest, deliveryId } = delivery;
      checkTexts({ namespace, digest, deliveryId });
      const added = await connection.rows(append, arrival(delivery));
      return added.length === 1 ? "new" : "duplicate";
    },

    async appendAndClaim(delivery, limit, duration) {
      const { namespace, digest, deliveryId, receivedAt } = delivery;
      checkTexts({ namespace, digest, deliveryId });
      const lanes = new Set<string | null>();
      const isFirst = delivery.events.map(
        ({ lane }) => lane === null || lanes.size < lanes.add(lane).size,
      );
      const lease = crypto.randomUUID();
      const rows = await lost.watch({ namespace, lease, duration }, () =>
        connection.rows(appendAndClaim, [
          ...arrival(delivery),
          isFirst,
          limit,
          duration,
          lease,
          connection.now(),
        ]),
      );
      if (rows.length === 0) return "duplicate";
      return inOrder(rows.filter(({ id }) => id !== null)).map((row) =>
        toClaimed({ ...row, digest, delivery_id: deliveryId, received_at: receivedAt }),
      );
    },

    async claim(limit, duration, namespace = "default") {
      checkTexts({ namespace });
      const lease = crypto.randomUUID();
      const values = [namespace, limit, duration, lease, connection.now()];
      const rows = await lost.watch({ namespace, lease, duration }, () =>
        connection.rows(claim, values),
      );
      return inOrder(rows).map(toClaimed);
    },

    async complete(event) {
      if (!isId(event.id)) return false;
      const [isDone = false] = await completions.add([event]);
      return isDone;
    },

    async completeMany(done) {
      return done.length === 0 ? [] : completions.add(done);
    },

    async fail({ id, lease }, reason, retryAt) {
      if (!isId(id)) return false;
      const change =
        retryAt === undefined
          ? `failed_at = ${timeOf("$3")}, reason = $4`
          : `due_at = ${dueAt("$3::float8")}, reason = $4`;
      const changed = await connection.changes(
        `UPDATE ${events} SET lease = NULL, holds_lane = false, ${change}
         WHERE id = $1 AND lease = $2 AND ${relaxed}`,
        [id, lease, retryAt ?? connection.now(), withoutNul(reason)],
      );
      return changed === 1;
    },

    async postpone(postponements) {
      if (postponements.length === 0) return [];
      const claims = postponements.map(({ event }) => event);
      const rows = await connection.rows(putOff, [
        ...claimsOf(claims),
        postponements.map(({ pause }) => pause),
        postponements.map(({ attempts }) => attempts),
        postponements.map(({ reason }) => (reason === undefined ? null : withoutNul(reason))),
        connection.now(),
      ]);
      return found(claims, rows);
    },

    async renew(claims, duration) {
      if (claims.length === 0) return [];
      const values = [...claimsOf(claims), duration, connection.now()];
      return found(claims, await connection.rows(extend, values));
    },

    async counts(namespace = "default") {
      checkTexts({ namespace });
      const [from, to] = lanesOf(namespace);
      const [row] = await connection.rows(count, [namespace, from, to, connection.now()]);
      const counted = (name: string) => Number(row?.[name]);
      return {
        waiting: counted("waiting"),
        due: counted("due"),
        held: counted("held"),
        dead: counted("dead"),
        oldestAge: Math.max(0, counted("age")),
      };
    },

    async deadLetters(limit = 100, namespace = "default") {
      checkTexts({ namespace });
      const rows = await connection.rows(selectDead, [namespace, limit]);
      return rows.map(toDeadLetter);
    },

    async revive(ids, namespace = "default") {
      checkTexts({ namespace });
      return connection.changes(revive, [ids.filter(isId), namespace]);
    },

    async discard(ids, namespace = "default") {
      checkTexts({ namespace });
      return connection.changes(discard, [ids.filter(isId), namespace]);
    },

    async prune(before, namespace = "default") {
      checkTexts({ namespace });
      let pruned = 0;
      let after: unknown[] = [Number.NEGATIVE_INFINITY, 0];
      for (;;) {
        const [last] = await connection.rows(prune, [namespace, before, ...after], longLimit);
        pruned += Number(last?.["pruned"] ?? 0);
        if (Number(last?.["seen"] ?? 0) < prunePage) return pruned;
        after = [last?.["received_at"], last?.["id"]];
      }
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
      return connection.changes(forget, [erased], longLimit);
    },
  };
}

/** When an event is due, never at 0 or before: that is one that was not tried yet. */
function dueAt(time: string, pause = "0"): string {
  return `greatest(${time} + ${pause}::float8, 1e-9)`;
}

/** The order of the contract; RETURNING promises none. */
function inOrder(rows: readonly Row[]): Row[] {
  return [...rows].sort(
    (a, b) =>
      Number(a["delivery"]) - Number(b["delivery"]) || Number(a["place"]) - Number(b["place"]),
  );
}

/** Texts between which the lanes of a namespace are, and those of no other one. */
function lanesOf(namespace: string): [string, string] {
  const start = `[${JSON.stringify(namespace)}`;
  // The sign after the comma.
  return [`${start},`, `${start}-`];
}

function withoutNul(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

function canBeKept(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** Whether it can be an ID of this store: a text that PostgreSQL takes for a number. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id);
}
