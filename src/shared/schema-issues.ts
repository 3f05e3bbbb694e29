import type { core } from "zod";
import type { ResponseIssue } from "../errors/index.ts";

type ZodIssue = core.$ZodIssue;

/** The first issues are enough: a page of invalid records would repeat them thousands of times. */
const maxIssues = 20;

/** The issues of a value, with their paths below the given one. */
export function describeIssues(
  issues: readonly ZodIssue[],
  path: readonly PropertyKey[] = [],
): ResponseIssue[] {
  return issues.flatMap((issue) => describe(issue, path)).slice(0, maxIssues);
}

/** Messages of zod do not quote the value, and neither do these. */
function describe(issue: ZodIssue, parents: readonly PropertyKey[]): ResponseIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // Of a union, the member with the fewest issues was most likely meant.
    const [closest = []] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (closest.length > 0) return closest.flatMap((inner) => describe(inner, path));
  }
  return [{ path: path.map(String).join("."), message: issue.message }];
}
