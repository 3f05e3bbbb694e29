import type { ReadingStore, RolledDays, StaleDay } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import { seriesKey } from "../shared/readings.ts";
import { checkTexts, longLimit, type PostgresConnection, relaxed } from "./connection.ts";
import { closed, type ReadingGate } from "./reading-gate.ts";
import { dayOf, oneSeries, packed, toPoint, toPoints } from "./series-rows.ts";

type RolledDaysOfStore = Pick<ReadingStore, "rolledDays" | "rollUp" | "staleDays" | "saveDays">;

/** The days of a store that are rolled up, or are to be. */
export function rolledDays(connection: PostgresConnection, gate: ReadingGate): RolledDaysOfStore {
  const table = (name: string) => connection.table(`enode_reading_${name}`);
  const points = table("points");
  const series = table("series");
  const days = table("days");
  const stale = table("stale");
  const scans = table("scans");
  const namespaces = table("namespaces");
  const erased = table("erased");

  const range = "series_id = (SELECT id FROM one) AND day >= $5 AND day < $6";
  const select = `
    WITH one AS MATERIALIZED (${oneSeries(series)})
    SELECT until AS day, NULL AS content, 'until' AS what FROM ${scans} WHERE namespace = $1
    UNION ALL
    SELECT day, content, 'rolled' FROM ${days} AS rolled WHERE ${range}
      AND NOT EXISTS (SELECT FROM ${stale} AS other WHERE other.series_id = rolled.series_id AND other.day = rolled.day)
    UNION ALL
    SELECT day, NULL, 'stale' FROM ${stale} WHERE ${range}
    ORDER BY day`;

  // From now on those who append mark days before this time by themselves.
  const setUntil = `
    WITH space AS (
      INSERT INTO ${namespaces} AS known (namespace, rolled_until) SELECT $1, $2::bigint WHERE ${closed}
      ON CONFLICT (namespace) DO UPDATE SET version = known.version + 1, rolled_until = excluded.rolled_until
      WHERE known.rolled_until < excluded.rolled_until
    )
    INSERT INTO ${scans} (namespace) VALUES ($1) ON CONFLICT DO NOTHING`;
  // The days of what was appended before, found day by day by the index of each series. Of several processes one does
  // it: the others wait for the row, and find nothing left. It is another row than the one that those who append need.
  const markAll = `
    WITH RECURSIVE span AS MATERIALIZED (
      SELECT scan.until AS since, space.rolled_until AS until
      FROM ${scans} AS scan JOIN ${namespaces} AS space USING (namespace)
      WHERE namespace = $1 AND ${relaxed} FOR UPDATE OF scan
    ), found (series_id, day) AS (
      SELECT series.id, ${dayOf("first.at")} FROM span CROSS JOIN ${series} AS series CROSS JOIN LATERAL (
        SELECT at FROM ${points} WHERE series_id = series.id
          AND at >= span.since - ${dayLength} AND at < span.until ORDER BY at LIMIT 1
      ) AS first
      WHERE series.namespace = $1 AND span.since < span.until
      UNION ALL
      SELECT found.series_id, ${dayOf("next.at")} FROM found CROSS JOIN span CROSS JOIN LATERAL (
        SELECT at FROM ${points} WHERE series_id = found.series_id
          AND at >= found.day + ${dayLength} AND at < span.until ORDER BY at LIMIT 1
      ) AS next
    ), marked AS (
      INSERT INTO ${stale} (series_id, day, namespace)
      SELECT DISTINCT series_id, each.day, $1
      FROM found CROSS JOIN span CROSS JOIN LATERAL (VALUES (found.day), (found.day + ${dayLength})) AS each (day)
      WHERE each.day >= span.since AND each.day < span.until ORDER BY series_id, day
      ON CONFLICT DO NOTHING
    )
    UPDATE ${scans} AS scan SET until = span.until FROM span
    WHERE scan.namespace = $1 AND scan.until < span.until`;

  // Without days of users who are being erased, and those that were marked while their series was erased: nobody saves
  // them, so that no other ones would ever come. A query of its own, so that days are still read in the order of the index.
  const isThere = `(
    SELECT true FROM ${series} AS series WHERE series.id = series_id AND NOT EXISTS (
      SELECT FROM ${erased} AS gone WHERE gone.namespace = series.namespace AND gone.user_id = series.user_id
    )
  )`;
  const selectStale = `
    SELECT series.user_id, series.device_id, series.metric, series.kind, wanted.day, wanted.mark,
      previous.at, previous.value, previous.state, own.*
    FROM (
      SELECT series_id, day, mark FROM ${stale} WHERE namespace = $1 AND ${isThere}
      ORDER BY day, series_id LIMIT $2
    ) AS wanted
    JOIN ${series} AS series ON series.id = wanted.series_id
    LEFT JOIN LATERAL (
      SELECT at, value, state FROM ${points}
      WHERE series_id = wanted.series_id AND at < wanted.day ORDER BY at DESC LIMIT 1
    ) AS previous ON true
    LEFT JOIN LATERAL (
      SELECT ${packed} FROM (
        SELECT at, value, state FROM ${points}
        WHERE series_id = wanted.series_id AND at >= wanted.day AND at < wanted.day + ${dayLength} ORDER BY at
      ) AS point
    ) AS own ON true
    ORDER BY wanted.day, wanted.series_id`;

  // Not for users who were erased: the erasure may have looked already, and would leave the day for ever.
  const save = `
    WITH ${gate.open}, settled AS MATERIALIZED (
      SELECT marked.series_id, marked.day, given.content
      FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[])
        AS given (device_id, user_id, metric, day, content, mark)
      JOIN ${series} AS series ON series.namespace = $1 AND series.device_id = given.device_id
        AND series.user_id = given.user_id AND series.metric = given.metric
      JOIN ${stale} AS marked ON marked.series_id = series.id AND marked.day = given.day AND marked.mark = given.mark
      WHERE EXISTS (SELECT FROM open) AND ${relaxed} AND NOT EXISTS (
        SELECT FROM ${erased} AS gone WHERE gone.namespace = $1 AND gone.user_id = given.user_id
      )
      ORDER BY marked.series_id, marked.day FOR UPDATE OF marked
    ), gone AS (
      DELETE FROM ${stale} AS marked USING settled
      WHERE marked.series_id = settled.series_id AND marked.day = settled.day
    ), kept AS (
      INSERT INTO ${days} (series_id, day, content)
      SELECT series_id, day, content FROM settled ORDER BY series_id, day
      ON CONFLICT (series_id, day) DO UPDATE SET content = excluded.content
    )
    SELECT true AS is_open FROM open`;

  return {
    async rolledDays(namespace, { userId, deviceId, metric }, from, to) {
      const found: RolledDays = { until: 0, days: [], stale: [] };
      const values = [namespace, deviceId, userId, metric, from, to];
      for (const row of await connection.rows(select, values, longLimit)) {
        const day = Number(row["day"]);
        if (row["what"] === "until") found.until = day;
        else if (row["what"] === "stale") found.stale.push(day);
        else found.days.push({ day, content: String(row["content"]) });
      }
      return found;
    },

    async rollUp(namespace, until) {
      const [row] = await connection.rows(`SELECT until FROM ${scans} WHERE namespace = $1`, [
        namespace,
      ]);
      if (until <= Number(row?.["until"] ?? 0)) return;
      await connection.query(setUntil, [namespace, until]);
      await connection.query(markAll, [namespace], longLimit);
    },

    async staleDays(namespace, limit) {
      const rows = await connection.rows(selectStale, [namespace, limit], longLimit);
      return rows.map(
        (row): StaleDay => ({
          userId: String(row["user_id"]),
          deviceId: String(row["device_id"]),
          metric: String(row["metric"]),
          kind: String(row["kind"]),
          day: Number(row["day"]),
          mark: String(row["mark"]),
          previous: row["at"] === null ? undefined : toPoint(row),
          points: toPoints(row),
        }),
      );
    },

    async saveDays(namespace, given) {
      const wanted = new Map<string, (typeof given)[number]>();
      for (const rolled of given) {
        const { day, content, mark } = rolled;
        checkTexts({ content });
        if (isMark(mark)) wanted.set(`${seriesKey(rolled)}\0${day}\0${mark}`, rolled);
      }
      const rows = [...wanted.values()];
      if (rows.length === 0) return;
      await gate.run(namespace, async ({ version }) => {
        const open = await connection.rows(save, [
          namespace,
          version,
          rows.map(({ deviceId }) => deviceId),
          rows.map(({ userId }) => userId),
          rows.map(({ metric }) => metric),
          rows.map(({ day }) => day),
          rows.map(({ content }) => content),
          rows.map(({ mark }) => mark),
        ]);
        return open.length === 1 ? true : undefined;
      });
    },
  };
}

/** Whether it can be a mark of this store. */
function isMark(mark: string): boolean {
  return /^\d{1,18}$/.test(mark);
}
