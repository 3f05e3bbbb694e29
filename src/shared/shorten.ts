/** Most characters of a server's text in a message. */
const longest = 500;

/** Shortens a server's text for a message, as it may be a megabyte long and logs keep messages. */
export function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
}
