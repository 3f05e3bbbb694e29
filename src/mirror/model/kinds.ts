import type { OperationId } from "../../../generated/operations.ts";
import type {
  Battery,
  Charger,
  DiscoveredBattery,
  DiscoveredHemSystem,
  DiscoveredHvac,
  DiscoveredInverter,
  DiscoveredMeter,
  DiscoveredVehicle,
  HemSystem,
  Hvac,
  Inverter,
  Meter,
  Vehicle,
} from "../../../generated/types.ts";

/** What a device of each kind looks like: once all of it is known, and when it was just discovered. */
export interface DeviceTypes {
  vehicle: { full: Vehicle; discovered: DiscoveredVehicle };
  charger: { full: Charger; discovered: Charger };
  hvac: { full: Hvac; discovered: DiscoveredHvac };
  inverter: { full: Inverter; discovered: DiscoveredInverter };
  battery: { full: Battery; discovered: DiscoveredBattery };
  meter: { full: Meter; discovered: DiscoveredMeter };
  hemSystem: { full: HemSystem; discovered: DiscoveredHemSystem };
}

/** A kind of device. */
export type DeviceKind = keyof DeviceTypes;

/** What is listed at Enode: devices of each kind, and users. */
export type SyncKind = DeviceKind | "user";

/** By which resource of the client each kind is read. */
interface Resources {
  vehicle: "vehicles";
  charger: "chargers";
  hvac: "hvacs";
  inverter: "inverters";
  battery: "batteries";
  meter: "meters";
  hemSystem: "hemSystems";
  user: "users";
}

/** The same, and by which operation it is listed. */
export const sources: {
  readonly [Kind in SyncKind]: { resource: Resources[Kind]; operation: OperationId };
} = {
  vehicle: { resource: "vehicles", operation: "listVehicles" },
  charger: { resource: "chargers", operation: "listChargers" },
  hvac: { resource: "hvacs", operation: "listHvacs" },
  inverter: { resource: "inverters", operation: "listInverters" },
  battery: { resource: "batteries", operation: "listBatteries" },
  meter: { resource: "meters", operation: "listMeters" },
  hemSystem: { resource: "hemSystems", operation: "listHemSystems" },
  user: { resource: "users", operation: "listUsers" },
};

/** All of them, users first: whose devices these are is then known. */
export const syncKinds: readonly SyncKind[] = [
  "user",
  "vehicle",
  "charger",
  "hvac",
  "inverter",
  "battery",
  "meter",
  "hemSystem",
];

export const deviceKinds: readonly SyncKind[] = syncKinds.filter((kind) => kind !== "user");

/** Kinds of devices that take commands. */
export type ActingKind = "vehicle" | "charger" | "hvac" | "battery";

export function isActingKind(kind: SyncKind): kind is ActingKind {
  return kind === "vehicle" || kind === "charger" || kind === "hvac" || kind === "battery";
}

export function isDeviceKind(value: unknown): value is DeviceKind {
  return typeof value === "string" && value !== "user" && Object.hasOwn(sources, value);
}
