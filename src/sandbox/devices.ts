import type { Charger, ChargerVendor, Vehicle, VehicleVendor } from "../../generated/types.ts";
import { kindsOf } from "./catalogue.ts";
import type { ChargerSettings } from "./chargers.ts";
import type { Account } from "./device.ts";
import type { VehicleSettings } from "./vehicles.ts";
import { type AnyDevice, devicesOf, type UserRecord, type World } from "./world.ts";

/** A device to make: its kind, and what is to differ from the usual device of its vendor. */
export type DeviceInput =
  | ({ readonly kind?: "vehicle" } & Readonly<VehicleSettings>)
  | ({ readonly kind: "charger" } & Readonly<ChargerSettings>);

/** The vendor of a device, and what is to differ from the usual device of that vendor. */
export type VehicleSeed = Readonly<VehicleSettings> & { readonly vendor?: VehicleVendor };
/** The vendor of a device, and what is to differ from the usual device of that vendor. */
export type ChargerSeed = Readonly<ChargerSettings> & { readonly vendor?: ChargerVendor };

/** The simulated devices: what happens to them outside the API. Returned devices are copies. */
export interface SandboxDevices {
  /** All devices, or those of one user; newest first. */
  list(userId?: string): (Vehicle | Charger)[];
  /** One device, or undefined. */
  get(deviceId: string): Vehicle | Charger | undefined;
  /**
   * Changes a device, as its owner or a bad network would.
   *
   * @throws Error for an unknown ID or a value out of range.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
   * const [vehicle] = sandbox.devices.list();
   * if (vehicle) sandbox.devices.update(vehicle.id, { isPluggedIn: false, batteryLevel: 12 });
   * ```
   */
  update(
    deviceId: string,
    changes: Readonly<VehicleSettings> | Readonly<ChargerSettings>,
  ): Vehicle | Charger;
  /** Gives a user one more vehicle; the user and its vendor account are made when they do not exist. */
  add(userId: string, kind: "vehicle", settings?: VehicleSeed): Vehicle;
  /** Gives a user one more charger; the user and its vendor account are made when they do not exist. */
  add(userId: string, kind: "charger", settings?: ChargerSeed): Charger;
  /** Removes a device, as an owner does who sells it. */
  remove(deviceId: string): void;
}

const DEFAULT_VENDORS = { vehicle: "TESLA", charger: "EASEE" } as const;

/** @param act Carries out each call, so that what it changes is noticed. */
export function createDevices(world: World, act: <T>(work: () => T) => T): SandboxDevices {
  const find = (id: string): AnyDevice => {
    const device = world.devices.get(id);
    if (device === undefined) throw new Error(`The sandbox has no device with the ID ${id}`);
    return device;
  };
  const show = <D extends AnyDevice>(device: D): D["wire"] => {
    device.settle(world.now());
    return structuredClone(device.wire);
  };
  function add(userId: string, kind: "vehicle", settings?: VehicleSeed): Vehicle;
  function add(userId: string, kind: "charger", settings?: ChargerSeed): Charger;
  function add(
    userId: string,
    kind: "vehicle" | "charger",
    settings: VehicleSeed & ChargerSeed = {},
  ): Vehicle | Charger {
    const vendor = settings.vendor ?? DEFAULT_VENDORS[kind];
    if (!kindsOf(vendor).includes(kind))
      throw new Error(`${vendor} has no ${kind}s in the sandbox`);
    return act(() => {
      const user = world.ensureUser(userId);
      const account = world.ensureAccount(user, vendor);
      // The overloads make sure that settings and kind belong together.
      return show(addDevice(world, user, account, { ...settings, kind } as DeviceInput));
    });
  }
  function listed(userId?: string): AnyDevice[] {
    if (userId === undefined) {
      const all = [...world.vehicles.all(), ...world.chargers.all()];
      return all.sort((a, b) => b.number - a.number);
    }
    const user = world.users.get(userId);
    return user === undefined ? [] : devicesOf(user);
  }
  return {
    list: (userId) => act(() => listed(userId).map(show)),
    get(deviceId) {
      const device = world.devices.get(deviceId);
      return device === undefined ? undefined : act(() => show(device));
    },
    update(deviceId, changes) {
      checkSettings(changes);
      const device = find(deviceId);
      return act(() => {
        device.change(changes, world.now());
        return show(device);
      });
    },
    add,
    remove(deviceId) {
      const device = find(deviceId);
      act(() => world.removeDevice(device));
    },
  };
}

/** Makes one device of an account. */
export function addDevice(
  world: World,
  user: UserRecord,
  account: Account,
  input: DeviceInput,
): AnyDevice {
  checkSettings(input);
  const device =
    input.kind === "charger"
      ? world.addCharger(user, account, input)
      : world.addVehicle(user, account, input);
  if (!account.isValid) device.showReachability(world.now());
  return device;
}

const RANGES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["batteryLevel", [0, 100]],
  ["chargeLimit", [1, 100]],
  ["batteryCapacity", [1, 1000]],
  ["chargePower", [0.1, 1000]],
  ["maxCurrent", [1, 1000]],
  ["energyWanted", [0, 1000]],
  ["actionDelay", [0, Number.MAX_SAFE_INTEGER]],
]);

/** Throws for numbers that no device can have. */
export function checkSettings(settings: DeviceInput | VehicleSettings | ChargerSettings): void {
  for (const name of Object.keys(settings)) {
    const range = RANGES.get(name);
    const value: unknown = Reflect.get(settings, name);
    if (range === undefined || value === undefined) continue;
    const [least, most] = range;
    if (typeof value === "number" && value >= least && value <= most) continue;
    throw new RangeError(
      `"${name}" must be a number from ${least} to ${most}, not ${String(value)}`,
    );
  }
}
