import type { OperationId } from "../../../generated/operations.ts";

/** One request to the API or the token endpoint. Holds no token, no body and no query. */
export interface RequestEntry {
  /** Starts at 1. */
  readonly number: number;
  /** When it arrived, in simulated time: an ISO 8601 date. */
  readonly at: string;
  /** HTTP method. */
  readonly method: string;
  /** The path, at most 200 characters of it; link tokens are left out. */
  readonly path: string;
  /** The operation; `token` is the token endpoint, null a path that the API does not have. */
  readonly operation: OperationId | "token" | null;
  /** The user that the path names; null when it names none. */
  readonly userId: string | null;
  /** Status of the answer; null when the call ended without one. */
  readonly status: number | null;
  /** Milliseconds of the wall clock until the headers of the answer. */
  readonly duration: number;
  /** Title of the fault that struck, if one did. */
  readonly fault: string | null;
}

/** The path of a request in the form of the log. */
export function loggedPath(path: string): string {
  return path.replace(/^(\/link\/).+|(\/link\/)\w{32,}.*/, "$1$2…").slice(0, 200);
}
