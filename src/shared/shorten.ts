/** Characters of what a server says in a message. */
const longest = 500;

/** What a server says may be a megabyte long; in a message it is cut, as logs keep those. */
export function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
}
