import type {
  Battery,
  Charger,
  Hvac,
  Inverter,
  Meter,
  Vehicle,
} from "../../../../../../generated/types.ts";
import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import type { AnyDevice } from "../../../../simulation/devices/registry.ts";
import { amount } from "./numbers.ts";

type Wire = Vehicle | Charger | Hvac | Inverter | Battery | Meter;

/** The severity of a state. */
export type Mood = "good" | "bad" | "warn" | "plain";

/** The view of a device of any kind on the pages. */
export interface DeviceView {
  readonly id: string;
  readonly userId: string;
  readonly kind: DeviceKind;
  readonly name: string;
  readonly isReachable: boolean;
  /** Whether the credentials of its account work. */
  readonly isAccountValid: boolean;
  /** Its state in a word or two. */
  readonly state: string;
  readonly mood: Mood;
  /** Whether a cable is connected; null where there is none. */
  readonly isPluggedIn: boolean | null;
  /** Whether power flows through that cable. */
  readonly isCharging: boolean;
  /** State of charge in %, null where there is no battery. */
  readonly level: number | null;
  /** Power in kW, with the sign that the API gives it; null where none is known. */
  readonly power: number | null;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

type Part = Pick<DeviceView, "state" | "mood" | "facts"> &
  Partial<Pick<DeviceView, "isPluggedIn" | "isCharging" | "level" | "power">>;

/** The view of a device, which must be up to date. */
export function viewOf(device: AnyDevice): DeviceView {
  const { kind, wire, account } = device;
  return {
    isPluggedIn: null,
    isCharging: false,
    level: null,
    power: null,
    ...partOf(wire),
    ...unreachable(device),
    id: wire.id,
    userId: wire.userId,
    kind,
    name: nameOf(wire),
    isReachable: wire.isReachable === true,
    isAccountValid: account.isValid,
  };
}

/** The state of a device in a word or two, as its view says it. */
export function stateOf(device: AnyDevice): string {
  return unreachable(device)?.state ?? partOf(device.wire).state;
}

function unreachable({ wire, account }: AnyDevice): Pick<DeviceView, "state" | "mood"> | null {
  if (wire.isReachable === true) return null;
  return { state: account.isValid ? "Offline" : "Signed out", mood: "bad" };
}

/** The name of a device for people. */
export function nameOf({ information, vendor }: Pick<Wire, "information" | "vendor">): string {
  if ("displayName" in information && information.displayName) return information.displayName;
  const { brand, model } = information;
  return [brand ?? vendor, model].filter((word) => word !== null).join(" ");
}

function partOf(wire: Wire): Part {
  if ("odometer" in wire) return vehicle(wire);
  if ("productionState" in wire) return inverter(wire);
  if ("thermostatState" in wire) return hvac(wire);
  if ("energyState" in wire) return meter(wire);
  if ("config" in wire) return battery(wire);
  return charger(wire);
}

const DELIVERY_STATES: Readonly<Record<string, readonly [state: string, mood: Mood]>> = {
  UNPLUGGED: ["Unplugged", "plain"],
  "PLUGGED_IN:CHARGING": ["Charging", "good"],
  "PLUGGED_IN:STOPPED": ["Plugged in", "plain"],
  "PLUGGED_IN:COMPLETE": ["Charged", "good"],
  "PLUGGED_IN:NO_POWER": ["Plugged in, takes no power", "warn"],
  "PLUGGED_IN:FAULT": ["Fault", "bad"],
  "PLUGGED_IN:DISCHARGING": ["Discharging", "good"],
  "PLUGGED_IN:INITIALIZING": ["Starting", "plain"],
};

function vehicle({ chargeState, odometer }: Vehicle): Part {
  const { batteryLevel, chargeLimit, range, chargeTimeRemaining, chargeRate } = chargeState;
  const facts: [string, string][] = [];
  add(facts, "Limit", chargeLimit, "%");
  add(facts, "Range", range, "km");
  add(facts, "Odometer", odometer.distance, "km");
  add(facts, "Current limit", chargeState.maxCurrent, "A");
  add(facts, "Full in", chargeTimeRemaining, "min");
  return { ...plug(chargeState), level: batteryLevel, power: chargeRate ?? 0, facts };
}

function charger({ chargeState }: Charger): Part {
  const facts: [string, string][] = [];
  add(facts, "Current limit", chargeState.maxCurrent, "A");
  return { ...plug(chargeState), power: chargeState.chargeRate ?? 0, facts };
}

function plug(chargeState: Vehicle["chargeState"] | Charger["chargeState"]) {
  const { powerDeliveryState, isPluggedIn, isCharging } = chargeState;
  const [state, mood] = DELIVERY_STATES[powerDeliveryState] ?? [powerDeliveryState, "plain"];
  return { state, mood, isPluggedIn: isPluggedIn ?? false, isCharging: isCharging === true };
}

function inverter({ productionState }: Inverter): Part {
  const { isProducing, productionRate, totalLifetimeProduction } = productionState;
  const facts: [string, string][] = [];
  add(facts, "Lifetime", totalLifetimeProduction, "kWh");
  const state = isProducing === true ? "Producing" : "Idle";
  return { state, mood: isProducing === true ? "good" : "plain", power: productionRate, facts };
}

function battery({ chargeState, config }: Battery): Part {
  const { status, batteryLevel, chargeRate, batteryCapacity, dischargeLimit } = chargeState;
  const facts: [string, string][] = [];
  if (config.operationMode !== null) facts.push(["Mode", words(config.operationMode)]);
  add(facts, "Capacity", batteryCapacity, "kWh");
  add(facts, "Reserve", dischargeLimit, "%");
  const mood = status === "FAULT" ? "bad" : status === "IDLE" ? "plain" : "good";
  return { state: words(status ?? "UNKNOWN"), mood, level: batteryLevel, power: chargeRate, facts };
}

function hvac({ temperatureState, thermostatState, consumptionRate }: Hvac): Part {
  const { currentTemperature, isActive } = temperatureState;
  const { mode, heatSetpoint, coolSetpoint } = thermostatState;
  const facts: [string, string][] = [];
  add(facts, "Room", currentTemperature, "°C");
  add(facts, "Heat to", heatSetpoint, "°C");
  add(facts, "Cool to", coolSetpoint, "°C");
  const state = `${words(mode)}${isActive ? ", active" : ""}`;
  return { state, mood: isActive ? "good" : "plain", power: consumptionRate, facts };
}

function meter({ energyState }: Meter): Part {
  const { power } = energyState;
  return { ...flow(power), power, facts: [] };
}

function flow(power: number | null): Pick<Part, "state" | "mood"> {
  if (power === null) return { state: "Unknown", mood: "warn" };
  // Less than the page shows.
  if (Math.abs(power) < 0.05) return { state: "Balanced", mood: "plain" };
  return power < 0 ? { state: "Feeding in", mood: "good" } : { state: "Drawing", mood: "plain" };
}

function add(facts: [string, string][], name: string, value: number | null, unit: string): void {
  if (value !== null) facts.push([name, amount(value, unit)]);
}

/** A constant of the API in words. */
export function words(constant: string): string {
  const text = constant.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
