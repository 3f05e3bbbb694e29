import type { Vendor } from "../../../../generated/types.ts";
import { type Numbered, OrderedList } from "../../shared/ordered-list.ts";
import { Random, type Seed } from "../../shared/random.ts";
import type { SandboxClock } from "../../shared/time/clock.ts";
import type { ActionFate, ActionRecord } from "../actions.ts";
import type { Account } from "../devices/account.ts";
import { type DeviceKind, deviceKinds, hasHemSystems, scopesOf } from "../devices/catalogue.ts";
import type { DeviceEnvironment, DeviceObserver, DeviceQuirks } from "../devices/device.ts";
import type { DeviceSettings } from "../devices/device-settings.ts";
import { createHemSystem, type SimulatedHemSystem } from "../devices/hem-system.ts";
import { Home } from "../devices/home.ts";
import {
  type AnyDevice,
  type DevicesByKind,
  type Kind,
  kinds,
  type SimulatedByKind,
} from "../devices/registry.ts";
import { History } from "../history/history.ts";
import { Site } from "../site.ts";
import { ProcessScheduler } from "./process-scheduler.ts";

const ALL_SCOPES = deviceKinds.flatMap((kind) => scopesOf[kind]);

/** Lists of devices and HEM systems by kind. */
export class DeviceLists {
  // Created when needed: most users have devices of few kinds.
  readonly #lists: { [K in Kind]?: OrderedList<SimulatedByKind[K]> } = {};

  of<K extends Kind>(kind: K): OrderedList<SimulatedByKind[K]> {
    const known: OrderedList<SimulatedByKind[K]> | undefined = this.#lists[kind];
    if (known !== undefined) return known;
    const list = new OrderedList<SimulatedByKind[K]>(`${kind}s`);
    // A union of kinds as a key loses the type of the list.
    (this.#lists as Record<Kind, unknown>)[kind] = list;
    return list;
  }

  /** How many devices there are. */
  get size(): number {
    return deviceKinds.reduce((sum, kind) => sum + (this.#lists[kind]?.size ?? 0), 0);
  }

  /** All devices, newest first. */
  devices(): AnyDevice[] {
    const all = deviceKinds.flatMap((kind): AnyDevice[] =>
      this.#lists[kind] === undefined ? [] : this.of(kind).all(),
    );
    return all.sort((a, b) => b.number - a.number);
  }
}

/** A user with its accounts and devices. */
export interface UserRecord extends Numbered {
  readonly id: string;
  readonly createdAt: string;
  /** Vendor accounts by vendor. */
  readonly accounts: Map<string, Account>;
  readonly lists: DeviceLists;
  /** The place and the simulated home of the user; created when a device needs them. */
  site: Site | null;
  home: Home | null;
}

/** The ID of a device or HEM system, and its place in the lists. */
export interface Identity extends Numbered {
  readonly id: string;
}

/** Durations of commands, in simulated milliseconds. */
export interface ActionTimes {
  readonly delay: number;
  readonly timeout: number;
}

/** The users, accounts and devices of one sandbox. */
export class World implements DeviceEnvironment {
  readonly clock: SandboxClock;
  readonly times: ActionTimes;
  readonly users: Map<string, UserRecord> = new Map();
  readonly userList: OrderedList<UserRecord> = new OrderedList("users");
  readonly lists: DeviceLists = new DeviceLists();
  readonly devices: Map<string, AnyDevice> = new Map();
  readonly hemSystems: Map<string, SimulatedHemSystem> = new Map();
  readonly actions: Map<string, { readonly record: ActionRecord; readonly device: AnyDevice }> =
    new Map();
  /** Runs the processes beside devices. */
  readonly scheduler: ProcessScheduler = new ProcessScheduler();
  /** What was measured on devices, and what happened to them. */
  readonly history: History = new History();
  /** Each returns why a device takes no commands while a schedule or plan controls it, or null. */
  readonly controllers: ((device: AnyDevice) => string | null)[] = [];
  /** Called after a device was removed. */
  readonly onDeviceRemoved: ((device: AnyDevice) => void)[] = [];
  /** Called after a user was removed; its devices are removed before. */
  readonly onUserRemoved: ((user: UserRecord) => void)[] = [];
  placeAt: DeviceEnvironment["placeAt"] = () => null;
  /** The name of the time zone of a location, by its ID. */
  timezoneOf: (locationId: string) => string | undefined = () => undefined;
  /** What the running scenarios do to data. */
  quirks: DeviceQuirks = {
    isSilent: () => false,
    losesPlug: () => false,
    repeatsUpdate: () => false,
  };
  /** Returns how the next action on a device ends; undefined when no fault strikes it. */
  fateOfAction: (deviceId: string) => ActionFate | undefined = () => undefined;
  /** How many devices may be linked. */
  connectionLimit: number = Number.POSITIVE_INFINITY;
  /** The observer of the devices, if there is one. */
  observer: DeviceObserver | undefined;
  /** Where homes are follows from it. */
  readonly #seed: number;
  readonly #deviceRandom: Random;
  readonly #actionRandom: Random;
  #lastNumber = 0;
  /** The time of the change that is being made, when that is not the present. */
  #moment: number | undefined;

  /** @param drawn Seed of all else: each has a stream, as one more token must not change the IDs of devices. */
  constructor(seed: number, clock: SandboxClock, times: ActionTimes, drawn: Seed = seed) {
    this.clock = clock;
    this.times = times;
    this.#seed = seed;
    this.#deviceRandom = new Random(drawn, "devices");
    this.#actionRandom = new Random(drawn, "actions");
  }

  /** The simulated time as a timestamp in milliseconds. */
  now(): number {
    return this.#moment ?? this.clock.now().getTime();
  }

  /** Makes a change as of a time up to now, for what happens while the clock is advanced. */
  at(time: number, change: () => void): void {
    this.#moment = time;
    try {
      change();
    } finally {
      this.#moment = undefined;
    }
  }

  /** The number of the latest record. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  newActionId(): string {
    return this.#actionRandom.uuid();
  }

  /** The user with this ID, created when there is none. */
  ensureUser(id: string): UserRecord {
    const known = this.users.get(id);
    if (known !== undefined) return known;
    return this.#addUser(id, this.#nextNumber(), new Date(this.now()).toISOString());
  }

  /** Adds a user of another sandbox; call it in the order of the numbers. */
  restoreUser({
    id,
    number,
    createdAt,
  }: Pick<UserRecord, "id" | "number" | "createdAt">): UserRecord {
    return this.#addUser(id, this.#reserve(number), createdAt);
  }

  #addUser(id: string, number: number, createdAt: string): UserRecord {
    const user: UserRecord = {
      id,
      number,
      createdAt,
      accounts: new Map(),
      lists: new DeviceLists(),
      site: null,
      home: null,
    };
    this.users.set(id, user);
    this.userList.add(user);
    return user;
  }

  /** The devices of a user, who need not exist: whoever never linked anything has none. */
  listsOf(userId: string): DeviceLists {
    return this.users.get(userId)?.lists ?? new DeviceLists();
  }

  /** Removes a user with all data. Whether Enode sends events for it is not documented; the sandbox sends none. */
  removeUser(user: UserRecord): void {
    const devices = devicesOf(user);
    this.quietly([...devices, ...systemsOf(user)], () => {
      for (const device of devices) this.removeDevice(device);
    });
    for (const [id, { record }] of this.actions) {
      if (record.wire.userId === user.id) this.actions.delete(id);
    }
    this.users.delete(user.id);
    this.userList.remove(user);
    for (const notify of this.onUserRemoved) notify(user);
  }

  /** The account of a user at a vendor; one with all scopes is created when there is none. */
  ensureAccount(user: UserRecord, vendor: Vendor): Account {
    const known = user.accounts.get(vendor);
    if (known !== undefined) return known;
    const account = {
      userId: user.id,
      vendor,
      kinds: new Set<DeviceKind>(),
      isValid: true,
      scopes: ALL_SCOPES,
    };
    user.accounts.set(vendor, account);
    return account;
  }

  /** Creates a device of an account. */
  addDevice<K extends DeviceKind>(
    kind: K,
    user: UserRecord,
    account: Account,
    settings: DeviceSettings,
  ): DevicesByKind[K] {
    const now = this.now();
    const id = this.#deviceRandom.uuid();
    const device = this.#create(kind, user, account, { id, number: this.#nextNumber() });
    this.#joinSystem(user, device);
    device.change(settings, now);
    this.history.add(device, this.devices.size);
    return device;
  }

  /** Adds a device of another sandbox, with which it is to go on; call it in the order of the numbers. */
  restoreDevice<K extends DeviceKind>(
    kind: K,
    user: UserRecord,
    account: Account,
    { id, number }: Identity,
  ): DevicesByKind[K] {
    return this.#create(kind, user, account, { id, number: this.#reserve(number) });
  }

  /** Adds a HEM system of another sandbox, without its members; call it in the order of the numbers. */
  restoreSystem(user: UserRecord, account: Account, { id, number }: Identity): SimulatedHemSystem {
    return this.#createSystem(user, account, { id, number: this.#reserve(number) });
  }

  #create<K extends DeviceKind>(
    kind: K,
    user: UserRecord,
    account: Account,
    { id, number }: Identity,
  ): DevicesByKind[K] {
    const now = this.now();
    const { make, needsHome } = kinds[kind];
    const device: DevicesByKind[K] = make({
      id,
      vendor: account.vendor,
      account,
      random: this.#deviceRandom,
      now,
      parts: this.#parts(account, number, now),
      site: () => this.siteOf(user),
      home: () => this.#homeOf(user, now),
    });
    this.devices.set(device.wire.id, device);
    account.kinds.add(kind);
    for (const list of [this.lists.of(kind), user.lists.of(kind)]) {
      // The device was created for this kind.
      (list as OrderedList<AnyDevice>).add(device);
    }
    if (needsHome) this.#homeOf(user, now);
    user.home?.join(device, now);
    return device;
  }

  /** The place of a user's home. */
  siteOf(user: UserRecord): Site {
    user.site ??= new Site(new Random(this.#seed, `site/${user.id}`));
    return user.site;
  }

  /** Removes a device; its pending action fails. */
  removeDevice(device: AnyDevice): void {
    const now = this.now();
    device.advanceTo(now);
    device.cancelPending(now, "NOT_FOUND");
    this.devices.delete(device.wire.id);
    const user = this.users.get(device.wire.userId);
    this.#unlist(device.kind, device, user);
    user?.home?.leave(device);
    this.#leaveSystem(user, device);
    this.history.remove(device);
    this.observer?.removed(device);
    for (const notify of this.onDeviceRemoved) notify(device);
  }

  /** Changes devices without raising events. */
  quietly(devices: readonly SimulatedByKind[Kind][], act: () => void): void {
    const { observer } = this;
    this.observer = undefined;
    try {
      act();
    } finally {
      this.observer = observer;
      observer?.accept(devices);
    }
  }

  #unlist<K extends Kind>(kind: K, device: SimulatedByKind[K], user: UserRecord | undefined): void {
    this.lists.of(kind).remove(device);
    user?.lists.of(kind).remove(device);
  }

  #homeOf(user: UserRecord, now: number): Home {
    if (user.home !== null) return user.home;
    const home = new Home(this.siteOf(user), now);
    user.home = home;
    for (const device of user.lists.devices()) {
      device.advanceAloneTo(now);
      home.join(device, now);
    }
    return home;
  }

  /** Adds a device to the HEM system of its account, which is created with the first device. */
  #joinSystem(user: UserRecord, device: AnyDevice): void {
    const { account } = device;
    if (!("hemSystemId" in device.wire) || !hasHemSystems(account.vendor)) return;
    let system = systemOf(user, account);
    if (system === undefined) {
      const id = this.#deviceRandom.uuid();
      system = this.#createSystem(user, account, { id, number: this.#nextNumber() });
    }
    system.members.add(device);
    device.wire.hemSystemId = system.wire.id;
    this.observer?.changed(system);
  }

  #createSystem(user: UserRecord, account: Account, { id, number }: Identity): SimulatedHemSystem {
    const now = this.now();
    const home = this.#homeOf(user, now);
    const system = createHemSystem(id, this.#parts(account, number, now), home);
    this.hemSystems.set(id, system);
    this.lists.of("hemSystem").add(system);
    user.lists.of("hemSystem").add(system);
    home.join(system, now);
    return system;
  }

  #leaveSystem(user: UserRecord | undefined, device: AnyDevice): void {
    const system = user === undefined ? undefined : systemOf(user, device.account);
    if (system === undefined || !system.members.delete(device) || system.members.size > 0) return;
    user?.home?.leave(system);
    this.hemSystems.delete(system.wire.id);
    this.#unlist("hemSystem", system, user);
    this.observer?.removed(system);
  }

  #parts(account: Account, number: number, now: number) {
    return { number, account, actionDelay: this.times.delay, world: this, now };
  }

  #nextNumber(): number {
    return this.#reserve(this.#lastNumber + 1);
  }

  #reserve(number: number): number {
    this.#lastNumber = number;
    return number;
  }
}

/** The devices of a user, newest first. */
export function devicesOf(user: UserRecord): AnyDevice[] {
  return user.lists.devices();
}

/** The HEM systems of a user, newest first. */
export function systemsOf(user: UserRecord): SimulatedHemSystem[] {
  return user.home === null ? [] : user.lists.of("hemSystem").all();
}

function systemOf(user: UserRecord, account: Account): SimulatedHemSystem | undefined {
  return systemsOf(user).find((system) => system.account === account);
}
