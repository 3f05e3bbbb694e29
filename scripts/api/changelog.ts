import { createHash } from "node:crypto";

/**
 * What was true when the reports last changed. A checkout of one commit has no earlier report to compare with, so the
 * reports come with the proof that CHANGELOG.md changed when they did: `npm run api` writes no changed report before
 * the section Unreleased has changed too, and `npm run api:check` refuses reports that something else has written.
 */
export interface ApiRecord {
  /** Hash of all reports. */
  readonly reports: string;
  /** Hash of the section Unreleased at that time. */
  readonly unreleased: string;
}

/** The state of now. */
export function recordOf(reports: ReadonlyMap<string, string>, changelog: string): ApiRecord {
  const texts = [...reports].sort(([a], [b]) => (a < b ? -1 : 1));
  return { reports: hash(JSON.stringify(texts)), unreleased: hash(unreleasedOf(changelog)) };
}

/**
 * Why these reports may not be written, if so.
 *
 * @param last The record that was written with the last reports; undefined if these are the first ones.
 */
export function objectionTo(
  changelog: string,
  next: ApiRecord,
  last: ApiRecord | undefined,
): string | undefined {
  if (last === undefined || next.reports === last.reports) return undefined;
  if (next.unreleased !== last.unreleased && unreleasedOf(changelog) !== "") return undefined;
  return "The public API has changed: say so in CHANGELOG.md under Unreleased, and run `npm run api` again.";
}

function unreleasedOf(changelog: string): string {
  const [, section = ""] =
    /^## \[Unreleased\]\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog) ?? [];
  return section.replaceAll(/\s+/g, " ").trim();
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
