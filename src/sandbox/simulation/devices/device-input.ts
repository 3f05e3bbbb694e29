import type {
  BatteryVendor,
  ChargerVendor,
  HvacVendor,
  InverterVendor,
  MeterVendor,
  VehicleVendor,
} from "../../../../generated/types.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { type BatterySettings, operationModes } from "./battery.ts";
import type { DeviceKind } from "./catalogue.ts";
import type { ChargerSettings } from "./charger.ts";
import type { DeviceSettings } from "./device-settings.ts";
import type { HvacSettings } from "./hvac.ts";
import type { InverterSettings } from "./inverter.ts";
import type { MeterSettings } from "./meter.ts";
import type { VehicleSettings } from "./vehicle.ts";

/** The settings of a device, by its kind. */
export interface SettingsByKind {
  /** Settings of vehicles. */
  vehicle: VehicleSettings;
  /** Settings of chargers. */
  charger: ChargerSettings;
  /** Settings of HVAC units. */
  hvac: HvacSettings;
  /** Settings of inverters. */
  inverter: InverterSettings;
  /** Settings of batteries. */
  battery: BatterySettings;
  /** Settings of meters. */
  meter: MeterSettings;
}

/** The vendors of each kind of device. */
export interface VendorsByKind {
  /** Vendors of vehicles. */
  vehicle: VehicleVendor;
  /** Vendors of chargers. */
  charger: ChargerVendor;
  /** Vendors of HVAC units. */
  hvac: HvacVendor;
  /** Vendors of inverters. */
  inverter: InverterVendor;
  /** Vendors of batteries. */
  battery: BatteryVendor;
  /** Vendors of meters. */
  meter: MeterVendor;
}

/** A device to create: its kind, and the settings that differ from the vendor's defaults. */
export type DeviceInput =
  | ({
      /** A vehicle, which is the default. */
      readonly kind?: "vehicle" | undefined;
    } & Readonly<VehicleSettings>)
  | {
      [K in Exclude<DeviceKind, "vehicle">]: {
        /** Kind of the device. */
        readonly kind: K;
      } & Readonly<SettingsByKind[K]>;
    }[Exclude<DeviceKind, "vehicle">];

/** The vendor of a device, and the settings that differ from the vendor's defaults. */
export type DeviceSeed<K extends keyof SettingsByKind> = Readonly<SettingsByKind[K]> & {
  /** The vendor; by default the usual one of the kind in the sandbox. */
  readonly vendor?: VendorsByKind[K] | undefined;
};
/** The vendor of a vehicle, and the settings that differ from the vendor's defaults. */
export type VehicleSeed = DeviceSeed<"vehicle">;
/** The vendor of a charger, and the settings that differ from the vendor's defaults. */
export type ChargerSeed = DeviceSeed<"charger">;

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

/** The settings of all kinds: a device ignores those of other kinds. */
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

/** Throws for unknown settings and for values out of range. */
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
