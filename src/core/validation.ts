import type { OperationId } from "../../generated/operations.ts";
import { responseSchemas } from "../../generated/response-schemas.ts";
import type { ResponseIssue } from "../errors.ts";

/** The first few tell what is wrong; a page of broken records would repeat them thousands of times. */
const maxIssues = 20;

/** How an answer departs from the description; empty when it does not, or when none is described. */
export function findIssues(operation: string, status: number, data: unknown): ResponseIssue[] {
  const schema = responseSchemas[operation as OperationId]?.[status];
  const checked = schema?.safeParse(data);
  if (checked === undefined || checked.success) return [];
  // Messages name what was expected. zod leaves the value found out of them, and so do we.
  return checked.error.issues
    .slice(0, maxIssues)
    .map(({ path, message }) => ({ path: path.map(String).join("."), message }));
}
