import { beforeAll, beforeEach, expect, it } from "vitest";
import {
  type Reading,
  type ReadingPoint,
  type ReadingStore,
  replacesReading,
} from "../../../src/storage/index.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { long } from "../../support/long.ts";
import { withPostgres } from "../../support/services.ts";

const day = 86_400_000;
const namespace = "production:client";
const first = 20_000 * day;

function readingOf(n: number, change: Partial<Reading> = {}): Reading {
  return {
    userId: "user",
    deviceId: `device ${n}`,
    kind: "vehicle",
    metric: "level",
    at: first,
    value: n,
    observedAt: first,
    ...change,
  };
}

withPostgres("readings in PostgreSQL", (postgres) => {
  const pools = [postgres.pool({ max: 8 }), postgres.pool({ max: 8 })] as const;
  const [pool] = pools;
  beforeAll(() => postgresStorage({ pool }).migrate());
  beforeEach(async () => {
    const names = ["namespaces", "scans", "erased", "series", "points", "days", "stale"];
    await pool.query(names.map((name) => `DELETE FROM enode_reading_${name};`).join(""));
  });

  /** As in a process of its own. */
  const storeOf = (n = 0): ReadingStore =>
    postgresStorage({ pool: pools[n % 2 === 0 ? 0 : 1] }).readingStore;
  const all = { from: 0, to: 1e15, limit: 100_000 };

  it.each([
    ["new", 0],
    ["late", first + 2 * day],
  ])(
    "that are %s are kept once, the same of each time, by many connections in any order, without a deadlock",
    async (_, rolledUntil) => {
      const failures: unknown[] = [];
      const watched = (of: PostgresPool): PostgresPool => ({
        query: (text, values) =>
          of.query(text, values).catch((error: unknown) => {
            failures.push(Object(error).code);
            throw error;
          }),
      });
      const stores = pools.map((of) => postgresStorage({ pool: watched(of) }).readingStore);
      const rounds = Array.from({ length: long(80, 24) }, (_, n) =>
        Array.from({ length: 60 }, (_, series) =>
          readingOf(series, {
            at: first + (n % 4) * 1_000,
            value: ["on", null, n % 7, "\u{1f600}", "\uff5a"][n % 5] ?? null,
            observedAt: first + (n % 3) + 0.5,
          }),
        ),
      );
      await stores[0]?.rollUp(namespace, rolledUntil);

      await Promise.all(
        rounds.map((round, n) =>
          stores[n % 2]?.append(namespace, n % 4 < 2 ? round : round.toReversed()),
        ),
      );

      expect(failures).toEqual([]);
      const expected = new Map<number, Reading>();
      for (const round of rounds) {
        // Those of all devices are the same.
        const next = round[0] ?? expect.unreachable();
        const known = expected.get(next.at);
        if (!known || replacesReading(next, known)) expected.set(next.at, next);
      }
      const points = [...expected.values()]
        .map(({ at, value }) => ({ at, value }))
        .toSorted((a, b) => a.at - b.at);
      for (const { deviceId } of rounds[0] ?? []) {
        const series = { userId: "user", deviceId, metric: "level" };
        expect(await storeOf().read(namespace, series, all)).toEqual(points);
      }
      const stale = await storeOf().staleDays(namespace, 1_000);
      expect(stale).toHaveLength(rolledUntil === 0 ? 0 : 2 * 60);
    },
  );

  it("that two processes append, roll up and save at the same time are all in the rolled up days", async () => {
    const days = 6;
    const rounds = long(60, 20);
    let nth = 0;
    const random = mulberry(7);
    const appendAll = async (store: ReadingStore) => {
      for (let round = 0; round < rounds; round++) {
        const batch = Array.from({ length: 30 }, () => {
          const at = first + Math.floor(random() * days * 24) * 3_600_000;
          return readingOf(Math.floor(random() * 5), { at, value: nth++, observedAt: first + nth });
        });
        await store.append(namespace, batch);
      }
    };
    const rollUp = async (store: ReadingStore) => {
      for (let n = 1; n <= days; n++) {
        await store.rollUp(namespace, first + n * day);
        await saveSome(store, 7);
      }
    };
    const stores = Array.from({ length: 4 }, (_, n) => storeOf(n));
    await Promise.all([
      ...stores.map(appendAll),
      ...stores.slice(0, 2).map(rollUp),
      ...stores.slice(2).map(async (store) => {
        for (let n = 0; n < 10; n++) await saveSome(store, 5);
      }),
    ]);
    const last = storeOf();
    while ((await last.staleDays(namespace, 1)).length > 0) await saveSome(last, 100);

    for (let device = 0; device < 5; device++) {
      const series = { userId: "user", deviceId: `device ${device}`, metric: "level" };
      const points = await last.read(namespace, series, all);
      const rolled = await last.rolledDays(namespace, series, 0, 1e15);
      expect(rolled.until).toBe(first + days * day);
      expect(rolled.stale).toEqual([]);
      const kept = rolled.days.flatMap(({ content }) => JSON.parse(content) as ReadingPoint[]);
      expect(kept).toEqual(points);
      expect(points.length).toBeGreaterThan(10);
    }
  });

  it("wait for an append that is under way before their days are looked for", async () => {
    const held = await pool.connect();
    try {
      await storeOf().append(namespace, [readingOf(1)]);
      await held.query("BEGIN");
      // Nobody else can add this point, so that the append stays under way.
      await held.query(
        `INSERT INTO enode_reading_points (series_id, at, observed_at) SELECT id, $1, 0 FROM enode_reading_series`,
        [first + day],
      );
      const appending = storeOf(1).append(namespace, [readingOf(1, { at: first + day, value: 5 })]);
      await waitsFor(pool, "transactionid");
      const rolling = storeOf().rollUp(namespace, first + 2 * day);
      await waitsFor(pool, "advisory");
      await held.query("ROLLBACK");
      await Promise.all([appending, rolling]);

      const stale = await storeOf().staleDays(namespace, 10);
      expect(stale.map((each) => [each.day, each.points.length])).toEqual([
        [first, 1],
        [first + day, 1],
      ]);
    } finally {
      held.release();
    }
  });

  it("of a user who is erased meanwhile leave nothing, in whichever process they came", async () => {
    const stores = [storeOf(0), storeOf(1)];
    const batchOf = (n: number) =>
      Array.from({ length: 20 }, (_, place) =>
        readingOf(place % 5, { userId: place % 2 ? "gone" : "user", at: first + n * 1_000 }),
      );
    const rounds = long(60, 20);
    // Both know the numbers of the series.
    for (const store of stores) await store.append(namespace, batchOf(0));
    await stores[0]?.rollUp(namespace, first + day);
    const append = async (store: ReadingStore) => {
      for (let n = 1; n < rounds; n++) {
        await store.append(namespace, batchOf(n));
        await saveSome(store, 10);
      }
    };
    await Promise.all([...stores.map(append), stores[0]?.erase(namespace, "gone")]);

    expect(await stores[1]?.series(namespace, { userId: "gone" })).toEqual([]);
    expect(await stores[1]?.series(namespace, { userId: "user" })).toHaveLength(5);
    const counts = ["series", "points", "days", "stale"].map(async (name) => {
      const column = name === "series" ? "id" : "series_id";
      const { rows } = await pool.query(
        `SELECT count(*)::int AS count FROM enode_reading_${name} WHERE ${column} NOT IN (
           SELECT id FROM enode_reading_series WHERE user_id = 'user'
         )`,
      );
      return rows[0].count;
    });
    expect(await Promise.all(counts)).toEqual([0, 0, 0, 0]);
    const { rows } = await pool.query("SELECT count(*)::int AS count FROM enode_reading_points");
    expect(rows[0].count).toBe(5 * rounds);
  });

  it("are pruned by two processes at once, portion by portion, and each removal counts once", async () => {
    const store = storeOf();
    const count = 40;
    for (let n = 0; n < 10; n++) {
      const batch = Array.from({ length: count }, (_, k) =>
        readingOf(n, { at: first + k * 3_600_000 }),
      );
      await store.append(namespace, batch);
    }
    await store.rollUp(namespace, first + 5 * day);
    while ((await store.staleDays(namespace, 1)).length > 0) await saveSome(store, 100);

    const prune = async (each: ReadingStore) => {
      let sum = 0;
      for (;;) {
        const pruned = await each.prune(namespace, first + 5 * day, 17);
        expect(pruned).toBeLessThanOrEqual(17);
        if (pruned === 0) return sum;
        sum += pruned;
      }
    };
    const sums = await Promise.all([prune(storeOf(0)), prune(storeOf(1))]);

    expect(sums.reduce((a, b) => a + b)).toBe(10 * (count - 1));
    const { rows } = await pool.query("SELECT at::float8 FROM enode_reading_points");
    expect(rows).toEqual(Array.from({ length: 10 }, () => ({ at: first + 39 * 3_600_000 })));
  });

  it("that another process is removing are not counted when they are gone", async () => {
    const store = storeOf();
    await store.append(
      namespace,
      Array.from({ length: 5 }, (_, n) => readingOf(1, { at: first + n })),
    );
    await store.rollUp(namespace, first + 2 * day);
    await saveSome(store, 10);
    const held = await pool.connect();
    try {
      await held.query("BEGIN");
      await held.query("DELETE FROM enode_reading_points WHERE at = $1", [first]);
      const pruning = storeOf(1).prune(namespace, first + 2 * day, 10);
      await waitsFor(pool, "transactionid", "enode_reading_points");
      await held.query("COMMIT");
      expect(await pruning).toBe(3);
    } finally {
      held.release();
    }
  });

  it("have their series looked up once, and again after a user was erased", async () => {
    const asked: string[] = [];
    const counted: PostgresPool = {
      query: (text, values) => {
        asked.push(text);
        return pool.query(text, values);
      },
    };
    const store = postgresStorage({ pool: counted }).readingStore;
    await store.append(namespace, [readingOf(1), readingOf(2, { userId: "other" })]);
    asked.length = 0;
    await store.append(namespace, [readingOf(1), readingOf(2, { userId: "other" })]);
    expect(asked).toHaveLength(1);

    await storeOf(1).erase(namespace, "other");
    asked.length = 0;
    await store.append(namespace, [readingOf(1, { at: first + 1 })]);
    // The append that comes too early, what has changed, whom it was about, and the append.
    expect(asked).toHaveLength(4);
    await store.append(namespace, [readingOf(2, { userId: "other" })]);
    expect(await store.series(namespace, { userId: "other" })).toEqual([]);
  });

  it("roll up nothing of a user whose erasure is under way, and all of others", async () => {
    const store = storeOf();
    await store.append(
      namespace,
      ["gone", "user"].flatMap((userId) => [0, 1].map((n) => readingOf(n, { userId }))),
    );
    await store.rollUp(namespace, first + day);
    const [, ...before] = await store.staleDays(namespace, 10);
    const isInterrupted = new Error("connection lost");
    let isRefused = false;
    const interrupted: PostgresPool = {
      query: (text, values) => {
        if (text.includes("gone_days")) {
          isRefused = true;
          return Promise.reject(isInterrupted);
        }
        return pool.query(text, values);
      },
    };
    await postgresStorage({ pool: interrupted })
      .readingStore.erase(namespace, "gone")
      .catch(() => undefined);
    expect(isRefused).toBe(true);

    expect(await store.staleDays(namespace, 1)).toMatchObject([{ userId: "user" }]);
    await store.saveDays(
      namespace,
      before.map((each) => ({ ...each, content: each.userId })),
    );

    const { rows } = await pool.query("SELECT DISTINCT content FROM enode_reading_days");
    expect(rows).toEqual([{ content: "user" }]);
  });

  it("roll up other series when days were marked while one was erased", async () => {
    const store = storeOf();
    await store.append(namespace, [
      readingOf(0, { at: first - day }),
      readingOf(1, { userId: "b" }),
    ]);
    await store.rollUp(namespace, first + day);
    await pool.query("DELETE FROM enode_reading_series WHERE user_id = 'user'");

    expect(await store.staleDays(namespace, 1)).toMatchObject([{ userId: "b" }]);
  });
});

/** Rolls some stale days up, to their points as text. */
async function saveSome(store: ReadingStore, limit: number): Promise<void> {
  const stale = await store.staleDays(namespace, limit);
  await store.saveDays(
    namespace,
    stale.map(({ points, userId, deviceId, metric, day, mark }) => {
      return { userId, deviceId, metric, day, mark, content: JSON.stringify(points) };
    }),
  );
}

/** Waits until a statement that uses a table waits for a lock of this kind. */
async function waitsFor(
  pool: PostgresPool,
  kind: string,
  table = "enode_reading_namespaces",
): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = $1
         AND pid IN (SELECT pid FROM pg_locks WHERE relation = $2::regclass)`,
      [kind, table],
    );
    if (rows.length > 0) return;
  }
}

/** Numbers between 0 and 1 that are the same each time. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
