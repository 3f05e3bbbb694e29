import type {
  KeptSeries,
  Reading,
  ReadingPoint,
  ReadingStore,
  RolledDays,
  StaleDay,
} from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";
import { batchesOf, dayOf, staleDaysOf } from "../shared/readings.ts";
import type { Row } from "../shared/rows.ts";
import type { SqliteConnection } from "./connection.ts";
import { ReadingIds } from "./reading-ids.ts";
import { readingRemovals } from "./reading-removals.ts";

const named = "namespace = (SELECT id FROM enode_reading_namespaces WHERE namespace = :namespace)";
const ofDevice = `(
  SELECT id FROM enode_reading_devices
  WHERE ${named} AND device_id = :deviceId AND user_id = :userId)`;
const ofMetric = "(SELECT id FROM enode_reading_metrics WHERE metric = :metric)";
const ofSeries = `device = ${ofDevice} AND metric = ${ofMetric}`;

/** Places that a portion of a roll-up looks at: some ms of work. */
const placesInPortion = 1_000;

/** A place among readings: looking goes on with the first one after it. */
interface Place {
  readonly device: number;
  readonly metric: number;
  readonly at: number;
}

const start: Place = { device: 0, metric: 0, at: 0 };

/** Devices whose numbers are at hand, some 150 bytes each. */
const maxDevices = 100_000;

/** Keeps readings in tables of an SQLite database. */
export function sqliteReadingStore(
  connection: SqliteConnection,
  devicesAtHand: number = maxDevices,
): ReadingStore {
  const ids = new ReadingIds(connection, devicesAtHand);
  const removals = readingRemovals(connection, ids);
  // See `replacesReading`. SQLite has null before numbers, and these before texts.
  const put = connection.prepare(`
    INSERT INTO enode_readings (device, metric, at, value, delay) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, delay = excluded.delay
    WHERE CASE WHEN excluded.delay <> delay THEN excluded.delay > delay
      WHEN value IS NULL THEN excluded.value IS NOT NULL ELSE excluded.value > value END`);
  const findValue = connection.prepare(
    "SELECT value FROM enode_readings WHERE device = ? AND metric = ? AND at = ?",
  );
  const mark = connection.prepare(`
    INSERT INTO enode_reading_days (namespace, device, metric, day, mark) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET mark = excluded.mark`);
  // A day that has a row was marked before.
  const markFirst = connection.prepare(`
    INSERT INTO enode_reading_days (namespace, device, metric, day, mark) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const setMark = connection.prepare(
    "UPDATE enode_reading_namespaces SET last_mark = ? WHERE id = ?",
  );
  const beginRollUp = connection.prepare(
    "UPDATE enode_reading_namespaces SET marking_until = max(marking_until, ?) WHERE id = ?",
  );
  const endRollUp = connection.prepare(
    "UPDATE enode_reading_namespaces SET rolled_until = max(rolled_until, ?) WHERE id = ?",
  );
  const findNext = connection.prepare(`
    SELECT device, metric, at FROM enode_readings
    WHERE (device, metric, at) > (?, ?, ?) ORDER BY device, metric, at LIMIT 1`);
  const findOwner = connection.prepare("SELECT namespace FROM enode_reading_devices WHERE id = ?");
  // From metric to metric of a device, without reading what is in between. CROSS keeps the order of the tables, whatever
  // an ANALYZE of a small file has told.
  const selectSeries = (condition: string) =>
    connection.prepare(`
      WITH RECURSIVE series (device, metric) AS (
        SELECT id, (SELECT min(metric) FROM enode_readings WHERE device = id)
        FROM enode_reading_devices WHERE ${named} AND ${condition}
        UNION ALL
        SELECT device, (
          SELECT min(metric) FROM enode_readings
          WHERE device = series.device AND metric > series.metric)
        FROM series WHERE metric IS NOT NULL
      )
      SELECT user_id, device_id, kind, enode_reading_metrics.metric, (
        SELECT max(at) FROM enode_readings
        WHERE device = series.device AND metric = series.metric) AS last_at
      FROM series
      CROSS JOIN enode_reading_devices ON enode_reading_devices.id = device
      CROSS JOIN enode_reading_metrics ON enode_reading_metrics.id = series.metric`);
  const seriesOfDevice = selectSeries("device_id = :deviceId");
  const seriesOfUser = selectSeries("user_id = :userId");
  const seriesOfBoth = selectSeries("device_id = :deviceId AND user_id = :userId");
  const readRange = connection.prepare(`
    SELECT at, value FROM enode_readings
    WHERE ${ofSeries} AND at >= :from AND at < :to ORDER BY at LIMIT :limit`);
  const readWithPrevious = connection.prepare(`
    SELECT at, value FROM enode_readings
    WHERE ${ofSeries} AND at < max(:from, :to)
      AND at >= ifnull((SELECT max(at) FROM enode_readings WHERE ${ofSeries} AND at < :from), :from)
    ORDER BY at LIMIT :limit`);
  const selectDays = connection.prepare(`
    SELECT day, mark IS NOT NULL AS is_stale, content FROM enode_reading_days
    WHERE ${ofSeries} AND day >= :from AND day < :to ORDER BY day`);
  const selectStale = connection.prepare(`
    SELECT day, mark, device, days.metric, user_id, device_id, kind, metrics.metric AS name
    FROM enode_reading_days AS days
    CROSS JOIN enode_reading_devices AS devices ON devices.id = device
    CROSS JOIN enode_reading_metrics AS metrics ON metrics.id = days.metric
    WHERE days.${named} AND mark IS NOT NULL ORDER BY day LIMIT :limit`);
  // The newest one before it comes first.
  const readDay = connection.prepare(`
    SELECT at, value FROM enode_readings
    WHERE device = :device AND metric = :metric AND at < :end
      AND at >= ifnull((
        SELECT max(at) FROM enode_readings WHERE device = :device AND metric = :metric AND at < :day
      ), :day)
    ORDER BY at`);
  const saveDay = connection.prepare(`
    UPDATE enode_reading_days SET mark = NULL, content = :content
    WHERE ${ofSeries} AND day = :day AND mark = :mark`);

  /** The part of `append` for one series. */
  const putAll = (
    { device, metric }: Omit<Place, "at">,
    readings: Iterable<Reading>,
    markingUntil: number,
    markDay: (day: number) => void,
  ) => {
    for (const { at, value, observedAt } of readings) {
      const isLate = at < markingUntil;
      const known = isLate ? findValue.get(device, metric, at) : undefined;
      // A whole number that is not told to be one takes eight bytes.
      const kept = Number.isSafeInteger(value) ? BigInt(Number(value)) : value;
      const { changes } = put.run(device, metric, at, kept, observedAt - at);
      if (!isLate || changes === 0 || (known && known["value"] === value)) continue;
      for (const day of staleDaysOf(at, markingUntil)) markDay(day);
    }
  };

  /** Marks days from one time to another whose readings, or those of the day before, are in a part of the table. */
  const markPortion = (namespace: string, from: number, until: number, first: Place) => {
    const { id, lastMark } = ids.open(namespace);
    let place = first;
    for (let looked = 0; looked < placesInPortion; looked++) {
      const found = findNext.get(place.device, place.metric, place.at);
      if (found === undefined) {
        setMark.run(lastMark + 1, id);
        return undefined;
      }
      const device = Number(found["device"]);
      const metric = Number(found["metric"]);
      const at = Number(found["at"]);
      const begin = from - dayLength;
      if (findOwner.get(device)?.["namespace"] !== id) {
        place = { device, metric: Number.MAX_SAFE_INTEGER, at: 0 };
      } else if (at < begin) {
        place = { device, metric, at: begin - 1 };
      } else if (at >= until) {
        place = { device, metric, at: Number.MAX_SAFE_INTEGER };
      } else {
        for (const day of staleDaysOf(at, until)) {
          if (day >= from) markFirst.run(id, device, metric, day, lastMark + 1);
        }
        place = { device, metric, at: dayOf(at) + dayLength - 1 };
      }
    }
    setMark.run(lastMark + 1, id);
    return place;
  };

  return {
    async append(namespace, readings) {
      if (readings.length === 0) return { tooLate: 0 };
      const batches = batchesOf(readings);
      const { tooLate, lookup } = await connection.write("NORMAL", () => {
        const state = ids.open(namespace);
        const found = ids.lookup(state);
        const nextMark = state.lastMark + 1;
        let hasMarked = false;
        let late = 0;
        for (const batch of batches.values()) {
          let device = found.findDevice(batch);
          if (device === undefined && found.isErased(batch.userId)) continue;
          const kept = [...batch.readings.values()].filter(({ at }) => at >= state.prunedUntil);
          late += batch.readings.size - kept.length;
          if (kept.length === 0) continue;
          device ??= found.addDevice(batch);
          const metric = found.metric(batch.metric);
          const place = { device, metric };
          putAll(place, kept, state.markingUntil, (day) => {
            hasMarked = true;
            mark.run(state.id, place.device, metric, day, nextMark);
          });
        }
        if (hasMarked) setMark.run(nextMark, state.id);
        return { tooLate: late, lookup: found };
      });
      ids.learn(lookup);
      return { tooLate };
    },

    async series(namespace, { deviceId, userId }) {
      const rows = await connection.read(() => {
        if (deviceId === undefined) return seriesOfUser.all({ namespace, userId: userId ?? "" });
        if (userId === undefined) return seriesOfDevice.all({ namespace, deviceId });
        return seriesOfBoth.all({ namespace, deviceId, userId });
      });
      return rows.map(toSeries);
    },

    async read(namespace, { userId, deviceId, metric }, { from, to, withPrevious, limit }) {
      const select = withPrevious ? readWithPrevious : readRange;
      const range = { namespace, userId, deviceId, metric, from, to, limit };
      const rows = await connection.read(() => select.all(range));
      return rows.map(toPoint);
    },

    async rolledDays(namespace, { userId, deviceId, metric }, from, to) {
      return connection.read(() => {
        // First, as another process may go on with the roll-up meanwhile.
        const until = ids.find(namespace)?.rolledUntil ?? 0;
        const rolled: RolledDays = { until, days: [], stale: [] };
        const range = { namespace, userId, deviceId, metric, from, to: Math.min(to, until) };
        for (const row of selectDays.iterate(range)) {
          const day = Number(row["day"]);
          if (row["is_stale"]) rolled.stale.push(day);
          else rolled.days.push({ day, content: String(row["content"]) });
        }
        return rolled;
      });
    },

    async rollUp(namespace, until) {
      const range = await connection.write("NORMAL", () => {
        const { id, rolledUntil, markingUntil } = ids.open(namespace);
        // Also what another process has begun, which may have died.
        const end = Math.max(until, markingUntil);
        if (rolledUntil === end) return undefined;
        // From now on readings that come mark their days, so that those before are left to be looked at.
        beginRollUp.run(end, id);
        return { id, from: rolledUntil, end };
      });
      if (range === undefined) return;
      const { id, from, end } = range;
      await connection.inPortions(start, (after) => ({
        count: 0,
        end: markPortion(namespace, from, end, after),
      }));
      await connection.write("NORMAL", () => endRollUp.run(end, id));
    },

    async staleDays(namespace, limit) {
      return connection.read(() => selectStale.all({ namespace, limit }).map(toStaleDay));
    },

    async saveDays(namespace, days) {
      await connection.write("NORMAL", () => {
        for (const { userId, deviceId, metric, day, mark: given, content } of days) {
          saveDay.run({ namespace, userId, deviceId, metric, day, mark: given, content });
        }
      });
    },

    ...removals,
  };

  function toStaleDay(row: Row): StaleDay {
    const day = Number(row["day"]);
    const range = { device: Number(row["device"]), metric: Number(row["metric"]) };
    const points = readDay.all({ ...range, day, end: day + dayLength }).map(toPoint);
    const [first] = points;
    const previous = first && first.at < day ? points.shift() : undefined;
    const { userId, deviceId, kind } = toDevice(row);
    const metric = String(row["name"]);
    return { userId, deviceId, metric, kind, day, mark: String(row["mark"]), previous, points };
  }
}

function toDevice(row: Row): { userId: string; deviceId: string; kind: string } {
  return {
    userId: String(row["user_id"]),
    deviceId: String(row["device_id"]),
    kind: String(row["kind"]),
  };
}

function toSeries(row: Row): KeptSeries {
  return { ...toDevice(row), metric: String(row["metric"]), lastAt: Number(row["last_at"]) };
}

function toPoint(row: Row): ReadingPoint {
  const value = row["value"];
  const isKnown = typeof value === "number" || typeof value === "string";
  return { at: Number(row["at"]), value: isKnown ? value : null };
}
