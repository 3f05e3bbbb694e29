import { mustBeOneOf } from "../../../generated/request-schemas.ts";
import { badRequest, type ProblemError } from "./problems.ts";

/** Checks a member beyond its schema; returns what is wrong, or null. */
export type Rule<T> = (value: T) => string | null;

/** The part of a zod schema of generated/request-schemas.ts that the checks use. */
export interface RequestSchema<T> {
  safeParse(
    data: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly SchemaIssue[] } };
}

interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** For an object that takes no other members: the unknown ones. */
  readonly keys?: readonly string[];
  /** For a closed enum: its values. */
  readonly values?: readonly unknown[];
  /** For a union: the issues of each of its members. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** A type alias: an interface is not assignable to the open type of a problem's issues. */
type Fault = {
  readonly path: string;
  readonly message: string;
};

const notAMember = "is not a member of this request";

/** Whether this is a JSON object. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The 400 for one fault of a request. */
export function invalid(path: string, message: string): ProblemError {
  return invalidRequest([{ path, message }]);
}

/** Checks besides the schema, or in its place. */
interface Checks<T> {
  /** Rules that the description does not contain, for valid members that are present. */
  readonly rules?: { readonly [Member in keyof T]?: Rule<NonNullable<T[Member]>> };
  /** Rules that replace the schema of a member, where the description is known to be incomplete. */
  readonly instead?: { readonly [Member in keyof T]?: Rule<unknown> };
  /** Whether unknown members are refused where the description allows them. */
  readonly others?: "refused" | "ignored";
  /** Title of the problem, where the API has one of its own. */
  readonly title?: string;
}

/** Checks a JSON body by its schema, and then its valid members by the rules. Throws a 400 that lists all faults. */
export function checkBody<T extends object>(
  body: unknown,
  schema: RequestSchema<T>,
  { rules = {}, instead = {}, others = "ignored", title }: Checks<T> = {},
): T {
  if (!isObject(body)) throw badRequest("The body must be a JSON object");
  const result = schema.safeParse(body);
  const replaced = Object.keys(instead);
  const faults = (result.success ? [] : faultsOf(result.error.issues)).filter(
    ({ path }) => !replaced.some((member) => isWithin(path, member)),
  );
  const members = new Map<string, unknown>(Object.entries(body));
  for (const [path, rule] of Object.entries<Rule<never> | undefined>({ ...rules, ...instead })) {
    const value = members.get(path);
    // A null that the schema accepts needs no rule.
    const isExempt = value === null && !replaced.includes(path);
    if (value === undefined || isExempt || faults.some((fault) => isWithin(fault.path, path)))
      continue;
    // The schema has just checked the type.
    const message = rule?.(value as never) ?? null;
    if (message !== null) faults.push({ path, message });
  }
  if (result.success && others === "refused") {
    const known = new Set(Object.keys(result.data));
    for (const path of members.keys())
      if (!known.has(path)) faults.push({ path, message: notAMember });
  }
  if (faults.length > 0) throw invalidRequest(faults, title);
  // Members that the schema refuses were accepted by a rule that replaces it.
  return result.success ? result.data : (body as T);
}

/** Checks a JSON body that is a list. Throws a 400 that lists all faults. */
export function checkList<T extends readonly unknown[]>(
  body: unknown,
  schema: RequestSchema<T>,
  items: string,
): T {
  if (!Array.isArray(body)) throw badRequest(`The body must be a list of ${items}`);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidRequest(faultsOf(result.error.issues));
}

/** One fault for each path, in the order of the schema. */
function faultsOf(issues: readonly SchemaIssue[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const issue of flatten(issues)) {
    const places = issue.keys?.map((key) => [...issue.path, key]) ?? [issue.path];
    const message = issue.keys === undefined ? issue.message : notAMember;
    for (const place of places) {
      const path = pathText(place);
      if (!faults.has(path)) faults.set(path, { path, message });
    }
  }
  return [...faults.values()];
}

/** Replaces the issue of a union with the issues of the member that was most likely meant. */
function flatten(issues: readonly SchemaIssue[]): SchemaIssue[] {
  return issues.flatMap((issue) => {
    if (issue.errors === undefined || issue.errors.length === 0) return [issue];
    const members = issue.errors.map((each) => flatten(each));
    const [nearest = []] = members.toSorted(
      (one, other) => mismatches(one) - mismatches(other) || one.length - other.length,
    );
    return nearest.map((each) => {
      const { values } = each;
      const path = pathText(each.path);
      const others = members.flat().filter((other) => pathText(other.path) === path);
      const allowed = new Set(others.flatMap((other) => other.values ?? []));
      return {
        ...each,
        path: [...issue.path, ...each.path],
        // A discriminator may have the value of any of the forms.
        ...(values && { values: [...allowed], message: mustBeOneOf([...allowed]) }),
      };
    });
  });
}

/** The number of members with a wrong enum value, such as the discriminator of a union. */
function mismatches(issues: readonly SchemaIssue[]): number {
  return issues.filter(({ values }) => values !== undefined).length;
}

/** `rules[0].weekdays` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function isWithin(path: string, member: string): boolean {
  return path === member || path.startsWith(`${member}.`) || path.startsWith(`${member}[`);
}

function invalidRequest(faults: readonly Fault[], title?: string): ProblemError {
  const text = faults.map(({ path, message }) => `${path} ${message}`).join("; ");
  return badRequest(`The request is not valid: ${text}`, faults, title);
}
