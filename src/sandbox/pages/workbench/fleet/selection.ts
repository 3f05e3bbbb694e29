import type { AnyDevice } from "../../../simulation/devices/registry.ts";
import { devicesOf, type UserRecord, type World } from "../../../simulation/world/world.ts";
import { type FleetQuery, isFiltered } from "./query.ts";
import { stateOf } from "./shared/device-view.ts";

/** The part of the world that a page of the fleet shows. */
export interface Selection {
  readonly users: readonly { readonly user: UserRecord; readonly devices: readonly AnyDevice[] }[];
  /** How many devices fit. */
  readonly count: number;
  /** How many pages there are. */
  readonly pages: number;
  /** Whether the search ended before it had seen all: more may fit. */
  readonly isPartial: boolean;
}

// As many as a page can show, and a browser can update each second.
export const PAGE_SIZE = 50;
// The sandbox answers no request while it searches: milliseconds.
const MOST_TIME = 250;

/**
 * One page of the users and devices that match a query. The search is by ID of the user or device, kind, vendor,
 * model or name. Lists of devices are made only of the users who are shown, unless a query needs to see each device.
 */
export function select(world: World, query: FleetQuery): Selection {
  const first = (query.page - 1) * PAGE_SIZE;
  const last = first + PAGE_SIZE;
  const match = isFiltered(query) ? matcher(world, query) : null;
  const endsAt = performance.now() + MOST_TIME;
  const users: { user: UserRecord; devices: AnyDevice[] }[] = [];
  let [places, count, isPartial] = [0, 0, false];
  for (const user of world.users.values()) {
    const matching = match?.(user);
    if (matching === null) continue;
    const size = matching?.length ?? user.lists.size;
    const start = places;
    // A user without devices takes a place as well.
    places += Math.max(1, size);
    count += size;
    if (places > first && start < last) {
      const devices = matching ?? devicesOf(user);
      users.push({ user, devices: devices.slice(Math.max(0, first - start), last - start) });
    }
    isPartial = performance.now() > endsAt;
    if (isPartial) break;
  }
  return { users, count, pages: Math.max(1, Math.ceil(places / PAGE_SIZE)), isPartial };
}

// Searching a hundred thousand devices takes a while, and the sandbox answers no request meanwhile.
const REST = 20;

/** Repeats a search, and reuses each result for `REST` times as long as the search took. */
export function selector(world: World, query: FleetQuery): () => Selection {
  let selection: Selection | undefined;
  let goodUntil = 0;
  return () => {
    const begun = performance.now();
    if (selection !== undefined && begun < goodUntil) return selection;
    selection = select(world, query);
    const ended = performance.now();
    goodUntil = ended + REST * (ended - begun);
    return selection;
  };
}

/** Returns the devices of a user that match; null when neither they nor the user do. */
function matcher(world: World, query: FleetQuery): (user: UserRecord) => AnyDevice[] | null {
  const { kind, state, vendor } = query;
  const wanted = query.search.trim().toLowerCase();
  const now = world.now();
  const contains = remembered((text) => text.toLowerCase().includes(wanted));
  const fits = (device: AnyDevice, isNamed: boolean): boolean => {
    if (kind !== "" && device.kind !== kind) return false;
    if (vendor !== "" && device.wire.vendor !== vendor) return false;
    if (!isNamed && !hasText(device, wanted, contains)) return false;
    return state === "" || isIn(state, device, now);
  };
  return (user) => {
    const isNamed = user.id.toLowerCase().includes(wanted);
    const devices = devicesOf(user).filter((device) => fits(device, isNamed));
    if (devices.length > 0) return devices;
    const isEmpty = `${kind}${vendor}${state}` === "" && user.lists.size === 0;
    return isNamed && isEmpty ? devices : null;
  };
}

function hasText(
  { wire, kind }: AnyDevice,
  wanted: string,
  contains: (text: string) => boolean,
): boolean {
  const { brand, model } = wire.information;
  return (
    wire.id.includes(wanted) ||
    contains(kind) ||
    contains(wire.vendor) ||
    contains(`${brand} ${model}`) ||
    ("displayName" in wire.information &&
      wire.information.displayName?.toLowerCase().includes(wanted) === true)
  );
}

/** Whether a device is in a state; brings it up to date when that may have changed by itself. */
function isIn(state: string, device: AnyDevice, now: number): boolean {
  if (device.nextEventAt() <= now) device.advanceTo(now);
  const words = stateOf(device).toLowerCase().split(", ");
  return words.includes(state.toLowerCase());
}

/** Remembers the answers of a test: fleets have few brands and models. */
function remembered(test: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = test(text);
    answers.set(text, answer);
    return answer;
  };
}
