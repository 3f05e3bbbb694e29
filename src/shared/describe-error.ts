/** Name and message of a thrown value of any type. */
export function describeError(error: unknown): string {
  try {
    // Not by `instanceof`, which is false for errors of another realm, such as Jest's.
    const { name, message } = Object(error);
    return typeof message === "string" ? `${name}: ${message}` : String(error);
  } catch {
    return typeof error;
  }
}
