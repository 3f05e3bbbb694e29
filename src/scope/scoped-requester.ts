import type { OperationId } from "../../generated/operations.ts";
import { startBudget } from "../core/deadline.ts";
import { type OperationInput, type OperationResult, specOf } from "../core/request/operations.ts";
import { fillPath } from "../core/request/path.ts";
import { buildQuery } from "../core/request/query.ts";
import { checkRequestOptions } from "../core/resolve-options.ts";
import {
  type CallResult,
  type ResponsePromise,
  toResponsePromise,
} from "../core/response-promise.ts";
import { encodeBody, type Requester } from "../core/transport.ts";
import { invalidArgument } from "../errors/configuration.ts";
import { NotFoundError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import type { Input } from "./ownership.lazy.ts";

const tools = {
  invalidArgument,
  startBudget,
  checkRequestOptions,
  specOf,
  fillPath,
  buildQuery,
  encodeBody,
  NotFoundError,
};

/** Placeholder in paths for a user whose ID is resolved with each request. No user can have this ID. */
export const foundLater = "\0";

/** Resolves the ID of the user, and the options that are left for the request. */
type Locate = (
  operation: OperationId,
  options: RequestOptions,
) => Promise<{ userId: string; options: RequestOptions }>;

/** A requester that is limited to the resources of one end user; see `OwnershipCheck`. */
export class ScopedRequester implements Requester {
  readonly #inner: Requester;
  readonly #locate: Locate | undefined;
  #userId: string;

  /**
   * With `locate` the user ID is blank here, and `foundLater` in paths, and each request resolves it again: a scope
   * that is held must not outlive the erasure of its user, nor its link.
   */
  constructor(inner: Requester, userId: string, locate?: Locate) {
    this.#inner = inner;
    this.#userId = userId;
    this.#locate = locate;
  }

  get userId(): string {
    return this.#userId;
  }

  deadlineOf(operation: OperationId): number {
    return this.#inner.deadlineOf(operation);
  }

  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options: RequestOptions = {},
  ): ResponsePromise<OperationResult<Id>> {
    // The operation has typed the input; from here on it is untyped.
    return toResponsePromise(this.#run(operation, (input ?? {}) as Input, options));
  }

  async #run(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    // Loaded when first needed: it is as large as all resources together.
    const { OwnershipCheck } = await import("./ownership.lazy.ts");
    let { path } = input;
    let left = options;
    let userId = this.#userId;
    if (this.#locate) {
      ({ userId, options: left } = await this.#locate(operation, options));
      // Waiting compares events by it.
      this.#userId = userId;
      if (path?.["userId"] === foundLater) path = { ...path, userId };
    }
    return new OwnershipCheck(this.#inner, userId, tools).run(operation, { ...input, path }, left);
  }
}
