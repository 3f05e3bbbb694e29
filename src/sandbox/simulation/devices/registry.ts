import type { Random } from "../../shared/random.ts";
import type { Site } from "../site.ts";
import { makeBattery, type SimulatedBattery } from "./battery.ts";
import type { DeviceKind } from "./catalogue.ts";
import { makeCharger, type SimulatedCharger } from "./charger.ts";
import type { Account, DeviceParts, Wire } from "./device.ts";
import type { SimulatedHemSystem } from "./hem-system.ts";
import type { Home } from "./home.ts";
import { makeHvac, type SimulatedHvac } from "./hvac.ts";
import { makeInverter, type SimulatedInverter } from "./inverter.ts";
import { makeMeter, type SimulatedMeter } from "./meter.ts";
import { makeVehicle, type SimulatedVehicle } from "./vehicle.ts";

/** What a new device is made from. */
export interface Making {
  readonly id: string;
  readonly vendor: string;
  readonly account: Account;
  readonly random: Random;
  readonly now: number;
  readonly parts: Omit<DeviceParts<Wire>, "wire">;
  /** Where the user lives. */
  readonly site: () => Site;
  /** The home of the user, simulated from now on. */
  readonly home: () => Home;
}

/** The simulated devices by kind. */
export interface DevicesByKind {
  vehicle: SimulatedVehicle;
  charger: SimulatedCharger;
  hvac: SimulatedHvac;
  inverter: SimulatedInverter;
  battery: SimulatedBattery;
  meter: SimulatedMeter;
}

export type AnyDevice = DevicesByKind[DeviceKind];

/** All that the API has lists of: devices and HEM systems. */
export interface Everything extends DevicesByKind {
  hemSystem: SimulatedHemSystem;
}

export type Kind = keyof Everything;

interface KindEntry<K extends DeviceKind> {
  /** Makes a device of this kind. */
  readonly make: (making: Making) => DevicesByKind[K];
  /** The vendor of a device of which nothing is said. */
  readonly vendor: string;
  /** Whether what it shows depends on the rest of the home. */
  readonly needsHome: boolean;
}

/** What the sandbox has to know of each kind beside its own file. */
export const kinds: { readonly [K in DeviceKind]: KindEntry<K> } = {
  vehicle: { make: makeVehicle, vendor: "TESLA", needsHome: false },
  charger: { make: makeCharger, vendor: "EASEE", needsHome: false },
  hvac: { make: makeHvac, vendor: "ADAX", needsHome: false },
  inverter: { make: makeInverter, vendor: "ENPHASE", needsHome: true },
  battery: { make: makeBattery, vendor: "ENPHASE", needsHome: true },
  meter: { make: makeMeter, vendor: "ENPHASE", needsHome: true },
};
