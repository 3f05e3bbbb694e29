/**
 * Whether an event, as JSON text, is about a user. Read here and not by a database: some refuse what is no JSON,
 * or know no NUL.
 */
export function isAboutUser(userId: string, payload: string): boolean {
  // Parsing takes long. An ID stands in the text as it is, or with an escape.
  if (!payload.includes(userId) && !payload.includes("\\")) return false;
  try {
    return JSON.parse(payload)?.user?.id === userId;
  } catch {
    return false;
  }
}
