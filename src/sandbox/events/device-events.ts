import { kindsByEventName } from "../../../generated/kinds.ts";
import type { WebhookEvent } from "../../../generated/types.ts";
import { changes, isDate } from "../shared/json-diff.ts";
import type { ActionRecord } from "../simulation/actions.ts";
import type { Account } from "../simulation/devices/account.ts";
import type { Device } from "../simulation/devices/device.ts";
import { eventEnvelope } from "./envelope.ts";

/** Where events go. */
export type Publish = (event: WebhookEvent, at: number) => void;

/** What may be odd about an event that is raised. */
export type Oddity = "stale" | "repeated" | "null-parts" | "missing-parts";

/** How long after an update a near-duplicate of it comes, in simulated milliseconds. */
const REPEATED_AFTER = 1_500;

/** What a kind is called in the names of its events. */
const NAMES_IN_EVENTS: ReadonlyMap<string, string> = new Map(
  Object.entries(kindsByEventName).map(([name, kind]) => [kind, name]),
);

/** Raises the events of users' devices and actions. Remembers the last state that was sent of each changed device. */
export class DeviceEvents {
  readonly #publish: Publish;
  readonly #sent = new Map<string, Device["wire"]>();
  #lastKnown = 0;
  readonly #strikes: (oddity: Oddity, device: Device) => boolean;

  /** @param strikes Whether the next event of a device is odd in this way; a fault that makes it so is used up. */
  constructor(publish: Publish, strikes: (oddity: Oddity, device: Device) => boolean) {
    this.#publish = publish;
    this.#strikes = strikes;
  }

  /** Treats all devices up to a number as known: most devices of a large fleet never change, so none is copied. */
  begin(lastNumber: number): void {
    this.#lastKnown = lastNumber;
  }

  /** Remembers the state of a device that is about to change for the first time. */
  touched(device: Device): void {
    if (device.number <= this.#lastKnown && !this.#sent.has(device.wire.id)) this.remember(device);
  }

  /** Treats the present state of a device as known. */
  remember(device: Device): void {
    this.#sent.set(device.wire.id, structuredClone(device.wire));
  }

  forget(device: Device): void {
    this.#sent.delete(device.wire.id);
  }

  clear(): void {
    this.#sent.clear();
  }

  /** Raises an event for what has changed of a device, if anything. A newer date of a reading alone is no change. */
  updated(device: Device, at: number): void {
    const sent = this.#sent.get(device.wire.id);
    if (sent === undefined && device.number <= this.#lastKnown) return;
    const known = sent ?? this.#discover(device, at);
    const updatedFields = changes(known, device.wire);
    if (updatedFields.every(isDate)) return;
    this.#aboutDevice(device, "updated", at, { updatedFields });
    if (sent !== undefined && isOlder(sent, device.wire) && this.#strikes("stale", device)) {
      const stale = { [device.kind]: sent, updatedFields: changes(device.wire, sent) };
      // It was made later, and is delivered together with the other.
      this.#aboutDevice(device, "updated", at, { ...eventEnvelope(at + 1), ...stale });
    }
    if (this.#strikes("repeated", device)) {
      this.#aboutDevice(device, "updated", at + REPEATED_AFTER, { updatedFields });
    }
    this.remember(device);
  }

  /** Raises the event of a deleted device. */
  deleted(device: Device, at: number): void {
    this.#aboutDevice(device, "deleted", at);
    this.forget(device);
  }

  /**
   * Raises the event of an ended action. Whether Enode sends an event for a new, pending action is not documented; this
   * sandbox does not, as the program that created the action knows of it.
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

  /** Raises the event of credentials that no longer work. */
  invalidated({ userId, vendor }: Account, at: number): void {
    const user = { id: userId };
    this.#publish(
      { event: "user:credentials:invalidated", ...eventEnvelope(at), user, vendor },
      at,
    );
  }

  /** Raises the event of a discovered device; returns the state that it contains. */
  #discover(device: Device, at: number): object {
    const shown = device.kind === "charger" ? device.wire : this.#firstSight(device);
    this.#aboutDevice(device, "discovered", at, { [device.kind]: structuredClone(shown) });
    if (device.kind === "charger") this.remember(device);
    return shown;
  }

  #firstSight(device: Device): object {
    const { wire } = device;
    if (this.#strikes("null-parts", device)) return firstSight(wire, IDENTITY, () => null);
    if (this.#strikes("missing-parts", device)) return firstSight(wire, IDENTITY, () => undefined);
    return firstSight(wire, KNOWN_AT_FIRST, unread);
  }

  #aboutDevice(
    { kind, wire }: Device,
    what: "discovered" | "updated" | "deleted",
    at: number,
    more: object = {},
  ): void {
    const event = {
      event: `user:${NAMES_IN_EVENTS.get(kind)}:${what}`,
      ...eventEnvelope(at),
      user: { id: wire.userId },
      [kind]: structuredClone(wire),
      ...more,
    };
    // Kind and wire of a device belong together, which its type does not express.
    this.#publish(event as unknown as WebhookEvent, at);
  }
}

/** What tells who a device is. */
const IDENTITY: ReadonlySet<string> = new Set(["id", "userId", "vendor", "information"]);

/** What is known of a device at its discovery. */
const KNOWN_AT_FIRST: ReadonlySet<string> = new Set([
  ...IDENTITY,
  "lastSeen",
  "isReachable",
  "capabilities",
  "scopes",
]);

/** The values of members that cannot be null. */
const WITHOUT_NULL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["powerDeliveryState", "UNKNOWN"],
  ["mode", "UNKNOWN"],
  ["isActive", false],
  ["isEnabled", false],
  ["minimumChargeLimit", 0],
  ["unit", "kWh"],
]);

/**
 * The state of a device at its discovery. By Enode's schema it has all parts that a device has, and by its text only the
 * information is filled: so every part is there, and each reading in it is null where a device may have null. Faults show
 * less of it.
 */
function firstSight(
  wire: object,
  known: ReadonlySet<string>,
  rest: (name: string, value: unknown) => unknown,
): object {
  const members = Object.entries(wire).map(([name, value]): [string, unknown] => [
    name,
    known.has(name) ? value : rest(name, value),
  ]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** Whether the readings of one state are older than those of another. */
function isOlder(one: Device["wire"], other: Device["wire"]): boolean {
  if (!("lastSeen" in one) || !("lastSeen" in other)) return false;
  return Date.parse(one.lastSeen) < Date.parse(other.lastSeen);
}

function unread(name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return WITHOUT_NULL.get(name) ?? null;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [
      member,
      // When something was seen is known, even if what was seen is not.
      member === "lastSeen" ? inner : unread(member, inner),
    ]),
  );
}
