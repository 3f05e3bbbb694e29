import type { OperationId } from "../../generated/operations.ts";
import { invalidArgument } from "../core/arguments.ts";
import { startBudget } from "../core/budget.ts";
import { checkRequestOptions } from "../core/configure.ts";
import { type OperationInput, type OperationResult, specOf } from "../core/operations.ts";
import { fillPath } from "../core/path.ts";
import { type CallResult, type ResponsePromise, toResponsePromise } from "../core/result.ts";
import type { Requester } from "../core/transport.ts";
import { NotFoundError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import type { Input } from "./confinement.ts";

const tools = {
  invalidArgument,
  startBudget,
  checkRequestOptions,
  specOf,
  fillPath,
  NotFoundError,
};

/** A requester that reaches what belongs to one end user and nothing else; see `Confinement`. */
export class ConfinedRequester implements Requester {
  readonly #inner: Requester;
  readonly userId: string;

  constructor(inner: Requester, userId: string) {
    this.#inner = inner;
    this.userId = userId;
  }

  deadlineOf(operation: OperationId): number {
    return this.#inner.deadlineOf(operation);
  }

  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options: RequestOptions = {},
  ): ResponsePromise<OperationResult<Id>> {
    // The input was typed by the operation; from here on it is looked at by its names.
    return toResponsePromise(this.#run(operation, (input ?? {}) as Input, options));
  }

  async #run(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    // Loaded when first needed: it is as large as all resources together.
    const { Confinement } = await import("./confinement.ts");
    return new Confinement(this.#inner, this.userId, tools).run(operation, input, options);
  }
}
