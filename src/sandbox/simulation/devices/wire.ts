import type { DeviceKind } from "../../../../generated/kinds.ts";
import type {
  Battery,
  Charger,
  HemSystem,
  Hvac,
  Inverter,
  Meter,
  Vehicle,
} from "../../../../generated/types.ts";

/** The types of the API, by kind. */
export interface WiresByKind {
  vehicle: Vehicle;
  charger: Charger;
  hvac: Hvac;
  inverter: Inverter;
  battery: Battery;
  meter: Meter;
  hemSystem: HemSystem;
}

/** A device of any kind, or a HEM system, as the API returns it: a kind that is missing above fails here. */
export type Wire = WiresByKind[DeviceKind];

/** A device of any kind, as the API returns it. */
export type SandboxDevice = Vehicle | Charger | Hvac | Inverter | Battery | Meter;
