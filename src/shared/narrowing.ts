import { ConfigurationError } from "../errors/index.ts";

/** A member of a selection that can be anything as long as nobody has checked it. */
type Selection = Readonly<Record<string, unknown>>;

/**
 * Refuses a selection in which one of the members named is present and not a string that says something. An ID
 * that got lost on the way must not turn into a selection of everything: only what is left out selects nothing.
 *
 * @throws ConfigurationError that names the member.
 */
export function refuseBlank(selection: object, names: readonly string[]): void {
  for (const name of names) {
    // Also an inherited member is one that somebody meant.
    if (name in selection) checkText(name, (selection as Selection)[name]);
  }
}

/**
 * Refuses what is not a string that says something.
 *
 * @throws ConfigurationError that names it; its value is not quoted.
 */
export function checkText(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value.trim() !== "") return;
  const what =
    value === null || typeof value === "undefined"
      ? String(value)
      : typeof value === "string"
        ? "blank"
        : `a value of type ${typeof value}`;
  throw new ConfigurationError(
    `${name} must be a string that is not empty, but it is ${what}. To select by other means, leave it out.`,
    { code: "invalid_argument", parameter: name },
  );
}
