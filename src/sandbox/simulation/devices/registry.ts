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

/** Everything that the API lists: devices and HEM systems. */
export interface SimulatedByKind extends DevicesByKind {
  hemSystem: SimulatedHemSystem;
}

export type Kind = keyof SimulatedByKind;

interface KindEntry<K extends DeviceKind> {
  /** Creates a device of this kind. */
  readonly make: (blueprint: DeviceBlueprint) => DevicesByKind[K];
  /** The default vendor. */
  readonly vendor: string;
  /** Whether its readings depend on the rest of the home. */
  readonly needsHome: boolean;
}

/** How devices of each kind are created. */
export const kinds: { readonly [K in DeviceKind]: KindEntry<K> } = {
  vehicle: { make: createVehicle, vendor: "TESLA", needsHome: false },
  charger: { make: createCharger, vendor: "EASEE", needsHome: false },
  hvac: { make: createHvac, vendor: "ADAX", needsHome: false },
  inverter: { make: createInverter, vendor: "ENPHASE", needsHome: true },
  battery: { make: createBattery, vendor: "ENPHASE", needsHome: true },
  meter: { make: createMeter, vendor: "ENPHASE", needsHome: true },
};
