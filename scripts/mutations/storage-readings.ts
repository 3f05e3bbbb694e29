import { type Rule, rulesOf } from "./rule.ts";

/** What keeps memory and SQLite from losing, mixing or doubling readings, and days that they are rolled up to. */
export const readingRules: readonly Rule[] = [
  ...rulesOf(
    "shared",
    ["test/storage/conformance/memory.test.ts"],
    [
      [
        "of readings of one call and time the one to keep is kept",
        "readings",
        "if (!known || replacesReading(reading, known)) batch",
        "batch",
      ],
      [
        "a reading also makes the day after its own stale",
        "readings",
        "[day, day + dayLength].filter",
        "[day].filter",
      ],
      [
        "no day is stale that is not to be rolled up",
        "readings",
        ".filter((each) => each < rolledUntil)",
        ".filter((each) => each < rolledUntil || each > 0)",
      ],
    ],
  ),
  ...rulesOf(
    "memory",
    ["test/storage/conformance/memory.test.ts"],
    [
      [
        "memory keeps no reading from before what was pruned",
        "reading-store",
        "if (at < space.prunedUntil) tooLate++;\n          else put",
        "put",
      ],
      [
        "memory keeps nothing of a user who was erased",
        "reading-store",
        "!space.erased.has(userId)",
        "true",
      ],
      [
        "memory keeps no content by an old mark",
        "reading-store",
        "found?.stale.get(day) !== given",
        "!found?.stale.has(day)",
      ],
    ],
  ),
  ...rulesOf(
    "memory",
    ["test/storage/memory/reading-store.test.ts"],
    [
      [
        "memory marks no day for a reading that changes no value",
        "reading-store",
        "if (known?.value === point.value) return;",
        "",
      ],
    ],
  ),
  ...rulesOf(
    "sqlite",
    ["test/storage/sqlite/conformance.test.ts"],
    [
      [
        "SQLite keeps a reading that an earlier told one would replace",
        "reading-store",
        "THEN excluded.delay > delay",
        "THEN true",
      ],
      [
        "SQLite keeps a known value when null is told of at the same time",
        "reading-store",
        "ELSE excluded.value > value END",
        "ELSE excluded.value IS NOT value END",
      ],
      [
        "SQLite marks no day for a reading that it had",
        "reading-store",
        "if (!isLate || changes === 0 ||",
        "if (!isLate ||",
      ],
      [
        "SQLite keeps no content by an old mark",
        "reading-store",
        "AND day = :day AND mark = :mark",
        "AND day = :day AND mark IS NOT NULL AND :mark <> ''",
      ],
      [
        "SQLite rolls up the days of one namespace only",
        "reading-store",
        'if (findOwner.get(device)?.["namespace"] !== id) {',
        'if (findOwner.get(device)?.["namespace"] === undefined) {',
      ],
      [
        "SQLite hands out the stale days of one namespace only",
        "reading-store",
        "} AND mark IS NOT NULL ORDER BY day",
        "} IS NOT NULL AND mark IS NOT NULL ORDER BY day",
      ],
      [
        "SQLite prunes the readings of one namespace only",
        "reading-removals",
        'if (findOwner.get(device)?.["namespace"] !== namespace) {',
        'if (findOwner.get(device)?.["namespace"] === undefined) {',
      ],
      [
        "SQLite leaves the readings of stale days",
        "reading-removals",
        "AND NOT EXISTS (",
        "AND 1 OR EXISTS (",
      ],
      [
        "SQLite keeps nothing of a user who was erased",
        "reading-removals",
        "addErasure.run(state.id, userId);",
        "",
      ],
    ],
  ),
  ...rulesOf(
    "sqlite",
    ["test/storage/sqlite/reading-store.test.ts"],
    [
      [
        "SQLite marks no day for a reading that changes no value",
        "reading-store",
        'changes === 0 || (known && known["value"] === value)',
        "changes === 0",
      ],
      [
        "SQLite forgets what it knows of devices after an erasure of another process",
        "reading-ids",
        "known?.erasures === namespace.erasures",
        "known !== undefined",
      ],
      [
        "SQLite learns no number that was undone",
        "reading-store",
        "return { tooLate: late, lookup: found };",
        "ids.learn(found);\n        return { tooLate: late, lookup: found };",
      ],
      [
        "SQLite tells of a roll-up when all days are marked",
        "reading-store",
        "beginRollUp.run(end, id);",
        "beginRollUp.run(end, id);\n        endRollUp.run(end, id);",
      ],
      [
        "SQLite finishes the roll-up of a process that died",
        "reading-store",
        "Math.max(until, markingUntil)",
        "Math.max(until, rolledUntil)",
      ],
      [
        "SQLite prunes from the first series on before it says that nothing is left",
        "reading-removals",
        "const isOver = pruned > 0 || progress.isWhole;",
        "const isOver = true;",
      ],
    ],
  ),
];
