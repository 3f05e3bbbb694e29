import { ConfigurationError } from "../errors/index.ts";

/** A value for each member of an options type, so that the compiler reports a missing one. */
export type KnownNames<Options> = Readonly<Record<keyof Options, unknown>>;

/**
 * Refuses unknown options. In JavaScript a misspelt option would be ignored silently.
 *
 * @param known Has a member for each option.
 * @param aliases Names that people use for options, with the real names.
 * @throws ConfigurationError that names the option and, if there is a similar name, suggests it.
 */
export function refuseUnknownNames(
  owner: string,
  options: object,
  known: object,
  aliases: Readonly<Record<string, string>> = {},
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const meant = Object.hasOwn(aliases, name) ? aliases[name] : closest(name, Object.keys(known));
    throw new ConfigurationError(
      `${owner} has no option ${JSON.stringify(name)}${meant ? `; did you mean ${meant}?` : "."}`,
      { parameter: name },
    );
  }
}

/** The name most similar to `text`, if it is similar enough. */
export function closest(text: string, names: readonly string[]): string | undefined {
  // No name is longer, and the comparison takes the product of both lengths.
  const start = text.slice(0, 64).toLowerCase();
  let least = Math.ceil(start.length / 3) + 1;
  let best: string | undefined;
  for (const name of names) {
    const changes = distance(start, name.toLowerCase());
    if (changes >= least) continue;
    least = changes;
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
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
