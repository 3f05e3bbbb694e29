import type {
  Capability,
  Charger,
  ChargerCapabilities,
  Scope,
  Vehicle,
} from "../../generated/types.ts";
import { type ActionRecord, type Command, finish } from "./actions.ts";
import type { DeviceKind } from "./catalogue.ts";
import type { Numbered } from "./paging.ts";
import { ChargeLog, type ChargeSpan } from "./statistics-charges.ts";
import type { Position, Watched } from "./watcher.ts";

/** A vendor account of a user; all devices of it come and go together. */
export interface Account {
  readonly userId: string;
  readonly vendor: string;
  /** The device types that were linked. */
  readonly kinds: Set<DeviceKind>;
  /** Whether Enode still has working credentials. */
  isValid: boolean;
  /** What the user consented to. */
  scopes: readonly Scope[];
}

/** What can be chosen or changed about a device of any kind. */
export interface DeviceSettings {
  /** Whether live data and commands get through. */
  isReachable?: boolean;
  /** Whether the cable is connected. */
  isPluggedIn?: boolean;
  /** Whether power flows; takes a connected cable and room in the battery. */
  isCharging?: boolean;
  /** Current limit, in A. */
  maxCurrent?: number;
  /** How long a command takes to take effect, in simulated milliseconds. */
  actionDelay?: number;
  /** What Enode can do with it, and the interventions that stand in the way. */
  capabilities?: Partial<ChargerCapabilities>;
}

// While a vehicle or charger is active Enode fetches its data about this often.
const DATA_REFRESH = 2 * 60_000;

/** What a device is made of. */
export interface DeviceParts<Wire> {
  readonly number: number;
  readonly wire: Wire;
  readonly account: Account;
  readonly actionDelay: number;
  readonly world: Watched;
  /** The moment from which it is simulated, as a time stamp in milliseconds. */
  readonly now: number;
}

/**
 * A simulated device. Nothing happens to it between two looks: `settle(now)` works out what the time since the last
 * look has done. While it cannot be reached its readings stay as they are, and catch up later.
 */
export abstract class Device<Wire extends Vehicle | Charger = Vehicle | Charger>
  implements Numbered
{
  abstract readonly kind: DeviceKind;
  readonly number: number;
  /** What the API answers; changed in place. */
  readonly wire: Wire;
  readonly account: Account;
  actionDelay: number;
  pending: ActionRecord | null = null;
  #settledAt: number;
  #reachableSince: number;
  #isResponsive = true;
  /** Made at the first charge: most devices of a large fleet never charge. */
  #charges: ChargeLog | undefined;
  readonly #world: Watched;

  constructor(parts: DeviceParts<Wire>) {
    this.number = parts.number;
    this.wire = parts.wire;
    this.account = parts.account;
    this.actionDelay = parts.actionDelay;
    this.#world = parts.world;
    this.#settledAt = parts.now;
    this.#reachableSince = parts.now;
  }

  /** Why the command cannot work at all, or null. */
  abstract refusal(command: Command): string | null;
  /** Takes over the settings that only this kind has to know about, and shows them on the wire. */
  protected abstract apply(settings: DeviceSettings): void;
  /** Brings the wire in line with the scopes of the account. */
  protected abstract showScopes(): void;
  /** Milliseconds until charging ends by itself; Infinity when it does not charge. */
  protected abstract untilFull(): number;
  /** Lets time pass; returns how many of these milliseconds brought news, 0 for none. */
  protected abstract elapse(milliseconds: number): number;
  /** Whether the device is in a fit state for the command now. */
  protected abstract isFit(command: Command): boolean;
  /** Carries a command out. */
  protected abstract obey(command: Command): void;

  /** Changes the device from outside. */
  change(settings: DeviceSettings, now: number): void {
    this.settle(now);
    this.actionDelay = settings.actionDelay ?? this.actionDelay;
    Object.assign(this.wire.capabilities, settings.capabilities);
    if (settings.isReachable !== undefined) {
      this.#isResponsive = settings.isReachable;
      this.showReachability(now);
    }
    this.apply(settings);
    this.stamp(now);
  }

  /** Brings the device up to date, its pending action included. */
  settle(now: number): void {
    const { pending } = this;
    if (pending !== null) this.#conclude(pending, now);
    this.#run(now);
  }

  /**
   * The next moment, as a time stamp in milliseconds, at which something happens to it by itself: its action ends, its
   * battery is full, or it is time to fetch data anew while it charges. Infinity when nothing does.
   */
  nextMoment(): number {
    const concludesAt = Math.ceil(this.#concludesAt());
    const untilFull = this.wire.isReachable === true ? this.untilFull() : Number.POSITIVE_INFINITY;
    if (untilFull === Number.POSITIVE_INFINITY) return concludesAt;
    const untilNews = Math.max(1, Math.ceil(Math.min(untilFull, DATA_REFRESH)));
    return Math.min(concludesAt, this.#settledAt + untilNews);
  }

  /** When it is full if it goes on charging as now, as a time stamp in milliseconds; Infinity when it does not charge. */
  fullAt(): number {
    const untilFull = this.wire.isReachable === true ? this.untilFull() : Number.POSITIVE_INFINITY;
    return this.#settledAt + Math.max(1, Math.ceil(untilFull));
  }

  /** When it has charged so far. */
  get charges(): readonly ChargeSpan[] {
    return this.#charges?.spans ?? [];
  }

  /** Takes up an action. */
  begin(action: ActionRecord): void {
    this.pending = action;
    this.tell();
  }

  /** Works out anew what the scopes of the account show. */
  updateScopes(): void {
    this.showScopes();
    this.tell();
  }

  /** Gives back the capabilities that an intervention stood in the way of. */
  clearInterventions(): void {
    for (const capability of Object.values<Capability>({ ...this.wire.capabilities })) {
      if (capability.interventionIds.length === 0) continue;
      capability.interventionIds = [];
      capability.isCapable = true;
    }
    this.tell();
  }

  /** Cancels the pending action, if there is one. */
  cancelPending(now: number, reason: "CONFLICT" | "REQUESTED_CANCELLATION" | "NOT_FOUND"): void {
    if (this.pending === null) return;
    finish(this.pending, now, reason);
    this.#endPending(this.pending);
  }

  /** Works out anew whether live data gets through; call it after `settle(now)`. */
  showReachability(now: number): void {
    const isReachable = this.#isResponsive && this.account.isValid;
    if (isReachable && this.wire.isReachable !== true) {
      this.#reachableSince = now;
      this.wire.lastSeen = new Date(now).toISOString();
    }
    this.wire.isReachable = isReachable;
    this.tell();
    if (isReachable) this.#run(now);
  }

  /** Fetches readings anew, as after a refresh hint. */
  refresh(now: number): void {
    this.settle(now);
    if (this.wire.isReachable === true) this.stamp(now);
  }

  /** Dates the readings. */
  protected stamp(at: number): void {
    const text = new Date(at).toISOString();
    this.wire.lastSeen = text;
    this.wire.chargeState.lastUpdated = text;
    this.tell();
  }

  /** Tells whoever watches that something may have changed. */
  protected tell(): void {
    this.#world.watcher?.changed(this);
  }

  /** The ID of the user's location at a position, or null. */
  protected placeAt(position: Position): string | null {
    return this.#world.placeAt(this.wire.userId, position);
  }

  #endPending(action: ActionRecord): void {
    this.pending = null;
    this.#world.watcher?.ended(action);
    this.tell();
  }

  /** When the pending action ends if nothing changes before; Infinity when there is none. */
  #concludesAt(): number {
    const { pending } = this;
    if (pending === null) return Number.POSITIVE_INFINITY;
    const { fate } = pending;
    if (fate !== undefined) {
      return fate.after === undefined ? pending.dueAt : pending.madeAt + fate.after;
    }
    if (this.wire.isReachable === true) return Math.max(pending.dueAt, this.#reachableSince);
    return pending.deadline;
  }

  #conclude(pending: ActionRecord, now: number): void {
    const at = this.#concludesAt();
    if (at > now) return;
    const { fate } = pending;
    if (fate !== undefined) {
      this.#run(at);
      finish(pending, at, fate.type, fate.state);
    } else if (this.wire.isReachable === true) {
      this.#run(at);
      const isFit = this.isFit(pending.command);
      if (isFit) {
        this.obey(pending.command);
        this.stamp(at);
      }
      finish(pending, at, isFit ? null : "FAILED_PRECONDITION");
    } else {
      finish(pending, at, "NO_RESPONSE");
    }
    this.#endPending(pending);
  }

  #run(now: number): void {
    if (this.wire.isReachable !== true || now <= this.#settledAt) return;
    const { chargeRate: power } = this.wire.chargeState;
    const from = this.#settledAt;
    const news = this.elapse(now - from);
    if (news > 0 && power !== null) this.#noteCharge(from, from + news, power);
    if (news > 0) this.stamp(from + news);
    this.#settledAt = now;
  }

  #noteCharge(from: number, to: number, power: number): void {
    this.#charges ??= new ChargeLog();
    this.#charges.add({ from, to, power, locationId: this.wire.location.id });
  }
}

/** A capability that needs no intervention. */
export function capability(isCapable: boolean): Capability {
  return { isCapable, interventionIds: [] };
}

/** Charging power of three phases at 230 V, in kW. */
export function powerAt(current: number): number {
  return Math.round(current * 3 * 230) / 1000;
}
