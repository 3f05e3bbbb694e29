import type { OperationId } from "../../../generated/operations.ts";

/** One request to the API or the token endpoint. Holds no token, no body and no query. */
export interface RequestEntry {
  /** Counts from 1. */
  readonly number: number;
  /** When it came, in simulated time: an ISO 8601 date. */
  readonly at: string;
  readonly method: string;
  /** The path, at most 200 characters of it; link tokens are left out. */
  readonly path: string;
  /** The operation; `token` is the token endpoint, null a path that the API does not have. */
  readonly operation: OperationId | "token" | null;
  /** Status of the answer; null when the call ended without one. */
  readonly status: number | null;
  /** Milliseconds of the wall clock until the head of the answer. */
  readonly duration: number;
  /** Title of the fault that struck, if one did. */
  readonly fault: string | null;
}

/** A path as logs have it. */
export function loggedPath(path: string): string {
  return path.replace(/^(\/link\/).+/, "$1…").slice(0, 200);
}
