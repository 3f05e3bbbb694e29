import { invalidArgument, invalidOption } from "../../errors/configuration.ts";

/** Whether it can be a query, a body or options: an object of named values. */
export function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A value encoded for a URL.
 *
 * @throws ConfigurationError when it cannot be encoded.
 */
export function encodeValue(parameter: string, value: string | number | boolean): string {
  if (String(value).isWellFormed()) return encodeURIComponent(value);
  throw invalidArgument(
    parameter,
    `${parameter} holds half of a surrogate pair, which cannot be encoded in a URL.`,
  );
}

/**
 * A client ID or secret without the white space around it that copying adds. Its value is never quoted.
 *
 * @throws ConfigurationError when it is missing, blank or not printable ASCII.
 */
export function checkCredential(value: unknown, parameter: string): string {
  const text = typeof value === "string" ? value.trim() : "";
  if (text === "") {
    throw invalidOption(
      parameter,
      `${parameter} is missing or empty; copy it from Enode's developer dashboard.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw invalidOption(
      parameter,
      `${parameter} holds characters that no credential has: white space inside, or not ASCII.`,
    );
  }
  return text;
}

/**
 * A URL to which secrets may be sent: https, or http of this machine itself.
 *
 * @throws the error of `invalid`, which never quotes the URL: it may hold a credential.
 */
export function checkAddress(
  value: unknown,
  parameter: string,
  invalid: typeof invalidArgument,
): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (!url) throw invalid(parameter, `${parameter} must be an absolute URL.`);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) {
    return url;
  }
  throw invalid(
    parameter,
    `${parameter} must begin with https:// (http:// only for this machine itself, such as http://127.0.0.1).`,
  );
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    // URL parsers write every IPv4 form as four decimal numbers.
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
