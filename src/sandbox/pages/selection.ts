import { type AnyDevice, devicesOf, type UserRecord, type World } from "../world.ts";

/** The part of the world that the control page shows. */
export interface Selection {
  readonly users: readonly { readonly user: UserRecord; readonly devices: readonly AnyDevice[] }[];
  /** Whether there are more that fit than are shown. */
  readonly isCut: boolean;
}

// As many as a page can show, and a browser can bring up to date each second.
const MOST = 50;

/** The first users and devices that fit a search: by the ID of the user or the device, the vendor or the model. */
export function select(world: World, search: string): Selection {
  const wanted = search.trim().toLowerCase();
  const users: { user: UserRecord; devices: AnyDevice[] }[] = [];
  let left = MOST;
  for (const user of world.users.values()) {
    const all = devicesOf(user);
    const isNamed = user.id.toLowerCase().includes(wanted);
    const devices = isNamed ? all : all.filter((device) => fits(device, wanted));
    if (!isNamed && devices.length === 0) continue;
    if (left === 0) return { users, isCut: true };
    users.push({ user, devices: devices.slice(0, left) });
    if (devices.length > left) return { users, isCut: true };
    // A user without devices takes a place as well.
    left -= Math.max(1, devices.length);
  }
  return { users, isCut: false };
}

function fits({ wire, kind }: AnyDevice, wanted: string): boolean {
  const { brand, model } = wire.information;
  const text = `${wire.id} ${kind} ${wire.vendor} ${brand ?? ""} ${model ?? ""}`;
  return text.toLowerCase().includes(wanted);
}
