/** Longest text that a store has to keep. */
export const longestText = 200;

/** Whether a store has to keep it as a text: PostgreSQL knows neither NUL nor halves of characters. */
export function isText(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= longestText &&
    !value.includes("\0") &&
    value.isWellFormed()
  );
}

/** Whether it can be an ID. */
export function isId(value: unknown): value is string {
  return isText(value) && value !== "";
}
