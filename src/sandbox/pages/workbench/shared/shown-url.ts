import { withoutQuery } from "../../../shared/without-query.ts";

/** An address as pages show it: of a query, which may hold a key, only that there is one. */
export function shownUrl(url: string): string {
  const shown = withoutQuery(url);
  return shown === url ? url : `${shown}?…`;
}
