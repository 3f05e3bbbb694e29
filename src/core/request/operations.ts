import { type OperationId, type OperationSpec, operations } from "../../../generated/operations.ts";
import type { Operations } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import type { RequestOptions } from "../../options.ts";

/** Path, query and body of an operation, from the description. */
export type OperationInput<Id extends OperationId> = Omit<Operations[Id], "result">;

/** The result of an operation; undefined where the answer is empty. */
export type OperationResult<Id extends OperationId> = Operations[Id]["result"];

/** The arguments after the name of an operation: the input may be left out where all of it is optional. */
export type RequestArguments<Id extends OperationId> =
  Record<never, never> extends OperationInput<Id>
    ? [input?: OperationInput<Id>, options?: RequestOptions]
    : [input: OperationInput<Id>, options?: RequestOptions];

/**
 * How an operation is sent.
 *
 * @throws ConfigurationError for an unknown name.
 */
export function specOf(operation: string): OperationSpec {
  if (Object.hasOwn(operations, operation)) return operations[operation as OperationId];
  throw invalidArgument("operation", `There is no operation ${JSON.stringify(operation)}.`);
}
