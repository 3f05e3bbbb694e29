import type { DeviceKind } from "../../../simulation/devices/catalogue.ts";

const KINDS: Readonly<Record<string, string>> = {
  vehicle: "vehicles",
  charger: "chargers",
  hvac: "heating and cooling",
  inverter: "solar inverters",
  battery: "home batteries",
  meter: "meters",
} satisfies Record<DeviceKind, string>;

const ONE: Readonly<Record<string, string>> = {
  vehicle: "Vehicle",
  charger: "Charger",
  hvac: "Heating or cooling unit",
  inverter: "Solar inverter",
  battery: "Home battery",
  meter: "Meter",
} satisfies Record<DeviceKind, string>;

const SCOPES: Readonly<Record<string, string>> = {
  "read:data": "Read the data of",
  "read:location": "Read the location of",
  "control:charging": "Start and stop charging of",
  "control:mode": "Set the mode of",
  "control:operation_mode": "Set the operation mode of",
};

const list = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** Kinds of device as a list of words, such as `vehicles and chargers`. */
export function listOf(kinds: readonly string[]): string {
  return list.format(kinds.map((kind) => KINDS[kind] ?? kind));
}

/** One device of a kind, as the beginning of a line. */
export function oneOf(kind: string): string {
  return ONE[kind] ?? kind;
}

/** What a scope permits. */
export function wordsFor(scope: string): string {
  const [kind = "", ...rest] = scope.split(":");
  const words = SCOPES[rest.join(":")];
  return words === undefined ? "Use" : `${words} your ${listOf([kind])}`;
}

/** How many devices, in words. */
export function deviceCount(count: number): string {
  return count === 1 ? "1 device" : `${count} devices`;
}
