import { encodeValue, invalidArgument } from "./arguments.ts";

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
      throw invalidArgument(
        name,
        `There is no query parameter "${name}" here; there is ${list(known)}.`,
      );
    }
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw invalidArgument(name, `${name} must be a string, a number or a boolean.`);
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw invalidArgument(name, `${name} must be a finite number, but it is ${value}.`);
    }
    pairs.push(`${encodeURIComponent(name)}=${encodeValue(name, value)}`);
  }
  checkPaging(values);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function checkPaging({ pageSize, after, before }: QueryValues): void {
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && Number(pageSize) > 0)) {
    throw invalidArgument(
      "pageSize",
      `pageSize must be a whole number above 0, but it is ${pageSize}.`,
    );
  }
  if (after !== undefined && before !== undefined) {
    throw invalidArgument(
      "before",
      "Pass either after or before: a page lies on one side of a cursor.",
    );
  }
}

function list(names: readonly string[] | undefined): string {
  return names?.join(", ") ?? "none";
}
