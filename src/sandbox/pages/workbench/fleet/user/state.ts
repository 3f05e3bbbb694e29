import type {
  HemSystem,
  Location,
  LocationTariffScheduleEntry,
  Tariff,
} from "../../../../../../generated/types.ts";
import type { Session } from "../../../../api/link/link-sessions.ts";
import { devicesOf, systemsOf, type UserRecord } from "../../../../simulation/world/world.ts";
import type { PagesContext } from "../../../shared/context.ts";
import { type DeviceView, viewOf } from "../shared/device-view.ts";

/** How many devices the page of a user shows. */
const MOST_DEVICES = 50;
const MOST = new URLSearchParams({ pageSize: "100" });

/** A vendor account of a user. */
export interface AccountView {
  readonly vendor: string;
  readonly kinds: readonly string[];
  readonly isValid: boolean;
}

/** A location with its tariff, if one was linked. */
export interface PlaceView {
  readonly location: Readonly<Location>;
  readonly week: readonly LocationTariffScheduleEntry[];
  readonly rates: Tariff;
}

/** What the page of a user shows. */
export interface UserState {
  readonly id: string;
  readonly record: UserRecord;
  readonly createdAt: string;
  readonly accounts: readonly AccountView[];
  readonly devices: readonly DeviceView[];
  readonly deviceCount: number;
  readonly places: readonly PlaceView[];
  readonly systems: readonly HemSystem[];
  readonly sessions: readonly (Session & { readonly linkUrl: string })[];
}

/** Reads a user; undefined when there is none with this ID. */
export function readUser(context: PagesContext, id: string): UserState | undefined {
  const { world, act, services, links } = context;
  return act(() => {
    const user = world.users.get(id);
    if (user === undefined) return undefined;
    const now = world.now();
    const devices = devicesOf(user).toReversed();
    const systems = systemsOf(user);
    const shown = devices.slice(0, MOST_DEVICES);
    for (const device of shown) world.history.look(device);
    for (const device of [...shown, ...systems]) device.advanceTo(now);
    return {
      id,
      record: user,
      createdAt: user.createdAt,
      accounts: [...user.accounts.values()].map(({ vendor, kinds, isValid }) => {
        return { vendor, kinds: [...kinds], isValid };
      }),
      devices: shown.map(viewOf),
      deviceCount: devices.length,
      places: services.locations
        .page(MOST, id)
        .data.map((location) => placeOf(services.tariffs, location)),
      systems: systems.map(({ wire }) => wire),
      sessions: links.openOf(id),
    };
  });
}

function placeOf(
  tariffs: PagesContext["services"]["tariffs"],
  location: Readonly<Location>,
): PlaceView {
  const week = tariffs.weekOf(location.id) ?? [];
  const ids = new Set(week.map(({ tariffId }) => tariffId));
  return { location, week, rates: [...ids].flatMap((id) => tariffs.require(id)) };
}
