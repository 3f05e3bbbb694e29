import type { WebhookEvent } from "../../../generated/types.ts";
import { changes, isDate } from "../shared/json-diff.ts";
import type { ActionRecord } from "../simulation/actions.ts";
import type { Account } from "../simulation/devices/account.ts";
import type { Device } from "../simulation/devices/device.ts";
import { eventEnvelope } from "./envelope.ts";

/** Where events go. */
export type Publish = (event: WebhookEvent, at: number) => void;

/** Makes the events about users' devices and actions. Remembers what was last sent of each device that has changed. */
export class DeviceEvents {
  readonly #publish: Publish;
  readonly #sent = new Map<string, Device["wire"]>();
  #lastKnown = 0;

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  /** Takes all devices up to a number as known: of a large fleet most never change, so they are not copied. */
  begin(lastNumber: number): void {
    this.#lastKnown = lastNumber;
  }

  /** Remembers what was known of a device that is about to change for the first time. */
  touched(device: Device): void {
    if (device.number <= this.#lastKnown && !this.#sent.has(device.wire.id)) this.remember(device);
  }

  /** Takes the present state of a device as known. */
  remember(device: Device): void {
    this.#sent.set(device.wire.id, structuredClone(device.wire));
  }

  forget(device: Device): void {
    this.#sent.delete(device.wire.id);
  }

  clear(): void {
    this.#sent.clear();
  }

  /** Tells what is new about a device, if anything is. Readings that only got a newer date are no news. */
  tell(device: Device, at: number): void {
    const sent = this.#sent.get(device.wire.id);
    if (sent === undefined && device.number <= this.#lastKnown) return;
    const known = sent ?? this.#discover(device, at);
    const updatedFields = changes(known, device.wire);
    if (updatedFields.every(isDate)) return;
    this.#aboutDevice(device, "updated", at, { updatedFields });
    this.remember(device);
  }

  /** Tells that a device is gone. */
  deleted(device: Device, at: number): void {
    this.#aboutDevice(device, "deleted", at);
    this.forget(device);
  }

  /**
   * Tells how an action ended. That one was made is not news to the program that made it: whether Enode sends an event
   * for a new, pending action is not documented, and this sandbox does not.
   */
  ended({ wire }: ActionRecord, at: number): void {
    const begun = { state: "PENDING", updatedAt: wire.createdAt };
    const pending = { ...wire, ...begun, completedAt: null, failureReason: null };
    this.#publish(
      {
        event: "user:vendor-action:updated",
        ...eventEnvelope(at),
        user: { id: wire.userId },
        vendorAction: structuredClone(wire),
        updatedFields: changes(pending, wire),
      },
      at,
    );
  }

  /** Tells that the credentials of an account no longer work. */
  invalidated({ userId, vendor }: Account, at: number): void {
    const user = { id: userId };
    this.#publish(
      { event: "user:credentials:invalidated", ...eventEnvelope(at), user, vendor },
      at,
    );
  }

  /** Tells of a device for the first time; returns what was told of it. */
  #discover(device: Device, at: number): object {
    const told = device.kind === "charger" ? device.wire : firstSight(device.wire);
    this.#aboutDevice(device, "discovered", at, { [device.kind]: structuredClone(told) });
    if (device.kind === "charger") this.remember(device);
    return told;
  }

  #aboutDevice(
    { kind, wire }: Device,
    what: "discovered" | "updated" | "deleted",
    at: number,
    more: object = {},
  ): void {
    const event = {
      event: `user:${kind === "hemSystem" ? "hem-system" : kind}:${what}`,
      ...eventEnvelope(at),
      user: { id: wire.userId },
      [kind]: structuredClone(wire),
      ...more,
    };
    // Kind and wire of a device belong together, which the type of a device does not say.
    this.#publish(event as unknown as WebhookEvent, at);
  }
}

const FIRST_SEEN = new Set(["id", "userId", "vendor", "information"]);

/**
 * What is known of a device when it is discovered. Of the rest Enode does not say whether it is left out, null or made
 * of nulls; null is what breaks most programs that are not ready for it.
 */
function firstSight(wire: object): object {
  return Object.fromEntries(
    Object.entries(wire).map(([name, value]) => [name, FIRST_SEEN.has(name) ? value : null]),
  );
}
