import { operations } from "../../generated/operations.ts";
import type { Charger, Vehicle } from "../../generated/types.ts";
import { type Call, readJson } from "./call.ts";
import { type ClockMode, createClock, type SandboxClock } from "./clock.ts";
import { createDevices, type SandboxDevices } from "./devices.ts";
import {
  connectionReset,
  type Fault,
  FaultLine,
  faultyResponse,
  pause,
  type SandboxFaults,
} from "./faults.ts";
import { type Fleet, seedFleet } from "./fleet.ts";
import { handlers } from "./handlers.ts";
import { type LinkCompletion, LinkDesk } from "./link.ts";
import { notSimulated } from "./problems.ts";
import { Random, seedFrom } from "./random.ts";
import { refusalToResponse } from "./replies.ts";
import { type Route, route } from "./router.ts";
import {
  DEFAULT_TOKEN_LIFETIME,
  type SandboxCredentials,
  type SandboxTokens,
  TOKEN_PATH,
  TokenDesk,
} from "./tokens.ts";
import { World } from "./world.ts";

/** How a sandbox is set up. */
export interface SandboxOptions {
  /** Decides on every ID, VIN, token and battery level: the same seed gives the same ones. Random by default. */
  readonly seed?: number;
  /** How the simulated time passes; `real` by default. */
  readonly clock?: ClockMode;
  /** Users and devices to begin with; none by default. */
  readonly fleet?: Fleet;
  /** How long an access token serves, in simulated seconds; 3599 by default. */
  readonly tokenLifetime?: number;
  /** How long a device takes for a command, in simulated milliseconds; 2000 by default. */
  readonly actionDelay?: number;
  /** When an action on a device out of reach fails with NO_RESPONSE, in simulated milliseconds; 10000 by default. */
  readonly actionTimeout?: number;
}

/** The Enode API on your own machine. */
export interface Sandbox {
  /**
   * Answers a request as the API would: the token endpoint under `/oauth2/token`, the API under every other path,
   * whatever the host. Give it to a client as its `fetch`.
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
  ) => Promise<(Vehicle | Charger)[]>;
}

/** Nobody answers there: the end user of a sandbox in the same process is played by `completeLink()`. */
const NO_LINK_URL = "https://link.sandbox.invalid";

/**
 * Makes a simulated Enode API in this process. It opens no connection, writes no file and owns no timer: what has
 * happened is worked out from the simulated time when somebody looks.
 *
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
  return buildSandbox(options, NO_LINK_URL);
}

/** @param linkUrl Address of the Link UI, with no slash at its end. */
export function buildSandbox(options: SandboxOptions, linkUrl: string): Sandbox {
  const seed = seedFrom(options.seed);
  const clock = createClock(options.clock ?? "real");
  const world = new World(seed, clock, {
    delay: duration("actionDelay", options.actionDelay, 2000),
    timeout: duration("actionTimeout", options.actionTimeout, 10_000),
  });
  const lifetime = options.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME;
  const tokens = new TokenDesk(new Random(seed, "tokens"), clock, lifetime);
  const links = new LinkDesk(world, new Random(seed, "links"), linkUrl);
  const faults = new FaultLine();
  world.fateOfAction = (deviceId) => faults.takeForAction(deviceId);
  if (options.fleet !== undefined) seedFleet(world, options.fleet);

  async function serve({ operation, parameters }: Route, request: Request, query: URLSearchParams) {
    if (!("auth" in operations[operation])) tokens.authorize(request);
    const handler = handlers[operation];
    if (handler === undefined) throw notSimulated(operation);
    const call: Call = {
      world,
      links,
      now: world.now(),
      query,
      parameter(name) {
        const value = parameters.get(name);
        if (value === undefined) throw new Error(`${operation} has no parameter ${name}`);
        return value;
      },
      body: () => readJson(request),
    };
    return handler(call);
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const isToken = pathname === TOKEN_PATH;
    const found = isToken ? undefined : attempt(() => route(request.method, pathname));
    const operation = isToken ? "token" : found?.value?.operation;
    const fault = faults.take({ operation, path: pathname, method: request.method });
    const usual = async () => {
      try {
        if (isToken) return await tokens.exchange(request);
        if (found?.value === undefined) throw found?.error;
        return await serve(found.value, request, searchParams);
      } catch (error) {
        return refusalToResponse(error);
      }
    };
    return fault === undefined ? usual() : goWrong(fault, request, usual);
  }

  return {
    async fetch(input, init) {
      const request =
        input instanceof Request && init === undefined ? input : new Request(input, init);
      request.signal.throwIfAborted();
      return answer(request);
    },
    credentials: tokens.credentials,
    clock,
    tokens,
    devices: createDevices(world),
    faults,
    async completeLink(linkToken, completion) {
      return links.complete(linkToken, completion);
    },
  };
}

async function goWrong(
  fault: Fault,
  request: Request,
  usual: () => Promise<Response>,
): Promise<Response> {
  const carriedOut = fault.strikes === "after" ? await usual() : undefined;
  if (fault.delay !== undefined) await pause(fault.delay, request.signal);
  if (fault.reset === true) throw connectionReset();
  return faultyResponse(fault) ?? carriedOut ?? usual();
}

/** The value of a function, or what it threw. */
function attempt<T>(run: () => T): { value?: T; error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

function duration(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`The sandbox option "${name}" must be a number of milliseconds, 0 or more`);
}
