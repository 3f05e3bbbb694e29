import type { AnyDevice } from "../../../simulation/devices/registry.ts";
import { devicesOf, type UserRecord, type World } from "../../../simulation/world/world.ts";

/** The part of the world that the fleet shows. */
export interface Selection {
  readonly users: readonly { readonly user: UserRecord; readonly devices: readonly AnyDevice[] }[];
  /** Whether more match than are shown. */
  readonly isCut: boolean;
}

// As many as a page can show, and a browser can update each second.
const MOST = 50;

/** The first users and devices that match a search, by ID of the user or device, vendor or model. */
export function select(world: World, search: string): Selection {
  const wanted = search.trim().toLowerCase();
  const found = find(world, wanted);
  const users: { user: UserRecord; devices: AnyDevice[] }[] = [];
  let left = MOST;
  for (const user of world.users.values()) {
    const isNamed = user.id.toLowerCase().includes(wanted);
    const devices = isNamed ? devicesOf(user) : found.get(user.id);
    if (devices === undefined) continue;
    if (left <= 0) return { users, isCut: true };
    users.push({ user, devices: devices.slice(0, left) });
    if (devices.length > left) return { users, isCut: true };
    // A user without devices takes a place as well.
    left -= Math.max(1, devices.length);
  }
  return { users, isCut: false };
}

// Searching a hundred thousand devices takes a while, and the sandbox answers no request meanwhile.
const REST = 20;

/** Repeats a search, and reuses each result for `REST` times as long as the search took. */
export function selector(world: World, search: string): () => Selection {
  let selection: Selection | undefined;
  let goodUntil = 0;
  return () => {
    const begun = performance.now();
    if (selection !== undefined && begun < goodUntil) return selection;
    selection = select(world, search);
    const ended = performance.now();
    goodUntil = ended + REST * (ended - begun);
    return selection;
  };
}

/** Matching devices by user; at most one more than is shown. */
function find(world: World, wanted: string): Map<string, AnyDevice[]> {
  const found = new Map<string, AnyDevice[]>();
  // An empty search matches every user already.
  if (wanted === "") return found;
  let left = MOST + 1;
  for (const device of world.devices.values()) {
    if (!fits(device, wanted)) continue;
    const { userId } = device.wire;
    const ofUser = found.get(userId);
    if (ofUser === undefined) found.set(userId, [device]);
    else ofUser.push(device);
    left -= 1;
    if (left === 0) break;
  }
  return found;
}

function fits({ wire, kind }: AnyDevice, wanted: string): boolean {
  const { brand, model } = wire.information;
  return [wire.id, kind, wire.vendor, brand, model].some((text) =>
    text?.toLowerCase().includes(wanted),
  );
}
