import type { Pool } from "pg";
import type { DeliveryRecord } from "../../../src/storage/contracts/index.ts";

/** An event as the version before holds it. */
export interface OlderClaim {
  readonly id: string;
  readonly lease: string;
  readonly digest: string;
  readonly place: number;
}

/** The claim of commit f9a8672: namespace, limit, duration, lease, time. */
export const olderClaim = `
    WITH picked AS MATERIALIZED (
      SELECT id, delivery, lane FROM enode_events AS event
      WHERE namespace = $1 AND failed_at IS NULL AND due_at <= (SELECT coalesce($5::float8, extract(epoch FROM clock_timestamp())::float8 * 1000))
        AND (lane IS NULL OR id = (
          SELECT id FROM enode_events AS first
          WHERE first.lane = event.lane AND first.failed_at IS NULL
          ORDER BY id LIMIT 1
        ))
        AND coalesce((SELECT coalesce($5::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)) >= (
          SELECT due_at FROM enode_events AS held
          WHERE held.lane = event.lane AND held.holds_lane
        ), true)
      ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), freed AS (
      UPDATE enode_events AS event SET holds_lane = false FROM picked
      WHERE event.lane = picked.lane AND event.holds_lane
        AND event.due_at <= (SELECT coalesce($5::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)) AND event.id <> picked.id
      RETURNING 1
    )
    UPDATE enode_events AS event
    SET due_at = (SELECT coalesce($5::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)) + $3, lease = $4, holds_lane = true, attempt = attempt + 1
    FROM picked JOIN enode_deliveries AS delivery ON delivery.id = picked.delivery
    WHERE event.id = picked.id AND (SELECT count(*) FROM freed) >= 0
      AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
    RETURNING event.id, event.place, event.lease, delivery.digest`;

const append = `
    WITH added AS (
      INSERT INTO enode_deliveries (namespace, digest, delivery_id, received_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING RETURNING id
    ), appended AS (
      INSERT INTO enode_events (delivery, namespace, place, lane, payload)
      SELECT added.id, $1, event.place, event.lane, event.payload
      FROM added, unnest($5::int[], $6::text[], $7::text[])
        WITH ORDINALITY AS event (place, lane, payload, nth)
      ORDER BY nth
    ) SELECT FROM added`;
const remove = `
    DELETE FROM enode_events AS event USING unnest($1::bigint[], $2::text[]) AS done (id, lease)
    WHERE event.id = done.id AND event.lease = done.lease
    RETURNING event.id, event.lease`;

/** The statements of commit f9a8672 about events, with its way of running some of them again. */
export class OlderPostgresEvents {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async append({ namespace, digest, receivedAt, events }: DeliveryRecord): Promise<void> {
    await this.#run(append, [
      namespace,
      digest,
      null,
      receivedAt,
      events.map(({ index }) => index),
      events.map(({ lane }) => (lane === null ? null : JSON.stringify([namespace, lane]))),
      events.map(({ payload }) => payload),
    ]);
  }

  async claim(limit: number, duration: number, namespace = "default"): Promise<OlderClaim[]> {
    const values = [namespace, limit, duration, crypto.randomUUID(), null];
    const { rows } = await this.#run(olderClaim, values);
    return (rows as OlderClaim[]).toSorted((a, b) => Number(a.id) - Number(b.id));
  }

  async complete({ id, lease }: OlderClaim): Promise<boolean> {
    return (await this.#run(remove, [[id], [lease]])).rowCount === 1;
  }

  async fail({ id, lease }: OlderClaim, retryAt?: number): Promise<boolean> {
    const change =
      retryAt === undefined ? "failed_at = $3, reason = $4" : "due_at = $3, reason = $4";
    const result = await this.#run(
      `UPDATE enode_events SET lease = NULL, holds_lane = false, ${change}
       WHERE id = $1 AND lease = $2`,
      [id, lease, retryAt ?? 1, "no"],
    );
    return result.rowCount === 1;
  }

  async revive(id: string): Promise<void> {
    await this.#run(
      `UPDATE enode_events SET failed_at = NULL, reason = NULL, attempt = 0, due_at = 0
       WHERE id = ANY ($1::bigint[]) AND failed_at IS NOT NULL`,
      [[id]],
    );
  }

  async #run(text: string, values: unknown[]) {
    for (let left = 10; ; left--) {
      try {
        return await this.#pool.query(text, values);
      } catch (error) {
        const { code, constraint } = Object(error) as { code?: unknown; constraint?: unknown };
        const isUnlucky =
          code === "40001" || code === "40P01" || constraint === "enode_events_held";
        if (left <= 1 || !isUnlucky) throw error;
      }
    }
  }
}
