import type { PagesContext } from "../../shared/context.ts";
import type { FleetQuery } from "./query.ts";
import type { Selection } from "./selection.ts";
import { type DeviceView, viewOf } from "./shared/device-view.ts";

export interface UserView {
  readonly id: string;
  /** The vendors whose credentials no longer work. */
  readonly signedOut: readonly string[];
  readonly devices: readonly DeviceView[];
}

/** The state that the fleet shows. */
export interface FleetState {
  /** Simulated time as a timestamp in milliseconds. */
  readonly now: number;
  readonly query: FleetQuery;
  readonly users: readonly UserView[];
  /** How many devices fit the query, and how many pages they take. */
  readonly count: number;
  readonly pages: number;
  /** Whether more may fit. */
  readonly isPartial: boolean;
  readonly userCount: number;
  readonly deviceCount: number;
  /** The device of the chart. */
  readonly chosen: DeviceView | undefined;
}

/** Reads the state of the world, which keeps the history of what is shown. */
export function readState(
  { world, act }: PagesContext,
  query: FleetQuery,
  selection: () => Selection,
): FleetState {
  return act(() => {
    const now = world.now();
    const { users, ...found } = selection();
    const shown = users.map(({ user, devices }): UserView => {
      const broken = [...user.accounts.values()].filter(({ isValid }) => !isValid);
      return {
        id: user.id,
        signedOut: broken.map(({ vendor }) => vendor),
        devices: devices.map((device) => {
          world.history.look(device);
          device.advanceTo(now);
          return viewOf(device);
        }),
      };
    });
    const all = shown.flatMap(({ devices }) => devices);
    const chosen = chosenDevice(world, query.deviceId, now) ?? defaultOf(all);
    return {
      now,
      query,
      users: shown,
      ...found,
      userCount: world.users.size,
      deviceCount: world.devices.size,
      chosen,
    };
  });
}

/** The device that the address names, on this page of the list or not. */
function chosenDevice(
  { devices, history }: PagesContext["world"],
  id: string | null,
  now: number,
): DeviceView | undefined {
  const device = devices.get(id ?? "");
  if (device === undefined) return undefined;
  history.look(device);
  device.advanceTo(now);
  return viewOf(device);
}

/** A vehicle, if there is one: its chart shows most. */
function defaultOf(views: readonly DeviceView[]): DeviceView | undefined {
  return views.find(({ level, isPluggedIn }) => level !== null && isPluggedIn !== null) ?? views[0];
}
