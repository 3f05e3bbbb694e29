import { invalidArgument } from "./arguments.ts";

/** Headers that decide who calls, what version answers, or where a message ends. */
const reserved = new Set([
  "authorization",
  "enode-version",
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
]);

/**
 * Checks headers that a caller adds to the client's own.
 *
 * @throws ConfigurationError for a header the client itself sets, or one that HTTP does not allow.
 */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  parameter: string,
): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (reserved.has(name.toLowerCase())) {
      throw invalidArgument(
        parameter,
        `${parameter} must not set ${name}: the client does (for another API version use the option apiVersion).`,
      );
    }
    try {
      new Headers([[name, value]]);
    } catch {
      // Without the cause: the runtime quotes the value, which may be a secret.
      throw invalidArgument(
        parameter,
        `${parameter} holds a header that HTTP does not allow: ${JSON.stringify(name)}.`,
      );
    }
  }
  return { ...headers };
}
