import { invalidArgument } from "../../errors/configuration.ts";
import { closest } from "../../shared/known-names.ts";
import { encodeValue, isRecord } from "./checks.ts";

/** Query parameters as methods take them; undefined ones are left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Parameters that select by device, kind or place. One that is undefined is refused and not left out: it would
 * silently widen the answer.
 */
const narrowing = ["type", "id", "locationId", "vendor", "vendorType", "assetTypes"];

/**
 * Builds the query string, with its `?`, of the known parameters of an operation.
 *
 * @throws ConfigurationError for an unknown parameter, a blank one that selects, a number that is not finite, text
 * that cannot be encoded, a `pageSize` below 1, or both `after` and `before`.
 */
export function buildQuery(
  known: readonly string[] | undefined,
  values: QueryValues | undefined,
): string {
  if (values === undefined) return "";
  checkNames(known ?? [], values);
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (narrowing.includes(name) && (typeof value !== "string" || value.trim() === "")) {
      throw invalidArgument(name, `${name} must be a string that is not empty, or be left out.`);
    }
    if (value === undefined) continue;
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

/**
 * Checks that a query is an object of known parameters of a method.
 *
 * @throws ConfigurationError that lists the known ones, and suggests the one that was meant.
 */
export function checkNames(known: readonly string[], values: unknown): void {
  const names = known.join(", ") || "none";
  if (!isRecord(values)) {
    throw invalidArgument("query", `The query must be an object of parameters; there is ${names}.`);
  }
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    const meant = closest(name, known);
    throw invalidArgument(
      name,
      `There is no query parameter "${name}" here${meant ? `; did you mean ${meant}? There` : "; there"} is ${names}.`,
    );
  }
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
