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

/** The answer for a thrown ProblemError; any other error is a bug of the sandbox and thrown again. */
export function problemToResponse(error: unknown): Response {
  if (error instanceof ProblemError) return json(error.status, error.problem, error.headers);
  throw error;
}

/** A date in the format of HTTP headers: in whole seconds, rounded down. */
export function httpDate(time: Date): string {
  return time.toUTCString();
}

const streams = new WeakSet<Response>();

/** Marks an answer as a stream: its body may never end, so nobody may wait for all of it. */
export function markStream(response: Response): Response {
  streams.add(response);
  return response;
}

/** Whether the body has to be sent chunk by chunk, as it arrives. */
export function isStream(response: Response): boolean {
  return streams.has(response);
}
