/** Records by their IDs. */
export function byId(records: readonly { readonly id: string }[]): unknown {
  return Object.fromEntries(records.map((record) => [record.id, record]));
}

/** Throws when the mirror and Enode differ, and names the place. */
export function same(what: string, mirrored: unknown, truth: unknown): void {
  const differences = differencesOf(mirrored, truth);
  if (differences.length > 0) throw new Error(`${what} differ: ${differences.join("; ")}`);
}

/** The same without the dates of readings. */
export function undated(record: unknown): unknown {
  return JSON.parse(
    JSON.stringify(record, (name, value) =>
      name === "lastSeen" || name === "lastUpdated" ? undefined : value,
    ),
  );
}

/** In words, member by member. */
function differencesOf(mirrored: unknown, truth: unknown, at = ""): string[] {
  if (JSON.stringify(mirrored) === JSON.stringify(truth)) return [];
  if (isObject(mirrored) && isObject(truth)) {
    const names = new Set([...Object.keys(mirrored), ...Object.keys(truth)]);
    return [...names].flatMap((name) =>
      differencesOf(mirrored[name], truth[name], `${at}/${name}`),
    );
  }
  return [
    `${at} is ${JSON.stringify(mirrored)} in the mirror, and ${JSON.stringify(truth)} at Enode`,
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
