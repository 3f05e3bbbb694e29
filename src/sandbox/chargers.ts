import type { Charger, ChargerChargeState } from "../../generated/types.ts";
import type { Command } from "./actions.ts";
import type { ChargerModel } from "./catalogue.ts";
import { capability, Device, type DeviceParts, type DeviceSettings, powerAt } from "./device.ts";
import type { Random } from "./random.ts";

const HOUR = 3_600_000;
const VEHICLE_POWER = 11;

/** What can be chosen or changed about a simulated charger. */
export interface ChargerSettings extends DeviceSettings {
  /** Energy that the vehicle at the cable still takes before it is full, in kWh. */
  energyWanted?: number;
}

/** A charger with a vehicle at its cable that takes so much energy and no more. */
export class SimulatedCharger extends Device<Charger> {
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
    this.#show();
  }

  override refusal(command: Command): string | null {
    const { capabilities } = this.wire;
    if (!("kind" in command)) {
      if (!capabilities.setMaxCurrent.isCapable) return "The current of this charger cannot be set";
      return command.targetState.maxCurrent === this.#maxCurrent
        ? "The limit is set already"
        : null;
    }
    if (command.kind === "START") {
      if (!capabilities.startCharging.isCapable) return "This charger cannot be told to charge";
      if (!this.#isPluggedIn) return "No vehicle is plugged in";
      if (this.#energyWanted <= 0) return "The vehicle at the charger is full";
      return this.#isCharging && this.pending === null ? "The charger is charging already" : null;
    }
    if (!capabilities.stopCharging.isCapable) return "This charger cannot be told to stop charging";
    return this.#isCharging || this.pending !== null ? null : "The charger is not charging";
  }

  protected override apply(settings: ChargerSettings): void {
    this.#energyWanted = settings.energyWanted ?? this.#energyWanted;
    this.#maxCurrent = settings.maxCurrent ?? this.#maxCurrent;
    this.#isPluggedIn = settings.isPluggedIn ?? this.#isPluggedIn;
    this.#isCharging =
      (settings.isCharging ?? this.#isCharging) && this.#isPluggedIn && this.#energyWanted > 0;
    this.#show();
  }

  /** Assigns the charger to a location, or to none. */
  place(locationId: string | null, now: number): void {
    this.wire.location = { id: locationId, lastUpdated: new Date(now).toISOString() };
    this.tell();
  }

  protected override showScopes(): void {
    this.wire.scopes = this.account.scopes.filter((scope) => scope.startsWith("charger:"));
  }

  protected override elapse(milliseconds: number): number {
    if (!this.#isCharging) return 0;
    const untilFull = this.untilFull();
    if (milliseconds >= untilFull) {
      this.#energyWanted = 0;
      this.#isCharging = false;
      this.#show();
      return untilFull;
    }
    this.#energyWanted -= this.#rate() * (milliseconds / HOUR);
    return milliseconds;
  }

  protected override isFit(command: Command): boolean {
    if (!("kind" in command) || command.kind === "STOP") return true;
    return this.#isPluggedIn && this.#energyWanted > 0;
  }

  protected override obey(command: Command): void {
    if ("kind" in command) this.#isCharging = command.kind === "START";
    else this.#maxCurrent = command.targetState.maxCurrent;
    this.#show();
  }

  protected override untilFull(): number {
    const hours = this.#energyWanted / this.#rate();
    return this.#isCharging ? hours * HOUR : Number.POSITIVE_INFINITY;
  }

  #rate(): number {
    return Math.min(VEHICLE_POWER, powerAt(this.#maxCurrent ?? this.#ratedCurrent));
  }

  #show(): void {
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

/** What the API says about a charger before the simulation fills in its state. */
export function chargerWire(
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
