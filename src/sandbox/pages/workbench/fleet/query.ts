import { deviceKinds } from "../../../simulation/devices/catalogue.ts";

/** What the address asks for. */
export interface FleetQuery {
  readonly search: string;
  /** A kind of device; empty for all. */
  readonly kind: string;
  /** A state in a word or two; empty for all. */
  readonly state: string;
  /** A vendor; empty for all. */
  readonly vendor: string;
  /** The page of the list, from 1. */
  readonly page: number;
  /** The device whose page is shown. */
  readonly deviceId: string | null;
  /** The user whose page is shown. */
  readonly userId: string | null;
}

/** The states to which a list can be limited. */
export const STATES: readonly string[] = [
  "Charging",
  "Charged",
  "Discharging",
  "Plugged in",
  "Unplugged",
  "Producing",
  "Idle",
  "Active",
  "Drawing",
  "Feeding in",
  "Balanced",
  "Offline",
  "Signed out",
];

export function fleetQueryOf(query: URLSearchParams): FleetQuery {
  const page = Number(query.get("page") ?? "1");
  return {
    search: query.get("q") ?? "",
    kind: deviceKinds.find((kind) => kind === query.get("kind")) ?? "",
    state: STATES.find((state) => state === query.get("state")) ?? "",
    vendor: query.get("vendor") ?? "",
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    deviceId: query.get("device"),
    userId: query.get("user"),
  };
}

/** Whether the list shows only what fits. */
export function isFiltered({ search, kind, state, vendor }: FleetQuery): boolean {
  return [search.trim(), kind, state, vendor].some((each) => each !== "");
}
