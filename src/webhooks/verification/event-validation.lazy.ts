import { WebhookEventSchema } from "../../../generated/schemas.ts";
import {
  ConfigurationError,
  type ResponseIssue,
  WebhookVerificationError,
} from "../../errors/index.ts";
import { describeIssues } from "../../shared/schema-issues.ts";

/**
 * How events depart from the description, each with its index in the delivery.
 *
 * @throws WebhookVerificationError with `throw`, when an event does.
 */
export function checkEvents(
  events: readonly unknown[],
  validate: unknown,
  values: readonly unknown[],
): ResponseIssue[] {
  if (validate !== "report" && validate !== "throw") {
    throw new ConfigurationError('validate must be "off", "report" or "throw".', {
      code: "invalid_argument",
      parameter: "validate",
    });
  }
  const issues: ResponseIssue[] = [];
  for (const event of events) {
    const checked = WebhookEventSchema.safeParse(event);
    if (checked.success) continue;
    issues.push(...describeIssues(checked.error.issues, [values.indexOf(event)]));
  }
  const [first] = issues;
  if (validate === "report" || first === undefined) return issues;
  throw new WebhookVerificationError(
    `The events depart from the description in ${issues.length} place(s), first at ${first.path}: ${first.message}`,
    { code: "schema_mismatch", issues },
  );
}
