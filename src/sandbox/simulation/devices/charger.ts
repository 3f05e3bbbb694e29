import type {
  Charger,
  ChargerCapabilities,
  ChargerChargeState,
} from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { Random } from "../../shared/random.ts";
import type { ChargeCommand } from "../actions.ts";
import type { Reading } from "../history/reading.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { type ChargerModel, modelOf } from "./catalogue.ts";
import { powerAt } from "./charge-power.ts";
import { chargeRedundancy } from "./charge-redundancy.ts";
import { Device, type DeviceParts } from "./device.ts";
import type { ChargingSettings } from "./device-settings.ts";

const HOUR = 3_600_000;
const VEHICLE_POWER = 11;

/** Settings of a simulated charger. */
export interface ChargerSettings extends ChargingSettings {
  /** Energy that the vehicle at the cable still takes before it is full, in kWh. */
  energyWanted?: number | undefined;
  /** Its capabilities, and the interventions that they need. */
  capabilities?: OptionalMembers<ChargerCapabilities> | undefined;
}

/** A charger; the vehicle at its cable takes a limited amount of energy. */
export class SimulatedCharger extends Device<Charger, ChargeCommand> {
  readonly kind = "charger";
  readonly #ratedCurrent: number;
  #energyWanted = 30;
  #isPluggedIn = true;
  #isCharging = false;
  #maxCurrent: number | null = null;

  constructor(parts: DeviceParts<Charger>, ratedCurrent: number) {
    super(parts);
    this.#ratedCurrent = ratedCurrent;
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
        : "The current of this charger cannot be set";
    }
    if (command.kind === "START") {
      if (!capabilities.startCharging.isCapable)
        return "This charger does not support the command to start charging";
      if (!this.#isPluggedIn) return "No vehicle is plugged in";
      return this.#energyWanted <= 0 ? "The vehicle at the charger is full" : null;
    }
    return capabilities.stopCharging.isCapable
      ? null
      : "This charger does not support the command to stop charging";
  }

  override redundancyReason(command: ChargeCommand): string | null {
    return chargeRedundancy(command, {
      isCharging: this.#isCharging,
      isBusy: this.pending !== null,
      maxCurrent: this.#maxCurrent,
    });
  }

  protected override settings(): ChargerSettings {
    return {
      // Rounding of a charge that is almost complete may leave less than nothing.
      energyWanted: Math.max(0, this.#energyWanted),
      maxCurrent: this.#maxCurrent ?? undefined,
      isPluggedIn: this.#isPluggedIn,
      isCharging: this.#isCharging,
    };
  }

  protected override apply(settings: ChargerSettings): void {
    this.#energyWanted = settings.energyWanted ?? this.#energyWanted;
    this.#maxCurrent = settings.maxCurrent ?? this.#maxCurrent;
    this.#isPluggedIn = settings.isPluggedIn ?? this.#isPluggedIn;
    this.#isCharging =
      (settings.isCharging ?? this.#isCharging) && this.#isPluggedIn && this.#energyWanted > 0;
  }

  /** Assigns the charger to a location, or to none. */
  place(locationId: string | null, now: number): void {
    this.beforeChange();
    this.wire.location = { id: locationId, lastUpdated: new Date(now).toISOString() };
    this.afterChange();
  }

  protected override reading(): Reading {
    return { power: round(this.power(), 3) };
  }

  protected override elapse(from: number, to: number): number | null {
    if (!this.#isCharging) return null;
    const untilFull = this.untilChange();
    if (to - from >= untilFull) {
      this.#energyWanted = 0;
      this.#isCharging = false;
      return from + untilFull;
    }
    this.#energyWanted -= this.#rate() * ((to - from) / HOUR);
    return to;
  }

  protected override canCarryOut(command: ChargeCommand): boolean {
    if (!("kind" in command) || command.kind === "STOP") return true;
    return this.#isPluggedIn && this.#energyWanted > 0;
  }

  protected override carryOut(command: ChargeCommand): void {
    if ("kind" in command) this.#isCharging = command.kind === "START";
    else this.#maxCurrent = command.targetState.maxCurrent;
  }

  protected override untilChange(): number {
    const hours = this.#energyWanted / this.#rate();
    return this.#isCharging ? hours * HOUR : Number.POSITIVE_INFINITY;
  }

  #rate(): number {
    return Math.min(VEHICLE_POWER, powerAt(this.#maxCurrent ?? this.#ratedCurrent));
  }

  protected override date(text: string): void {
    this.wire.chargeState.lastUpdated = text;
  }

  protected override show(): void {
    Object.assign(this.wire.chargeState, {
      isPluggedIn: this.#isPluggedIn,
      isCharging: this.#isCharging,
      chargeRate: this.#isCharging ? this.#rate() : null,
      maxCurrent: this.#maxCurrent,
      powerDeliveryState: this.#deliveryState(),
    } satisfies Partial<ChargerChargeState>);
  }

  #deliveryState(): ChargerChargeState["powerDeliveryState"] {
    if (!this.#isPluggedIn) return "UNPLUGGED";
    if (this.#isCharging) return "PLUGGED_IN:CHARGING";
    // A charger never reports COMPLETE: a full vehicle takes no power from it.
    return this.#energyWanted > 0 ? "PLUGGED_IN:STOPPED" : "PLUGGED_IN:NO_POWER";
  }
}

export function createCharger({
  id,
  vendor,
  account,
  random,
  now,
  parts,
}: DeviceBlueprint): SimulatedCharger {
  const model = modelOf("charger", vendor);
  const wire = chargerWire(id, account.userId, vendor, model, random, now);
  return new SimulatedCharger({ ...parts, wire }, model.current);
}

/** The charger as the API returns it, before the simulation fills in its state. */
function chargerWire(
  id: string,
  userId: string,
  vendor: string,
  model: ChargerModel,
  random: Random,
  now: number,
): Charger {
  const lastSeen = new Date(now).toISOString();
  return {
    id,
    userId,
    vendor,
    lastSeen,
    isReachable: true,
    information: {
      brand: model.brand,
      model: model.model,
      year: random.integer(2020, 2025),
      serialNumber: `${random.text(2, "ABCDEFGHJKLMNPRSTUVWXYZ")}${random.text(6, "0123456789")}`,
    },
    chargeState: {
      isPluggedIn: null,
      isCharging: null,
      chargeRate: null,
      lastUpdated: lastSeen,
      maxCurrent: null,
      powerDeliveryState: "UNKNOWN",
    },
    location: { id: null, lastUpdated: null },
    capabilities: {
      information: capability(true),
      chargeState: capability(true),
      startCharging: capability(true),
      stopCharging: capability(true),
      setMaxCurrent: capability(true),
    },
    scopes: [],
  };
}
