import { type OperationId, type OperationSpec, operations } from "../../../generated/operations.ts";
import type { Operations } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import type { RequestOptions } from "../../options.ts";

/** Path, query and body that an operation takes, as the description says. */
export type OperationInput<Id extends OperationId> = Omit<Operations[Id], "result">;

/** What an operation answers; undefined where the answer is empty. */
export type OperationResult<Id extends OperationId> = Operations[Id]["result"];

/** What follows the name of an operation: the input may be left out where all of it is optional. */
export type RequestArguments<Id extends OperationId> =
  Record<never, never> extends OperationInput<Id>
    ? [input?: OperationInput<Id>, options?: RequestOptions]
    : [input: OperationInput<Id>, options?: RequestOptions];

/**
 * How an operation goes over the wire.
 *
 * @throws ConfigurationError for a name that the description does not know.
 */
export function specOf(operation: string): OperationSpec {
  if (Object.hasOwn(operations, operation)) return operations[operation as OperationId];
  throw invalidArgument("operation", `There is no operation ${JSON.stringify(operation)}.`);
}
