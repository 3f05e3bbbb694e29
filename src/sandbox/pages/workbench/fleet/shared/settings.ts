import { operationModes } from "../../../../simulation/devices/battery.ts";
import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import type { SettingsByKind } from "../../../../simulation/devices/device-input.ts";
import { type Html, html } from "../../../shared/html.ts";

type SettingName = { [K in DeviceKind]: keyof SettingsByKind[K] }[DeviceKind];

/** A setting of a device in a form. */
export interface SettingField {
  readonly name: SettingName;
  readonly label: string;
  readonly type: "number" | "flag" | "text" | "choice";
  /** The values of a choice. */
  readonly values?: readonly string[];
}

/** The level of a battery. */
export const levelField: SettingField = number("batteryLevel", "Battery level in %");
/** Whether the cable is connected. */
export const plugField: SettingField = flag("isPluggedIn", "Plugged in");
/** The name that the owner gave a device. */
export const nameField: SettingField = { name: "displayName", label: "Name", type: "text" };

const ALL: readonly SettingField[] = [
  flag("isReachable", "In reach"),
  number("actionDelay", "Commands take, in ms"),
];

const CHARGING = [plugField, number("maxCurrent", "Current limit in A")];

/** The settings of each kind that can be changed. */
export const settingFields: Readonly<Record<DeviceKind, readonly SettingField[]>> = {
  vehicle: [
    levelField,
    number("chargeLimit", "Charge limit in %"),
    ...CHARGING,
    number("chargePower", "Charging power in kW"),
    number("batteryCapacity", "Battery capacity in kWh"),
    number("latitude", "Latitude"),
    number("longitude", "Longitude"),
    nameField,
    ...ALL,
  ],
  charger: [...CHARGING, number("energyWanted", "Energy that the car takes, in kWh"), ...ALL],
  hvac: [
    number("currentTemperature", "Temperature in °C"),
    number("maxPower", "Most power in kW"),
    nameField,
    ...ALL,
  ],
  inverter: [
    number("peakPower", "Power in full sun, in kW"),
    number("totalLifetimeProduction", "Lifetime production in kWh"),
    ...ALL,
  ],
  battery: [
    levelField,
    number("dischargeLimit", "Reserve in %"),
    { name: "operationMode", label: "Operation mode", type: "choice", values: operationModes },
    number("maxPower", "Most power in kW"),
    number("batteryCapacity", "Capacity in kWh"),
    ...ALL,
  ],
  meter: ALL,
};

/**
 * The settings of a form. An empty field is left out: what changes by itself keeps its present value.
 *
 * @returns Unchecked values: text where a number was expected and something else was typed.
 */
export function settingsIn(
  form: URLSearchParams,
  fields: readonly SettingField[],
): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const text = (form.get(name) ?? "").trim();
      return text === "" ? [] : [[name, typed(text, type)]];
    }),
  );
}

/**
 * The fields of a form.
 *
 * @param empty What a field means that is left empty.
 */
export function settingsView(prefix: string, fields: readonly SettingField[], empty: string): Html {
  return html`${fields.map(({ name, label, type, values = [] }) => {
    const id = `${prefix}-${name}`;
    return html`<div><label for="${id}">${label}</label>
${
  type === "flag" || type === "choice"
    ? html`<select id="${id}" name="${name}"><option value="">${empty}</option>${(type === "flag" ? ["yes", "no"] : values).map((value) => html`<option>${value}</option>`)}</select>`
    : html`<input id="${id}" name="${name}" placeholder="${empty}" autocomplete="off" maxlength="200"${type === "number" && html` inputmode="decimal"`}>`
}</div>
`;
  })}`;
}

function typed(text: string, type: SettingField["type"]): string | number | boolean {
  if (type === "flag") return text === "yes";
  const value = Number(text);
  return type === "number" && Number.isFinite(value) ? value : text;
}

function number(name: SettingName, label: string): SettingField {
  return { name, label, type: "number" };
}

function flag(name: SettingName, label: string): SettingField {
  return { name, label, type: "flag" };
}
