import { badRequest, type ProblemError } from "./problems.ts";

/** Says what is wrong with a valid member beyond its schema, or null. */
export type Rule<T> = (value: T) => string | null;

/** What the checks use of a zod schema of generated/request-schemas.ts. */
export interface RequestSchema<T> {
  safeParse(
    data: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly SchemaIssue[] } };
}

interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of an object that takes no other members: those that it has. */
  readonly keys?: readonly string[];
  /** Of a closed enum: its values. */
  readonly values?: readonly unknown[];
  /** Of a union: the issues of each of its members. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Whether this is a JSON object. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The 400 for one fault of a request. */
export function invalid(path: string, message: string): ProblemError {
  return invalidRequest([{ path, message }]);
}

/**
 * Checks a JSON body by its schema, and then each valid member by its rule. Throws a 400 that lists all faults.
 *
 * @param rules What the description does not say, for members that are present.
 */
export function checkBody<T extends object>(
  body: unknown,
  schema: RequestSchema<T>,
  rules: { readonly [Member in keyof T]?: Rule<NonNullable<T[Member]>> } = {},
): T {
  if (!isObject(body)) throw badRequest("The body must be a JSON object");
  const result = schema.safeParse(body);
  const faults = result.success ? [] : faultsOf(result.error.issues);
  const members = new Map<string, unknown>(Object.entries(body));
  for (const [path, rule] of Object.entries<Rule<never> | undefined>(rules)) {
    const value = members.get(path) ?? undefined;
    if (value === undefined || faults.some((fault) => isWithin(fault.path, path))) continue;
    // The schema has just made sure of the type.
    const message = rule?.(value as never) ?? null;
    if (message !== null) faults.push({ path, message });
  }
  if (result.success && faults.length === 0) return result.data;
  throw invalidRequest(faults);
}

/** One fault for each path, in the order of the schema. */
function faultsOf(issues: readonly SchemaIssue[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const issue of flatten(issues)) {
    const places = issue.keys?.map((key) => [...issue.path, key]) ?? [issue.path];
    const message = issue.keys === undefined ? issue.message : "is not a member of this request";
    for (const place of places) {
      const path = pathText(place);
      if (!faults.has(path)) faults.set(path, { path, message });
    }
  }
  return [...faults.values()];
}

/** Puts in place of a union the issues of the member that was most likely meant. */
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
        // A member that tells the forms apart may have the value of any.
        ...(values && { values: [...allowed], message: oneOf([...allowed]) }),
      };
    });
  });
}

/** How many members that tell the forms of a union apart have another value. */
function mismatches(issues: readonly SchemaIssue[]): number {
  return issues.filter(({ values }) => values !== undefined).length;
}

function oneOf(values: readonly unknown[]): string {
  return `must be ${values.length > 1 ? "one of " : ""}${values.join(", ")}`;
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

function invalidRequest(faults: readonly Fault[]): ProblemError {
  const text = faults.map(({ path, message }) => `${path} ${message}`).join("; ");
  return badRequest(`The request is not valid: ${text}`, faults);
}
