import { ConfigurationError } from "../errors.ts";

/** Values for the placeholders of a path template. */
export type PathValues = Readonly<Record<string, string | undefined>>;

/**
 * Fills a path template, each value encoded as one segment.
 *
 * An empty value, `.` and `..` are refused: URL parsers resolve them, so that a call would reach
 * another path than the one it names (`DELETE /users/..` is `DELETE /`).
 *
 * @throws ConfigurationError when a value is missing or cannot stand in a path.
 */
export function fillPath(template: string, values: PathValues | undefined): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value: unknown = values?.[name];
    if (typeof value !== "string" || value.trim() === "") {
      throw new ConfigurationError(
        `${name} must be a string that is not empty, but it is ${describe(value)}.`,
        { code: "invalid_argument", parameter: name },
      );
    }
    if (value === "." || value === "..") {
      throw new ConfigurationError(
        `${name} must not be "${value}": as a path segment it would address something else.`,
        { code: "invalid_argument", parameter: name },
      );
    }
    if (!value.isWellFormed()) {
      throw new ConfigurationError(
        `${name} holds half of a surrogate pair, which cannot be encoded in a URL.`,
        { code: "invalid_argument", parameter: name },
      );
    }
    return encodeURIComponent(value);
  });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "string" ? "blank" : `a ${typeof value}`;
}
