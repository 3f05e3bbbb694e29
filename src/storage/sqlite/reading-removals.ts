import type { ReadingStore } from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import { refusal } from "../shared/checked-stores.ts";
import { notRolledUp } from "../shared/readings.ts";
import { portionSize, type SqliteConnection } from "./connection.ts";
import type { ReadingIds } from "./reading-ids.ts";

/** Rows that are erased together: those of one device lie side by side. */
const rowsInPortion = 2_000;

/** Series that a portion of a pruning looks at: some ms of work. */
const seriesInPortion = 500;

/** Looking goes on with the first series after it. */
interface Place {
  readonly device: number;
  readonly metric: number;
}

const start: Place = { device: 0, metric: 0 };

/** How far a pruning is. */
interface Progress {
  readonly after: Place;
  readonly pruned: number;
  /** Whether it has begun with the first series. */
  readonly isWhole: boolean;
}

/** What removes readings, portion by portion, so that nobody waits for all of it. */
export function readingRemovals(
  connection: SqliteConnection,
  ids: ReadingIds,
): Pick<ReadingStore, "prune" | "erase"> {
  const setPruned = connection.prepare(
    "UPDATE enode_reading_namespaces SET pruned_until = max(pruned_until, ?) WHERE id = ?",
  );
  const findSeries = connection.prepare(`
    SELECT device, metric FROM enode_readings
    WHERE (device, metric) > (?, ?) ORDER BY device, metric LIMIT 1`);
  const findOwner = connection.prepare("SELECT namespace FROM enode_reading_devices WHERE id = ?");
  const removeOld = connection.prepare(`
    DELETE FROM enode_readings WHERE device = :device AND metric = :metric AND at IN (
      SELECT at FROM enode_readings AS old
      WHERE device = :device AND metric = :metric
        AND at < (
          SELECT max(at) FROM enode_readings
          WHERE device = :device AND metric = :metric AND at < :before)
        AND NOT EXISTS (
          SELECT 1 FROM enode_reading_days
          WHERE device = :device AND metric = :metric AND mark IS NOT NULL
            AND day IN (old.at - old.at % ${dayLength}, old.at - old.at % ${dayLength} + ${dayLength}))
      ORDER BY at LIMIT :limit
    )`);
  const addErasure = connection.prepare(`
    INSERT INTO enode_reading_erasures (namespace, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING`);
  const countErasure = connection.prepare(
    "UPDATE enode_reading_namespaces SET erasures = erasures + 1 WHERE id = ?",
  );
  const findDevices = connection.prepare(
    "SELECT id FROM enode_reading_devices WHERE namespace = ? AND user_id = ?",
  );
  const removeReadings = connection.prepare(`
    DELETE FROM enode_readings WHERE (device, metric, at) IN (
      SELECT device, metric, at FROM enode_readings WHERE device = ? LIMIT ${rowsInPortion})`);
  const removeDays = connection.prepare(`
    DELETE FROM enode_reading_days
    WHERE id IN (SELECT id FROM enode_reading_days WHERE device = ? LIMIT ${portionSize})
    RETURNING content IS NOT NULL AS has_content`);
  const removeDevices = connection.prepare(
    "DELETE FROM enode_reading_devices WHERE namespace = ? AND user_id = ?",
  );
  /** Where the next call goes on, so that calls do not look at the same series again and again. */
  const places = new Map<number, Place>();

  const prunePortion = (namespace: number, before: number, limit: number, first: Place) => {
    let place = first;
    let count = 0;
    for (let looked = 0; looked < seriesInPortion && count < limit; looked++) {
      const row = findSeries.get(place.device, place.metric);
      if (row === undefined) return { count, place: undefined };
      const device = Number(row["device"]);
      const metric = Number(row["metric"]);
      if (findOwner.get(device)?.["namespace"] !== namespace) {
        place = { device, metric: Number.MAX_SAFE_INTEGER };
        continue;
      }
      const left = limit - count;
      const removed = Number(removeOld.run({ device, metric, before, limit: left }).changes);
      count += removed;
      // One that has given all that was asked for may have more.
      if (removed < left) place = { device, metric };
    }
    return { count, place };
  };

  return {
    async prune(namespace, before, limit) {
      const id = await connection.write("NORMAL", () => {
        const state = ids.open(namespace);
        if (before > state.rolledUntil) throw refusal("before", notRolledUp);
        if (before > state.prunedUntil) setPruned.run(before, state.id);
        return state.id;
      });
      const after = places.get(id) ?? start;
      const first: Progress = { after, pruned: 0, isWhole: after === start };
      return connection.inPortions(first, (progress) => {
        const most = Math.min(portionSize, limit - progress.pruned);
        const { count, place } = prunePortion(id, before, most, progress.after);
        places.set(id, place ?? start);
        const pruned = progress.pruned + count;
        if (place) {
          const end = pruned < limit ? { ...progress, after: place, pruned } : undefined;
          return { count, end };
        }
        // Only a whole round that has found nothing tells that nothing is left.
        const isOver = pruned > 0 || progress.isWhole;
        return { count, end: isOver ? undefined : { after: start, pruned, isWhole: true } };
      });
    },

    async erase(namespace, userId) {
      // FULL, as what was erased must not come back.
      const { id, devices } = await connection.write("FULL", () => {
        const state = ids.open(namespace);
        addErasure.run(state.id, userId);
        countErasure.run(state.id);
        const found = findDevices.all(state.id, userId).map((row) => Number(row["id"]));
        return { id: state.id, devices: found };
      });
      let erased = 0;
      for (const device of devices) {
        erased += await connection.inPortions(true, () => {
          const count = Number(removeReadings.run(device).changes);
          return { count, end: count === rowsInPortion || undefined };
        });
        erased += await connection.inPortions(true, () => {
          const removed = removeDays.all(device);
          const count = removed.filter((row) => Number(row["has_content"]) === 1).length;
          return { count, end: removed.length === portionSize || undefined };
        });
      }
      if (devices.length > 0) await connection.write("FULL", () => removeDevices.run(id, userId));
      return erased;
    },
  };
}
