import type { Handler } from "../../http/handler.ts";
import { ProblemError } from "../../http/problems.ts";

/** Answers with `application/problem+json` where the description has it for an operation, as Enode does. */
export const withProblemType =
  (statuses: readonly number[], handler: Handler): Handler =>
  async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (!(error instanceof ProblemError) || !statuses.includes(error.status)) throw error;
      const { status, problem, headers } = error;
      throw new ProblemError(status, problem, {
        ...headers,
        "content-type": "application/problem+json",
      });
    }
  };
