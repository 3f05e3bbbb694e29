/** A value in a template: text is escaped, HTML is not, lists are joined, and null, undefined and false are empty. */
export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

/** HTML that is safe to send. Only `html` creates it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Creates HTML; escapes every value that is not HTML itself. Attributes have to be quoted. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(strings.reduce((text, string, at) => text + show(pieces[at - 1]) + string));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function show(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.map(show).join("");
  return String(piece).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
