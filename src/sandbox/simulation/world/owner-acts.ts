import { round } from "../../shared/numbers.ts";
import type { SettingsByKind } from "../devices/device-input.ts";

type Settings = Readonly<SettingsByKind[keyof SettingsByKind]>;

/** What an owner does with a device, for its history; null when it is nothing that a chart shows. */
export function ownerActs(settings: Settings): string | null {
  const acts = Object.entries(settings).flatMap(([name, value]) => {
    // Reach has markers of its own, as it has other causes too.
    if (value === undefined || name === "isReachable" || name === "actionDelay") return [];
    if (name === "isPluggedIn") return [value === true ? "plugged in" : "unplugged"];
    if (name === "isCharging") return [value === true ? "started charging" : "stopped charging"];
    if (typeof value === "number") return [`set ${name} to ${round(value, 2)}`];
    return [name === "operationMode" ? `set ${name} to ${value}` : `changed ${name}`];
  });
  return acts.length === 0 ? null : `Owner: ${acts.join(", ")}`;
}
