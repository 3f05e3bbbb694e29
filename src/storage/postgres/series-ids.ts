import type { ReadingSeries } from "../contracts/index.ts";
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
    // In the order of a key, so that two of them never wait for each other.
    this.#resolve = `
      WITH ${open}, given AS MATERIALIZED (
        SELECT given.*, known.id, gone.user_id IS NOT NULL AS is_erased
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])
          WITH ORDINALITY AS given (user_id, device_id, metric, kind, nth)
        LEFT JOIN ${series} AS known ON known.namespace = $1 AND known.device_id = given.device_id
          AND known.user_id = given.user_id AND known.metric = given.metric
        LEFT JOIN ${erased} AS gone ON gone.namespace = $1 AND gone.user_id = given.user_id
      ), added AS (
        INSERT INTO ${series} (namespace, user_id, device_id, metric, kind)
        SELECT $1, user_id, device_id, metric, kind FROM given
        WHERE id IS NULL AND NOT is_erased AND EXISTS (SELECT FROM open)
        ORDER BY device_id COLLATE "C", user_id COLLATE "C", metric COLLATE "C"
        ON CONFLICT DO NOTHING RETURNING id, user_id, device_id, metric
      )
      SELECT given.nth, coalesce(given.id, added.id) AS id, is_erased
      FROM given JOIN open ON true LEFT JOIN added USING (device_id, user_id, metric)`;
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
    const unknown: [key: string, series: NamedSeries][] = [];
    for (const [key, series] of wanted) {
      const known = this.#known.get(`${namespace}\0${key}`);
      if (known) ids.set(key, known.id);
      else unknown.push([key, series]);
    }
    if (unknown.length === 0) return ids;
    const rows = await this.#connection.rows(this.#resolve, [
      namespace,
      version,
      unknown.map(([, { userId }]) => userId),
      unknown.map(([, { deviceId }]) => deviceId),
      unknown.map(([, { metric }]) => metric),
      unknown.map(([, { kind }]) => kind),
    ]);
    if (rows.length === 0) return undefined;
    for (const row of rows) {
      const [key, series] = unknown[Number(row["nth"]) - 1] ?? [];
      if (row["is_erased"] === true || key === undefined || series === undefined) continue;
      if (row["id"] === null) return undefined;
      const id = String(row["id"]);
      ids.set(key, id);
      this.#remember(`${namespace}\0${key}`, series.userId, id);
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
