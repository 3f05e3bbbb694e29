/** An address without its query and fragment, which may hold a key. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
