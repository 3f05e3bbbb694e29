import { createBattery, type SimulatedBattery } from "./battery.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import type { DeviceKind } from "./catalogue.ts";
import { createCharger, type SimulatedCharger } from "./charger.ts";
import type { SimulatedHemSystem } from "./hem-system.ts";
import { createHvac, type SimulatedHvac } from "./hvac.ts";
import { createInverter, type SimulatedInverter } from "./inverter.ts";
import { createMeter, type SimulatedMeter } from "./meter.ts";
import { createVehicle, type SimulatedVehicle } from "./vehicle.ts";

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
export interface SimulatedByKind extends DevicesByKind {
  hemSystem: SimulatedHemSystem;
}

export type Kind = keyof SimulatedByKind;

interface KindEntry<K extends DeviceKind> {
  /** Makes a device of this kind. */
  readonly make: (blueprint: DeviceBlueprint) => DevicesByKind[K];
  /** The vendor of a device of which nothing is said. */
  readonly vendor: string;
  /** Whether what it shows depends on the rest of the home. */
  readonly needsHome: boolean;
}

/** What the sandbox has to know of each kind beside its own file. */
export const kinds: { readonly [K in DeviceKind]: KindEntry<K> } = {
  vehicle: { make: createVehicle, vendor: "TESLA", needsHome: false },
  charger: { make: createCharger, vendor: "EASEE", needsHome: false },
  hvac: { make: createHvac, vendor: "ADAX", needsHome: false },
  inverter: { make: createInverter, vendor: "ENPHASE", needsHome: true },
  battery: { make: createBattery, vendor: "ENPHASE", needsHome: true },
  meter: { make: createMeter, vendor: "ENPHASE", needsHome: true },
};
