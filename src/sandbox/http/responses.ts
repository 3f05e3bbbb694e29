import { ProblemError } from "./problems.ts";

/** An answer with a JSON body. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** 200 with a JSON body. */
export function ok(body: unknown): Response {
  return json(200, body);
}

/** 204 with no body. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** The answer that a thrown refusal stands for; anything else is a fault of the sandbox and thrown on. */
export function problemToResponse(error: unknown): Response {
  if (error instanceof ProblemError) return json(error.status, error.problem, error.headers);
  throw error;
}

/** A moment as HTTP headers have it: in whole seconds, rounded down. */
export function httpDate(moment: Date): string {
  return moment.toUTCString();
}

const streams = new WeakSet<Response>();

/** Marks an answer whose body comes piece by piece, and may never end: nobody may wait for all of it. */
export function markStream(response: Response): Response {
  streams.add(response);
  return response;
}

/** Whether the body has to be passed on as it comes. */
export function isStream(response: Response): boolean {
  return streams.has(response);
}
