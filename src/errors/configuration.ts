import { EnodeError, isKind } from "./base.ts";

/** An option or argument is invalid. Thrown before anything is sent. */
export class ConfigurationError extends EnodeError {
  static override readonly kind: string = "ConfigurationError";

  /** Name of the option, argument or environment variable to change. */
  readonly parameter: string;

  constructor(
    message: string,
    options: {
      code?: "invalid_option" | "invalid_argument" | "unsupported_runtime" | undefined;
      parameter: string;
      cause?: unknown;
    },
  ) {
    super(message, { ...options, code: options.code ?? "invalid_option" });
    this.parameter = options.parameter;
  }
}

/** Whether an option or argument was invalid. */
export function isConfigurationError(error: unknown): error is ConfigurationError {
  return isKind(error, ConfigurationError.kind);
}

/** The error for an invalid option of a client. */
export function invalidOption(parameter: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { parameter });
}

/** The error for an invalid argument of a call. */
export function invalidArgument(parameter: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { code: "invalid_argument", parameter });
}
