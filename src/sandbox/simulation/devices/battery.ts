import type {
  Battery,
  BatteryCapabilities,
  BatteryOperationMode,
} from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import type { Known } from "../../shared/open-enum.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { BatteryCommand } from "../actions.ts";
import type { Reading } from "../history/reading.ts";
import { type Site, SLOT } from "../site.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { modelOf, type StoreModel } from "./catalogue.ts";
import { Device, type DeviceParts, type EnergyStorage } from "./device.ts";
import type { DeviceSettings } from "./device-settings.ts";

const HOUR = 3_600_000;

/** Settings of a simulated home battery. */
export interface BatterySettings extends DeviceSettings {
  /** State of charge, in %. */
  batteryLevel?: number | undefined;
  /** Capacity, in kWh. */
  batteryCapacity?: number | undefined;
  /** Maximum power of charging and discharging, in kW. */
  maxPower?: number | undefined;
  /** Reserve that it keeps, in %. */
  dischargeLimit?: number | undefined;
  /** Operation mode. */
  operationMode?: BatteryMode | undefined;
  /** Supported modes, and the interventions that they need. */
  capabilities?: OptionalMembers<BatteryCapabilities> | undefined;
}

/** The operation modes that a battery can be set to. */
export type BatteryMode = Exclude<Known<BatteryOperationMode>, "UNKNOWN">;

const CAPABILITY_OF: Readonly<Record<BatteryMode, keyof BatteryCapabilities>> = {
  EXPORT_FOCUS: "exportFocus",
  IMPORT_FOCUS: "importFocus",
  TIME_OF_USE: "timeOfUse",
  SELF_RELIANCE: "selfReliance",
  IDLE: "idle",
};

/** Operation modes that can be requested. */
export const operationModes: readonly string[] = Object.keys(CAPABILITY_OF);

/** A home battery that balances its home, or follows another operation mode. */
export class SimulatedBattery extends Device<Battery, BatteryCommand> implements EnergyStorage {
  readonly kind = "battery";
  readonly #site: Site;
  #capacity: number;
  #maxPower: number;
  #level: number;
  #reserve = 20;
  #mode: BatteryMode = "SELF_RELIANCE";
  #power = 0;

  constructor(parts: DeviceParts<Battery>, site: Site, model: StoreModel, level: number) {
    super(parts);
    this.#site = site;
    this.#capacity = model.capacity;
    this.#maxPower = model.power;
    this.#level = level;
    this.showScopes();
    this.show();
  }

  override power(): number {
    return this.#power;
  }

  get content(): { readonly energy: number; readonly capacity: number } {
    return { energy: (this.#level / 100) * this.#capacity, capacity: this.#capacity };
  }

  balance(surplus: number): void {
    const wanted = this.#wanted(surplus);
    const most = this.#level < 100 ? this.#maxPower : 0;
    const least = this.#level > this.#reserve ? -this.#maxPower : 0;
    this.#power = Math.min(most, Math.max(least, wanted));
  }

  override showBalance(): void {
    if (!this.isReachable) return;
    this.beforeChange();
    this.show();
    this.afterChange();
  }

  override rejectionReason({ targetState }: BatteryCommand): string | null {
    const mode = toMode(targetState.operationMode);
    if (mode === null || !this.wire.capabilities[CAPABILITY_OF[mode]].isCapable)
      return "The battery cannot enter this mode";
    return null;
  }

  protected override settings(): BatterySettings {
    return {
      batteryLevel: this.#level,
      batteryCapacity: this.#capacity,
      maxPower: this.#maxPower,
      dischargeLimit: this.#reserve,
      operationMode: this.#mode,
    };
  }

  protected override apply(settings: BatterySettings): void {
    this.#level = settings.batteryLevel ?? this.#level;
    this.#capacity = settings.batteryCapacity ?? this.#capacity;
    this.#maxPower = settings.maxPower ?? this.#maxPower;
    this.#reserve = settings.dischargeLimit ?? this.#reserve;
    this.#mode = settings.operationMode ?? this.#mode;
  }

  protected override showScopes(): void {
    super.showScopes();
    this.wire.location = this.locate(this.#site);
  }

  protected override reading(): Reading {
    return { power: round(this.#power, 3), level: this.#level };
  }

  protected override elapse(from: number, to: number): number | null {
    if (this.#power === 0) return null;
    const level = this.#level + (this.#power * ((to - from) / HOUR) * 100) / this.#capacity;
    const floor = Math.min(this.#level, this.#reserve);
    this.#level = Math.min(100, Math.max(floor, level));
    return to;
  }

  protected override untilChange(): number {
    const room = this.#power > 0 ? 100 - this.#level : this.#level - this.#reserve;
    const hours = ((room / 100) * this.#capacity) / Math.abs(this.#power);
    const untilLimit = this.#power === 0 ? Number.POSITIVE_INFINITY : hours * HOUR;
    return Math.min(untilLimit, SLOT - (this.settledAt % SLOT));
  }

  protected override canCarryOut(): boolean {
    return true;
  }

  protected override carryOut({ targetState }: BatteryCommand): void {
    this.#mode = toMode(targetState.operationMode) ?? this.#mode;
    this.wire.config.lastUpdated = new Date(this.settledAt).toISOString();
  }

  protected override date(text: string): void {
    this.wire.chargeState.lastUpdated = text;
  }

  protected override show(): void {
    const power = round(this.#power, 3);
    Object.assign(this.wire.chargeState, {
      status: power === 0 ? "IDLE" : power > 0 ? "CHARGING" : "DISCHARGING",
      batteryCapacity: this.#capacity,
      batteryLevel: round(this.#level, 2),
      chargeRate: power,
      dischargeLimit: this.#reserve,
    } satisfies Partial<Battery["chargeState"]>);
    this.wire.config.operationMode = this.#mode;
  }

  #wanted(surplus: number): number {
    switch (this.#mode) {
      case "SELF_RELIANCE":
        return surplus;
      case "IMPORT_FOCUS":
        return this.#maxPower;
      case "EXPORT_FOCUS":
        return -this.#maxPower;
      case "TIME_OF_USE": {
        // Such a price plan is expensive in the evening and cheap at night.
        const hour = this.#site.hour(this.settledAt);
        if (hour < 6) return this.#maxPower;
        return hour >= 17 && hour < 22 ? surplus : Math.max(0, surplus);
      }
      case "IDLE":
        return 0;
    }
  }
}

function toMode(text: string): BatteryMode | null {
  return Object.hasOwn(CAPABILITY_OF, text) ? (text as BatteryMode) : null;
}

export function createBattery({
  id,
  vendor,
  account,
  random,
  now,
  parts,
  site,
}: DeviceBlueprint): SimulatedBattery {
  const model = modelOf("battery", vendor);
  const lastSeen = new Date(now).toISOString();
  const wire: Battery = {
    id,
    userId: account.userId,
    vendor,
    lastSeen,
    isReachable: true,
    chargeState: {
      status: null,
      batteryCapacity: null,
      batteryLevel: null,
      chargeRate: null,
      dischargeLimit: null,
      lastUpdated: lastSeen,
    },
    config: { operationMode: null, lastUpdated: lastSeen },
    information: {
      id: random.text(8, "0123456789"),
      brand: model.brand,
      model: model.model,
      siteName: "Home",
      installationDate: `${random.integer(2018, 2024)}-05-14T00:00:00.000Z`,
    },
    capabilities: {
      exportFocus: capability(true),
      importFocus: capability(true),
      timeOfUse: capability(true),
      selfReliance: capability(true),
      idle: capability(true),
    },
    scopes: [],
    location: { id: null, longitude: null, latitude: null, lastUpdated: null },
    hemSystemId: null,
  };
  return new SimulatedBattery({ ...parts, wire }, site(), model, random.integer(30, 70));
}
