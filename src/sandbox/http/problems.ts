import type { Problem } from "../../../generated/types.ts";

const TYPE_PREFIX = "https://developers.enode.com/api/problems/";

type Issue = NonNullable<Problem["issues"]>[number];

/** Thrown by a handler to end a request with a problem document. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.name = "ProblemError";
    this.status = status;
    this.problem = problem;
    this.headers = headers;
  }
}

/** A problem document of the given kind, such as `not-found`. */
export function problem(kind: string, title: string, detail: string): Problem {
  return { type: TYPE_PREFIX + kind, title, detail };
}

export function badRequest(
  detail: string,
  issues?: readonly Issue[],
  title = "Bad Request",
): ProblemError {
  const document = problem("bad-request", title, detail);
  return new ProblemError(
    400,
    issues === undefined ? document : { ...document, issues: [...issues] },
  );
}

/**
 * The 400 for a command that asks for what the device does already. Clients tell it from other refusals by its title and
 * the words of its detail.
 */
export function actionRejected(detail: string): ProblemError {
  return badRequest(detail, undefined, "Action Rejected");
}

export function unauthorized(detail: string): ProblemError {
  return new ProblemError(401, problem("unauthorized", "Unauthorized", detail), {
    "www-authenticate": "Bearer",
  });
}

export function forbidden(detail: string, title = "Forbidden"): ProblemError {
  return new ProblemError(403, problem("forbidden", title, detail));
}

export function notFound(detail: string, title = "Not Found"): ProblemError {
  return new ProblemError(404, problem("not-found", title, detail));
}

export function unprocessable(detail: string): ProblemError {
  return new ProblemError(422, problem("unprocessable-entity", "Unprocessable Entity", detail));
}

export function methodNotAllowed(method: string, allowed: readonly string[]): ProblemError {
  const allow = allowed.join(", ");
  const detail = `${method} is not possible here; possible: ${allow}`;
  return new ProblemError(405, problem("method-not-allowed", "Method Not Allowed", detail), {
    allow,
  });
}
