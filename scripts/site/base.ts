/** The variable that tells the builder of the site where it will be hosted. */
export const BASE_VARIABLE = "DOCS_BASE";

/** The path under which the site is hosted, with a slash at both ends; that of a whole host by default. */
export function baseOf(given = "/"): string {
  if (/^\/(?:[\w.~-]+\/)*$/.test(given)) return given;
  throw new Error(`--base is a path with a slash at both ends, such as /enode-sdk/, not ${given}`);
}
