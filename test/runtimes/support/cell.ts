import type { CellContext } from "./context.ts";

/** One combination that the package is tried in. */
export interface Cell {
  /** The folder of the table that it stands in. */
  readonly group: string;
  /** What is tried, without its version. */
  readonly name: string;
  /** What is installed: npm specifiers, the first of which gives the version that the table shows. */
  readonly versions: readonly string[];
  /** Seconds until it counts as failed; 300 by default. */
  readonly limit?: number;
  /**
   * Tries it in an empty folder. Throws when it does not work.
   *
   * @returns What the table says about it beside "works".
   */
  readonly run: (context: CellContext) => Promise<string | undefined>;
}

/** Thrown by a cell that cannot be tried here; the message says why. */
export class NotPossible extends Error {}

/** Throws unless the text holds what it has to. */
export function expectText(text: string, wanted: string): void {
  if (!text.includes(wanted)) throw new Error(`Expected "${wanted}" in:\n${text}`);
}

export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (is !== should) throw new Error(`${what}: expected ${should}, got ${is}`);
}
