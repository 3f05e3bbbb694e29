import { ConfigurationError } from "./index.ts";

/** An argument of a call that cannot work. */
export function invalidArgument(parameter: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { code: "invalid_argument", parameter });
}
