/** A rule of the source, the text that keeps it, and what the source says without it. */
export interface Rule {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Files or folders of tests, of which one must fail without the rule. */
  readonly tests: readonly string[];
}
