import type { ReadingSeries } from "../contracts/index.ts";
import { seriesKey } from "../shared/readings.ts";
import type { PostgresConnection } from "./connection.ts";
import type { NamespaceState } from "./reading-gate.ts";

/** A series that may not be there yet. */
export interface NamedSeries extends ReadingSeries {
  readonly kind: string;
}

/** Series whose numbers a process remembers: some 30 MB. */
const maxRemembered = 200_000;

/** Gives series their numbers, and remembers them. */
export class SeriesIds {
  readonly #connection: PostgresConnection;
  readonly #resolve: string;
  /** By namespace and key of the series, oldest first. */
  readonly #known = new Map<string, { readonly userId: string; readonly id: string }>();

  /** @param open See the gate. */
  constructor(connection: PostgresConnection, open: string) {
    this.#connection = connection;
    const series = connection.table("enode_reading_series");
    const erased = connection.table("enode_reading_erased");
    // In the order of a key, so that two of them never wait for each other. What was added is matched by the caller:
    // PostgreSQL would compare all with all.
    this.#resolve = `
      WITH ${open}, given AS MATERIALIZED (
        SELECT given.*, (
          SELECT id FROM ${series} WHERE namespace = $1 AND device_id = given.device_id
            AND user_id = given.user_id AND metric = given.metric
        ) AS id, EXISTS (
          SELECT FROM ${erased} WHERE namespace = $1 AND user_id = given.user_id
        ) AS is_erased
        FROM open CROSS JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[])
          AS given (user_id, device_id, metric, kind)
      ), added AS (
        INSERT INTO ${series} (namespace, user_id, device_id, metric, kind)
        SELECT $1, user_id, device_id, metric, kind FROM given WHERE id IS NULL AND NOT is_erased
        ORDER BY device_id COLLATE "C", user_id COLLATE "C", metric COLLATE "C"
        ON CONFLICT DO NOTHING RETURNING id, user_id, device_id, metric
      )
      SELECT user_id, device_id, metric, id, is_erased FROM given WHERE id IS NOT NULL OR is_erased
      UNION ALL SELECT user_id, device_id, metric, id, false FROM added`;
  }

  /**
   * The numbers of series by their keys, without those of users who were erased. Undefined where the namespace has
   * another version, or another process has just made one of the same series.
   */
  async of(
    namespace: string,
    { version }: NamespaceState,
    wanted: ReadonlyMap<string, NamedSeries>,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const ids = new Map<string, string>();
    const unknown: NamedSeries[] = [];
    for (const [key, series] of wanted) {
      const known = this.#known.get(`${namespace}\0${key}`);
      if (known) ids.set(key, known.id);
      else unknown.push(series);
    }
    if (unknown.length === 0) return ids;
    const rows = await this.#connection.rows(this.#resolve, [
      namespace,
      version,
      unknown.map(({ userId }) => userId),
      unknown.map(({ deviceId }) => deviceId),
      unknown.map(({ metric }) => metric),
      unknown.map(({ kind }) => kind),
    ]);
    if (rows.length < unknown.length) return undefined;
    for (const row of rows) {
      if (row["is_erased"] === true) continue;
      const userId = String(row["user_id"]);
      const [deviceId, metric] = [String(row["device_id"]), String(row["metric"])];
      const key = seriesKey({ userId, deviceId, metric });
      const id = String(row["id"]);
      ids.set(key, id);
      this.#remember(`${namespace}\0${key}`, userId, id);
    }
    return ids;
  }

  /** Forgets the series of users: those that have the same names are others. */
  forget(namespace: string, userIds: ReadonlySet<string>): void {
    for (const [key, { userId }] of this.#known) {
      if (userIds.has(userId) && key.startsWith(`${namespace}\0`)) this.#known.delete(key);
    }
  }

  #remember(key: string, userId: string, id: string): void {
    if (this.#known.size >= maxRemembered) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(key, { userId, id });
  }
}
