/** Those of these conditions whose value is given, joined by AND. Each has `?` for its value. */
export function conditions(wanted: Readonly<Record<string, unknown>>): {
  sql: string;
  values: unknown[];
} {
  const values: unknown[] = [];
  const given: string[] = [];
  for (const [condition, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    values.push(value);
    given.push(condition.replace("?", `$${values.length}`));
  }
  return { sql: given.join(" AND "), values };
}
