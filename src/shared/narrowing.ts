import { ConfigurationError } from "../errors/index.ts";

/** A selection whose members are not checked yet. */
type Selection = Readonly<Record<string, unknown>>;

/**
 * Refuses a selection in which a named member is present and not a string, or blank. An ID that got lost must not
 * become a selection of all records: only a member that is left out does not select.
 *
 * @throws ConfigurationError that names the member.
 */
export function refuseBlank(selection: object, names: readonly string[]): void {
  for (const name of names) {
    // An inherited member counts, too.
    if (name in selection) checkText(name, (selection as Selection)[name]);
  }
}

/**
 * Refuses a value that is not a string, or blank.
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
