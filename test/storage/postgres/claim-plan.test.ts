import { afterAll, describe, expect, it } from "vitest";
import type { EventStore } from "../../../src/storage/contracts/index.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf } from "../support/event-store-cases.ts";
import { olderClaim } from "../support/older-postgres-events.ts";

/** A step of a plan, as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) tells it. */
interface Step {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Step[];
}

/** What a statement has looked at: rows, and pages of tables and indexes. */
interface Visits {
  readonly rows: number;
  readonly pages: number;
}

const limit = 30;
/** So few that all are read in one page. */
const deliveryCount = 20;
const sizes = { few: 2_000, many: 20_000 };

interface Shape {
  /** The lane of the nth event. */
  readonly lane: string;
  readonly dueAt?: string;
  /** What has happened since. */
  readonly change?: (store: EventStore) => Promise<void>;
}

const shapes = {
  "lanes of 20": { lane: "'l' || n / 20" },
  "a fleet of 1,000 lanes": { lane: "'l' || n % 1000" },
  "one lane": { lane: "'l'" },
  // Those that are not the first of their lane come in as new.
  "lanes that all wait for a retry": { lane: "'l' || n / 20", dueAt: "1e15" },
  "lanes of which one was dead and is revived": { lane: "'l' || n / 20", change: reviveOne },
} satisfies Record<string, Shape>;

/** When PostgreSQL has learnt what is in the tables. */
const states = [
  "that are unknown to it",
  "that it has seen",
  "that it has seen empty",
  "that it has seen large and nearly empty",
  "that it has seen nearly empty while what had gone was still there",
] as const;

async function reviveOne(store: EventStore): Promise<void> {
  const [event] = await store.claim(1, 1e9);
  if (event === undefined) expect.unreachable();
  await store.fail(event, "no");
  await store.claim(1, 1e9);
  await store.revive([event.id]);
}

withPostgres("a claim in PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 2 });
  const made: string[] = [];
  afterAll(async () => {
    for (const schema of made) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  });

  /** A store whose tables have so many events. Autovacuum would tell PostgreSQL of them at any time. */
  async function filled(shape: keyof typeof shapes, size: number, state: (typeof states)[number]) {
    const schema = `${postgres.schema}_${made.length}`;
    made.push(schema);
    const asked: { text: string; values: unknown[] }[] = [];
    /** Of each statement since it was set, before it has run. */
    let visits: Visits[] | undefined;
    const watched: PostgresPool = {
      query: async (text, values = []) => {
        asked.push({ text, values });
        visits?.push(await visitsOf(schema, text, values));
        return pool.query(text, values);
      },
    };
    const storage = postgresStorage({ pool: watched, schema });
    await storage.migrate();
    const [deliveries, events] = [`${schema}.enode_deliveries`, `${schema}.enode_events`];
    for (const table of [deliveries, events]) {
      await pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
      if (state === "that it has seen empty") await pool.query(`VACUUM ANALYZE ${table}`);
    }
    if (state === "that it has seen large and nearly empty") {
      await empty(schema, size);
      await vacuum(events);
    }
    if (state === "that it has seen nearly empty while what had gone was still there") {
      await empty(schema, size);
      await pool.query(`ANALYZE ${events}`);
    }
    const { lane, dueAt = "0", change }: Shape = shapes[shape];
    await pool.query(`
      INSERT INTO ${deliveries} (namespace, digest, received_at)
        SELECT 'default', n, 1 FROM generate_series(1, ${deliveryCount}) AS n ORDER BY n;
      INSERT INTO ${events} (delivery, namespace, place, lane, payload, due_at)
        SELECT (SELECT min(id) FROM ${deliveries} WHERE digest = '1') + n * ${deliveryCount} / ${size}, 'default', n, ${lane}, repeat('x', 200), ${dueAt}
        FROM generate_series(0, ${size - 1}) AS n ORDER BY n`);
    await change?.(storage.eventStore);
    if (state === "that it has seen") await pool.query(`ANALYZE ${deliveries}, ${events}`);
    const claim = async () => {
      asked.length = 0;
      await storage.eventStore.claim(limit, 1_000);
      const [statement] = asked;
      return statement ?? expect.unreachable();
    };
    /** What the statements of something that the store does look at. */
    const visiting = async (work: (store: EventStore) => Promise<unknown>) => {
      const seen: Visits[] = [];
      visits = seen;
      await work(storage.eventStore);
      visits = undefined;
      return seen;
    };
    return { schema, claim, visiting, store: storage.eventStore };
  }

  /** Leaves one event, at the end of the table, so that all its pages stay. It is never due. */
  async function empty(schema: string, size: number): Promise<void> {
    const events = `${schema}.enode_events`;
    await pool.query(`
      INSERT INTO ${schema}.enode_deliveries (namespace, digest, received_at) VALUES ('default', 'gone', 1);
      INSERT INTO ${events} (delivery, namespace, place, payload, due_at)
        SELECT 1, 'default', n, repeat('x', 200), 1e16 FROM generate_series(1, ${size}) AS n;
      DELETE FROM ${events} WHERE place < ${size}`);
  }

  /** Again for as long as a transaction of another test may still see what has gone, which VACUUM then leaves. */
  async function vacuum(table: string): Promise<void> {
    const sql = "SELECT relpages > relallvisible AS left FROM pg_class WHERE oid = $1::regclass";
    do await pool.query(`VACUUM ANALYZE ${table}`);
    while ((await pool.query(sql, [table])).rows[0].left);
  }

  /** What a statement looks at. It changes nothing. */
  async function visitsOf(schema: string, text: string, values: unknown[]): Promise<Visits> {
    const client = await pool.connect();
    try {
      await client.query(`BEGIN; SET LOCAL search_path = ${schema}`);
      const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`;
      const { rows } = await client.query(explain, values);
      const { Plan: plan } = rows[0]["QUERY PLAN"][0] as { Plan: Step };
      return { rows: rowsOf(plan), pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] };
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  }

  function rowsOf(step: Step): number {
    const seen =
      step["Actual Rows"] +
      (step["Rows Removed by Filter"] ?? 0) +
      (step["Rows Removed by Index Recheck"] ?? 0) +
      (step["Rows Removed by Join Filter"] ?? 0);
    return (step.Plans ?? []).reduce(
      (sum, each) => sum + rowsOf(each),
      seen * step["Actual Loops"],
    );
  }

  const names = Object.keys(shapes) as (keyof typeof shapes)[];
  describe.each(names)("looks at no more where ten times as many wait, in %s", (shape) => {
    it.each(states)("of tables %s", async (state) => {
      const visits: Visits[] = [];
      for (const size of [sizes.few, sizes.many]) {
        const { schema, claim } = await filled(shape, size, state);
        const { text, values } = await claim();
        // What the claim before this one has left is seen by the next one, once.
        await visitsOf(schema, text, values);
        visits.push(await visitsOf(schema, text, values));
      }
      const [few, many] = visits as [Visits, Visits];

      expect(few.pages).toBeGreaterThan(0);
      // Small tables may be read as a whole where that is less than a lookup for each row; indexes are higher
      // for more rows.
      expect(many.rows).toBeLessThanOrEqual(few.rows + limit);
      expect(many.pages).toBeLessThanOrEqual(2 * few.pages + 10);
      // Some lookups for each event that is handed out, of which each step of the plan counts its row.
      expect(many.rows).toBeLessThanOrEqual(30 * limit);
    });
  });

  it.each(states)("nor does what follows a claim, in tables %s", async (state) => {
    const visits: Visits[][] = [];
    for (const size of [sizes.few, sizes.many]) {
      const { visiting, store } = await filled("lanes of 20", size, state);
      const claimed = await store.claim(4 * limit, 1e9);
      const next = () => claimed.splice(0, limit);
      const seen = [
        await visiting(() => store.renew?.(next(), 1e9) ?? expect.unreachable()),
        await visiting(() => store.completeMany?.(next()) ?? expect.unreachable()),
        await visiting(() => {
          const put = next().map((event) => ({ event, pause: 1, attempts: 1, reason: "no" }));
          return store.postpone?.(put) ?? expect.unreachable();
        }),
        await visiting(() => {
          const lanes = Array.from({ length: limit }, (_, n) => `new ${n}`);
          const delivery = deliveryOf("new", lanes);
          return store.appendAndClaim?.(delivery, limit, 1e9) ?? expect.unreachable();
        }),
      ];
      visits.push(seen.flat());
    }
    const [few, many] = visits as [Visits[], Visits[]];

    expect(few).toHaveLength(4);
    expect(many).toHaveLength(4);
    for (const { rows } of [...few, ...many]) {
      // Each of them is found, changed and told of, by steps that count it.
      expect(rows).toBeGreaterThan(limit);
      expect(rows).toBeLessThanOrEqual(15 * limit);
    }
  });

  it.each(states)(
    "a prune does not look at what is young or to be handled, in tables %s",
    async (state) => {
      const old = 10;
      const { schema, visiting } = await filled("lanes of 20", sizes.many, state);
      await pool.query(`
        INSERT INTO ${schema}.enode_deliveries (namespace, digest, received_at)
          SELECT 'default', 'young ' || n, 2 FROM generate_series(1, ${sizes.many}) AS n
          UNION ALL SELECT 'default', 'old ' || n, 0 FROM generate_series(1, ${old}) AS n;
        INSERT INTO ${schema}.enode_events (delivery, namespace, place, payload, failed_at, is_head)
          SELECT id, 'default', 0, '', 1, false FROM ${schema}.enode_deliveries WHERE digest LIKE 'old %'`);
      let pruned: number | undefined;
      const [visits, ...others] = await visiting(async (store) => {
        pruned = await store.prune(1);
      });

      expect(others).toEqual([]);
      expect(pruned).toBe(old);
      expect(visits?.rows).toBeGreaterThan(old);
      expect(visits?.rows).toBeLessThanOrEqual(20 * old);
    },
  );

  it("looks for the next event of a lane in no other lane, whatever has just gone there", async () => {
    const { schema } = await filled("lanes of 20", sizes.many, "that it has seen");
    const client = await pool.connect();
    await client.query(`BEGIN; SET LOCAL search_path = ${schema}`);
    const { rowCount } = await client.query("DELETE FROM enode_events");
    const sql = "SELECT pg_stat_get_xact_tuples_returned('enode_events_lane'::regclass) AS read";
    const { rows } = await client.query(sql);
    await client.query("ROLLBACK");
    client.release();

    expect(rowCount).toBe(sizes.many);
    expect(Number(rows[0].read)).toBeGreaterThan(0);
    expect(Number(rows[0].read)).toBeLessThanOrEqual(sizes.many);
  });

  it.each(["one lane", "lanes that all wait for a retry"] as const)(
    "looked at them all before there were heads, in %s",
    async (shape) => {
      const visits: Visits[] = [];
      for (const size of [sizes.few, sizes.many]) {
        const { schema } = await filled(shape, size, "that it has seen");
        const values = ["default", limit, 1_000, "lease", null];
        visits.push(await visitsOf(schema, olderClaim, values));
      }
      const [few, many] = visits as [Visits, Visits];

      expect(many.rows).toBeGreaterThan(5 * few.rows);
      expect(many.rows).toBeGreaterThan(30 * limit);
    },
  );
});
