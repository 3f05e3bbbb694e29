import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { type DeviceKind, deviceKinds } from "../devices/catalogue.ts";
import type { DeviceInput, DeviceSeed } from "../devices/device-input.ts";
import { kinds } from "../devices/registry.ts";
import { addDevice } from "./device-control.ts";
import type { World } from "./world.ts";

/** A number of users, named `user-1`, `user-2` …, with a number of devices each. */
export interface FleetSize {
  /** How many users. */
  readonly users: number;
  /** How many vehicles each user has; 0 by default. */
  readonly vehiclesPerUser?: number | undefined;
  /** How many chargers each user has; 0 by default. */
  readonly chargersPerUser?: number | undefined;
  /** How many HVAC units each user has; 0 by default. */
  readonly hvacsPerUser?: number | undefined;
  /** How many inverters each user has; 0 by default. */
  readonly invertersPerUser?: number | undefined;
  /** How many batteries each user has; 0 by default. */
  readonly batteriesPerUser?: number | undefined;
  /** How many meters each user has; 0 by default. */
  readonly metersPerUser?: number | undefined;
}

/** One user with its devices. HEM systems come with the inverters, batteries and meters of vendors that have them. */
export interface FleetUser {
  /** ID of the user at Enode. */
  readonly id: string;
  /** The vehicles of the user, an entry each; none by default. */
  readonly vehicles?: readonly DeviceSeed<"vehicle">[] | undefined;
  /** The chargers of the user, an entry each; none by default. */
  readonly chargers?: readonly DeviceSeed<"charger">[] | undefined;
  /** The HVAC units of the user, an entry each; none by default. */
  readonly hvacs?: readonly DeviceSeed<"hvac">[] | undefined;
  /** The inverters of the user, an entry each; none by default. */
  readonly inverters?: readonly DeviceSeed<"inverter">[] | undefined;
  /** The batteries of the user, an entry each; none by default. */
  readonly batteries?: readonly DeviceSeed<"battery">[] | undefined;
  /** The meters of the user, an entry each; none by default. */
  readonly meters?: readonly DeviceSeed<"meter">[] | undefined;
}

/**
 * The users and devices that a sandbox begins with: a few homes with devices of all kinds (`"small"`), a thousand of
 * them (`"large"`), a number of users with a vehicle each, or your own list.
 */
export type Fleet = "small" | "large" | number | FleetSize | readonly FleetUser[];

const HOME = {
  vehiclesPerUser: 1,
  chargersPerUser: 1,
  hvacsPerUser: 1,
  invertersPerUser: 1,
  batteriesPerUser: 1,
  metersPerUser: 1,
};

const MEMBERS = {
  vehicle: "vehicles",
  charger: "chargers",
  hvac: "hvacs",
  inverter: "inverters",
  battery: "batteries",
  meter: "meters",
} as const satisfies Record<DeviceKind, keyof FleetUser>;

const SIZE: KnownNames<FleetSize> = {
  users: true,
  vehiclesPerUser: true,
  chargersPerUser: true,
  hvacsPerUser: true,
  invertersPerUser: true,
  batteriesPerUser: true,
  metersPerUser: true,
};
const USER: KnownNames<FleetUser> = {
  id: true,
  vehicles: true,
  chargers: true,
  hvacs: true,
  inverters: true,
  batteries: true,
  meters: true,
};

// The inverter, battery and meter of a user are of one account.
const ENERGY_VENDORS = ["ENPHASE", "TESLA", "SOLAREDGE", "HUAWEI", "SMA"];
const VENDORS: Readonly<Record<DeviceKind, readonly string[]>> = {
  vehicle: ["TESLA", "VOLVO", "VOLKSWAGEN", "HYUNDAI", "RENAULT"],
  charger: ["EASEE", "ZAPTEC", "WALLBOX"],
  hvac: ["ADAX", "TADO", "PANASONIC", "SENSIBO"],
  inverter: ENERGY_VENDORS,
  battery: ENERGY_VENDORS,
  meter: ENERGY_VENDORS,
};

/** Parses a fleet such as `small`, `large` or `100000`; throws a RangeError for any other text. */
export function fleetNamed(text: string): Fleet {
  if (text === "small" || text === "large") return text;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new RangeError(`A fleet is "small", "large" or a number of vehicles, not "${text}"`);
}

export function seedFleet(world: World, fleet: Fleet): void {
  for (const fleetUser of usersOf(fleet)) {
    refuseUnknownNames('A user of the sandbox option "fleet"', fleetUser, USER);
    const { id, ...devices } = fleetUser;
    const user = world.ensureUser(id);
    for (const kind of deviceKinds) {
      for (const { vendor = kinds[kind].vendor, ...settings } of devices[MEMBERS[kind]] ?? []) {
        const input = { kind, ...settings } as DeviceInput;
        // The entries of a member are settings of its kind.
        addDevice(world, user, world.ensureAccount(user, vendor), input);
      }
    }
  }
}

function usersOf(fleet: Fleet): Iterable<FleetUser> {
  if (fleet === "small") return usersOfSize({ users: 5, ...HOME });
  if (fleet === "large") return usersOfSize({ users: 1_000, ...HOME });
  if (typeof fleet === "number") return usersOfSize({ users: fleet, vehiclesPerUser: 1 });
  return "users" in fleet ? usersOfSize(fleet) : fleet;
}

function* usersOfSize(size: FleetSize): Iterable<FleetUser> {
  refuseUnknownNames('The sandbox option "fleet"', size, SIZE);
  const counts = new Map<string, number | undefined>(Object.entries(size));
  for (const [name, count = 0] of counts) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`The sandbox option "fleet.${name}" must be a whole number, 0 or more`);
    }
  }
  const present = deviceKinds
    .map((kind) => ({ kind, count: counts.get(`${MEMBERS[kind]}PerUser`) ?? 0 }))
    .filter(({ count }) => count > 0);
  for (let at = 0; at < size.users; at++) {
    const devices: Partial<Record<(typeof MEMBERS)[DeviceKind], { vendor: string }[]>> = {};
    for (const { kind, count } of present) {
      const vendors = VENDORS[kind];
      devices[MEMBERS[kind]] = Array.from({ length: count }, (_, index) => ({
        vendor: vendors[(at + index) % vendors.length] ?? kinds[kind].vendor,
      }));
    }
    yield { id: `user-${at + 1}`, ...devices };
  }
}
