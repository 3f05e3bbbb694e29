import { listsOfUser, ownedReads, targetReads } from "../../generated/kinds.ts";
import type { OperationId } from "../../generated/operations.ts";
import type { Budget, startBudget } from "../core/deadline.ts";
import type { specOf } from "../core/request/operations.ts";
import type { fillPath } from "../core/request/path.ts";
import type { buildQuery, QueryValues } from "../core/request/query.ts";
import type { checkRequestOptions } from "../core/resolve-options.ts";
import type { CallResult } from "../core/response-promise.ts";
import type { encodeBody, Requester } from "../core/transport.ts";
import type { invalidArgument } from "../errors/configuration.ts";
import type { EnodeError, NotFoundError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";

/**
 * Passed in and not imported: a module that this one and the client import would become a chunk of its own in the
 * bundles of apps, and cost more than loading this one lazily saves.
 */
export interface Dependencies {
  invalidArgument: typeof invalidArgument;
  startBudget: typeof startBudget;
  checkRequestOptions: typeof checkRequestOptions;
  specOf: typeof specOf;
  fillPath: typeof fillPath;
  buildQuery: typeof buildQuery;
  encodeBody: typeof encodeBody;
  NotFoundError: typeof NotFoundError;
}

/** Reads that return the owner of the resource in their path, and so of all resources below it. */
const reads = [...ownedReads, "getSchedule"] as const satisfies readonly OperationId[];

type Read = (typeof reads)[number];

/** The same lists, of one user. */
const lists: Partial<Record<OperationId, OperationId>> = listsOfUser;

/** Devices of schedules and statistics, by their type. */
const targets: ReadonlyMap<unknown, { read: Read; parameter: string }> = new Map(
  Object.entries(targetReads),
);

/** The untyped input of an operation. */
export interface Input {
  path?: Readonly<Record<string, string>> | undefined;
  query?: Readonly<Record<string, unknown>>;
  body?: Readonly<Record<string, unknown>>;
}

/**
 * Limits requests to the resources of one end user, for `ScopedRequester`.
 *
 * Each resource that an operation names (a device, a location, an action, a schedule) is read first, and its owner
 * compared. A resource of another user fails exactly like one that does not exist. An operation without an owner is
 * refused, so that a new one is not open by accident.
 */
export class OwnershipCheck {
  readonly #inner: Requester;
  readonly #dependencies: Dependencies;
  readonly #userId: string;

  constructor(inner: Requester, userId: string, dependencies: Dependencies) {
    this.#inner = inner;
    this.#userId = userId;
    this.#dependencies = dependencies;
  }

  async run(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    const ofUser = lists[operation];
    if (ofUser) {
      return this.#send(ofUser, { ...input, path: { userId: this.#userId } }, options);
    }
    const { buildQuery, checkRequestOptions, encodeBody, fillPath, specOf, startBudget } =
      this.#dependencies;
    checkRequestOptions(options);
    const budget = startBudget(options, options.deadline ?? this.#inner.deadlineOf(operation));
    const spec = specOf(operation);
    const { path: template, method, query: known } = spec;
    const read = this.#readFor(operation, template);
    // First of all: an invalid ID, query or body is a mistake of the caller, not a resource of another user.
    fillPath(template, input.path);
    buildQuery(known, input.query as QueryValues | undefined);
    encodeBody(spec, input.body);
    if (read === undefined) this.#checkUser(operation, input);
    else if (read !== operation) await this.#checkResource(operation, read, input.path, budget);
    await this.#checkNamed(operation, input, budget);
    const send = () => this.#send(operation, input, budget());
    const result = await (read === operation ? this.#own(operation, send) : send());
    if (read === operation) await this.#checkOwner(operation, result.data, budget);
    else if (method === "GET") this.#checkPart(operation, result.data);
    return result;
  }

  #checkUser(operation: OperationId, { path }: Input): void {
    if (path?.["userId"] !== this.#userId) throw this.#notFound(operation);
  }

  /** Checks devices and locations in a body or query, which may belong to another user. */
  async #checkNamed(operation: OperationId, input: Input, budget: Budget): Promise<void> {
    const { body, query } = input;
    for (const values of [body, query]) {
      const id = values?.["locationId"];
      if (isNamed(id))
        await this.#checkResource(operation, "getLocation", pathOf("locationId", id), budget);
    }
    for (const [values, idName, typeName] of [
      [body, "targetId", "targetType"],
      [query, "id", "type"],
    ] as const) {
      const id = values?.[idName];
      if (!isNamed(id)) continue;
      const target = targets.get(values?.[typeName]);
      if (target === undefined) {
        const known = [...targets.keys()].join(", ");
        throw this.#dependencies.invalidArgument(
          typeName,
          `For a single user, ${idName} needs a ${typeName} that is one of ${known}: the owner is found by it.`,
        );
      }
      await this.#checkResource(operation, target.read, pathOf(target.parameter, id), budget);
    }
  }

  async #checkResource(
    operation: OperationId,
    read: Read,
    path: Input["path"],
    budget: Budget,
  ): Promise<void> {
    const { data } = await this.#own(operation, () => this.#send(read, { path }, budget()));
    await this.#checkOwner(operation, data, budget);
  }

  async #checkOwner(operation: OperationId, resource: unknown, budget: Budget): Promise<void> {
    const { userId, targetId, targetType } = fieldsOf(resource);
    if (userId === this.#userId) return;
    // A schedule names no user: its owner is that of its device.
    const target = targets.get(targetType);
    if (userId !== undefined || typeof targetId !== "string" || target === undefined) {
      throw this.#notFound(operation);
    }
    await this.#checkResource(operation, target.read, pathOf(target.parameter, targetId), budget);
  }

  /** Checks a part with an ID of its own, such as a plan of a vehicle; most answers name their user. */
  #checkPart(operation: OperationId, part: unknown): void {
    const { userId } = fieldsOf(part);
    if (userId !== undefined && userId !== this.#userId) throw this.#notFound(operation);
  }

  /** Makes the 404 of a read equal to the error for a resource of another user. */
  async #own<T>(operation: OperationId, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw (error as Partial<EnodeError>).code === "not_found" ? this.#notFound(operation) : error;
    }
  }

  #send(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    // The transport checks it against the description, whatever its type here.
    return this.#inner.request(operation, input as never, options, this.#userId).withResponse();
  }

  #notFound(operation: OperationId): NotFoundError {
    const { NotFoundError, specOf } = this.#dependencies;
    return new NotFoundError(`${operation}: this user has nothing with this ID.`, {
      code: "not_found",
      context: { operation, path: specOf(operation).path, attempts: 1 },
      status: 404,
    });
  }

  /**
   * The read that returns the owner of the resource of an operation; undefined where the path itself names the
   * user. It uses the description and not the input, which could hold more than the path takes.
   */
  #readFor(operation: OperationId, template: string): Read | undefined {
    const { invalidArgument, specOf } = this.#dependencies;
    const isBelow = (path: string) => template === path || template.startsWith(`${path}/`);
    if (isBelow("/users/{userId}")) return undefined;
    const read = reads.find((each) => isBelow(specOf(each).path));
    if (read !== undefined) return read;
    throw invalidArgument("operation", `${operation} is not available for a single user.`);
  }
}

function isNamed(id: unknown): boolean {
  return id !== undefined && id !== null;
}

/** The path of a read. An ID that is no string is refused when the path is filled. */
function pathOf(name: string, id: unknown): NonNullable<Input["path"]> {
  return { [name]: id as string };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
