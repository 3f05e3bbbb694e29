import type { OperationId } from "../../generated/operations.ts";
import { responseSchemas } from "../../generated/response-schemas.ts";
import type { ResponseIssue } from "../errors/index.ts";
import { describeIssues } from "../shared/schema-issues.ts";

/** How an answer departs from the description; empty when it does not, or when none is described. */
export function findIssues(operation: string, status: number, data: unknown): ResponseIssue[] {
  const schema = responseSchemas[operation as OperationId]?.[status];
  const checked = schema?.safeParse(data);
  return checked === undefined || checked.success ? [] : describeIssues(checked.error.issues);
}
