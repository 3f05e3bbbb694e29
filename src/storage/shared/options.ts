import { ConfigurationError } from "../../errors/index.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";

/** An option that cannot work. The message holds nothing of its value. */
export function invalidOption(parameter: string, what: string): ConfigurationError {
  return new ConfigurationError(`${parameter} ${what}.`, { parameter });
}

/**
 * Refuses options that are none, or have a name that does not exist.
 *
 * @param aliases Names that people use for an option of another name.
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: Options,
  known: KnownNames<Options>,
  aliases?: Readonly<Record<string, string>>,
): void {
  if (typeof options !== "object" || options === null) {
    const [first = "options"] = Object.keys(known);
    throw invalidOption("options", `of ${owner} must be an object, such as { ${first} }`);
  }
  refuseUnknownNames(owner, options, known, aliases);
}

/** Checks the clock that tests hand over. */
export function checkNow(now: unknown): void {
  if (now !== undefined && typeof now !== "function") {
    throw invalidOption("now", "must be a function that gives the time in ms since the epoch");
  }
}
