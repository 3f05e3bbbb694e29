/** What something that was thrown says, whatever it is. */
export function describeError(error: unknown): string {
  try {
    // Not by `instanceof`: an error of another realm, such as Jest's, is none of this one.
    const { name, message } = Object(error);
    return typeof message === "string" ? `${name}: ${message}` : String(error);
  } catch {
    return typeof error;
  }
}
