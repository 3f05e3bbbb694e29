import type { Capability, DeviceLocation, WebhookEvent } from "../../../../generated/types.ts";
import type { Position } from "../../shared/geo.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import type { Numbered } from "../../shared/ordered-list.ts";
import { type ActionRecord, type Command, finish } from "../actions.ts";
import type { Account } from "./account.ts";
import { capability, isCapability } from "./capability.ts";
import type { DeviceKind } from "./catalogue.ts";
import { ChargeLog, type ChargeSpan } from "./charge-log.ts";
import type { DeviceSettings } from "./device-settings.ts";
import type { Wire } from "./wire.ts";

// While a vehicle or charger is active Enode fetches its data about this often.
const DATA_REFRESH = 2 * 60_000;
// Of these there are statistics about when they charge.
const CHARGED: ReadonlySet<string> = new Set(["vehicle", "charger"]);

/** What devices of one home do together. */
export interface Household {
  /** Brings all devices of the home up to date at once: what one uses, another one supplies. */
  advanceTo(now: number): void;
  /** Works out anew what batteries and the grid make up for, after one of the devices has changed. */
  rebalance(): void;
}

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

/** A device that stores energy, and so makes up for what the rest of its home uses and supplies. */
export interface EnergyStorage {
  /** The energy in it and the most that fits, in kWh. */
  readonly content: { readonly energy: number; readonly capacity: number };
  /** Decides on its power, given what the home has left over, in kW; below zero when it lacks power. */
  balance(surplus: number): void;
}

/** Whether a device stores energy. */
export function isEnergyStorage(device: Device): device is Device & EnergyStorage {
  return device.kind === "battery";
}

/** What a device is made of. */
export interface DeviceParts<W> {
  readonly number: number;
  readonly wire: W;
  readonly account: Account;
  readonly actionDelay: number;
  readonly world: DeviceEnvironment;
  /** The moment from which it is simulated, as a time stamp in milliseconds. */
  readonly now: number;
}

/**
 * A simulated device. Nothing happens to it between two looks: `advanceTo(now)` works out what the time since the last
 * look has done. While it cannot be reached its readings stay as they are, and catch up later.
 */
export abstract class Device<W extends Wire = Wire, Order extends Command = Command>
  implements Numbered
{
  abstract readonly kind: DeviceKind | "hemSystem";
  readonly number: number;
  /** What the API answers; changed in place. */
  readonly wire: W;
  readonly account: Account;
  actionDelay: number;
  pending: ActionRecord | null = null;
  /** Grows with whatever may have changed something about it. */
  version = 0;
  /** The home whose energy it is a part of, if that is simulated. */
  household: Household | null = null;
  #settledAt: number;
  #isReachable = true;
  #reachableSince: number;
  #isResponsive = true;
  /** When what is not yet shown happened; null when all is shown. */
  #unshown: number | null = null;
  /** Made at the first charge: most devices of a large fleet never charge. */
  #charges: ChargeLog | undefined;
  readonly #world: DeviceEnvironment;

  constructor(parts: DeviceParts<W>) {
    this.number = parts.number;
    this.wire = parts.wire;
    this.account = parts.account;
    this.actionDelay = parts.actionDelay;
    this.#world = parts.world;
    this.#settledAt = parts.now;
    this.#reachableSince = parts.now;
  }

  /** Power that it takes from the home now, in kW; below zero when it supplies. */
  abstract power(): number;
  /** Why the command cannot work at all, or null. */
  abstract rejectionReason(command: Order): string | null;
  /** Takes over the settings that only this kind has to know about. */
  protected abstract apply(settings: DeviceSettings): void;
  /** Brings the readings on the wire in line with the state. */
  protected abstract show(): void;
  /** Dates the readings on the wire. */
  protected abstract date(text: string): void;
  /** Milliseconds until its power changes by itself; Infinity when it does not. */
  protected abstract untilChange(): number;
  /** Lets time pass; returns the moment of the last news, or null for none. */
  protected abstract elapse(from: number, to: number): number | null;
  /** Whether the device is in a fit state for the command now. */
  protected abstract canCarryOut(command: Order): boolean;
  /** Carries a command out. */
  protected abstract carryOut(command: Order): void;

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Up to which moment its state is worked out. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** Changes the device from outside. */
  change(settings: DeviceSettings, now: number): void {
    this.advanceTo(now);
    this.actionDelay = settings.actionDelay ?? this.actionDelay;
    this.beforeChange();
    const wire: Wire = this.wire;
    if ("capabilities" in wire) {
      Object.assign(wire.capabilities, withoutUndefined(settings.capabilities ?? {}));
    }
    if (settings.isReachable !== undefined) {
      this.#isResponsive = settings.isReachable;
      this.showReachability(now);
    }
    this.apply(settings);
    this.show();
    this.stamp(now);
    this.household?.rebalance();
  }

  /** Brings the device up to date, its pending action included. */
  advanceTo(now: number): void {
    if (this.household === null) this.advanceAloneTo(now);
    else this.household.advanceTo(now);
  }

  /** Brings the device up to date without the rest of its home. */
  advanceAloneTo(now: number): void {
    const { pending } = this;
    if (pending !== null) this.#conclude(pending, now);
    this.#run(now);
  }

  /**
   * The next moment, as a time stamp in milliseconds, at which something happens to it by itself: its action ends, its
   * battery is full, or it is time to fetch data anew while it is active. Infinity when nothing does.
   */
  nextEventAt(): number {
    const concludesAt = Math.ceil(this.#concludesAt());
    const untilChange = this.#isReachable ? this.untilChange() : Number.POSITIVE_INFINITY;
    if (untilChange === Number.POSITIVE_INFINITY) return concludesAt;
    const refresh = CHARGED.has(this.kind) ? DATA_REFRESH : Number.POSITIVE_INFINITY;
    const untilNews = Math.max(1, Math.ceil(Math.min(untilChange, refresh)));
    return Math.min(concludesAt, this.#settledAt + untilNews);
  }

  /** The next moment at which its power may change by itself, reachable or not. */
  nextPowerChangeAt(): number {
    const untilChange = Math.max(1, Math.ceil(this.untilChange()));
    return Math.min(Math.ceil(this.#concludesAt()), this.#settledAt + untilChange);
  }

  /** When it has charged so far. */
  get charges(): readonly ChargeSpan[] {
    return this.#charges?.spans ?? [];
  }

  /** Shows what it takes or supplies after the rest of the home has changed. */
  showBalance(): void {
    // Most devices do not mind the others.
  }

  /** Takes up an action. */
  begin(action: ActionRecord): void {
    this.pending = action;
    this.afterChange();
  }

  /** Works out anew what the scopes of the account show. */
  updateScopes(): void {
    this.beforeChange();
    this.showScopes();
    this.afterChange();
  }

  /** What Enode can do with it. */
  capabilities(): Capability[] {
    const wire: Wire = this.wire;
    const all: unknown[] = "capabilities" in wire ? Object.values(wire.capabilities) : [];
    return all.filter(isCapability);
  }

  /** Gives back the capabilities that an intervention stood in the way of. */
  clearInterventions(): void {
    this.beforeChange();
    const wire: Wire = this.wire;
    for (const [name, value] of Object.entries("capabilities" in wire ? wire.capabilities : {})) {
      if (!isCapability(value) || value.interventionIds.length === 0) continue;
      if ("capabilities" in wire) Object.assign(wire.capabilities, { [name]: capability(true) });
    }
    this.afterChange();
  }

  /** Cancels the pending action, if there is one. */
  cancelPending(now: number, reason: "CONFLICT" | "REQUESTED_CANCELLATION" | "NOT_FOUND"): void {
    if (this.pending === null) return;
    finish(this.pending, now, reason);
    this.#endPending(this.pending);
  }

  /** Works out anew whether live data gets through; call it after `advanceTo(now)`. */
  showReachability(now: number): void {
    const isReachable = this.#isResponsive && this.account.isValid;
    const isBack = isReachable && !this.#isReachable;
    this.#isReachable = isReachable;
    if (isBack) this.#reachableSince = now;
    this.beforeChange();
    const wire: Wire = this.wire;
    if ("isReachable" in wire) {
      wire.isReachable = isReachable;
      if (isBack) wire.lastSeen = new Date(now).toISOString();
    }
    this.afterChange();
    this.#showNews();
  }

  /** Fetches readings anew, as after a refresh hint. */
  refresh(now: number): void {
    this.advanceTo(now);
    if (this.#isReachable) this.stamp(now);
  }

  /** Brings the wire in line with the scopes of the account. */
  protected showScopes(): void {
    const wire: Wire = this.wire;
    if (!("scopes" in wire)) return;
    wire.scopes = this.account.scopes.filter((scope) => scope.startsWith(`${this.kind}:`));
  }

  /** Dates the readings. */
  protected stamp(at: number): void {
    this.beforeChange();
    const text = new Date(at).toISOString();
    const wire: Wire = this.wire;
    if ("lastSeen" in wire) wire.lastSeen = text;
    this.date(text);
    this.afterChange();
  }

  /** To be called before what the wire says changes: whoever watches remembers what was known. */
  protected beforeChange(): void {
    this.#world.observer?.touched(this);
  }

  /** Tells whoever watches that something may have changed. */
  protected afterChange(): void {
    this.version += 1;
    this.#world.observer?.changed(this);
  }

  /** The ID of the user's location at a position, or null. */
  protected placeAt(position: Position): string | null {
    return this.#world.placeAt(this.wire.userId, position);
  }

  /** Where a device at this position is, as far as the user lets it be known. */
  protected locate({ latitude, longitude }: Position): DeviceLocation {
    if (!this.account.scopes.some((scope) => scope === `${this.kind}:read:location`)) {
      return { id: null, longitude: null, latitude: null, lastUpdated: null };
    }
    const wire: Wire = this.wire;
    const lastUpdated = "lastSeen" in wire ? wire.lastSeen : null;
    return { id: this.placeAt({ latitude, longitude }), longitude, latitude, lastUpdated };
  }

  #endPending(action: ActionRecord): void {
    this.pending = null;
    this.#world.observer?.ended(action);
    this.afterChange();
  }

  /** When the pending action ends if nothing changes before; Infinity when there is none. */
  #concludesAt(): number {
    const { pending } = this;
    if (pending === null) return Number.POSITIVE_INFINITY;
    const { fate } = pending;
    if (fate !== undefined) {
      return fate.after === undefined ? pending.dueAt : pending.madeAt + fate.after;
    }
    if (this.#isReachable) return Math.max(pending.dueAt, this.#reachableSince);
    return pending.deadline;
  }

  #conclude(pending: ActionRecord, now: number): void {
    const at = this.#concludesAt();
    if (at > now) return;
    const { fate } = pending;
    if (fate !== undefined) {
      this.#run(at);
      finish(pending, at, fate.type, fate.state);
    } else if (this.#isReachable) {
      this.#run(at);
      // Handlers make commands for a device of the kinds that it knows.
      const command = pending.command as Order;
      const isFit = this.canCarryOut(command);
      if (isFit) {
        this.beforeChange();
        this.carryOut(command);
        this.show();
        this.stamp(at);
      }
      finish(pending, at, isFit ? null : "FAILED_PRECONDITION");
    } else {
      finish(pending, at, "NO_RESPONSE");
    }
    this.#endPending(pending);
  }

  #run(now: number): void {
    if (now <= this.#settledAt) return;
    const from = this.#settledAt;
    this.#settledAt = now;
    const power = this.power();
    const newsAt = this.elapse(from, now);
    this.#unshown = newsAt ?? this.#unshown;
    if (power > 0 && CHARGED.has(this.kind)) this.#noteCharge(from, newsAt ?? now, power);
    this.#showNews();
  }

  #noteCharge(from: number, to: number, power: number): void {
    const wire: Wire = this.wire;
    const locationId = "location" in wire ? wire.location.id : null;
    this.#charges ??= new ChargeLog();
    this.#charges.add({ from, to, power, locationId });
  }

  #showNews(): void {
    if (!this.#isReachable || this.#unshown === null) return;
    const at = this.#unshown;
    this.#unshown = null;
    this.beforeChange();
    this.show();
    this.stamp(at);
  }
}
