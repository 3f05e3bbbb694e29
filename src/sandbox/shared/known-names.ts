/** A value for each member of an options type, so that the compiler reports a missing one. */
export type KnownNames<Options> = { readonly [K in keyof Options]-?: true };

/**
 * Refuses options that do not exist. In JavaScript a misspelt option would be ignored silently, and the test that
 * sets it would prove nothing.
 *
 * @param owner What has the options, as the start of a sentence.
 * @param hints What to write in place of names that are likely to be tried.
 * @throws TypeError that names the option and, where there is one, the name that was meant.
 */
export function refuseUnknownNames(
  owner: string,
  options: object,
  known: object,
  hints: Readonly<Record<string, string>> = {},
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = Object.hasOwn(hints, name) ? hints[name] : closest(name, Object.keys(known));
    throw new TypeError(
      `${owner} has no option ${JSON.stringify(name.slice(0, LONGEST))}${meant === undefined ? `; there are ${Object.keys(known).join(", ")}` : `; did you mean ${meant}?`}`,
    );
  }
}

/** No name is longer, and comparing takes the product of both lengths. */
const LONGEST = 64;

/** The known name that begins with the text, or else the one with the fewest changes, if these are few. */
export function closest(text: string, names: readonly string[]): string | undefined {
  const start = text.slice(0, LONGEST).toLowerCase();
  const longer = names.find((name) => start.length > 2 && name.toLowerCase().startsWith(start));
  if (longer !== undefined) return longer;
  let limit = Math.ceil(start.length / 3) + 1;
  let best: string | undefined;
  for (const name of names) {
    const changes = distance(start, name.toLowerCase());
    if (changes >= limit) continue;
    limit = changes;
    best = name;
  }
  return best;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j < row.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const replaced = (row[j - 1] ?? 0) + (isSame ? 0 : 1);
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
