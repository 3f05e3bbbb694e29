import type { Scope } from "../../../../generated/types.ts";
import type { SavedLocation } from "../../api/locations/location-repository.ts";
import type { SavedSchedule } from "../../api/schedules/schedule-service.ts";
import type { SavedTariffs } from "../../api/tariffs/tariff-repository.ts";
import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import type { DeviceSnapshot } from "../../simulation/devices/device.ts";
import type { Flows } from "../../simulation/devices/home.ts";
import type { Kind } from "../../simulation/devices/registry.ts";
import type { Wire } from "../../simulation/devices/wire.ts";
import type { WebhookRecord } from "../../webhooks/webhook-registry.ts";

/** What the file of a state says of itself. */
export const STATE_FORMAT = "enode-sandbox-state";
/** Increases when an older sandbox could not read a state any more. */
export const STATE_VERSION = 1;

/** A vendor account of a user. */
export interface SavedAccount {
  readonly vendor: string;
  readonly kinds: readonly DeviceKind[];
  readonly scopes: readonly Scope[];
  readonly isValid: boolean;
}

/** A user with its vendor accounts. */
export interface SavedUser {
  readonly id: string;
  readonly number: number;
  readonly createdAt: string;
  readonly accounts: readonly SavedAccount[];
}

/** A device or HEM system. */
export interface SavedDevice extends DeviceSnapshot<Wire> {
  readonly kind: Kind;
  readonly number: number;
  readonly userId: string;
  readonly vendor: string;
  /** Of a HEM system: energy of the day so far. */
  readonly today?: Readonly<Flows> | undefined;
}

/** What a sandbox goes on with that begins where another has ended. Lists are in the order of creation. */
export interface SandboxState extends SavedTariffs {
  readonly seed: number;
  /** How many sandboxes have gone on with it: each draws other IDs. */
  readonly run: number;
  /** The simulated time, as a timestamp in milliseconds. */
  readonly time: number;
  readonly users: readonly SavedUser[];
  readonly locations: readonly SavedLocation[];
  readonly devices: readonly SavedDevice[];
  readonly schedules: readonly SavedSchedule[];
  readonly webhooks: readonly WebhookRecord[];
}

/** A state that cannot be read; its message completes "The state file … ". */
export class StateError extends Error {}
