import type { ChargerSeed, VehicleSeed } from "./devices.ts";
import { addDevice, type DeviceInput } from "./devices.ts";
import type { World } from "./world.ts";

/** So many users, named `user-1`, `user-2` …, with so many devices each. */
export interface FleetSize {
  readonly users: number;
  readonly vehiclesPerUser?: number;
  readonly chargersPerUser?: number;
}

/** One user with its devices. */
export interface FleetUser {
  readonly id: string;
  readonly vehicles?: readonly VehicleSeed[];
  readonly chargers?: readonly ChargerSeed[];
}

/** The users and devices that a sandbox begins with. */
export type Fleet = FleetSize | readonly FleetUser[];

const VEHICLE_VENDORS = ["TESLA", "VOLVO", "VOLKSWAGEN", "HYUNDAI", "RENAULT"];
const CHARGER_VENDORS = ["EASEE", "ZAPTEC", "WALLBOX"];

export function seedFleet(world: World, fleet: Fleet): void {
  for (const { id, vehicles = [], chargers = [] } of usersOf(fleet)) {
    const user = world.ensureUser(id);
    const add = (vendor: string, input: DeviceInput) => {
      addDevice(world, user, world.ensureAccount(user, vendor), input);
    };
    for (const { vendor = "TESLA", ...settings } of vehicles) {
      add(vendor, { kind: "vehicle", ...settings });
    }
    for (const { vendor = "EASEE", ...settings } of chargers) {
      add(vendor, { kind: "charger", ...settings });
    }
  }
}

function usersOf(fleet: Fleet): Iterable<FleetUser> {
  if (!("users" in fleet)) return fleet;
  const { users, vehiclesPerUser = 0, chargersPerUser = 0 } = fleet;
  for (const [name, count] of Object.entries({ users, vehiclesPerUser, chargersPerUser })) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`The sandbox option "fleet.${name}" must be a whole number, 0 or more`);
    }
  }
  const take = (vendors: readonly string[], count: number, at: number) =>
    Array.from({ length: count }, (_, index) => {
      const vendor = vendors[(at + index) % vendors.length];
      return vendor === undefined ? {} : { vendor };
    });
  return Array.from({ length: users }, (_, at) => ({
    id: `user-${at + 1}`,
    vehicles: take(VEHICLE_VENDORS, vehiclesPerUser, at),
    chargers: take(CHARGER_VENDORS, chargersPerUser, at),
  }));
}
