import type { Vendor } from "../../generated/types.ts";
import type { ActionFate, ActionRecord } from "./actions.ts";
import { Agenda } from "./agenda.ts";
import {
  type ChargerModel,
  chargerModel,
  type DeviceKind,
  scopesOf,
  type VehicleModel,
  vehicleModel,
} from "./catalogue.ts";
import { type ChargerSettings, chargerWire, SimulatedCharger } from "./chargers.ts";
import type { SandboxClock } from "./clock.ts";
import type { Account } from "./device.ts";
import { type Numbered, Shelf } from "./paging.ts";
import { Random } from "./random.ts";
import { SimulatedVehicle, type VehicleSettings, vehicleWire } from "./vehicles.ts";
import type { Watched, Watcher } from "./watcher.ts";

export type AnyDevice = SimulatedVehicle | SimulatedCharger;

/** A user and all that belongs to it. */
export interface UserRecord extends Numbered {
  readonly id: string;
  readonly createdAt: string;
  /** Vendor accounts by vendor. */
  readonly accounts: Map<string, Account>;
  readonly vehicles: Shelf<SimulatedVehicle>;
  readonly chargers: Shelf<SimulatedCharger>;
}

/** How long commands take, in simulated milliseconds. */
export interface ActionTimes {
  readonly delay: number;
  readonly timeout: number;
}

/** All that exists in one sandbox. */
export class World implements Watched {
  readonly clock: SandboxClock;
  readonly times: ActionTimes;
  readonly users: Map<string, UserRecord> = new Map();
  readonly userShelf: Shelf<UserRecord> = new Shelf("users");
  readonly vehicles: Shelf<SimulatedVehicle> = new Shelf("vehicles");
  readonly chargers: Shelf<SimulatedCharger> = new Shelf("chargers");
  readonly devices: Map<string, AnyDevice> = new Map();
  readonly actions: Map<string, { readonly record: ActionRecord; readonly device: AnyDevice }> =
    new Map();
  /** What happens by itself beside devices. */
  readonly agenda: Agenda = new Agenda();
  /** Each tells why a device takes no commands because something else controls it now, or null. */
  readonly controllers: ((device: AnyDevice) => string | null)[] = [];
  /** Called after a device was removed. */
  readonly onDeviceRemoved: ((device: AnyDevice) => void)[] = [];
  /** Called after a user was removed, and its devices before. */
  readonly onUserRemoved: ((user: UserRecord) => void)[] = [];
  placeAt: Watched["placeAt"] = () => null;
  /** Decides how the next action on a device ends; undefined for the natural way. */
  fateOfAction: (deviceId: string) => ActionFate | undefined = () => undefined;
  /** How many devices may be linked. */
  connectionLimit: number = Number.POSITIVE_INFINITY;
  /** Who hears of what happens to the devices, if anybody. */
  watcher: Watcher | undefined;
  /** Separate streams: asking for one more token must not change the IDs of devices. */
  readonly #deviceRandom: Random;
  readonly #actionRandom: Random;
  #lastNumber = 0;

  constructor(seed: number, clock: SandboxClock, times: ActionTimes) {
    this.clock = clock;
    this.times = times;
    this.#deviceRandom = new Random(seed, "devices");
    this.#actionRandom = new Random(seed, "actions");
  }

  /** The simulated time as a time stamp in milliseconds. */
  now(): number {
    return this.clock.now().getTime();
  }

  newActionId(): string {
    return this.#actionRandom.uuid();
  }

  /** The user with this ID, made when there is none. */
  ensureUser(id: string): UserRecord {
    const known = this.users.get(id);
    if (known !== undefined) return known;
    const user: UserRecord = {
      id,
      number: this.#nextNumber(),
      createdAt: this.clock.now().toISOString(),
      accounts: new Map(),
      vehicles: new Shelf("vehicles"),
      chargers: new Shelf("chargers"),
    };
    this.users.set(id, user);
    this.userShelf.add(user);
    return user;
  }

  /** Removes a user with all data. Whether Enode sends events then is not documented; here nobody is told. */
  removeUser(user: UserRecord): void {
    const devices = devicesOf(user);
    this.quietly(devices, () => {
      for (const device of devices) this.removeDevice(device);
    });
    for (const [id, { record }] of this.actions) {
      if (record.wire.userId === user.id) this.actions.delete(id);
    }
    this.users.delete(user.id);
    this.userShelf.remove(user);
    for (const tell of this.onUserRemoved) tell(user);
  }

  /** The account of a user at a vendor, made when there is none, with everything allowed. */
  ensureAccount(user: UserRecord, vendor: Vendor): Account {
    const known = user.accounts.get(vendor);
    if (known !== undefined) return known;
    const scopes = [...scopesOf.vehicle, ...scopesOf.charger];
    const account = {
      userId: user.id,
      vendor,
      kinds: new Set<DeviceKind>(),
      isValid: true,
      scopes,
    };
    user.accounts.set(vendor, account);
    return account;
  }

  addVehicle(user: UserRecord, account: Account, settings: VehicleSettings): SimulatedVehicle {
    const model: VehicleModel | undefined = vehicleModel(account.vendor);
    if (model === undefined) throw new Error(`${account.vendor} has no vehicles in the sandbox`);
    const [random, now] = [this.#deviceRandom, this.now()];
    const wire = vehicleWire(random.uuid(), user.id, account.vendor, model, random, now);
    const parts = { wire, account, ...this.#commonParts(now) };
    const vehicle = new SimulatedVehicle(parts, model.capacity, random);
    this.#settleIn(vehicle, settings, now);
    this.vehicles.add(vehicle);
    user.vehicles.add(vehicle);
    return vehicle;
  }

  addCharger(user: UserRecord, account: Account, settings: ChargerSettings): SimulatedCharger {
    const model: ChargerModel | undefined = chargerModel(account.vendor);
    if (model === undefined) throw new Error(`${account.vendor} has no chargers in the sandbox`);
    const [random, now] = [this.#deviceRandom, this.now()];
    const wire = chargerWire(random.uuid(), user.id, account.vendor, model, random, now);
    const parts = { wire, account, ...this.#commonParts(now) };
    const charger = new SimulatedCharger(parts, model.current);
    this.#settleIn(charger, settings, now);
    this.chargers.add(charger);
    user.chargers.add(charger);
    return charger;
  }

  /** Removes a device; its pending action fails. */
  removeDevice(device: AnyDevice): void {
    const now = this.now();
    device.settle(now);
    device.cancelPending(now, "NOT_FOUND");
    this.devices.delete(device.wire.id);
    const user = this.users.get(device.wire.userId);
    if (device.kind === "vehicle") {
      this.vehicles.remove(device);
      user?.vehicles.remove(device);
    } else {
      this.chargers.remove(device);
      user?.chargers.remove(device);
    }
    this.watcher?.removed(device);
    for (const tell of this.onDeviceRemoved) tell(device);
  }

  /** Does something to devices that nobody is to hear of. */
  quietly(devices: readonly AnyDevice[], act: () => void): void {
    const { watcher } = this;
    this.watcher = undefined;
    try {
      act();
    } finally {
      this.watcher = watcher;
      watcher?.accept(devices);
    }
  }

  #settleIn(device: AnyDevice, settings: VehicleSettings & ChargerSettings, now: number): void {
    device.change(settings, now);
    device.account.kinds.add(device.kind);
    this.devices.set(device.wire.id, device);
  }

  #commonParts(now: number) {
    return { number: this.#nextNumber(), actionDelay: this.times.delay, world: this, now };
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }
}

/** The devices of a user, newest first. */
export function devicesOf(user: UserRecord): AnyDevice[] {
  return [...user.vehicles.all(), ...user.chargers.all()].sort((a, b) => b.number - a.number);
}
