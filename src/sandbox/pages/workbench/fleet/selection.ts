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
const PAGE_SIZE = 50;

/** One page of the users and devices that match a query. */
function select(world: World, query: FleetQuery): Selection {
  return isFiltered(query) ? search(world, query) : browse(world, query.page);
}

/** A page of everything, by user. Lists of devices are made only of the users who are shown. */
function browse(world: World, page: number): Selection {
  const [first, last] = [(page - 1) * PAGE_SIZE, page * PAGE_SIZE];
  const users: { user: UserRecord; devices: AnyDevice[] }[] = [];
  let places = 0;
  for (const user of world.users.values()) {
    const start = places;
    // A user without devices takes a place as well.
    places += Math.max(1, user.lists.size);
    if (places <= first || start >= last) continue;
    const devices = devicesOf(user)
      .toReversed()
      .slice(Math.max(0, first - start), last - start);
    users.push({ user, devices });
  }
  return { users, count: world.devices.size, pages: pagesFor(places), isPartial: false };
}

// The sandbox answers no request while it searches: milliseconds.
const MOST_TIME = 250;
// Reading the time for each device would take as long as the search.
const PACE = 256;

/** A page of what matches, by ID of the user or device, kind, vendor, model or name. */
function search(world: World, query: FleetQuery): Selection {
  const [first, last] = [(query.page - 1) * PAGE_SIZE, query.page * PAGE_SIZE];
  const { fitsDevice, fitsUser } = matcher(world, query);
  const endsAt = performance.now() + MOST_TIME;
  const users = new Map<UserRecord, AnyDevice[]>();
  let [places, seen] = [0, 0];
  const show = (user: UserRecord | undefined, devices: readonly AnyDevice[]) => {
    const isOnPage = places >= first && places < last;
    places += 1;
    if (isOnPage && user !== undefined) users.set(user, [...(users.get(user) ?? []), ...devices]);
  };
  let isPartial = false;
  for (const device of world.devices.values()) {
    if (fitsDevice(device)) show(world.users.get(device.wire.userId), [device]);
    seen += 1;
    isPartial = seen % PACE === 0 && performance.now() > endsAt;
    if (isPartial) break;
  }
  const count = places;
  for (const user of world.users.values()) {
    if (fitsUser(user)) show(user, []);
  }
  return {
    users: Array.from(users, ([user, devices]) => ({ user, devices })),
    count,
    pages: pagesFor(places),
    isPartial,
  };
}

function pagesFor(places: number): number {
  return Math.max(1, Math.ceil(places / PAGE_SIZE));
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

interface Matcher {
  fitsDevice(device: AnyDevice): boolean;
  /** Whether a user fits who has no device. */
  fitsUser(user: UserRecord): boolean;
}

function matcher(world: World, query: FleetQuery): Matcher {
  const { kind, state, vendor } = query;
  const wanted = query.search.trim().toLowerCase();
  const now = world.now();
  const contains = remembered((text) => text.toLowerCase().includes(wanted));
  // The devices of a user mostly follow each other.
  let [lastUser, isNamed] = ["", false];
  const hasName = (userId: string) => {
    if (userId !== lastUser) [lastUser, isNamed] = [userId, userId.toLowerCase().includes(wanted)];
    return isNamed;
  };
  return {
    fitsDevice(device) {
      if (kind !== "" && device.kind !== kind) return false;
      if (vendor !== "" && device.wire.vendor !== vendor) return false;
      if (wanted !== "" && !hasName(device.wire.userId) && !hasText(device, wanted, contains))
        return false;
      return state === "" || isIn(state, device, now);
    },
    fitsUser({ id, lists }) {
      return kind + vendor + state === "" && lists.size === 0 && id.toLowerCase().includes(wanted);
    },
  };
}

function hasText(
  { wire, kind }: AnyDevice,
  wanted: string,
  contains: (text: string) => boolean,
): boolean {
  if (wire.id.includes(wanted) || contains(kind) || contains(wire.vendor)) return true;
  const { brand, model } = wire.information;
  if (contains(brand ?? "") || contains(model ?? "")) return true;
  if (wanted.includes(" ") && contains(`${brand} ${model}`)) return true;
  const name = "displayName" in wire.information ? wire.information.displayName : null;
  return name?.toLowerCase().includes(wanted) === true;
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
