import type { ReadingStore } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import { refusal } from "../shared/checked-stores.ts";
import { notRolledUp } from "../shared/readings.ts";
import { longLimit, type PostgresConnection, relaxed } from "./connection.ts";
import { closed, type ReadingGate } from "./reading-gate.ts";
import type { ReadingMonths } from "./reading-months.ts";

/** Removes old readings of a store. */
export function readingPruning(
  connection: PostgresConnection,
  gate: ReadingGate,
  months: ReadingMonths,
): Pick<ReadingStore, "prune"> {
  const table = (name: string) => connection.table(`enode_reading_${name}`);
  const points = table("points");
  const stale = table("stale");

  // Waits for those who are appending: from then on nothing from before this time comes any more.
  const setUntil = `
    INSERT INTO ${table("namespaces")} AS known (namespace, pruned_until) SELECT $1, $2::bigint WHERE ${closed}
    ON CONFLICT (namespace) DO UPDATE SET version = known.version + 1, pruned_until = excluded.pruned_until
    WHERE known.pruned_until < excluded.pruned_until`;
  // Series by series from the number $3 on, up to $4 readings.
  const remove = `
    WITH doomed AS MATERIALIZED (
      SELECT old.series_id, old.at FROM ${table("series")} AS series
      CROSS JOIN LATERAL (
        SELECT at FROM ${points} WHERE series_id = series.id AND at < $2::bigint ORDER BY at DESC LIMIT 1
      ) AS newest
      CROSS JOIN LATERAL (
        SELECT series_id, at FROM ${points} AS point
        WHERE series_id = series.id AND at < newest.at AND NOT EXISTS (
          SELECT FROM ${stale} AS marked WHERE marked.series_id = point.series_id
            AND point.at >= marked.day - ${dayLength} AND point.at < marked.day + ${dayLength}
        )
        ORDER BY at LIMIT $4
      ) AS old
      WHERE series.namespace = $1 AND series.id >= $3::bigint AND ${relaxed}
      ORDER BY series.id LIMIT $4
    ), gone AS (
      DELETE FROM ${points} AS point USING doomed
      WHERE point.series_id = doomed.series_id AND point.at = doomed.at RETURNING point.series_id
    )
    SELECT count(*) AS removed, max(series_id) AS last FROM gone`;
  /** Where the portion before has ended: what comes before it has nothing left most likely. */
  const reached = new Map<string, string>();

  return {
    async prune(namespace, before, limit) {
      const { rolledUntil, prunedUntil } = await gate.read(namespace);
      if (before > rolledUntil) throw refusal("before", notRolledUp);
      if (before > prunedUntil) await connection.query(setUntil, [namespace, before]);
      const dropped = await months.drop(namespace, before, limit);
      if (dropped > 0) return dropped;
      const from = reached.get(namespace) ?? "0";
      for (const start of new Set([from, "0"])) {
        const [row] = await connection.rows(remove, [namespace, before, start, limit], longLimit);
        const removed = Number(row?.["removed"] ?? 0);
        if (removed === 0) continue;
        reached.set(namespace, String(row?.["last"]));
        return removed;
      }
      reached.delete(namespace);
      return 0;
    },
  };
}
