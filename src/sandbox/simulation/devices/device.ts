import type { Capability, DeviceLocation, WebhookEvent } from "../../../../generated/types.ts";
import type { Position } from "../../shared/geo.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import type { Numbered } from "../../shared/ordered-list.ts";
import { type ActionRecord, type Command, finish } from "../actions.ts";
import { type Reading, UNKNOWN } from "../history/reading.ts";
import type { Track } from "../history/track.ts";
import type { Account } from "./account.ts";
import { capability, isCapability } from "./capability.ts";
import type { DeviceKind } from "./catalogue.ts";
import { ChargeLog, type ChargeSpan } from "./charge-log.ts";
import type { DeviceSettings } from "./device-settings.ts";
import type { Wire } from "./wire.ts";

// While a vehicle or charger is active Enode fetches its data about this often.
const DATA_REFRESH = 2 * 60_000;
// The kinds with charging statistics.
const CHARGED: ReadonlySet<string> = new Set(["vehicle", "charger"]);

/** The devices of one home. */
export interface Household {
  /** Advances all devices of the home together: one supplies what another uses. */
  advanceTo(now: number): void;
  /** Computes again the power of batteries and the grid, after a device has changed. */
  rebalance(): void;
}

/** Is notified of changes of devices. There is one while there are webhooks. */
export interface DeviceObserver {
  /** Something about the device is about to change. */
  touched(device: Device): void;
  /** Something about the device may have changed. */
  changed(device: Device): void;
  /** A pending action has ended. */
  ended(action: ActionRecord): void;
  /** The device was removed. */
  removed(device: Device): void;
  /** Changes of these devices, their removal included, raise no events. */
  accept(devices: readonly Device[]): void;
  /** The credentials of an account stop working. */
  invalidated(account: Account): void;
  /** Raises any other event for webhooks. */
  raise(event: WebhookEvent, at: number): void;
}

/** What real devices and vendors do to data, in the scenarios that run. */
export interface DeviceQuirks {
  /** Whether nothing new comes from the device, though it seems to be in reach. */
  isSilent(device: Device): boolean;
  /** Whether the device reports that it is not plugged in once it is charged. */
  losesPlug(device: Device): boolean;
  /** Whether an update of the device comes again, as another event. */
  repeatsUpdate(device: Device): boolean;
}

/** The surroundings of a device: an observer, if any, and the locations of users. */
export interface DeviceEnvironment {
  readonly observer: DeviceObserver | undefined;
  readonly quirks: DeviceQuirks;
  /** The ID of the user's location at a position, or null. */
  placeAt(userId: string, position: Position): string | null;
}

/** A device that stores energy, and so balances the use and supply of its home. */
export interface EnergyStorage {
  /** The energy in it and the most that fits, in kWh. */
  readonly content: { readonly energy: number; readonly capacity: number };
  /** Sets its power, given the surplus of the home in kW, which is negative when power is lacking. */
  balance(surplus: number): void;
}

/** Whether a device stores energy. */
export function isEnergyStorage(device: Device): device is Device & EnergyStorage {
  return device.kind === "battery";
}

/** What another sandbox needs to go on with a device. */
export interface DeviceSnapshot<W> {
  readonly wire: W;
  /** As `change()` takes them: not rounded, and with what the wire does not show. */
  readonly settings: DeviceSettings;
  /** The time of the last change that is not on the wire yet, as a timestamp in milliseconds. */
  readonly unshown: number | null;
}

/** The parts of a device. */
export interface DeviceParts<W> {
  readonly number: number;
  readonly wire: W;
  readonly account: Account;
  readonly actionDelay: number;
  readonly world: DeviceEnvironment;
  /** When its simulation begins, as a timestamp in milliseconds. */
  readonly now: number;
}

/**
 * A simulated device. It does nothing by itself: `advanceTo(now)` computes the changes since the last call. While it is
 * out of reach its readings stay as they are, and catch up later.
 */
export abstract class Device<W extends Wire = Wire, Order extends Command = Command>
  implements Numbered
{
  abstract readonly kind: DeviceKind | "hemSystem";
  readonly number: number;
  /** The device as the API returns it; changed in place. */
  readonly wire: W;
  readonly account: Account;
  actionDelay: number;
  pending: ActionRecord | null = null;
  /** Increases with every possible change of the device. */
  version = 0;
  /** The home that it belongs to, if that is simulated. */
  household: Household | null = null;
  /** Its history, if one is kept. */
  #track: Track | null = null;
  #settledAt: number;
  #isReachable = true;
  #reachableSince: number;
  #isResponsive = true;
  /** The time of the last change that is not on the wire yet; null when there is none. */
  #unshown: number | null = null;
  /** Created at the first charge: most devices of a large fleet never charge. */
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

  /** Power that it takes from the home now, in kW; negative when it supplies. */
  abstract power(): number;
  /** Why the command is impossible, or null. */
  abstract rejectionReason(command: Order): string | null;

  /** Why the command has nothing to do, or null. */
  redundancyReason(_command: Order): string | null {
    return null;
  }

  /** The settings of this kind that it has now. */
  protected abstract settings(): DeviceSettings;
  /** Applies the settings of this kind. */
  protected abstract apply(settings: DeviceSettings): void;
  /** Writes the state to the readings on the wire. */
  protected abstract show(): void;
  /** Dates the readings on the wire. */
  protected abstract date(text: string): void;
  /** What it measures at a time up to which it is simulated, and not before its last change. */
  protected abstract reading(at: number): Reading;
  /** Milliseconds until its power changes by itself; Infinity when it does not. */
  protected abstract untilChange(): number;
  /** Simulates a time; returns when the last change was, or null when there was none. */
  protected abstract elapse(from: number, to: number): number | null;
  /** Whether the device can carry out the command in its present state. */
  protected abstract canCarryOut(command: Order): boolean;
  /** Carries a command out. */
  protected abstract carryOut(command: Order): void;

  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** The time up to which its state is computed. */
  get settledAt(): number {
    return this.#settledAt;
  }

  get track(): Track | null {
    return this.#track;
  }

  /** Begins a history, with its present state, or ends it. */
  follow(track: Track | null): void {
    this.#track = track;
    this.takeSample(this.#settledAt);
  }

  /** Adds its state at a time to its history, if one is kept. */
  takeSample(at: number): void {
    this.#track?.note(at, this.#isReachable ? this.reading(at) : UNKNOWN);
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
    if (this.#world.quirks.isSilent(this)) {
      this.report(now);
    } else {
      this.show();
      this.stamp(now);
    }
    this.takeSample(now);
    this.household?.rebalance();
  }

  /** What another sandbox needs to go on with it. Call it after `advanceTo(now)`. */
  get snapshot(): DeviceSnapshot<W> {
    const { wire, actionDelay } = this;
    const settings = { ...this.settings(), isReachable: this.#isResponsive, actionDelay };
    return { wire, settings, unshown: this.#unshown };
  }

  /** Goes on with the state of another sandbox. Call `restoreWire()` when its home is balanced. */
  restore({ settings, unshown }: DeviceSnapshot<W>): void {
    this.actionDelay = settings.actionDelay ?? this.actionDelay;
    this.#isResponsive = settings.isReachable ?? true;
    this.#isReachable = this.#isResponsive && this.account.isValid;
    this.#unshown = unshown;
    this.apply(settings);
  }

  /** Shows what it showed in another sandbox. */
  restoreWire(wire: W): void {
    Object.assign(this.wire, wire);
  }

  /** Advances the device to a time, its pending action included. */
  advanceTo(now: number): void {
    if (this.household === null) this.advanceAloneTo(now);
    else this.household.advanceTo(now);
  }

  /** Advances the device without the rest of its home. */
  advanceAloneTo(now: number): void {
    const { pending } = this;
    if (pending !== null) this.#conclude(pending, now);
    this.#run(now);
  }

  /**
   * The time of its next event, as a timestamp in milliseconds: its action ends, its battery is full, or Enode fetches
   * the data of an active device. Infinity when there is none.
   */
  nextEventAt(): number {
    const concludesAt = Math.ceil(this.#concludesAt());
    const untilChange = this.#isReachable ? this.untilChange() : Number.POSITIVE_INFINITY;
    if (untilChange === Number.POSITIVE_INFINITY) return concludesAt;
    const refresh = CHARGED.has(this.kind) ? DATA_REFRESH : Number.POSITIVE_INFINITY;
    const untilNews = Math.max(1, Math.ceil(Math.min(untilChange, refresh)));
    return Math.min(concludesAt, this.#settledAt + untilNews);
  }

  /** The next time at which its power may change by itself, in reach or not. */
  nextPowerChangeAt(): number {
    const untilChange = Math.max(1, Math.ceil(this.untilChange()));
    return Math.min(Math.ceil(this.#concludesAt()), this.#settledAt + untilChange);
  }

  /** Its charging so far. */
  get charges(): readonly ChargeSpan[] {
    return this.#charges?.spans ?? [];
  }

  /** Updates its readings after the rest of the home has changed. */
  showBalance(): void {
    // Most devices do not depend on the others.
  }

  /** Begins an action. */
  begin(action: ActionRecord): void {
    this.pending = action;
    this.afterChange();
  }

  /** Takes over the serial number and the like of another device of its kind: both are the same machine. */
  identifyAs({ wire }: Device): void {
    this.beforeChange();
    Object.assign(this.wire.information, structuredClone(wire.information));
    this.afterChange();
  }

  /** Updates the data that depends on the scopes of the account. */
  updateScopes(): void {
    this.beforeChange();
    this.showScopes();
    this.afterChange();
  }

  /** Its capabilities. */
  capabilities(): Capability[] {
    const wire: Wire = this.wire;
    const all: unknown[] = "capabilities" in wire ? Object.values(wire.capabilities) : [];
    return all.filter(isCapability);
  }

  /** Restores the capabilities that needed an intervention. */
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
    this.#endPending(this.pending, now);
  }

  /** Updates whether the device is in reach; call it after `advanceTo(now)`. */
  showReachability(now: number): void {
    const seemsReachable = this.#isResponsive && this.account.isValid;
    const isReachable = seemsReachable && !this.#world.quirks.isSilent(this);
    const isBack = isReachable && !this.#isReachable;
    if (isReachable !== this.#isReachable)
      this.#track?.mark(now, isReachable ? "In reach again" : "Out of reach");
    this.#isReachable = isReachable;
    this.takeSample(now);
    if (isBack) this.#reachableSince = now;
    this.beforeChange();
    const wire: Wire = this.wire;
    if ("isReachable" in wire) {
      wire.isReachable = seemsReachable;
      if (isBack) wire.lastSeen = new Date(now).toISOString();
    }
    this.afterChange();
    this.#showNews();
  }

  /** Fetches the readings again, as after a refresh hint. */
  refresh(now: number): void {
    this.advanceTo(now);
    if (this.#isReachable) this.stamp(now);
  }

  /** Writes the data that depends on the scopes of the account to the wire. */
  protected showScopes(): void {
    const wire: Wire = this.wire;
    if (!("scopes" in wire)) return;
    wire.scopes = this.account.scopes.filter((scope) => scope.startsWith(`${this.kind}:`));
  }

  /** Reports its state, at once or when something comes from it again. */
  protected report(now: number): void {
    this.#unshown = now;
    this.#showNews();
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

  /** Call it before the wire changes: the observer remembers the state before. */
  protected beforeChange(): void {
    this.#world.observer?.touched(this);
  }

  /** Notifies the observer of a possible change. */
  protected afterChange(): void {
    this.version += 1;
    this.#world.observer?.changed(this);
  }

  /** Whether it reports that it is not plugged in once it is charged. */
  protected losesPlug(): boolean {
    return this.#world.quirks.losesPlug(this);
  }

  /** The ID of the user's location at a position, or null. */
  protected placeAt(position: Position): string | null {
    return this.#world.placeAt(this.wire.userId, position);
  }

  /** The location of a device at this position, as far as the scopes of the account allow it. */
  protected locate({ latitude, longitude }: Position): DeviceLocation {
    if (!this.account.scopes.some((scope) => scope === `${this.kind}:read:location`)) {
      return { id: null, longitude: null, latitude: null, lastUpdated: null };
    }
    const wire: Wire = this.wire;
    const lastUpdated = "lastSeen" in wire ? wire.lastSeen : null;
    return { id: this.placeAt({ latitude, longitude }), longitude, latitude, lastUpdated };
  }

  #endPending(action: ActionRecord, at: number): void {
    this.pending = null;
    const { state, failureReason } = action.wire;
    if (failureReason !== null)
      this.#track?.mark(at, `Command ${state.toLowerCase()}: ${failureReason.type}`);
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
      // Handlers create only commands that fit the kind of the device.
      const command = pending.command as Order;
      const isFit = this.canCarryOut(command);
      if (isFit) {
        this.beforeChange();
        this.carryOut(command);
        this.show();
        this.stamp(at);
        this.takeSample(at);
      }
      finish(pending, at, isFit ? null : "FAILED_PRECONDITION");
    } else {
      finish(pending, at, "NO_RESPONSE");
    }
    this.#endPending(pending, at);
  }

  #run(now: number): void {
    if (now <= this.#settledAt) return;
    const from = this.#settledAt;
    this.#settledAt = now;
    const power = this.power();
    const newsAt = this.elapse(from, now);
    this.#unshown = newsAt ?? this.#unshown;
    if (power > 0 && CHARGED.has(this.kind)) this.#noteCharge(from, newsAt ?? now, power);
    if (newsAt !== null) this.takeSample(newsAt);
    this.takeSample(now);
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
