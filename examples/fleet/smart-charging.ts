// Charging in the cheap hours: a tariff of two rates at the place where the car stands, and a policy for the car.
import {
  type Enode,
  isApiError,
  isNotFoundError,
  type SmartChargingStatus,
  type Vehicle,
} from "enode-sdk";
import type { AppUser } from "./users.ts";

/** What a user sets. Times are `HH:mm` in the time zone of the place. */
export interface SmartChargingSettings {
  readonly nightPrice: string;
  readonly dayPrice: string;
  /** When the night rate begins and ends; it may pass midnight. */
  readonly nightFrom: string;
  readonly nightTo: string;
  /** When the car is to be full. */
  readonly deadline: string;
  /** Up to this level it charges at once, whatever the price, in %. */
  readonly minimumLevel: number;
}

/** So long a status is shown without asking again, in ms; an event that changes it comes sooner. */
const LIFETIME = 60_000;

/** Smart charging of cars. */
export class SmartCharging {
  readonly #enode: Enode;
  readonly #known = new Map<
    string,
    { readonly until: number; readonly status: SmartChargingStatus }
  >();

  constructor(enode: Enode) {
    this.#enode = enode;
  }

  /** The status of a car with its plan; undefined when it has no plans, or there is no status to be had. */
  async status(user: AppUser, vehicle: Vehicle): Promise<SmartChargingStatus | undefined> {
    if (!vehicle.smartChargingPolicy.isEnabled) return undefined;
    const known = this.#known.get(vehicle.id);
    if (known && known.until > Date.now()) return known.status;
    try {
      const { smartCharging } = this.#enode.user({ hostUserId: user.id }).vehicles;
      const status = await smartCharging.getStatus(vehicle.id);
      this.learn(status);
      return status;
    } catch (error) {
      // The page has the rest of the car to show.
      if (!isApiError(error)) throw error;
      return undefined;
    }
  }

  /** Takes a status that an event has brought. */
  learn(status: SmartChargingStatus): void {
    this.#known.set(status.vehicleId, { until: Date.now() + LIFETIME, status });
  }

  /**
   * Enables smart charging of a car where it stands.
   *
   * @throws NotFoundError for a car of somebody else.
   */
  async enable(user: AppUser, vehicle: Vehicle, settings: SmartChargingSettings): Promise<void> {
    const { vehicles, locations } = this.#enode.user({ hostUserId: user.id });
    const locationId = vehicle.location.id ?? (await this.#createHome(user, vehicle));
    // IDs of tariffs are the app's to choose, for all of its users. This one is of the place, and so has its ID.
    const tariffId = locationId;
    await this.#enode.tariffs.set(tariffId, [
      { name: "NIGHT", cost: settings.nightPrice },
      { name: "DAY", cost: settings.dayPrice },
    ]);
    await locations.setTariff(locationId, { tariffId, tariffIntervals: intervalsOf(settings) });
    await vehicles.smartCharging.updatePolicy(vehicle.id, {
      isEnabled: true,
      deadline: settings.deadline,
      minimumChargeLimit: settings.minimumLevel,
    });
    this.#known.delete(vehicle.id);
  }

  /** Returns a car to its owner's commands. */
  async disable(user: AppUser, vehicleId: string): Promise<void> {
    const { smartCharging } = this.#enode.user({ hostUserId: user.id }).vehicles;
    await smartCharging.updatePolicy(vehicleId, { isEnabled: false });
    this.#known.delete(vehicleId);
  }

  /** Charges now, whatever the plan says, or returns to the plan. */
  async override(user: AppUser, vehicleId: string, isWanted: boolean): Promise<void> {
    const { smartCharging } = this.#enode.user({ hostUserId: user.id }).vehicles;
    try {
      await (isWanted
        ? smartCharging.createOverride(vehicleId)
        : smartCharging.endOverride(vehicleId));
    } catch (error) {
      // It has ended by itself.
      if (isWanted || !isNotFoundError(error)) throw error;
    }
    this.#known.delete(vehicleId);
  }

  async #createHome(user: AppUser, { location, information }: Vehicle): Promise<string> {
    const { latitude, longitude } = location;
    if (latitude === null || longitude === null) {
      throw new UnknownPosition("The position of this car is not known yet. Try again later.");
    }
    const { id } = await this.#enode.user({ hostUserId: user.id }).locations.create({
      name: `Home of ${information.displayName ?? information.model ?? "the car"}`,
      latitude,
      longitude,
      timezoneName: user.timeZone,
    });
    return id;
  }
}

/** A plan needs a place, and the car has not told where it is. */
export class UnknownPosition extends Error {}

/** The day in intervals of its rates, none of which may pass midnight. */
function intervalsOf({ nightFrom, nightTo }: SmartChargingSettings) {
  const [first, second] = nightFrom < nightTo ? [nightFrom, nightTo] : [nightTo, nightFrom];
  const [inside, outside] = nightFrom < nightTo ? ["NIGHT", "DAY"] : ["DAY", "NIGHT"];
  return [
    { name: outside, from: "00:00", to: first },
    { name: inside, from: first, to: second },
    { name: outside, from: second, to: "24:00" },
  ].filter(({ from, to }) => from < to);
}
