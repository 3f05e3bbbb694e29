import { type Rule, rulesOf } from "./rule.ts";

/** What keeps PostgreSQL from losing, mixing or doubling readings that several processes add, roll up and remove. */
export const postgresReadingRules: readonly Rule[] = [
  ...rulesOf(
    "postgres",
    ["test/storage/postgres/reading-store.test.ts"],
    [
      [
        "PostgreSQL adds readings only to the namespace that was looked at",
        "reading-gate",
        "WHERE version = $2::bigint)",
        "WHERE $2::bigint > 0)",
      ],
      [
        "PostgreSQL shows a roll-up what is being appended",
        "reading-gate",
        "IS NOT NULL FOR SHARE",
        "IS NOT NULL",
      ],
      [
        "PostgreSQL forgets the series of users who were erased",
        "reading-gate",
        "this.#onErased(namespace,",
        "void (",
      ],
      [
        "PostgreSQL appends readings in the order of their keys",
        "reading-store",
        'insert("given ORDER BY series_id, at")',
        'insert("given")',
      ],
      [
        "PostgreSQL compares states by their bytes",
        "reading-store",
        "excluded.state > known.state",
        "convert_to(excluded.state, 'LATIN1') > '1'",
      ],
      [
        "PostgreSQL counts each reading that it removes once",
        "reading-pruning",
        "SELECT count(*) AS removed, max(series_id) AS last FROM gone",
        "SELECT count(*) AS removed, max(series_id) AS last FROM doomed",
      ],
    ],
  ),
  ...rulesOf(
    "postgres",
    ["test/storage/postgres/reading-months.test.ts"],
    [
      [
        "PostgreSQL moves what a month has in the default partition",
        "reading-months",
        " RETURNING *)",
        " AND false RETURNING *)",
      ],
      [
        "PostgreSQL drops no month that a namespace needs",
        "reading-months",
        "WHERE pruned_until < ",
        "WHERE 0 > ",
      ],
      [
        "PostgreSQL keeps what pruning leaves of a month that it drops",
        "reading-months",
        "const ids = kept.map(",
        "const ids = kept.slice(1).map(",
      ],
      [
        "PostgreSQL goes on where a month cannot be dropped",
        "reading-months",
        '"42501", "55P03"',
        '"42501"',
      ],
    ],
  ),
];
