import { type OperationId, operations } from "../../../generated/operations.ts";
import type { Vendor } from "../../../generated/types.ts";
import { type LinkCompletion, LinkSessions } from "../api/link/link-sessions.ts";
import { LocationRepository } from "../api/locations/location-repository.ts";
import {
  DEFAULT_TOKEN_LIFETIME,
  type SandboxCredentials,
  type SandboxTokens,
  TOKEN_PATH,
  TokenEndpoint,
} from "../api/oauth/token-endpoint.ts";
import { handlers } from "../api/operations.ts";
import { ScheduleService } from "../api/schedules/schedule-service.ts";
import { OverrideService } from "../api/smart-charging/override-service.ts";
import { SmartChargingService } from "../api/smart-charging/smart-charging-service.ts";
import { InverterStatisticsService } from "../api/statistics/inverter-statistics-service.ts";
import { TariffRepository } from "../api/tariffs/tariff-repository.ts";
import { EventLog, type SandboxEvents } from "../events/event-log.ts";
import { applyFault } from "../faults/apply-fault.ts";
import { FaultInjector, type SandboxFaults } from "../faults/fault-injector.ts";
import { type RequestContext, readJson } from "../http/handler.ts";
import { httpDate, problemToResponse } from "../http/responses.ts";
import { type Route, route } from "../http/router.ts";
import { captureContext } from "../shared/async-context.ts";
import { Log, type SandboxLog } from "../shared/log.ts";
import { Random, seedFrom } from "../shared/random.ts";
import { createClock, type SandboxClock } from "../shared/time/clock.ts";
import type { SandboxDevice } from "../simulation/devices/wire.ts";
import { invalidateCredentials } from "../simulation/world/credentials.ts";
import { createDevices, type SandboxDevices } from "../simulation/world/device-control.ts";
import { seedFleet } from "../simulation/world/fleet.ts";
import { World } from "../simulation/world/world.ts";
import type { DeliveryEntry } from "../webhooks/delivery-log.ts";
import type { Deliver } from "../webhooks/delivery-sender.ts";
import { WebhookRegistry } from "../webhooks/webhook-registry.ts";
import { canBegin, deferred } from "./deferred.ts";
import { count, duration, interval, refuseUnknownOptions, type SandboxOptions } from "./options.ts";
import { loggedPath, type RequestEntry } from "./request-log.ts";
import { SimulationLoop } from "./simulation-loop.ts";

/** The Enode API on your own machine. */
export interface Sandbox {
  /**
   * Answers a request as the API would: the token endpoint under `/oauth2/token`, the API under every other path,
   * whatever the host. Give it to a client as its `fetch`. The `date` header of an answer tells the simulated time.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** What the token endpoint accepts. */
  readonly credentials: SandboxCredentials;
  /** The simulated time. */
  readonly clock: SandboxClock;
  /** The access tokens issued so far. */
  readonly tokens: SandboxTokens;
  /** The devices, from the side of their owners. */
  readonly devices: SandboxDevices;
  /** Makes requests and actions go wrong. */
  readonly faults: SandboxFaults;
  /**
   * Plays the end user who connects a vendor account in Link UI.
   *
   * @param linkToken `linkToken` of a link session or a relink session; good for one use within 24 hours.
   * @returns The devices that the account has brought, oldest first.
   * @throws Error when the token is unknown, used or expired, or the vendor does not fit the session.
   * @example
   * ```ts
   * import type { Sandbox } from "enode-sdk/sandbox";
   *
   * export async function linkTesla(sandbox: Sandbox, linkToken: string): Promise<void> {
   *   await sandbox.completeLink(linkToken, { vendor: "TESLA", devices: [{ batteryLevel: 20 }] });
   * }
   * ```
   */
  readonly completeLink: (
    linkToken: string,
    completion: LinkCompletion,
  ) => Promise<SandboxDevice[]>;
  /**
   * Breaks a vendor account of a user, as a changed password does: its devices are out of reach until the user links it
   * again. Raises `user:credentials:invalidated`, once.
   *
   * @throws Error when the user is unknown or has not linked that vendor.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ fleet: [{ id: "anna", vehicles: [{ vendor: "TESLA" }] }] });
   * sandbox.invalidateCredentials("anna", "TESLA");
   * ```
   */
  readonly invalidateCredentials: (userId: string, vendor: Vendor) => void;
  /** The events for webhooks. */
  readonly events: SandboxEvents;
  /** The requests to the API and the token endpoint. */
  readonly requests: SandboxLog<RequestEntry>;
  /** The attempts to deliver events to webhooks. */
  readonly deliveries: SandboxLog<DeliveryEntry>;
  /**
   * Resolves when everything that is due by now, in simulated time, has happened and the attempts to deliver it are
   * over. Deliveries begin by themselves; this waits for them. With a manual clock a failed delivery is tried again
   * only when the clock was advanced to the time of the next try, and after a long advance all tries of that time are
   * made in their order. Never rejects; do not wait for it in what answers a delivery.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ clock: "manual", fleet: { users: 1, vehiclesPerUser: 1 } });
   * // … create a webhook and start charging through the API …
   * sandbox.clock.advance(10 * 60_000);
   * await sandbox.deliver();
   * ```
   */
  readonly deliver: () => Promise<void>;
}

/** What a sandbox draws its values from where no random ones can be had: only its own process can reach it. */
const MODULE_SEED = 0;

/** Nobody answers there: the end user of a sandbox in the same process is played by `completeLink()`. */
const NO_LINK_URL = "https://link.sandbox.invalid";

/**
 * Makes a simulated Enode API in this process. It opens no connection, writes no file and owns no timer: what has
 * happened is worked out from the simulated time when somebody looks. Only while there is a webhook does it deliver
 * events, and have a timer for the next one unless the clock is manual; that timer keeps no program from ending.
 *
 * At the top of a module of a Cloudflare Worker, where neither random values nor the time are to be had, it begins with
 * the first request, and its seed is 0 unless you give one.
 *
 * @throws TypeError for an option that does not exist, RangeError for a value out of range.
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { createSandbox } from "enode-sdk/sandbox";
 *
 * const sandbox = createSandbox({ seed: 1, clock: "manual", fleet: { users: 1, vehiclesPerUser: 2 } });
 * const enode = new Enode({ environment: "sandbox", ...sandbox.credentials, fetch: sandbox.fetch });
 * for await (const vehicle of enode.vehicles.list()) console.log(vehicle.information.model);
 * ```
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  refuseUnknownOptions(options);
  if (canBegin()) return buildSandbox(options, NO_LINK_URL).sandbox;
  const seed = seedFrom(options.seed ?? MODULE_SEED);
  const { credentials } = createTokenEndpoint(seed, createClock("manual"), options);
  return deferred(credentials, () => buildSandbox({ ...options, seed }, NO_LINK_URL).sandbox);
}

/** The access tokens of a sandbox, whose first values are the credentials. */
function createTokenEndpoint(
  seed: number,
  clock: SandboxClock,
  options: SandboxOptions,
): TokenEndpoint {
  const lifetime = options.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME;
  return new TokenEndpoint(new Random(seed, "tokens"), clock, lifetime);
}

/** A sandbox, what is behind it, and how to end what it does by itself. */
export interface Built {
  readonly sandbox: Sandbox;
  readonly world: World;
  readonly links: LinkSessions;
  readonly webhooks: WebhookRegistry;
  /** Does something to the world, with all that is due before and after it. */
  readonly act: <T>(work: () => T) => T;
  readonly stop: () => void;
}

/** @param linkUrl Address of the Link UI, with no slash at its end. */
export function buildSandbox(options: SandboxOptions, linkUrl: string): Built {
  const seed = seedFrom(options.seed);
  const clock = createClock(options.clock ?? "real");
  const world = new World(seed, clock, {
    delay: duration("actionDelay", options.actionDelay, 2000),
    timeout: duration("actionTimeout", options.actionTimeout, 10_000),
  });
  world.connectionLimit = count(
    "connectionLimit",
    options.connectionLimit,
    Number.POSITIVE_INFINITY,
  );
  const tokens = createTokenEndpoint(seed, clock, options);
  const links = new LinkSessions(world, new Random(seed, "links"), linkUrl);
  const faults = new FaultInjector();
  const locations = new LocationRepository(world, new Random(seed, "locations"));
  const tariffs = new TariffRepository(locations);
  const overrides = new OverrideService(world);
  const plans = new Random(seed, "smart-charging");
  const inverterStatistics = new InverterStatisticsService(world);
  const smartCharging = new SmartChargingService(world, plans, locations, tariffs, overrides);
  const schedules = new ScheduleService(world, locations, new Random(seed, "schedules"), {
    overrideOf: (device) => overrides.of(device),
    switchOff(vehicle) {
      const policy = { ...vehicle.wire.smartChargingPolicy, isEnabled: false };
      smartCharging.setPolicy(vehicle, policy, world.now());
    },
  });
  overrides.onChanged.push(() => schedules.touch());
  world.fateOfAction = (deviceId) => faults.takeForAction(deviceId);
  if (options.fleet !== undefined) seedFleet(world, options.fleet);
  const events = new EventLog();
  const requests = new Log<RequestEntry>();
  const deliveries = new Log<DeliveryEntry>();
  const send = options.deliver ?? sendOverHttp;
  const inOwnContext = captureContext();
  const deliver: Deliver = (request) => inOwnContext(() => send(request));
  const rules = {
    retryWindow: duration("webhookRetryWindow", options.webhookRetryWindow, 300_000),
    heartbeatInterval: interval("heartbeatInterval", options.heartbeatInterval, 600_000),
    speed: clock.speed,
  };
  const webhooks = new WebhookRegistry(seed, clock, deliver, rules, events, {
    fault: (what) => faults.takeForDelivery(what),
    note: (entry) => deliveries.add(entry),
  });
  const loop = new SimulationLoop(world, clock, webhooks);

  async function serve({ operation, parameters }: Route, request: Request, query: URLSearchParams) {
    if (needsToken(operation)) tokens.authorize(request);
    loop.run();
    const call: RequestContext = {
      world,
      links,
      webhooks,
      locations,
      tariffs,
      schedules,
      overrides,
      smartCharging,
      inverterStatistics,
      now: world.now(),
      query,
      parameter(name) {
        const value = parameters.get(name);
        if (value === undefined) throw new Error(`${operation} has no parameter ${name}`);
        return value;
      },
      body: () => readJson(request),
    };
    try {
      return await handlers[operation](call);
    } finally {
      loop.run();
    }
  }

  /** Notes when an answer was made, unless it says so itself; one that a fault holds back was made before. */
  function date(response: Response): Response {
    if (!response.headers.has("date")) response.headers.set("date", httpDate(clock.now()));
    return response;
  }

  async function answer(request: Request): Promise<Response> {
    const begun = performance.now();
    const at = clock.now().toISOString();
    const { method } = request;
    const { pathname, searchParams } = new URL(request.url);
    const isToken = pathname === TOKEN_PATH;
    const found = isToken ? undefined : attempt(() => route(method, pathname));
    const operation = isToken ? "token" : found?.value?.operation;
    const strike = faults.take({
      operation,
      path: pathname,
      method,
      needsToken: found?.value !== undefined && needsToken(found.value.operation),
      hasCursor: searchParams.has("after"),
    });
    if (strike?.fault.token !== undefined) tokens.spoil(request, strike.fault.token);
    const usual = async () => {
      try {
        if (isToken) return date(await tokens.exchange(request));
        if (found?.value === undefined) throw found?.error;
        return date(await serve(found.value, request, searchParams));
      } catch (error) {
        return date(problemToResponse(error));
      }
    };
    let status: number | null = null;
    try {
      const response = await (strike === undefined
        ? usual()
        : applyFault(strike.fault, request, usual));
      status = response.status;
      return response;
    } finally {
      requests.add({
        at,
        method,
        path: loggedPath(pathname),
        operation: operation ?? null,
        status,
        duration: performance.now() - begun,
        fault: strike?.title ?? null,
      });
    }
  }

  const sandbox: Sandbox = {
    async fetch(input, init) {
      // Asked by shape: a Request may come from another realm or from another implementation of fetch.
      const isRequest = typeof input === "object" && "url" in input;
      const request = isRequest && init === undefined ? input : new Request(input, init);
      request.signal.throwIfAborted();
      return date(await answer(request));
    },
    credentials: tokens.credentials,
    clock: {
      now: () => clock.now(),
      advance(time) {
        clock.advance(time);
        loop.run();
      },
    },
    tokens,
    devices: createDevices(world, (work) => loop.act(work)),
    faults,
    async completeLink(linkToken, completion) {
      return loop.act(() => links.complete(linkToken, completion));
    },
    invalidateCredentials(userId, vendor) {
      loop.act(() => invalidateCredentials(world, userId, vendor));
    },
    events,
    requests,
    deliveries,
    deliver: () => loop.deliver(),
  };
  return {
    sandbox,
    world,
    links,
    webhooks,
    act: (work) => loop.act(work),
    stop: () => loop.close(),
  };
}

/**
 * Sends a delivery by the global fetch, which is looked up each time: tests replace it. It gets an address and an init,
 * as some that replace it take no Request.
 */
async function sendOverHttp(request: Request): Promise<Response> {
  const { url, method, headers, redirect, signal } = request;
  const body = await request.arrayBuffer();
  return globalThis.fetch(url, { method, headers, body, redirect, signal });
}

function needsToken(operation: OperationId): boolean {
  return !("auth" in operations[operation]);
}

/** The value of a function, or what it threw. */
function attempt<T>(run: () => T): { value?: T; error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
