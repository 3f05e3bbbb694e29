import type { PagesContext } from "../../shared/context.ts";
import { type DeviceView, viewOf } from "./device-view.ts";
import { type Selection, select } from "./selection.ts";

/** What the address asks for. */
export interface PageQuery {
  readonly search: string;
  /** The device whose chart is shown. */
  readonly deviceId: string | null;
}

/** The view of a vendor account. */
export interface AccountView {
  readonly vendor: string;
  readonly isValid: boolean;
}

export interface UserView {
  readonly id: string;
  readonly accounts: readonly AccountView[];
  readonly devices: readonly DeviceView[];
}

/** The state that the fleet shows. */
export interface FleetState {
  /** Simulated time as a timestamp in milliseconds. */
  readonly now: number;
  readonly query: PageQuery;
  readonly users: readonly UserView[];
  readonly isCut: boolean;
  readonly userCount: number;
  readonly deviceCount: number;
  /** The device of the chart. */
  readonly chosen: DeviceView | undefined;
}

export function pageQueryOf(query: URLSearchParams): PageQuery {
  return { search: query.get("q") ?? "", deviceId: query.get("device") };
}

/**
 * Reads the state of the world, which keeps the history of what is shown.
 *
 * @param selection The users and devices to read; all that match the query by default.
 */
export function readState(
  { world, act }: PagesContext,
  query: PageQuery,
  selection: () => Selection = () => select(world, query.search),
): FleetState {
  return act(() => {
    const now = world.now();
    const { users, isCut } = selection();
    const shown = users.map(({ user, devices }): UserView => {
      const accounts = [...user.accounts.values()];
      return {
        id: user.id,
        accounts: accounts.map(({ vendor, isValid }) => ({ vendor, isValid })),
        devices: devices.map((device) => {
          world.history.look(device);
          device.advanceTo(now);
          return viewOf(device);
        }),
      };
    });
    const all = shown.flatMap(({ devices }) => devices);
    return {
      now,
      query,
      users: shown,
      isCut,
      userCount: world.users.size,
      deviceCount: world.devices.size,
      chosen:
        all.find(({ id }) => id === query.deviceId) ??
        all.find(({ level, isPluggedIn }) => level !== null && isPluggedIn !== null) ??
        all[0],
    };
  });
}
