import type { Vendor } from "../../../generated/types.ts";
import type { LinkCompletion } from "../api/link/link-sessions.ts";
import type { SandboxCredentials, SandboxTokens } from "../api/oauth/token-endpoint.ts";
import type { SandboxEvents } from "../events/event-log.ts";
import type { SandboxFaults } from "../faults/fault-injector.ts";
import type { SandboxLog } from "../shared/log.ts";
import type { SandboxClock } from "../shared/time/clock.ts";
import type { SandboxDevice } from "../simulation/devices/wire.ts";
import type { SandboxScenarios } from "../simulation/scenarios/scenario-runner.ts";
import type { SandboxDevices } from "../simulation/world/device-control.ts";
import type { DeliveryEntry } from "../webhooks/delivery-log.ts";
import type { RequestEntry } from "./request-log.ts";

/** The Enode API on your own machine. */
export interface Sandbox {
  /**
   * Answers a request as the API would: the token endpoint under `/oauth2/token`, the API under every other path,
   * whatever the host. Give it to a client as its `fetch`. The `date` header of an answer is the simulated time.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** What the token endpoint accepts. */
  readonly credentials: SandboxCredentials;
  /** The simulated time. */
  readonly clock: SandboxClock;
  /** The access tokens issued so far. */
  readonly tokens: SandboxTokens;
  /** The devices, and what their owners do with them. */
  readonly devices: SandboxDevices;
  /** Makes requests, deliveries and actions fail. */
  readonly faults: SandboxFaults;
  /** What real devices and vendors do to data. */
  readonly scenarios: SandboxScenarios;
  /**
   * Plays the end user who connects a vendor account in Link UI.
   *
   * @param linkToken `linkToken` of a link session or a relink session; good for one use within 24 hours.
   * @returns The devices that were linked, oldest first.
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
   * Resolves when everything that is due now, in simulated time, has happened and the attempts to deliver it have
   * ended. Deliveries begin by themselves; this waits for them. With a manual clock a failed delivery is tried again
   * only when the clock was advanced to the time of the next attempt; a long advance makes all attempts of that time in
   * order. Never rejects. Do not await it in a handler of deliveries.
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
