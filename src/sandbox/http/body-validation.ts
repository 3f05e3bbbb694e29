import { badRequest, type ProblemError } from "./problems.ts";

/** Says what is wrong with a value, or null. A missing value is undefined. */
export type Rule = (value: unknown) => string | null;

export const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? null : rule(value);

/** Whether this is a JSON object. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The 400 for one fault of a request. */
export function invalid(path: string, message: string): ProblemError {
  return badRequest(`The request is not valid: ${path} ${message}`, [{ path, message }]);
}

/** Any text, the empty one as well. */
export const text: Rule = (value) => (typeof value === "string" ? null : "must be text");

export const oneOf =
  (values: readonly string[]): Rule =>
  (value) =>
    typeof value === "string" && values.includes(value)
      ? null
      : `must be one of ${values.join(", ")}`;

/**
 * Checks a JSON body: every member by its rule, and no other members than these. Throws a 400 that lists all faults.
 *
 * @param rules One rule for each member that `T` has.
 */
export function checkBody<T extends object>(
  body: unknown,
  rules: { readonly [Member in keyof Required<T>]: Rule },
  others: "refused" | "ignored" = "refused",
): T {
  if (!isObject(body)) throw badRequest("The body must be a JSON object");
  const members = new Map<string, unknown>(Object.entries(body));
  const known = new Map<string, Rule>(Object.entries(rules));
  const issues: { path: string; message: string }[] = [];
  for (const [path, rule] of known) {
    const message = rule(members.get(path));
    if (message !== null) issues.push({ path, message });
  }
  for (const path of others === "refused" ? members.keys() : []) {
    if (!known.has(path)) issues.push({ path, message: "is not a member of this request" });
  }
  if (issues.length > 0) {
    const faults = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw badRequest(`The request is not valid: ${faults}`, issues);
  }
  // The rules, one for each member, have just made sure of the type.
  return body as T;
}
