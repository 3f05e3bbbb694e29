import { round } from "../../../../shared/numbers.ts";
import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import type { AnyDevice } from "../../../../simulation/devices/registry.ts";
import type { Sample } from "../../../../simulation/history/reading.ts";
import { devicesOf, type UserRecord, type World } from "../../../../simulation/world/world.ts";
import { type Look, type Series, timesOf, valueAt } from "./series.ts";

const STYLE = { unit: "kW", isSteps: true, axis: "left", hasLabel: false } as const;

interface Share {
  readonly name: string;
  readonly look: Look;
  readonly kinds: readonly DeviceKind[];
}

/** What the devices of a home add to its power from the grid. */
const SHARES: readonly Share[] = [
  { name: "Solar", look: "solar", kinds: ["inverter"] },
  { name: "Battery", look: "battery", kinds: ["battery"] },
  { name: "Charging", look: "charging", kinds: ["vehicle", "charger"] },
  { name: "Heating and cooling", look: "climate", kinds: ["hvac"] },
];

/** The power of each part of a home, above zero when it takes: the grid supplies the sum of all others. */
export function householdSeries({ history }: World, user: UserRecord): Series[] {
  const devices = devicesOf(user).filter((device) => !isThermostat(device));
  const shares = SHARES.flatMap(({ name, look, kinds }) => {
    const members = devices.filter(({ kind }) => kinds.includes(kind));
    return members.length === 0
      ? []
      : [
          sum(
            name,
            look,
            members.map((device) => taken(device, history.of(device))),
          ),
        ];
  });
  const meter = devices.find(({ kind }) => kind === "meter");
  if (meter === undefined) return shares;
  const grid = {
    ...sum("Grid", "power", [taken(meter, history.of(meter))]),
    hasLabel: true,
  };
  const rest = sum("Rest of the home", "rest", [grid, ...shares.map(negative)]);
  return [grid, ...shares, rest];
}

/** Whether the device uses no electricity itself. */
function isThermostat({ wire }: AnyDevice): boolean {
  return "consumptionRate" in wire && wire.consumptionRate === null;
}

/** The power that a device takes. */
function taken({ kind }: AnyDevice, samples: readonly Sample[]): Series {
  const points = samples.map(({ at, power }) => ({ at, value: power }));
  const line = { name: kind, ...STYLE, look: "power", points } as const;
  return kind === "inverter" ? negative(line) : line;
}

function negative(line: Series): Series {
  const points = line.points.map(({ at, value }) => ({
    at,
    value: value === null ? null : -value,
  }));
  return { ...line, points };
}

/** The sum of lines; where one is unknown, so is the sum. */
function sum(name: string, look: Look, lines: readonly Series[]): Series {
  const points = timesOf(lines).map((at) => {
    const values = lines.map((line) => valueAt(line, at));
    const isKnown = values.every((value) => value !== null);
    const total = values.reduce<number>((before, value) => before + (value ?? 0), 0);
    return { at, value: isKnown ? round(total, 3) : null };
  });
  return { name, ...STYLE, look, points };
}
