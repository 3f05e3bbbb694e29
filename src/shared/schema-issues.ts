import type { core } from "zod";
import type { ResponseIssue } from "../errors/index.ts";

type ZodIssue = core.$ZodIssue;

/** The first few tell what is wrong; a page of broken records would repeat them thousands of times. */
const maxIssues = 20;

/** What was expected and where, below the given path. */
export function describeIssues(
  issues: readonly ZodIssue[],
  path: readonly PropertyKey[] = [],
): ResponseIssue[] {
  return issues.flatMap((issue) => describe(issue, path)).slice(0, maxIssues);
}

/** zod leaves the value found out of its messages, and so do we. */
function describe(issue: ZodIssue, parents: readonly PropertyKey[]): ResponseIssue[] {
  const path = [...parents, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // Of the members, the one that fits best is the one that was meant.
    const [closest = []] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (closest.length > 0) return closest.flatMap((inner) => describe(inner, path));
  }
  return [{ path: path.map(String).join("."), message: issue.message }];
}
