/** A rule of the source, the text that keeps it, and what the source says without it. */
export interface Rule {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Files or folders of tests, of which one must fail without the rule. */
  readonly tests: readonly string[];
}

/** A rule, the file of its engine, the text that keeps it, and what the source says without it. */
type Row = readonly [rule: string, file: string, find: string, replace: string];

/** The rules of one engine of the storage. */
export function rulesOf(engine: string, tests: readonly string[], rows: readonly Row[]): Rule[] {
  return rows.map(([rule, file, find, replace]) => ({
    rule,
    file: `src/storage/${engine}/${file}.ts`,
    find,
    replace,
    tests,
  }));
}
