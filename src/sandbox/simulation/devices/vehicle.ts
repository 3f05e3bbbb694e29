import type {
  SmartChargingPolicy,
  Vehicle,
  VehicleCapabilities,
  VehicleChargeState,
} from "../../../../generated/types.ts";
import type { Position } from "../../shared/geo.ts";
import { round } from "../../shared/numbers.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { Random } from "../../shared/random.ts";
import type { ChargeCommand } from "../actions.ts";
import type { Reading } from "../history/reading.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { modelOf, type VehicleModel } from "./catalogue.ts";
import { powerAt } from "./charge-power.ts";
import { chargeRedundancy } from "./charge-redundancy.ts";
import { Device, type DeviceParts } from "./device.ts";
import type { ChargingSettings } from "./device-settings.ts";

const HOUR = 3_600_000;
const KM_PER_KWH = 5.6;
const VIN_ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";

/** How a car looks that reports the end of its charge as the end of its connection. */
const UNPLUGGED = {
  isPluggedIn: false,
  powerDeliveryState: "UNPLUGGED",
} satisfies Partial<VehicleChargeState>;

/** Settings of a simulated vehicle. */
export interface VehicleSettings extends ChargingSettings {
  /** State of charge, in %. */
  batteryLevel?: number | undefined;
  /** Level at which charging ends, in %. */
  chargeLimit?: number | undefined;
  /** Usable battery size, in kWh. */
  batteryCapacity?: number | undefined;
  /** Power at which it charges when no current limit holds it back, in kW. */
  chargePower?: number | undefined;
  /** Latitude, in degrees. Within 250 m of a location of its user the vehicle is at that location. */
  latitude?: number | undefined;
  /** Longitude, in degrees. */
  longitude?: number | undefined;
  /** Nickname that the owner gave it. */
  displayName?: string | null | undefined;
  /** Its capabilities, and the interventions that they need. */
  capabilities?: OptionalMembers<VehicleCapabilities> | undefined;
}

/** A vehicle whose battery fills while it charges. */
export class SimulatedVehicle extends Device<Vehicle, ChargeCommand> {
  readonly kind = "vehicle";
  #position: Position;
  #level: number;
  #limit: number;
  #capacity: number;
  #power: number;
  #isPluggedIn: boolean;
  #isCharging = false;
  #maxCurrent: number | null = null;
  /** What it reports in place of the truth. */
  #misreading: Partial<VehicleChargeState> | null = null;

  constructor(parts: DeviceParts<Vehicle>, capacity: number, random: Random) {
    super(parts);
    this.#capacity = capacity;
    this.#level = random.integer(30, 60);
    this.#limit = 80;
    this.#power = 11;
    this.#isPluggedIn = true;
    this.#position = {
      latitude: random.integer(48_000, 60_000) / 1000,
      longitude: random.integer(5_000, 18_000) / 1000,
    };
    this.showScopes();
    this.show();
  }

  override power(): number {
    return this.#isCharging ? this.#rate() : 0;
  }

  override rejectionReason(command: ChargeCommand): string | null {
    const { capabilities } = this.wire;
    if (!("kind" in command)) {
      return capabilities.setMaxCurrent.isCapable
        ? null
        : "The current of this vehicle cannot be set";
    }
    if (command.kind === "START") {
      if (!capabilities.startCharging.isCapable)
        return "This vehicle does not support the command to start charging";
      if (!this.#isPluggedIn) return "The vehicle is not plugged in";
      return this.#isFull() ? "The vehicle is charged up to its limit" : null;
    }
    return capabilities.stopCharging.isCapable
      ? null
      : "This vehicle does not support the command to stop charging";
  }

  override redundancyReason(command: ChargeCommand): string | null {
    return chargeRedundancy(command, {
      isCharging: this.#isCharging,
      isBusy: this.pending !== null,
      maxCurrent: this.#maxCurrent,
    });
  }

  /** Power at which it charges, in kW, whether it charges now or not. */
  get rate(): number {
    return this.#rate();
  }

  /** Milliseconds that charging to a level takes, by default to its limit. */
  timeToReach(level: number = this.#limit): number {
    return (Math.max(0, level - this.#level) / 100) * (this.#capacity / this.#rate()) * HOUR;
  }

  /** Whether it reports something that is not so. */
  get isMisread(): boolean {
    return this.#misreading !== null;
  }

  /** Whether it does nothing and reports the truth. */
  isAtRest(): boolean {
    return !this.#isCharging && this.pending === null && !this.isMisread && this.isReachable;
  }

  /** Lets it report something that is not so, or the truth again, until its state changes. */
  misread(reading: Partial<VehicleChargeState> | null, now: number): void {
    this.advanceTo(now);
    this.#misreading = reading;
    this.report(now);
  }

  /** Sets the policy of smart charging. */
  setPolicy(policy: SmartChargingPolicy): void {
    this.beforeChange();
    this.wire.smartChargingPolicy = policy;
    this.afterChange();
  }

  protected override settings(): VehicleSettings {
    return {
      batteryLevel: this.#level,
      chargeLimit: this.#limit,
      batteryCapacity: this.#capacity,
      chargePower: this.#power,
      maxCurrent: this.#maxCurrent ?? undefined,
      isPluggedIn: this.#isPluggedIn,
      isCharging: this.#isCharging,
      ...this.#position,
    };
  }

  protected override apply(settings: VehicleSettings): void {
    this.#misreading = null;
    this.#level = settings.batteryLevel ?? this.#level;
    this.#limit = settings.chargeLimit ?? this.#limit;
    this.#capacity = settings.batteryCapacity ?? this.#capacity;
    this.#power = settings.chargePower ?? this.#power;
    this.#maxCurrent = settings.maxCurrent ?? this.#maxCurrent;
    this.#isPluggedIn = settings.isPluggedIn ?? this.#isPluggedIn;
    this.#isCharging =
      (settings.isCharging ?? this.#isCharging) && this.#isPluggedIn && !this.#isFull();
    this.#move(settings);
    if (settings.displayName !== undefined)
      this.wire.information.displayName = settings.displayName;
  }

  #move({ latitude, longitude }: VehicleSettings): void {
    if (latitude === undefined && longitude === undefined) return;
    const before = this.#position;
    this.#position = {
      latitude: latitude ?? before.latitude,
      longitude: longitude ?? before.longitude,
    };
    this.showScopes();
    const { location } = this.wire;
    if (location.latitude !== null) location.lastUpdated = new Date(this.settledAt).toISOString();
  }

  protected override showScopes(): void {
    this.wire.scopes = this.account.scopes.filter((scope) => scope.startsWith("vehicle:"));
    const position = this.wire.scopes.includes("vehicle:read:location") ? this.#position : null;
    this.wire.location = {
      id: position === null ? null : this.placeAt(position),
      latitude: position?.latitude ?? null,
      longitude: position?.longitude ?? null,
      lastUpdated: position === null ? null : this.wire.lastSeen,
    };
  }

  protected override reading(): Reading {
    return { power: round(this.power(), 3), level: this.#level };
  }

  protected override elapse(from: number, to: number): number | null {
    if (!this.#isCharging) return null;
    const untilFull = this.untilChange();
    if (to - from >= untilFull) {
      this.#level = this.#limit;
      this.#isCharging = false;
      if (this.losesPlug()) this.#misreading = UNPLUGGED;
      return from + untilFull;
    }
    this.#level += (this.#rate() * ((to - from) / HOUR) * 100) / this.#capacity;
    return to;
  }

  protected override canCarryOut(command: ChargeCommand): boolean {
    if (!("kind" in command) || command.kind === "STOP") return true;
    return this.#isPluggedIn && !this.#isFull();
  }

  protected override carryOut(command: ChargeCommand): void {
    this.#misreading = null;
    if ("kind" in command) this.#isCharging = command.kind === "START";
    else this.#maxCurrent = command.targetState.maxCurrent;
  }

  protected override untilChange(): number {
    return this.#isCharging ? this.#hoursToLimit() * HOUR : Number.POSITIVE_INFINITY;
  }

  #isFull(): boolean {
    return this.#level >= this.#limit;
  }

  #rate(): number {
    return this.#maxCurrent === null
      ? this.#power
      : Math.min(this.#power, powerAt(this.#maxCurrent));
  }

  #hoursToLimit(): number {
    return (((this.#limit - this.#level) / 100) * this.#capacity) / this.#rate();
  }

  protected override date(text: string): void {
    this.wire.chargeState.lastUpdated = text;
  }

  protected override show(): void {
    Object.assign(this.wire.chargeState, {
      batteryLevel: Math.round(this.#level * 10) / 10,
      range: Math.round((this.#level / 100) * this.#capacity * KM_PER_KWH),
      isPluggedIn: this.#isPluggedIn,
      isCharging: this.#isCharging,
      isFullyCharged: this.#isFull(),
      batteryCapacity: this.#capacity,
      chargeLimit: this.#limit,
      chargeRate: this.#isCharging ? this.#rate() : null,
      chargeTimeRemaining: this.#isCharging ? Math.ceil(this.#hoursToLimit() * 60) : null,
      maxCurrent: this.#maxCurrent,
      powerDeliveryState: this.#deliveryState(),
      ...this.#misreading,
    } satisfies Partial<VehicleChargeState>);
  }

  #deliveryState(): VehicleChargeState["powerDeliveryState"] {
    if (!this.#isPluggedIn) return "UNPLUGGED";
    if (this.#isCharging) return "PLUGGED_IN:CHARGING";
    return this.#isFull() ? "PLUGGED_IN:COMPLETE" : "PLUGGED_IN:STOPPED";
  }
}

export function createVehicle({
  id,
  vendor,
  account,
  random,
  now,
  parts,
}: DeviceBlueprint): SimulatedVehicle {
  const model = modelOf("vehicle", vendor);
  const wire = vehicleWire(id, account.userId, vendor, model, random, now);
  return new SimulatedVehicle({ ...parts, wire }, model.capacity, random);
}

/** The vehicle as the API returns it, before the simulation fills in its state. */
function vehicleWire(
  id: string,
  userId: string,
  vendor: string,
  model: VehicleModel,
  random: Random,
  now: number,
): Vehicle {
  const lastSeen = new Date(now).toISOString();
  return {
    id,
    userId,
    vendor,
    lastSeen,
    isReachable: true,
    information: {
      vin: [random.text(11, VIN_ALPHABET), random.text(6, "0123456789")].join(""),
      brand: model.brand,
      model: model.model,
      year: random.integer(2020, 2025),
      displayName: null,
    },
    chargeState: {
      batteryLevel: null,
      range: null,
      isPluggedIn: null,
      isCharging: null,
      isFullyCharged: null,
      batteryCapacity: null,
      chargeLimit: null,
      chargeRate: null,
      chargeTimeRemaining: null,
      lastUpdated: lastSeen,
      maxCurrent: null,
      powerDeliveryState: "UNKNOWN",
    },
    smartChargingPolicy: { isEnabled: false, deadline: null, minimumChargeLimit: 0 },
    location: { id: null, longitude: null, latitude: null, lastUpdated: null },
    odometer: { distance: random.integer(1_000, 90_000), lastUpdated: lastSeen },
    capabilities: {
      information: capability(true),
      chargeState: capability(true),
      location: capability(true),
      odometer: capability(true),
      // The API describes current limits of vehicles as experimental, for one vendor.
      setMaxCurrent: capability(vendor === "TESLA"),
      startCharging: capability(true),
      stopCharging: capability(true),
      smartCharging: capability(true),
    },
    scopes: [],
  };
}
