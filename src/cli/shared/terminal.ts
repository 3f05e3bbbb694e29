import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WriteStream;

/**
 * Where commands print: results on stdout, all that is said about them on stderr. Styles are applied where the stream
 * is a terminal that shows colours, and as NO_COLOR and FORCE_COLOR say.
 */
export class Terminal {
  readonly #out: Stream;
  readonly #err: Stream;

  constructor(out: Stream, err: Stream) {
    this.#out = out;
    this.#err = err;
    for (const stream of [out, err]) stream.on("error", ignoreClosedPipe);
  }

  /** Writes a line of the result. */
  print(line: string): void {
    this.#out.write(`${line}\n`);
  }

  /** Writes a line about what happens. */
  tell(line: string): void {
    this.#err.write(`${line}\n`);
  }

  /** Tells of something that needs attention. */
  warn(text: string): void {
    this.tell(`enode-sdk: ${text}`);
  }

  /** A text in a style of a line that is printed. */
  styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  /** A text in a style of a line that is told. */
  styledAside(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#err });
  }
}

/** The reader, such as `head`, may have seen enough; the command goes on, and what it writes goes nowhere. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** The characters that a terminal obeys instead of showing them, but for tabs and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A text of another program, for a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** The rows of a table, each column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
