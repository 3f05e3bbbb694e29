import type { KeptSeries, Reading, ReadingStore } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import { batchesOf, type SeriesBatch } from "../shared/readings.ts";
import { conditions } from "./conditions.ts";
import { longLimit, type PostgresConnection, relaxed } from "./connection.ts";
import { closed, type NamespaceState, ReadingGate } from "./reading-gate.ts";
import type { ReadingMonths } from "./reading-months.ts";
import { readingPruning } from "./reading-pruning.ts";
import { rolledDays } from "./rolled-days.ts";
import { SeriesIds } from "./series-ids.ts";
import { dayOf, oneSeries, packed, toPoints } from "./series-rows.ts";

/** A reading with the number of its series. */
interface NumberedReading extends Pick<Reading, "at" | "value" | "observedAt"> {
  readonly id: string;
}

/** Keeps readings in tables of a PostgreSQL database. */
export function postgresReadingStore(
  connection: PostgresConnection,
  months: ReadingMonths,
): ReadingStore {
  const table = (name: string) => connection.table(`enode_reading_${name}`);
  const points = table("points");
  const series = table("series");
  const stale = table("stale");
  const gate = new ReadingGate(connection, (namespace, userIds) => ids.forget(namespace, userIds));
  const ids = new SeriesIds(connection, gate.open);

  const given = `
    given AS MATERIALIZED (
      SELECT given.* FROM unnest(
        $3::bigint[], $4::bigint[], $5::float8[], $6::float8[], $7::text[]
      ) AS given (series_id, at, observed_at, value, state)
      WHERE EXISTS (SELECT FROM open) AND ${relaxed}
    )`;
  // See `replacesReading` for the guard, which PostgreSQL applies to the reading as it is then, whenever the
  // statement began.
  const insert = (from: string) => `
    INSERT INTO ${points} AS known (series_id, at, observed_at, value, state)
    SELECT series_id, at, observed_at, value, state FROM ${from}
    ON CONFLICT (series_id, at) DO UPDATE
    SET observed_at = excluded.observed_at, value = excluded.value, state = excluded.state
    WHERE CASE
      WHEN excluded.observed_at <> known.observed_at THEN excluded.observed_at > known.observed_at
      WHEN excluded.state IS NOT NULL THEN known.state IS NULL OR excluded.state > known.state
      ELSE known.state IS NULL AND excluded.value IS NOT NULL
        AND (known.value IS NULL OR excluded.value > known.value)
    END`;
  // In the order of their keys, so that two of them never wait for each other.
  const append = `
    WITH ${gate.open}, ${given}, kept AS (${insert("given ORDER BY series_id, at")})
    SELECT true AS is_open FROM open`;
  // With readings of days that are rolled up, before $8. What they are before is locked, so that nobody changes it
  // meanwhile: a day is stale if a value of it has changed, and not if it was only told of again.
  const appendLate = `
    WITH ${gate.open}, ${given}, before AS MATERIALIZED (
      SELECT known.series_id, known.at, known.value, known.state
      FROM given JOIN ${points} AS known ON known.series_id = given.series_id AND known.at = given.at
      WHERE given.at < $8::bigint ORDER BY known.series_id, known.at FOR UPDATE OF known
    ), kept AS (
      ${insert("given WHERE (SELECT count(*) FROM before) >= 0 ORDER BY at >= $8::bigint, series_id, at")}
      RETURNING series_id, at, value, state
    ), changed AS (
      SELECT DISTINCT kept.series_id, each.day FROM kept LEFT JOIN before USING (series_id, at)
      CROSS JOIN LATERAL (
        VALUES (${dayOf("kept.at")}), (${dayOf("kept.at")} + ${dayLength})
      ) AS each (day)
      WHERE kept.at < $8::bigint AND each.day < $8::bigint AND (
        before.at IS NULL OR kept.value IS DISTINCT FROM before.value
        OR kept.state IS DISTINCT FROM before.state
      )
    ), marked AS (
      INSERT INTO ${stale} (series_id, day, namespace)
      SELECT series_id, day, $1 FROM changed ORDER BY series_id, day
      ON CONFLICT (series_id, day) DO UPDATE SET mark = excluded.mark
    )
    SELECT true AS is_open FROM open`;

  /** Whether the namespace has this version. */
  const keep = async (
    namespace: string,
    { version, rolledUntil }: NamespaceState,
    readings: readonly NumberedReading[],
  ): Promise<boolean> => {
    const isLate = readings.some(({ at }) => at < rolledUntil);
    const rows = await connection.rows(isLate ? appendLate : append, [
      namespace,
      version,
      readings.map(({ id }) => id),
      readings.map(({ at }) => at),
      readings.map(({ observedAt }) => observedAt),
      readings.map(({ value }) => (typeof value === "number" ? value : null)),
      readings.map(({ value }) => (typeof value === "string" ? value : null)),
      ...(isLate ? [rolledUntil] : []),
    ]);
    return rows.length === 1;
  };

  const erasedOf = async (namespace: string, userIds: readonly string[]): Promise<string[]> => {
    if (userIds.length === 0) return [];
    const rows = await connection.rows(
      `SELECT user_id FROM ${table("erased")} WHERE namespace = $1 AND user_id = ANY ($2::text[])`,
      [namespace, userIds],
    );
    return rows.map((row) => String(row["user_id"]));
  };

  return {
    ...rolledDays(connection, gate),
    ...readingPruning(connection, gate, months),

    async append(namespace, readings) {
      const batches = batchesOf(readings);
      await months.makeWhenDue();
      return gate.run(namespace, async (state) => {
        const timely = new Map<string, SeriesBatch>();
        const late = new Map<string, number>();
        for (const [key, batch] of batches) {
          const times = [...batch.readings.keys()];
          const count = times.filter((at) => at < state.prunedUntil).length;
          if (count > 0) late.set(batch.userId, count + (late.get(batch.userId) ?? 0));
          if (count < times.length) timely.set(key, batch);
        }
        const numbers = await ids.of(namespace, state, timely);
        if (numbers === undefined) return undefined;
        const kept = [...timely].flatMap(([key, { readings: ofSeries }]) => {
          const id = numbers.get(key);
          if (id === undefined) return [];
          return [...ofSeries.values()]
            .filter(({ at }) => at >= state.prunedUntil)
            .map(({ at, value, observedAt }) => ({ id, at, value, observedAt }));
        });
        if (kept.length > 0 && !(await keep(namespace, state, kept))) return undefined;
        for (const userId of await erasedOf(namespace, [...late.keys()])) late.delete(userId);
        return { tooLate: [...late.values()].reduce((sum, count) => sum + count, 0) };
      });
    },

    async series(namespace, { deviceId, userId }) {
      const { sql, values } = conditions({
        "namespace = ?": namespace,
        "device_id = ?": deviceId,
        "user_id = ?": userId,
      });
      const rows = await connection.rows(
        `SELECT user_id, device_id, metric, kind, last.at FROM ${series} AS series
         CROSS JOIN LATERAL (
           SELECT at FROM ${points} WHERE series_id = series.id ORDER BY at DESC LIMIT 1
         ) AS last
         WHERE ${sql}`,
        values,
        longLimit,
      );
      return rows.map(
        (row): KeptSeries => ({
          userId: String(row["user_id"]),
          deviceId: String(row["device_id"]),
          metric: String(row["metric"]),
          kind: String(row["kind"]),
          lastAt: Number(row["at"]),
        }),
      );
    },

    async read(namespace, { userId, deviceId, metric }, { from, to, withPrevious, limit }) {
      const ofSeries = `
        SELECT at, value, state FROM ${points} WHERE series_id = (${oneSeries(series)})`;
      const ofRange = `${ofSeries} AND at >= $5 AND at < $6 ORDER BY at LIMIT $7`;
      const previous = `${ofSeries} AND at < $5 ORDER BY at DESC LIMIT 1`;
      const wanted = withPrevious
        ? `(${previous}) UNION ALL (${ofRange}) ORDER BY at LIMIT $7`
        : ofRange;
      const [row] = await connection.rows(
        `SELECT ${packed} FROM (${wanted}) AS wanted`,
        [namespace, deviceId, userId, metric, from, to, limit],
        longLimit,
      );
      return toPoints(row ?? {});
    },

    async erase(namespace, userId) {
      // First of all nothing is added any more, by any process, so that then nothing is left.
      await connection.query(
        `WITH space AS (
           INSERT INTO ${table("namespaces")} AS known (namespace, erasures)
           SELECT $1, 1 WHERE ${closed}
           ON CONFLICT (namespace) DO UPDATE
           SET version = known.version + 1, erasures = known.erasures + 1 RETURNING erasures
         )
         INSERT INTO ${table("erased")} (namespace, user_id, nth) SELECT $1, $2, erasures FROM space
         ON CONFLICT DO NOTHING`,
        [namespace, userId],
      );
      const own = "series_id = ANY (ARRAY(SELECT id FROM own))";
      const [row] = await connection.rows(
        `WITH own AS MATERIALIZED (
           SELECT id FROM ${series} WHERE namespace = $1 AND user_id = $2
         ), gone AS (
           DELETE FROM ${points} WHERE ${own} RETURNING 1
         ), gone_days AS (
           DELETE FROM ${table("days")} WHERE ${own} RETURNING 1
         ), gone_stale AS (
           DELETE FROM ${stale} WHERE ${own}
         ), gone_series AS (
           DELETE FROM ${series} WHERE id = ANY (ARRAY(SELECT id FROM own))
         )
         SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM gone_days) AS erased`,
        [namespace, userId],
        longLimit,
      );
      return Number(row?.["erased"] ?? 0);
    },
  };
}
