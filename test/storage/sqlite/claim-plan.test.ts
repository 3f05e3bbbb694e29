import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimStatement } from "../../../src/storage/sqlite/event-store.ts";
import { migrate, migrations } from "../../../src/storage/sqlite/migrations/index.ts";
import { olderClaim } from "../support/older-sqlite-events.ts";

let database: DatabaseSync;
const opened: DatabaseSync[] = [];
/** Of how many rows a statement has asked what `seen` was put in front of. */
let seen = 0;

function openWith(steps: readonly string[]): void {
  database = new DatabaseSync(":memory:");
  opened.push(database);
  migrate(database, steps);
  database.function("seen", (value) => {
    seen++;
    return value;
  });
  database.exec(`INSERT INTO enode_deliveries VALUES (1, 'default', 'a', 'id of a', 1000)`);
}

beforeEach(() => openWith(migrations));
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

const now = 1_000_000;

interface Shape {
  readonly name: string;
  /** In SQL, of the number \`n\` of an event. */
  readonly lane: string;
  readonly dueAt: string;
  /** What happens when all are there. */
  readonly after?: string;
  /** How many of 100 are handed out. */
  readonly handedOut: number;
}

const shapes: readonly Shape[] = [
  { name: "lanes of 20 events", lane: "n / 20", dueAt: "0", handedOut: 100 },
  { name: "a fleet of 1,000 lanes", lane: "n % 1000", dueAt: "0", handedOut: 100 },
  { name: "events without lanes", lane: "NULL", dueAt: "0", handedOut: 100 },
  { name: "one lane with everything", lane: "'x'", dueAt: "0", handedOut: 1 },
  {
    name: "every lane waiting for a retry",
    lane: "n / 20",
    dueAt: "iif(n % 20 = 0, 2000000, 0)",
    handedOut: 0,
  },
  {
    name: "every lane with a retry that is due",
    lane: "n / 20",
    dueAt: "iif(n % 20 = 0, 1 + n, 0)",
    handedOut: 100,
  },
  {
    name: "a dead head of one lane revived",
    lane: "'x'",
    dueAt: "0",
    after: `UPDATE enode_events SET failed_at = 1 WHERE id = 1; UPDATE enode_events SET failed_at = NULL WHERE id = 1;`,
    handedOut: 1,
  },
];

/** As many events, without the column is_head, as the version before adds them. */
function fill({ lane, dueAt, after = "" }: Shape, count: number): void {
  database.exec(`
    INSERT INTO enode_events (delivery, namespace, place, lane, payload, due_at)
    SELECT 1, 'default', n, ${lane}, '"' || n || '"', ${dueAt} FROM (
      WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ${count})
      SELECT n FROM counted
    );
    ${after}`);
}

/** Has the statement tell of each row that it looks at. Each text is to be found once. */
function watched(statement: string, texts: Readonly<Record<string, string>>): string {
  return Object.entries(texts).reduce((text, [plain, counting]) => {
    expect(text).toContain(plain);
    return text.replaceAll(plain, counting);
  }, statement);
}

const present = () =>
  watched(claimStatement, {
    "is_head = 1 AND": "is_head = 1 AND seen(id) = id AND",
    "event.failed_at IS NULL": "event.failed_at IS NULL AND seen(event.id) = event.id",
    "WHERE due_at <= :now AND": "WHERE seen(due_at) <= :now AND",
  });

const older = () =>
  watched(olderClaim, {
    "failed_at IS NULL AND due_at <= :now": "failed_at IS NULL AND seen(due_at) <= :now",
    "earlier.id < event.id": "seen(earlier.id) < event.id",
  });

/** Claims 100 events, and tells how many were handed out, and how many rows were looked at. */
function claim(statement: string): { handedOut: number; visited: number } {
  seen = 0;
  const rows = database
    .prepare(statement)
    .all({ until: now + 1_000, lease: "lease", namespace: "default", now, limit: 100 });
  return { handedOut: rows.length, visited: seen };
}

describe.each(shapes)("a claim of 100 events in SQLite, with $name", (shape) => {
  it.each([false, true])(
    "looks at as many rows at 2,000 events as at 20,000 (analyzed: %s)",
    (isAnalyzed) => {
      const found = [2_000, 20_000].map((count) => {
        openWith(migrations);
        fill(shape, count);
        if (isAnalyzed) database.exec("ANALYZE");
        return claim(present());
      });

      const [few, many] = found;
      expect(many).toEqual(few);
      expect(few?.handedOut).toBe(shape.handedOut);
      // Of each one the head, the first of its lane, and the event itself.
      expect(few?.visited).toBe((shape.lane === "NULL" ? 2 : 3) * shape.handedOut);
    },
  );
});

it("the claim before it looked at more rows the more events wait", () => {
  const shape = shapes.find(({ name }) => name === "every lane waiting for a retry") as Shape;
  const [few = 0, many = 0] = [1_000, 20_000].map((count) => {
    openWith(migrations.slice(0, 2));
    fill(shape, count);
    return claim(older()).visited;
  });

  expect(few).toBeGreaterThanOrEqual(1_000);
  expect(many).toBeGreaterThanOrEqual(20 * few - 20);
});

it.each([false, true])(
  "finds heads and firsts of lanes by their indexes (analyzed: %s)",
  (isAnalyzed) => {
    fill(shapes[0] as Shape, 2_000);
    if (isAnalyzed) database.exec("ANALYZE");
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${claimStatement}`)
      .all({ until: 0, lease: "", namespace: "default", now: 0, limit: 100 })
      .map(({ detail }) => String(detail));
    const lookups = plan.filter((step) => /enode_events|event|deliveries/.test(step));

    expect(lookups.filter((step) => step.includes("enode_events_head"))).toEqual([
      "SEARCH enode_events USING INDEX enode_events_head (namespace=? AND due_at<?)",
      "SEARCH enode_events USING INDEX enode_events_head (namespace=? AND due_at>? AND due_at<?)",
    ]);
    expect(lookups.filter((step) => step.startsWith("SCAN"))).toEqual([]);
    expect(lookups.join("\n")).toMatch(
      /^SEARCH event USING (COVERING )?INDEX enode_events_lane \(namespace=\? AND lane=\?\)$/m,
    );
  },
);
