import type { OperationId } from "../../../generated/operations.ts";
import { ProblemError, problem } from "./problems.ts";

// Seconds until a retry. Enode does not document its own value.
const RETRY_AFTER = "60";

/** The 503 that the description names for statistics of HEM systems. */
export function vendorUnavailable(): ProblemError {
  const detail = "The vendor did not answer in time.";
  const document = problem(
    "vendor-temporarily-unavailable",
    "Vendor Temporarily Unavailable",
    detail,
  );
  return new ProblemError(503, document, { "retry-after": RETRY_AFTER });
}

/** The 422 that the description names for statistics of HEM systems. */
export function statisticsNotAvailable(): ProblemError {
  const detail = "The vendor offers no history for this system.";
  const title = "HEM System Statistics Not Available";
  return new ProblemError(422, problem("hem-system-statistics-not-available", title, detail));
}

/** The problem that the description has for a status of this one operation, or null. */
export function documentedProblem(
  operation: OperationId | "token" | undefined,
  status: number,
): ProblemError | null {
  if (operation !== "getHemSystemStatistics") return null;
  if (status === 503) return vendorUnavailable();
  return status === 422 ? statisticsNotAvailable() : null;
}
