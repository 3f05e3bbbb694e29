import { invalidArgument } from "../../errors/configuration.ts";

/**
 * Headers of authentication, API version and framing, and those of a connection (RFC 9110, section 7.6.1).
 */
const reserved =
  /^(authorization|enode-version|host|content-(length|type)|expect|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/**
 * Checks headers that a caller adds to the client's own, and returns them with names in lower case, so that headers
 * of a call replace those of the client in any case.
 *
 * @throws ConfigurationError for a header that the client itself sets, a header of the connection, or an invalid one.
 */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  parameter: string,
): Record<string, string> {
  // Of a Headers or a Map nothing would be sent, of pairs their indexes.
  if (Object.prototype.toString.call(headers) !== "[object Object]") {
    throw invalidArgument(
      parameter,
      `${parameter} must be a plain object of texts; for a Headers object or pairs pass Object.fromEntries(…).`,
    );
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (reserved.test(lower)) {
      throw invalidArgument(
        parameter,
        `${parameter} must not set ${name}: the client or the runtime does (for another API version use the option apiVersion).`,
      );
    }
    try {
      if (typeof value !== "string") throw new TypeError();
      new Headers([[name, value]]);
    } catch {
      // Without the cause: the runtime quotes the value, which may be a secret.
      throw invalidArgument(
        parameter,
        `${parameter} holds a header that HTTP does not allow: ${JSON.stringify(name)}.`,
      );
    }
    checked[lower] = value;
  }
  return checked;
}
