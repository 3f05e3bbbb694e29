import type { OperationId } from "../../generated/operations.ts";
import { type OperationInput, type OperationResult, specOf } from "../core/operations.ts";
import { type CallResult, type ResponsePromise, toResponsePromise } from "../core/result.ts";
import type { Requester } from "../core/transport.ts";
import { ConfigurationError, isNotFoundError, NotFoundError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";

/** How the owner of each thing that is named in a path is found out. */
const owners = {
  vehicleId: "getVehicle",
  chargerId: "getCharger",
  hvacId: "getHvac",
  inverterId: "getInverter",
  batteryId: "getBattery",
  meterId: "getMeter",
  hemSystemId: "getHemSystem",
  locationId: "getLocation",
} as const satisfies Record<string, OperationId>;

/** The same lists, of one user. */
const listsOfUser: Partial<Record<OperationId, OperationId>> = {
  listVehicles: "listUserVehicles",
  listChargers: "listUserChargers",
  listHvacs: "listUserHvacs",
  listInverters: "listUserInverters",
  listBatteries: "listUserBatteries",
  listMeters: "listUserMeters",
  listHemSystems: "listUserHemSystems",
  listLocations: "listUserLocations",
};

/** Devices that a schedule can control, by its `targetType`. */
const targets: Readonly<Record<string, keyof typeof owners>> = {
  vehicle: "vehicleId",
  charger: "chargerId",
  hvac: "hvacId",
};

interface Input {
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, unknown>>;
  body?: Readonly<Record<string, unknown>>;
}

/**
 * A requester that reaches what belongs to one end user and nothing else.
 *
 * Whatever an operation names (a device, a location, an action, a schedule) is read first, and its
 * owner compared. What is somebody else's fails exactly like what does not exist. An operation that
 * has no owner is refused, so that a new one is not open by accident.
 */
export class ConfinedRequester implements Requester {
  readonly #inner: Requester;
  readonly #userId: string;

  constructor(inner: Requester, userId: string) {
    this.#inner = inner;
    this.#userId = userId;
  }

  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options?: RequestOptions,
  ): ResponsePromise<OperationResult<Id>> {
    // The input was typed by the operation; from here on it is looked at by its names.
    return toResponsePromise(this.#run(operation, (input ?? {}) as Input, options ?? {}));
  }

  async #run(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    const ofUser = listsOfUser[operation];
    if (ofUser) {
      return this.#send(ofUser, { ...input, path: { userId: this.#userId } }, options);
    }
    const budget = new Budget(options);
    const isRead = operation === this.#ownerOf(operation, input);
    if (!isRead) await this.#checkPath(operation, input, budget);
    await this.#checkBody(operation, input, budget);
    const result = await this.#own(
      operation,
      () => this.#send(operation, input, budget.left()),
      isRead,
    );
    if (isRead) await this.#checkOwner(operation, result.data, budget);
    return result;
  }

  /** The read that tells the owner of what an operation names; undefined where the path says it itself. */
  #ownerOf(operation: OperationId, { path = {} }: Input): OperationId | undefined {
    if ("userId" in path) return undefined;
    if ("actionId" in path) return operation.replace(/^cancel/, "get") as OperationId;
    if ("scheduleId" in path) return "getSchedule";
    for (const [name, read] of Object.entries(owners)) if (name in path) return read;
    throw new ConfigurationError(`${operation} is not available for a single user.`, {
      code: "invalid_argument",
      parameter: "operation",
    });
  }

  async #checkPath(operation: OperationId, input: Input, budget: Budget): Promise<void> {
    const { path = {} } = input;
    const read = this.#ownerOf(operation, input);
    if (read === undefined) {
      if (path["userId"] !== this.#userId) throw this.#notFound(operation);
      return;
    }
    // Reads take what their template names, and nothing else of the path.
    const named = Object.entries(path).filter(([name]) => specOf(read).path.includes(`{${name}}`));
    await this.#checkThing(operation, read, Object.fromEntries(named), budget);
  }

  /** A body can name a device or location too, and so bring somebody else's into a schedule. */
  async #checkBody(operation: OperationId, { body = {} }: Input, budget: Budget): Promise<void> {
    const { locationId, targetId, targetType } = body;
    if (typeof locationId === "string") {
      await this.#checkThing(operation, owners.locationId, { locationId }, budget);
    }
    if (typeof targetId === "string") {
      const name = targets[String(targetType)];
      if (name === undefined) throw this.#notFound(operation);
      await this.#checkThing(operation, owners[name], { [name]: targetId }, budget);
    }
  }

  async #checkThing(
    operation: OperationId,
    read: OperationId,
    path: Readonly<Record<string, string>>,
    budget: Budget,
  ): Promise<void> {
    const { data } = await this.#own(
      operation,
      () => this.#send(read, { path }, budget.left()),
      true,
    );
    await this.#checkOwner(operation, data, budget);
  }

  async #checkOwner(operation: OperationId, thing: unknown, budget: Budget): Promise<void> {
    const { userId, targetId, targetType } = thing as Readonly<Record<string, unknown>>;
    if (userId === this.#userId) return;
    // A schedule names no user: it belongs to whom its device belongs.
    if (userId === undefined && typeof targetId === "string") {
      return this.#checkBody(operation, { body: { targetId, targetType } }, budget);
    }
    throw this.#notFound(operation);
  }

  /** Makes a real "not found" of a read look the same as that of somebody else's thing. */
  async #own<T>(operation: OperationId, send: () => Promise<T>, isRead: boolean): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw isRead && isNotFoundError(error) ? this.#notFound(operation) : error;
    }
  }

  #send(operation: OperationId, input: Input, options: RequestOptions): Promise<CallResult> {
    // Checked by the transport against the description, whatever its type here.
    return this.#inner.request(operation, input as never, options).withResponse();
  }

  #notFound(operation: OperationId): NotFoundError {
    return new NotFoundError(`${operation}: this user has nothing with this ID.`, {
      code: "not_found",
      context: { operation, path: specOf(operation).path, attempts: 1 },
      status: 404,
    });
  }
}

/** Shares the deadline of a call among the reads it takes. */
class Budget {
  readonly #options: RequestOptions;
  readonly #startedAt = performance.now();

  constructor(options: RequestOptions) {
    this.#options = options;
  }

  left(): RequestOptions {
    const { deadline } = this.#options;
    if (deadline === undefined) return this.#options;
    // At least 1 ms, so that running out is reported as what it is and not as a bad option.
    const rest = Math.max(1, deadline - (performance.now() - this.#startedAt));
    return { ...this.#options, deadline: rest };
  }
}
