import type {
  Battery,
  Charger,
  HemSystem,
  Hvac,
  Inverter,
  Meter,
  Vehicle,
} from "../../../../generated/types.ts";

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

/** What the API answers about a device of any kind, or about a HEM system. */
export type Wire = WiresByKind[keyof WiresByKind];

/** A device of any kind, as the API shows it. */
export type SandboxDevice = Vehicle | Charger | Hvac | Inverter | Battery | Meter;
