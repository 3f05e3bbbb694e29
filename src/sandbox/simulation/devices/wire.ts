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
  /** A vehicle. */
  vehicle: Vehicle;
  /** A charger. */
  charger: Charger;
  /** An HVAC unit. */
  hvac: Hvac;
  /** An inverter. */
  inverter: Inverter;
  /** A battery. */
  battery: Battery;
  /** A meter. */
  meter: Meter;
  /** A HEM system. */
  hemSystem: HemSystem;
}

/** A device of any kind, or a HEM system, as the API returns it: a kind that is missing above fails here. */
export type Wire = WiresByKind[DeviceKind];

/** A device of any kind, as the API returns it. */
export type SandboxDevice = Vehicle | Charger | Hvac | Inverter | Battery | Meter;
