import type {
  Battery,
  BatteryVendor,
  Charger,
  ChargerVendor,
  HemSystem,
  Hvac,
  HvacVendor,
  Inverter,
  InverterVendor,
  Meter,
  MeterVendor,
  Vehicle,
  VehicleVendor,
} from "../../../../generated/types.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { type BatterySettings, operationModes } from "../devices/battery.ts";
import { type DeviceKind, kindsOf } from "../devices/catalogue.ts";
import type { ChargerSettings } from "../devices/charger.ts";
import type { Account, DeviceSettings } from "../devices/device.ts";
import type { HvacSettings } from "../devices/hvac.ts";
import type { InverterSettings } from "../devices/inverter.ts";
import type { MeterSettings } from "../devices/meter.ts";
import { type Kind, kinds, type SimulatedByKind } from "../devices/registry.ts";
import type { VehicleSettings } from "../devices/vehicle.ts";
import type { AnyDevice, UserRecord, World } from "./world.ts";

/** A device of any kind, as the API shows it. */
export type SandboxDevice = Vehicle | Charger | Hvac | Inverter | Battery | Meter;

/** What can be chosen or changed about a device, by its kind. */
export interface SettingsByKind {
  vehicle: VehicleSettings;
  charger: ChargerSettings;
  hvac: HvacSettings;
  inverter: InverterSettings;
  battery: BatterySettings;
  meter: MeterSettings;
}

/** What the API shows, by kind. */
export interface WiresByKind {
  vehicle: Vehicle;
  charger: Charger;
  hvac: Hvac;
  inverter: Inverter;
  battery: Battery;
  meter: Meter;
  hemSystem: HemSystem;
}

/** The vendors of each kind of device. */
export interface VendorsByKind {
  vehicle: VehicleVendor;
  charger: ChargerVendor;
  hvac: HvacVendor;
  inverter: InverterVendor;
  battery: BatteryVendor;
  meter: MeterVendor;
}

/** A device to make: its kind, and what is to differ from the usual device of its vendor. */
export type DeviceInput =
  | ({ readonly kind?: "vehicle" | undefined } & Readonly<VehicleSettings>)
  | {
      [K in Exclude<DeviceKind, "vehicle">]: { readonly kind: K } & Readonly<SettingsByKind[K]>;
    }[Exclude<DeviceKind, "vehicle">];

/** The vendor of a device, and what is to differ from the usual device of that vendor. */
export type DeviceSeed<K extends keyof SettingsByKind> = Readonly<SettingsByKind[K]> & {
  readonly vendor?: VendorsByKind[K] | undefined;
};
/** The vendor of a vehicle, and what is to differ from the usual one of that vendor. */
export type VehicleSeed = DeviceSeed<"vehicle">;
/** The vendor of a charger, and what is to differ from the usual one of that vendor. */
export type ChargerSeed = DeviceSeed<"charger">;

/** The simulated devices: what happens to them outside the API. Returned devices are copies. */
export interface SandboxDevices {
  /** All devices, or those of one user; newest first. */
  list(userId?: string): SandboxDevice[];
  /** All devices of a kind, or HEM systems, or those of one user; newest first. */
  list<K extends keyof WiresByKind>(userId: string | undefined, kind: K): WiresByKind[K][];
  /** One device, or undefined. */
  get(deviceId: string): SandboxDevice | undefined;
  /** One device of a kind, or HEM system, or undefined. */
  get<K extends keyof WiresByKind>(deviceId: string, kind: K): WiresByKind[K] | undefined;
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
    changes: { [K in keyof SettingsByKind]: Readonly<SettingsByKind[K]> }[keyof SettingsByKind],
  ): SandboxDevice;
  /**
   * Gives a user one more device; the user and its vendor account are made when they do not exist. The first inverter,
   * battery or meter of an account brings its HEM system, where the vendor has them.
   *
   * @throws Error for a vendor that has no devices of that kind, or a value out of range.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ clock: "manual" });
   * sandbox.devices.add("anna", "inverter", { vendor: "TESLA", peakPower: 10 });
   * sandbox.devices.add("anna", "battery", { vendor: "TESLA", batteryLevel: 80 });
   * sandbox.devices.add("anna", "meter", { vendor: "TESLA" });
   * sandbox.clock.advance("12h");
   * const [meter] = sandbox.devices.list("anna", "meter");
   * console.log(meter?.energyState.power);
   * ```
   */
  add<K extends keyof SettingsByKind>(
    userId: string,
    kind: K,
    settings?: DeviceSeed<K>,
  ): WiresByKind[K];
  /** Removes a device, as an owner does who sells it. */
  remove(deviceId: string): void;
}

/** @param act Carries out each call, so that what it changes is noticed. */
export function createDevices(world: World, act: <T>(work: () => T) => T): SandboxDevices {
  const find = (id: string): AnyDevice => {
    const device = world.devices.get(id);
    if (device === undefined) throw new Error(`The sandbox has no device with the ID ${id}`);
    return device;
  };
  const show = (device: SimulatedByKind[Kind]) => {
    device.advanceTo(world.now());
    return structuredClone(device.wire);
  };
  // What is shown of a device is of its kind.
  const showDevice = (device: AnyDevice) => show(device) as SandboxDevice;
  function list(userId?: string): SandboxDevice[];
  function list<K extends Kind>(userId: string | undefined, kind: K): WiresByKind[K][];
  function list(userId?: string, kind?: Kind): ReturnType<typeof show>[] {
    const { lists } = userId === undefined ? world : (world.users.get(userId) ?? {});
    if (lists === undefined) return [];
    return act(() => (kind === undefined ? lists.devices() : lists.of(kind).all()).map(show));
  }
  function get(deviceId: string): SandboxDevice | undefined;
  function get<K extends Kind>(deviceId: string, kind: K): WiresByKind[K] | undefined;
  function get(deviceId: string, kind?: Kind): ReturnType<typeof show> | undefined {
    const device =
      kind === "hemSystem" ? world.hemSystems.get(deviceId) : world.devices.get(deviceId);
    if (device === undefined || (kind !== undefined && device.kind !== kind)) return undefined;
    return act(() => show(device));
  }
  function add<K extends DeviceKind>(
    userId: string,
    kind: K,
    settings?: DeviceSeed<K>,
  ): WiresByKind[K] {
    const { vendor = kinds[kind].vendor, ...rest } = settings ?? {};
    if (!kindsOf(vendor).includes(kind))
      throw new Error(`${vendor} has no ${kind}s in the sandbox`);
    return act(() => {
      const user = world.ensureUser(userId);
      const account = world.ensureAccount(user, vendor);
      const input = { ...rest, kind } as DeviceInput;
      // Kind, settings and what is shown belong together.
      return show(addDevice(world, user, account, input)) as WiresByKind[K];
    });
  }
  return {
    list,
    get,
    update(deviceId, changes) {
      checkSettings(changes);
      const device = find(deviceId);
      return act(() => {
        device.change(changes, world.now());
        return showDevice(device);
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
  const { kind = "vehicle", ...settings } = input;
  const device = world.addDevice(kind, user, account, settings);
  if (!account.isValid) device.showReachability(world.now());
  return device;
}

const RANGES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["batteryLevel", [0, 100]],
  ["chargeLimit", [1, 100]],
  ["latitude", [-90, 90]],
  ["longitude", [-180, 180]],
  ["batteryCapacity", [1, 1000]],
  ["chargePower", [0.1, 1000]],
  ["maxCurrent", [1, 1000]],
  ["energyWanted", [0, 1000]],
  ["currentTemperature", [-60, 60]],
  ["maxPower", [0, 1000]],
  ["peakPower", [0, 1000]],
  ["totalLifetimeProduction", [0, Number.MAX_SAFE_INTEGER]],
  ["dischargeLimit", [0, 100]],
  ["actionDelay", [0, Number.MAX_SAFE_INTEGER]],
]);

/** The settings of all kinds: one that a device has no use for does no harm. */
const SETTINGS: KnownNames<
  VehicleSettings &
    ChargerSettings &
    HvacSettings &
    InverterSettings &
    BatterySettings &
    MeterSettings & { kind: DeviceKind }
> = {
  kind: true,
  isReachable: true,
  actionDelay: true,
  capabilities: true,
  isPluggedIn: true,
  isCharging: true,
  maxCurrent: true,
  batteryLevel: true,
  chargeLimit: true,
  batteryCapacity: true,
  chargePower: true,
  latitude: true,
  longitude: true,
  displayName: true,
  energyWanted: true,
  currentTemperature: true,
  maxPower: true,
  peakPower: true,
  totalLifetimeProduction: true,
  dischargeLimit: true,
  operationMode: true,
};

/** Throws for settings that do not exist, and for values that no device can have. */
export function checkSettings(settings: DeviceInput | DeviceSettings): void {
  refuseUnknownNames("A device of the sandbox", settings, SETTINGS, {
    vendor: '"vendor" beside the devices: each account has one',
  });
  const mode: unknown = Reflect.get(settings, "operationMode");
  if (mode !== undefined && !operationModes.includes(String(mode))) {
    throw new RangeError(`"operationMode" must be one of ${operationModes.join(", ")}`);
  }
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
