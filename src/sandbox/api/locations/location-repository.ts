import type { Location, LocationCreate, LocationUpdate } from "../../../../generated/types.ts";
import { invalid } from "../../http/body-validation.ts";
import { type PageOf, pageOf } from "../../http/pagination.ts";
import { notFound } from "../../http/problems.ts";
import type { Position } from "../../shared/geo.ts";
import { distance } from "../../shared/geo.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import { type Numbered, OrderedList } from "../../shared/ordered-list.ts";
import type { Random } from "../../shared/random.ts";
import { type TimeZone, timeZone } from "../../shared/time/time-zone.ts";
import { devicesOf, systemsOf, type World } from "../../simulation/world/world.ts";

interface LocationRecord extends Numbered {
  readonly id: string;
  wire: Location;
}

/** A location, and its place in the lists. */
export interface SavedLocation extends Numbered {
  readonly wire: Location;
}

// A device within this distance, in metres, is at the location. Enode does not document its own value.
const RADIUS = 250;

/** The locations of users. */
export class LocationRepository {
  readonly #world: World;
  readonly #random: Random;
  readonly #byId = new Map<string, LocationRecord>();
  readonly #list = new OrderedList<LocationRecord>("locations");
  readonly #byUser = new Map<string, OrderedList<LocationRecord>>();
  /** Called after a location was deleted. */
  readonly onRemoved: ((locationId: string) => void)[] = [];
  #lastNumber = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    world.placeAt = (userId, position) => this.#placeAt(userId, position);
    world.timezoneOf = (id) => this.get(id)?.timezoneName;
    world.onUserRemoved.push(({ id }) => {
      for (const record of this.#of(id).all()) this.#forget(record);
      this.#byUser.delete(id);
    });
  }

  /** A location; undefined when there is none. */
  get(id: string): Readonly<Location> | undefined {
    return this.#byId.get(id)?.wire;
  }

  /** A location; throws a 404 when there is none. */
  require(id: string): Readonly<Location> {
    return this.#find(id).wire;
  }

  /** Whether a user has no locations. */
  isEmpty(userId: string): boolean {
    return this.#of(userId).size === 0;
  }

  /** The time zone of a location, UTC when there is none. */
  zoneOf(id: string | null): TimeZone {
    const name = id === null ? undefined : this.get(id)?.timezoneName;
    return timeZone(name ?? "UTC");
  }

  /** Throws a 400 when resources of this user cannot be assigned to a location. */
  checkAssignable(id: string | null, userId: string): void {
    if (id === null || this.get(id)?.userId === userId) return;
    throw invalid("locationId", "must be the ID of a location of the same user");
  }

  /** A page of all locations, or of those of one user. */
  page(query: URLSearchParams, userId?: string): PageOf<Location> {
    const list = userId === undefined ? this.#list : this.#of(userId);
    const { data, pagination } = pageOf(list, query);
    return { data: data.map(({ wire }) => wire), pagination };
  }

  create(userId: string, input: LocationCreate): Location {
    const createdAt = new Date(this.#world.now()).toISOString();
    const wire = { ...input, id: this.#random.uuid(), userId, createdAt };
    this.#add(this.#lastNumber + 1, wire);
    this.#placeDevices(userId);
    return wire;
  }

  /** All locations, oldest first. */
  get saved(): SavedLocation[] {
    return Array.from(this.#byId.values(), ({ number, wire }) => ({ number, wire }));
  }

  /** Adds a location of another sandbox; call it in the order of the numbers. */
  restore({ number, wire }: SavedLocation): void {
    this.#add(number, wire);
  }

  update(id: string, changes: LocationUpdate): Location {
    const record = this.#find(id);
    record.wire = { ...record.wire, ...withoutUndefined(changes) };
    this.#placeDevices(record.wire.userId);
    return record.wire;
  }

  /** Deletes a location and all assignments to it. */
  remove(id: string): Location {
    const record = this.#find(id);
    const { userId } = record.wire;
    this.#forget(record);
    this.#of(userId).remove(record);
    const now = this.#world.now();
    const user = this.#world.users.get(userId);
    for (const device of user === undefined ? [] : devicesOf(user)) {
      if (device.wire.location.id !== id) continue;
      device.advanceTo(now);
      if ("place" in device) device.place(null, now);
    }
    this.#placeDevices(userId);
    return record.wire;
  }

  #add(number: number, wire: Location): void {
    const { id, userId } = wire;
    const record = { id, number, wire };
    this.#lastNumber = number;
    this.#byId.set(id, record);
    this.#list.add(record);
    const ofUser = this.#of(userId);
    ofUser.add(record);
    this.#byUser.set(userId, ofUser);
  }

  #find(id: string): LocationRecord {
    const record = this.#byId.get(id);
    if (record === undefined) throw notFound(`There is no location with the ID ${id}`);
    return record;
  }

  #of(userId: string): OrderedList<LocationRecord> {
    return this.#byUser.get(userId) ?? new OrderedList("locations");
  }

  #forget(record: LocationRecord): void {
    this.#byId.delete(record.id);
    this.#list.remove(record);
    for (const notify of this.onRemoved) notify(record.id);
  }

  /** Updates the locations of all devices that know their position. */
  #placeDevices(userId: string): void {
    const now = this.#world.now();
    const user = this.#world.users.get(userId);
    if (user === undefined) return;
    for (const device of [...devicesOf(user), ...systemsOf(user)]) {
      device.advanceTo(now);
      device.updateScopes();
    }
  }

  #placeAt(userId: string, position: Position): string | null {
    let nearest: string | null = null;
    let least = RADIUS;
    for (const { id, wire } of this.#byUser.get(userId)?.all() ?? []) {
      const metres = distance(position, wire);
      if (metres > least) continue;
      nearest = id;
      least = metres;
    }
    return nearest;
  }
}
