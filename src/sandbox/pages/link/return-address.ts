// Schemes that run or show something in the browser itself rather than lead to a site or an app.
const REFUSED: ReadonlySet<string> = new Set([
  "about:",
  "blob:",
  "chrome:",
  "data:",
  "file:",
  "filesystem:",
  "javascript:",
  "vbscript:",
  "view-source:",
]);

/** The address that a browser may be sent back to: of a site or of an app; undefined for anything else. */
export function returnAddress(redirectUri: string): URL | undefined {
  if (!URL.canParse(redirectUri)) return undefined;
  const address = new URL(redirectUri);
  return REFUSED.has(address.protocol) ? undefined : address;
}
