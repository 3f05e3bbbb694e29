import { ConfigurationError } from "../errors.ts";

/** Query parameters as methods take them; those that are undefined are left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Builds the query string, with its `?`, of the parameters that an operation knows.
 *
 * @throws ConfigurationError for a parameter the operation does not know, a number that is not finite,
 * text that no URL can hold, a `pageSize` below 1, or both `after` and `before`.
 */
export function buildQuery(
  known: readonly string[] | undefined,
  values: QueryValues | undefined,
): string {
  if (!values) return "";
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!known?.includes(name)) {
      throw invalid(name, `There is no query parameter "${name}" here; there is ${list(known)}.`);
    }
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw invalid(name, `${name} must be a string, a number or a boolean.`);
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw invalid(name, `${name} must be a finite number, but it is ${value}.`);
    }
    if (typeof value === "string" && !value.isWellFormed()) {
      throw invalid(
        name,
        `${name} holds half of a surrogate pair, which cannot be encoded in a URL.`,
      );
    }
    pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  checkPaging(values);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function checkPaging({ pageSize, after, before }: QueryValues): void {
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && Number(pageSize) > 0)) {
    throw invalid("pageSize", `pageSize must be a whole number above 0, but it is ${pageSize}.`);
  }
  if (after !== undefined && before !== undefined) {
    throw invalid("before", "Pass either after or before: a page lies on one side of a cursor.");
  }
}

function list(names: readonly string[] | undefined): string {
  return names?.join(", ") ?? "none";
}

function invalid(parameter: string, message: string): ConfigurationError {
  return new ConfigurationError(message, { code: "invalid_argument", parameter });
}
