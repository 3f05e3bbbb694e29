import { ConfigurationError } from "../../errors/index.ts";

/**
 * An option or argument that cannot work. That of `core` is not taken: a module that the client shares with
 * this entry would become a file of its own in the bundles of apps.
 */
export function invalidArgument(parameter: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { code: "invalid_argument", parameter });
}
