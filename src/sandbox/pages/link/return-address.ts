// Schemes that the browser runs or shows itself, instead of opening a site or an app.
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

/** The address of a site or an app to which a browser may return; undefined for any other. */
export function returnAddress(redirectUri: string): URL | undefined {
  if (!URL.canParse(redirectUri)) return undefined;
  const address = new URL(redirectUri);
  return REFUSED.has(address.protocol) ? undefined : address;
}
