import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import type { ClockMode } from "../shared/time/clock.ts";
import type { Fleet } from "../simulation/world/fleet.ts";

/** How a sandbox is set up. */
export interface SandboxOptions {
  /** Decides on every ID, VIN, token and battery level: the same seed gives the same ones. Random by default. */
  readonly seed?: number | undefined;
  /** How the simulated time passes; `real` by default. */
  readonly clock?: ClockMode | undefined;
  /** Users and devices to begin with; none by default. */
  readonly fleet?: Fleet | undefined;
  /** How long an access token serves, in simulated seconds; 3599 by default. */
  readonly tokenLifetime?: number | undefined;
  /** How long a device takes for a command, in simulated milliseconds; 2000 by default. */
  readonly actionDelay?: number | undefined;
  /** When an action on a device out of reach fails with NO_RESPONSE, in simulated milliseconds; 10000 by default. */
  readonly actionTimeout?: number | undefined;
  /** How many devices may be linked, as Enode limits it for a client; `Infinity` by default. */
  readonly connectionLimit?: number | undefined;
  /**
   * How webhook deliveries are sent; the global `fetch` by default. Hand in a function of your program to take them in
   * this process, with no network. An answer has to come within 5 seconds of the wall clock; redirects are not followed.
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
   * For how long failed deliveries are tried again before a webhook is made inactive and what waits is dropped, in
   * simulated milliseconds. 300000 by default, as Enode's own sandbox does; in production it is a day. The tries are 5,
   * 15, 45 … seconds apart, an hour at most.
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
  tokenLifetime: true,
  actionDelay: true,
  actionTimeout: true,
  connectionLimit: true,
  deliver: true,
  webhookRetryWindow: true,
  heartbeatInterval: true,
};

/** What people write for an option of another name, or of another function. */
const HINTS: Readonly<Record<string, string>> = {
  port: "startSandbox({ port })",
  speed: "clock: { speed }",
  users: "fleet: { users }",
  vehicles: "fleet: { users, vehiclesPerUser }",
  webhook: "deliver, or enode.webhooks.ensure()",
  fetch: "deliver",
};

/** @param more Names of options that the caller has used itself. */
export function refuseUnknownOptions(options: object, more: object = {}): void {
  refuseUnknownNames("The sandbox", options, { ...KNOWN, ...more }, HINTS);
}

/** The value of an option in milliseconds, or the usual one. */
export function duration(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`The sandbox option "${name}" must be a number of milliseconds, 0 or more`);
}

/** The value of an option in milliseconds that says how often something is, or the usual one. */
export function interval(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (typeof value === "number" && value >= 1) return value;
  throw new RangeError(`The sandbox option "${name}" must be a number of milliseconds, 1 or more`);
}

/** The value of an option that counts something, or the usual one. */
export function count(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 0)) return value;
  throw new RangeError(`The sandbox option "${name}" must be a whole number, 0 or more`);
}
