import type { RequestOptions } from "../options.ts";

/** Options of the next request of a call, whose deadline all its requests share. */
export type Budget = () => RequestOptions;

/** Begins a call that takes several requests. */
export function startBudget(options: RequestOptions, deadline: number): Budget {
  const endsAt = performance.now() + deadline;
  // At least 1 ms, so that running out is reported as what it is and not as a bad option.
  return () => ({ ...options, deadline: Math.max(1, endsAt - performance.now()) });
}
