import type { Pages, PagesContext } from "./context.ts";

/** Makes the pages of one sandbox. */
export function createPages(_context: PagesContext): Pages {
  return () => undefined;
}
