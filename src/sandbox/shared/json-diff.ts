/**
 * Dotted names, such as `chargeState.batteryLevel`, of the values that differ. A list counts as one value, and a
 * missing value as null.
 */
export function changes(before: unknown, after: unknown, at = ""): string[] {
  if (isRecord(after) && (isRecord(before) || before === null || before === undefined)) {
    const old = new Map(Object.entries(before ?? {}));
    return Object.entries(after).flatMap(([name, value]) =>
      changes(old.get(name), value, at === "" ? name : `${at}.${name}`),
    );
  }
  return JSON.stringify(before ?? null) === JSON.stringify(after ?? null) ? [] : [at];
}

/** Whether a name that `changes()` returns is the date of a reading, and not its value. */
export function isDate(name: string): boolean {
  return name === "lastSeen" || name.endsWith(".lastUpdated");
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
