import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import type { ClockMode } from "../shared/time/clock.ts";
import type { Scenario, ScenarioName } from "../simulation/scenarios/scenario.ts";
import type { Fleet } from "../simulation/world/fleet.ts";

/** Options of a sandbox. */
export interface SandboxOptions {
  /** Determines every ID, VIN, token and battery level: the same seed gives the same ones. Random by default. */
  readonly seed?: number | undefined;
  /** How the simulated time passes; `real` by default. */
  readonly clock?: ClockMode | undefined;
  /** Users and devices to begin with; none by default. */
  readonly fleet?: Fleet | undefined;
  /** Scenarios that run from the beginning, by name or with a scope, see `sandbox.scenarios`; none by default. */
  readonly scenarios?: readonly (ScenarioName | Scenario)[] | undefined;
  /**
   * How long an access token is valid, in seconds of the wall clock, by which clients reckon too; 3599 by default. With a
   * manual clock they are simulated seconds.
   */
  readonly tokenLifetime?: number | undefined;
  /** How long a device takes for a command, in simulated milliseconds; 2000 by default. */
  readonly actionDelay?: number | undefined;
  /** When an action on a device out of reach fails with NO_RESPONSE, in simulated milliseconds; 10000 by default. */
  readonly actionTimeout?: number | undefined;
  /** How many devices may be linked, as Enode limits it for a client; `Infinity` by default. */
  readonly connectionLimit?: number | undefined;
  /**
   * How webhook deliveries are sent; the global `fetch` by default. Give a function of your program to receive them in
   * this process, without a network. It has 5 seconds of the wall clock to answer; redirects are not followed.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({
   *   deliver: async (request) => {
   *     console.log(request.headers.get("x-enode-delivery"), await request.json());
   *     return new Response(null, { status: 204 });
   *   },
   * });
   * ```
   */
  readonly deliver?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * How long failed deliveries are tried again before the webhook becomes inactive and waiting events are dropped, in
   * simulated milliseconds; with a clock that runs, not before as many milliseconds of the wall clock. 300000 by
   * default, as in Enode's own sandbox; in production it is a day. Attempts are 5, 15, 45 … seconds apart, an hour at
   * most.
   */
  readonly webhookRetryWindow?: number | undefined;
  /**
   * How often each webhook gets a `system:heartbeat`, in simulated milliseconds; 600000 by default, `Infinity` for never.
   */
  readonly heartbeatInterval?: number | undefined;
}

const KNOWN: KnownNames<SandboxOptions> = {
  seed: true,
  clock: true,
  fleet: true,
  scenarios: true,
  tokenLifetime: true,
  actionDelay: true,
  actionTimeout: true,
  connectionLimit: true,
  deliver: true,
  webhookRetryWindow: true,
  heartbeatInterval: true,
};

/** Common mistakes for options of another name, or of another function. */
const HINTS: Readonly<Record<string, string>> = {
  port: "startSandbox({ port })",
  bodies: "startSandbox({ bodies }); createSandbox() has no page and keeps no body",
  state: "startSandbox({ state }); createSandbox() writes no file",
  speed: "clock: { speed }",
  users: "fleet: { users }",
  vehicles: "fleet: { users, vehiclesPerUser }",
  webhook: "deliver, or enode.webhooks.ensure()",
  fetch: "deliver",
};

/** @param more Names of options that the caller reads itself. */
export function refuseUnknownOptions(options: object, more: object = {}): void {
  refuseUnknownNames("The sandbox", options, { ...KNOWN, ...more }, HINTS);
}

/** The value of an option in milliseconds, or its default. */
export function duration(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`The sandbox option "${name}" must be a number of milliseconds, 0 or more`);
}

/** The value of an option that is an interval in milliseconds, or its default. */
export function interval(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (typeof value === "number" && value >= 1) return value;
  throw new RangeError(`The sandbox option "${name}" must be a number of milliseconds, 1 or more`);
}

/** The value of an option that is a count, or its default. */
export function count(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 0)) return value;
  throw new RangeError(`The sandbox option "${name}" must be a whole number, 0 or more`);
}
