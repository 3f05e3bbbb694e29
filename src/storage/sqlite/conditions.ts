import type { SQLInputValue } from "node:sqlite";

/**
 * Those of these conditions whose value is given, joined by AND. They are few, so the texts that can come out
 * are few too, and each is prepared once.
 */
export function conditions(wanted: Record<string, SQLInputValue | undefined>): {
  sql: string;
  values: SQLInputValue[];
} {
  const given: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [condition, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    given.push(condition);
    values.push(value);
  }
  return { sql: given.join(" AND "), values };
}
