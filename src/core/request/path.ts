import { invalidArgument } from "../../errors/configuration.ts";
import { encodeValue } from "./checks.ts";

/** Values for the placeholders of a path template. */
export type PathValues = Readonly<Record<string, string | undefined>>;

/**
 * Fills a path template, each value encoded as one segment.
 *
 * An empty value, `.` and `..` are refused: URL parsers resolve them, so that a call would reach another path
 * (`DELETE /users/..` is `DELETE /`).
 *
 * @throws ConfigurationError when a value is missing or invalid in a path.
 */
export function fillPath(template: string, values: PathValues | undefined): string {
  // Every second part, between the braces, is a name.
  const parts = template.split(/[{}]/);
  for (let at = 1; at < parts.length; at += 2) parts[at] = segment(parts[at] ?? "", values);
  return parts.join("");
}

function segment(name: string, values: PathValues | undefined): string {
  const value: unknown = values?.[name];
  if (typeof value !== "string" || value.trim() === "") {
    throw invalidArgument(
      name,
      `${name} must be a string that is not empty, but it is ${describe(value)}.`,
    );
  }
  if (value === "." || value === "..") {
    throw invalidArgument(
      name,
      `${name} must not be "${value}": as a path segment it would address something else.`,
    );
  }
  return encodeValue(name, value);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "blank" : `a ${typeof value}`;
}
