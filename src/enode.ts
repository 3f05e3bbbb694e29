import type { OperationId } from "../generated/operations.ts";
import { ClientCredentials } from "./auth/client-credentials.ts";
import type { TokenIssuer } from "./auth/token-issuer.ts";
import { TokenManager } from "./auth/token-manager.ts";
import { providerIssuer } from "./auth/token-provider.ts";
import { KySender } from "./core/ky-sender.ts";
import type { OperationResult, RequestArguments } from "./core/request/operations.ts";
import { optionsFromEnv, type ResolvedOptions, resolveOptions } from "./core/resolve-options.ts";
import type { ResponsePromise } from "./core/response-promise.ts";
import { Telemetry } from "./core/telemetry.ts";
import { Transport } from "./core/transport.ts";
import type { HttpSender } from "./http-transport.ts";
import { hostUsersOf, type LoadHostUsers } from "./identity/load-host-users.ts";
import type { EnodeOptions, HostUser } from "./options.ts";
import { Assets } from "./resources/assets.ts";
import { Batteries } from "./resources/batteries.ts";
import { Chargers } from "./resources/chargers.ts";
import { HemSystems } from "./resources/hem-systems.ts";
import { Hvacs } from "./resources/hvacs.ts";
import { Interventions } from "./resources/interventions.ts";
import { Inverters } from "./resources/inverters.ts";
import { Locations } from "./resources/locations.ts";
import { Meters } from "./resources/meters.ts";
import { Schedules } from "./resources/schedules.ts";
import { Service } from "./resources/service.ts";
import { Statistics } from "./resources/statistics.ts";
import { Tariffs } from "./resources/tariffs.ts";
import { Users } from "./resources/users.ts";
import { Vehicles } from "./resources/vehicles.ts";
import { Webhooks } from "./resources/webhooks.ts";
import { checkRuntime } from "./runtime/user-agent.ts";
import { type HostUserScope, UserScope } from "./scope/user-scope.ts";
import type { OptionalMembers } from "./shared/optional.ts";

/**
 * A client of the Enode API, for servers. Make one and share it: all its calls share one token and the state of
 * rate limits.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 *
 * const enode = new Enode({
 *   clientId: "your-client-id",
 *   clientSecret: async () => "read it from your vault",
 *   environment: "sandbox",
 * });
 *
 * for await (const vehicle of enode.vehicles.list({ userId: "user-1" })) {
 *   console.log(vehicle.information.displayName, vehicle.chargeState.batteryLevel);
 * }
 * ```
 */
export class Enode {
  readonly #transport: Transport;
  readonly #hostUsers: LoadHostUsers;
  /** `<environment>:<clientId>`: separates the data of this client from that of others in stores. */
  readonly namespace: string;
  // Declared and not defined: a definition would set each to undefined before the constructor sets it.
  /** Users, their links and their erasure. */
  declare readonly users: Users;
  /** Devices of any kind, by their IDs. */
  declare readonly assets: Assets;
  /** Electric vehicles, their charging and smart charging. */
  declare readonly vehicles: Vehicles;
  /** Charging stations. */
  declare readonly chargers: Chargers;
  /** Heaters, heat pumps, air conditioners and thermostats. */
  declare readonly hvacs: Hvacs;
  /** Solar inverters and their production. */
  declare readonly inverters: Inverters;
  /** Home batteries and their operation modes. */
  declare readonly batteries: Batteries;
  /** Energy meters. */
  declare readonly meters: Meters;
  /** Home energy management systems and their statistics. */
  declare readonly hemSystems: HemSystems;
  /** Places of users, to which devices are assigned. */
  declare readonly locations: Locations;
  /** Your own energy prices, in place of market prices. */
  declare readonly tariffs: Tariffs;
  /** Weekly schedules that Enode carries out. */
  declare readonly schedules: Schedules;
  /** Charging statistics and sessions of users. */
  declare readonly statistics: Statistics;
  /** Steps that someone must take before a device has all of its capabilities. */
  declare readonly interventions: Interventions;
  /** Subscriptions to events. */
  declare readonly webhooks: Webhooks;
  /** State of Enode and of its connections to vendors. */
  declare readonly service: Service;

  /** @throws ConfigurationError naming the first invalid option. */
  constructor(options: EnodeOptions) {
    checkRuntime();
    const resolved = resolveOptions(options);
    const transport = createTransport(resolved);
    this.#transport = transport;
    this.namespace = namespaceOf(resolved);
    this.#hostUsers = hostUsersOf(transport, resolved.storage, this.namespace);
    this.users = new Users(transport, this.#hostUsers);
    this.assets = new Assets(transport);
    this.vehicles = new Vehicles(transport);
    this.chargers = new Chargers(transport);
    this.hvacs = new Hvacs(transport);
    this.inverters = new Inverters(transport);
    this.batteries = new Batteries(transport);
    this.meters = new Meters(transport);
    this.hemSystems = new HemSystems(transport);
    this.locations = new Locations(transport);
    this.tariffs = new Tariffs(transport);
    this.schedules = new Schedules(transport);
    this.statistics = new Statistics(transport);
    this.interventions = new Interventions(transport);
    this.webhooks = new Webhooks(transport);
    this.service = new Service(transport);
  }

  /**
   * A client from the environment variables ENODE_CLIENT_ID, ENODE_CLIENT_SECRET, ENODE_ENVIRONMENT
   * and, if set, ENODE_API_URL and ENODE_TOKEN_URL. What is passed wins over them.
   *
   * @throws ConfigurationError naming the variable that is missing.
   */
  static fromEnv(overrides?: OptionalMembers<EnodeOptions>): Enode {
    return new Enode(optionsFromEnv(overrides));
  }

  /**
   * The client confined to one end user; use it in the handler of an app's request.
   *
   * With `{ hostUserId }` each request reads the user's ID at Enode from the `userStore` of the client's `storage`,
   * and fails with NotFoundError for a user that has never been linked, or is being erased.
   *
   * @throws ConfigurationError for an ID that is empty, `.` or `..`.
   */
  user(userId: string): UserScope;
  user(user: HostUser): HostUserScope;
  user(user: string | HostUser): UserScope | HostUserScope {
    return new UserScope(this.#transport, user, this.#hostUsers);
  }

  /**
   * Sends any operation of the API by its operationId, typed. Resource methods are shorthands for it.
   *
   * @throws ApiError · ConnectionError · TimeoutError · AbortError · TokenError · ConfigurationError ·
   * ResponseValidationError
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const page = await enode.request("listVehicles", { query: { pageSize: 1 } });
   * console.log(page.data[0]?.vendor);
   * ```
   */
  request<Id extends OperationId>(
    operation: Id,
    ...[input, options]: RequestArguments<Id>
  ): ResponsePromise<OperationResult<Id>> {
    return this.#transport.request(operation, input, options);
  }

  /**
   * Closes the connections of the option `transport`, when the requests under way are over; the client cannot be used
   * any more. Without that option there is nothing to close: the runtime manages the connections of its `fetch`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * import { undiciTransport } from "enode-sdk/undici";
   *
   * const enode = Enode.fromEnv({ transport: undiciTransport() });
   * process.once("SIGTERM", () => enode.close());
   * ```
   */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function createTransport(options: ResolvedOptions): Transport {
  const telemetry = new Telemetry(options);
  const http = options.transport?.open() ?? new KySender(options.fetch);
  const tokens = new TokenManager(createOrigin(options, http), {
    store: options.tokenStore,
    key: namespaceOf(options),
    maxRetries: options.maxRetries,
    telemetry,
  });
  return new Transport(options, tokens, telemetry, http);
}

function createOrigin(options: ResolvedOptions, http: HttpSender): TokenIssuer {
  const { tokenProvider, clientSecret } = options;
  if (tokenProvider) return providerIssuer(tokenProvider);
  // The check of options makes sure that there is a secret without a provider.
  const exchange = { ...options, clientSecret: clientSecret as NonNullable<typeof clientSecret> };
  return new ClientCredentials(exchange, http);
}

function namespaceOf({ environment, clientId }: ResolvedOptions): string {
  return `${environment}:${clientId}`;
}
