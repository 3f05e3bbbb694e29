import { timeZone } from "../../../../shared/time/time-zone.ts";
import { HOUR } from "../../../../shared/time/units.ts";
import type { AnyDevice } from "../../../../simulation/devices/registry.ts";
import { amount } from "../shared/numbers.ts";

/** A figure about the past of a device. */
export type Statistic = readonly [name: string, value: string];

/** What the API has statistics of, summed up; empty for the other kinds. */
export function statisticsOf(device: AnyDevice, now: number): Statistic[] {
  if (device.kind === "inverter") {
    const zone = timeZone(device.site.timezone);
    const midnight = zone.timestampOf(zone.dayAt(now), 0);
    return [["Produced today", amount(device.production(midnight, now), "kWh")]];
  }
  const { charges } = device;
  if (device.kind !== "vehicle" && device.kind !== "charger") return [];
  const energy = charges.reduce(
    (sum, { from, to, power }) => sum + ((to - from) / HOUR) * power,
    0,
  );
  const time = charges.reduce((sum, { from, to }) => sum + (to - from), 0);
  return [
    ["Charged since the start", amount(energy, "kWh")],
    ["In", amount(time / HOUR, "h")],
    ["Times with constant power", String(charges.length)],
  ];
}
