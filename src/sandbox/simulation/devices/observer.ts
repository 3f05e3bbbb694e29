import type { WebhookEvent } from "../../../../generated/types.ts";
import type { Position } from "../../shared/geo.ts";
import type { ActionRecord } from "../actions.ts";
import type { Account, Device } from "./device.ts";

/** Hears of what happens to devices. There is one while there are webhooks. */
export interface DeviceObserver {
  /** Something about the device is about to change. */
  touched(device: Device): void;
  /** Something about the device may have changed. */
  changed(device: Device): void;
  /** An action was pending and is no longer. */
  ended(action: ActionRecord): void;
  /** The device is gone. */
  removed(device: Device): void;
  /** What happened to these, their end included, is nothing to tell anybody. */
  accept(devices: readonly Device[]): void;
  /** The credentials of an account stop working. */
  invalidated(account: Account): void;
  /** Something else happened that webhooks tell of. */
  raise(event: WebhookEvent, at: number): void;
}

/** A place where somebody may watch, and that has places of users. */
export interface DeviceEnvironment {
  readonly observer: DeviceObserver | undefined;
  /** The ID of the user's location at a position, or null. */
  placeAt(userId: string, position: Position): string | null;
}
