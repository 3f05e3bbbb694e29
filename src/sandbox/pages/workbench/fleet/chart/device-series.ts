import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import type { Sample } from "../../../../simulation/history/reading.ts";
import type { Series } from "./series.ts";

type Line = Omit<Series, "points"> & { readonly of: Exclude<keyof Sample, "at"> };

const POWER: Line = {
  of: "power",
  name: "Power",
  unit: "kW",
  look: "power",
  isSteps: true,
  axis: "left",
  hasLabel: true,
};

const LEVEL: Line = {
  of: "level",
  name: "Battery level",
  unit: "%",
  look: "level",
  isSteps: false,
  axis: "right",
  hasLabel: true,
};

const TEMPERATURE: Line = {
  of: "temperature",
  name: "Temperature",
  unit: "°C",
  look: "temperature",
  isSteps: false,
  axis: "right",
  hasLabel: true,
};

const SET_POINT = { ...TEMPERATURE, isSteps: true, hasLabel: false };

const CLIMATE: readonly Line[] = [
  POWER,
  TEMPERATURE,
  { ...SET_POINT, of: "heatSetpoint", name: "Heat to", look: "heat" },
  { ...SET_POINT, of: "coolSetpoint", name: "Cool to", look: "cool" },
];

const CHARTS: Readonly<Record<DeviceKind, readonly [title: string, lines: readonly Line[]]>> = {
  vehicle: ["Power and battery level", [POWER, LEVEL]],
  charger: ["Power", [POWER]],
  hvac: ["Power, temperature and set points", CLIMATE],
  inverter: ["Solar power", [{ ...POWER, name: "Production", look: "solar" }]],
  battery: ["Power and battery level", [{ ...POWER, name: "Power, charging above zero" }, LEVEL]],
  meter: ["Power from the grid", [{ ...POWER, name: "Power, feeding in below zero" }]],
};

/** What the chart of a kind of device is called. */
export function titleFor(kind: DeviceKind): string {
  return CHARTS[kind][0];
}

/** The lines of a device; those of which nothing is ever known are left out. */
export function deviceSeries(kind: DeviceKind, samples: readonly Sample[]): Series[] {
  const [, lines] = CHARTS[kind];
  return lines
    .map(({ of, ...line }) => ({
      ...line,
      points: samples.map((sample) => ({ at: sample.at, value: sample[of] })),
    }))
    .filter(({ points }) => points.some(({ value }) => value !== null));
}
