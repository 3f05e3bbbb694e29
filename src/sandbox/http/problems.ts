import type { Problem } from "../../../generated/types.ts";

const TYPE_PREFIX = "https://developers.enode.com/api/problems/";

type Issue = NonNullable<Problem["issues"]>[number];

/** Thrown by a handler to end a call with a problem document. */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.name = "Refusal";
    this.status = status;
    this.problem = problem;
    this.headers = headers;
  }
}

/** A problem document of the given kind, such as `not-found`. */
export function problem(kind: string, title: string, detail: string): Problem {
  return { type: TYPE_PREFIX + kind, title, detail };
}

export function badRequest(detail: string, issues?: readonly Issue[]): Refusal {
  const document = problem("bad-request", "Bad Request", detail);
  return new Refusal(400, issues === undefined ? document : { ...document, issues: [...issues] });
}

export function unauthorized(detail: string): Refusal {
  return new Refusal(401, problem("unauthorized", "Unauthorized", detail), {
    "www-authenticate": "Bearer",
  });
}

export function forbidden(detail: string, title = "Forbidden"): Refusal {
  return new Refusal(403, problem("forbidden", title, detail));
}

export function notFound(detail: string): Refusal {
  return new Refusal(404, problem("not-found", "Not Found", detail));
}

export function unprocessable(detail: string): Refusal {
  return new Refusal(422, problem("unprocessable-entity", "Unprocessable Entity", detail));
}

export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  const allow = allowed.join(", ");
  const detail = `${method} is not possible here; possible: ${allow}`;
  return new Refusal(405, problem("method-not-allowed", "Method Not Allowed", detail), { allow });
}
