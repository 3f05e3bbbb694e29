import type { RequestOptions } from "../options.ts";
import type { Requester } from "./transport.ts";

/** Shares the deadline of a call among the requests that it takes. */
export class Budget {
  readonly #options: RequestOptions;
  readonly #endsAt: number;

  constructor(options: RequestOptions, deadline: number) {
    this.#options = options;
    this.#endsAt = performance.now() + deadline;
  }

  /** A requester all of whose requests share the deadline and have the options of the call. */
  over(api: Requester): Requester {
    return {
      deadlineOf: (operation) => api.deadlineOf(operation),
      request: (operation, input) => api.request(operation, input, this.left()),
    };
  }

  /** Options of the next request. */
  left(): RequestOptions {
    // At least 1 ms, so that running out is reported as what it is and not as a bad option.
    return { ...this.#options, deadline: Math.max(1, this.#endsAt - performance.now()) };
  }
}
