import { vi } from "vitest";
import type { LinkSessionRequest } from "../../../generated/types.ts";
import { Enode } from "../../../src/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import type { DeviceStore, EventStore } from "../../../src/storage/index.ts";
import { Auditor, History } from "./simulation-audit.ts";
import { Host } from "./simulation-host.ts";
import { Network } from "./simulation-network.ts";
import type { Change, Event, Scenario, Step } from "./simulation-steps.ts";

const SECRET = "a-secret-of-the-simulation";
const DAY = 86_400_000;
const USERS = ["anna", "ben", "carl"] as const;
const VENDORS = ["TESLA", "KIA", "EASEE"] as const;
const LINK: LinkSessionRequest = {
  scopes: [
    "vehicle:read:data",
    "vehicle:read:location",
    "vehicle:control:charging",
    "charger:read:data",
    "charger:control:charging",
  ],
  language: "en-GB",
  redirectUri: "https://app.example.com/done",
};

/** Where the host keeps things. */
export interface Stores {
  readonly deviceStore: DeviceStore;
  readonly eventStore: EventStore;
}

/** Enode, a host with a mirror, and the network between them. Time passes only by `#pass`. */
export class Simulation {
  readonly #sandbox: Sandbox;
  readonly #network: Network;
  readonly #history = new History();
  readonly #auditor: Auditor;
  readonly #pace: number;
  readonly #events: EventStore;
  /** The client of the mirror; between its answers other things happen. */
  readonly #enode: Enode;
  /** The client of everybody else. */
  readonly #other: Enode;
  #host: Host;
  /** The users that exist. */
  #users: string[] = [];
  #meanwhile: (readonly Event[])[] = [];
  readonly #calls = new Set<Promise<Response>>();
  #isInBetween = false;
  #callsToFailure = Number.POSITIVE_INFINITY;

  constructor({ seed, fates, pace }: Scenario, stores: Stores) {
    this.#network = new Network(SECRET, fates, this.#history, (delivery) =>
      this.#host.receive(delivery),
    );
    this.#sandbox = createSandbox({
      seed,
      clock: "manual",
      tokenLifetime: DAY,
      webhookRetryWindow: DAY,
      heartbeatInterval: Number.POSITIVE_INFINITY,
      fleet: [
        { id: "anna", vehicles: [{ vendor: "TESLA", batteryCapacity: 10, chargePower: 30 }] },
        { id: "ben", vehicles: [{ vendor: "KIA" }], chargers: [{ vendor: "EASEE" }] },
      ],
      deliver: (request) => this.#network.deliver(request),
    });
    this.#pace = pace;
    this.#auditor = new Auditor(stores.deviceStore, this.#history);
    this.#events = stores.eventStore;
    const options = {
      environment: "sandbox",
      ...this.#sandbox.credentials,
      maxRetries: 0,
      deadline: 2 ** 31 - 1,
      timeout: 2 ** 31 - 1,
    } as const;
    this.#other = new Enode({ ...options, fetch: this.#sandbox.fetch });
    this.#enode = new Enode({ ...options, fetch: (request) => this.#call(request) });
    this.#host = this.#newHost();
  }

  get violations(): readonly string[] {
    return this.#auditor.violations;
  }

  /** Plays a scenario, and all that has to be true at its end. */
  async run({ steps, last }: Scenario): Promise<void> {
    await this.#other.webhooks.create({ url: "https://host.example.com/enode", secret: SECRET });
    await this.#observeUsers();
    this.#observe();
    for (const step of steps) {
      await this.#perform(step);
      this.#auditor.settle();
      this.#check();
    }
    await this.#recover(last);
  }

  /** The storm is over: one reconciliation has to put everything right, and nothing may undo it. */
  async #recover(last: readonly Change[]): Promise<void> {
    this.#network.calm();
    this.#callsToFailure = Number.POSITIVE_INFINITY;
    // A process of its own, that nothing of before gets in the way of.
    this.#host.die();
    this.#reviveHost();
    // Until leases and waits of the worker are over, and the longest pause that Enode makes between its tries.
    await this.#pass(4_000_000);
    await this.#host.work();
    for (const change of last) await this.#perform(change);
    await this.#host.work();
    await this.#host.mirror.reconcile({ webhooks: "reactivate" });
    this.#check();
    await this.#compare("after reconcile()");
    this.#auditor.beginForgiving();
    await this.#network.arriveAll();
    await this.#host.work();
    this.#auditor.settle();
    this.#check();
    await this.#compare("after the last late delivery");
    // From here on the events alone are enough.
    const [device] = this.#sandbox.devices.list(undefined, "vehicle");
    if (device === undefined) return;
    const isPluggedIn = device.chargeState.isPluggedIn !== true;
    await this.#pass(this.#pace);
    this.#sandbox.devices.update(device.id, { isPluggedIn });
    await this.#expectNewsOf(device.id);
    await this.#pass(this.#pace);
    this.#sandbox.invalidateCredentials(device.userId, device.vendor);
    await this.#expectNewsOf(device.id);
    const mirrored = await this.#host.mirror.users.get(device.userId);
    const user = await this.#other.users.get(device.userId);
    same("a user after an event about an account", mirrored?.data, user);
    await this.#pass(this.#pace);
    this.#sandbox.devices.remove(device.id);
    await this.#expectNewsOf(device.id);
  }

  async #expectNewsOf(deviceId: string): Promise<void> {
    this.#observe();
    await this.#observeUsers();
    await this.#sandbox.deliver();
    await this.#host.work();
    this.#auditor.settle();
    this.#check();
    const mirrored = await this.#host.mirror.devices.get(deviceId);
    same("a device after an event about it", mirrored?.data, this.#sandbox.devices.get(deviceId));
  }

  #check(): void {
    const [violation] = this.#auditor.violations;
    if (violation !== undefined) throw new Error(violation);
    const [error] = this.#host.errors;
    if (error !== undefined) throw error;
  }

  /** Holds that the mirror and Enode's API tell the same. */
  async #compare(when: string): Promise<void> {
    const limit = { limit: 1_000 };
    const devices = [
      ...(await this.#other.vehicles.list().toArray(limit)),
      ...(await this.#other.chargers.list().toArray(limit)),
    ];
    const users = await Promise.all(
      (await this.#other.users.list().toArray(limit)).map(({ id }) => this.#other.users.get(id)),
    );
    const { mirror } = this.#host;
    const mirrored = new Map<string, unknown>();
    for await (const { id, data, partial } of mirror.devices.list()) {
      if (this.#auditor.isForgiven(id)) continue;
      mirrored.set(id, partial ? { ...data, partial } : data);
    }
    same(`devices ${when}`, Object.fromEntries(mirrored), byId(devices));
    const known = new Map<string, unknown>();
    for await (const { id, data } of mirror.users.list()) known.set(id, data);
    same(`users ${when}`, Object.fromEntries(known), byId(users));
    const { data: webhooks } = await this.#other.webhooks.list();
    if (!webhooks.every(({ isActive }) => isActive))
      throw new Error(`a webhook is inactive ${when}`);
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case "backfill":
      case "reconcile":
        this.#meanwhile = [...step.meanwhile];
        await this.#host.attempt(() =>
          step.do === "backfill"
            ? this.#host.mirror.backfill({ pageSize: 1 })
            : this.#host.mirror.reconcile({ pageSize: 1, webhooks: "reactivate" }),
        );
        this.#meanwhile = [];
        await this.#quiet();
        break;
      case "outage":
        this.#network.isDown = true;
        for (const change of step.changes) await this.#perform(change);
        await this.#pass(DAY + 4_000_000);
        this.#network.isDown = false;
        break;
      case "wait":
        await this.#pass(step.seconds * 1_000);
        break;
      case "work":
        await this.#host.work();
        break;
      case "arrive":
        await this.#network.arrive(step.nth);
        break;
      case "crash":
        this.#host.die();
        break;
      case "break":
        this.#host.breakLater(step);
        break;
      case "fail":
        this.#callsToFailure = step.after;
        break;
      default:
        await this.#pass(this.#pace);
        await this.#change(step);
        if ("user" in step) await this.#observeUsers();
        await this.#sandbox.deliver();
        this.#observe();
    }
    this.#reviveHost();
  }

  async #change(change: Change): Promise<void> {
    const { devices } = this.#sandbox;
    if ("device" in change) {
      const all = devices.list();
      const device = all[change.device % all.length];
      if (device === undefined) return;
      const { id } = device;
      switch (change.do) {
        case "drive":
          // A charger does not drive.
          if ("odometer" in device)
            devices.update(id, { isPluggedIn: false, batteryLevel: change.level });
          return;
        case "plug":
          devices.update(id, { isPluggedIn: change.in });
          return;
        case "lose signal":
        case "find signal":
          devices.update(id, { isReachable: change.do === "find signal" });
          return;
        case "sell":
          devices.remove(id);
          return;
        default: {
          const resource = "odometer" in device ? this.#other.vehicles : this.#other.chargers;
          const action = change.do === "start charging" ? "startCharging" : "stopCharging";
          // It may not be plugged in, or full.
          await resource[action](id).catch(() => undefined);
          return;
        }
      }
    }
    const user = USERS[change.user % USERS.length] ?? "anna";
    const vendor =
      "vendor" in change ? (VENDORS[change.vendor % VENDORS.length] ?? "TESLA") : "TESLA";
    switch (change.do) {
      case "link": {
        const { linkToken } = await this.#other.users.link(user, { ...LINK, vendor });
        await this.#sandbox.completeLink(linkToken, { vendor });
        return;
      }
      case "invalidate":
        try {
          this.#sandbox.invalidateCredentials(user, vendor);
        } catch {
          // There is no such account.
        }
        return;
      case "disconnect":
        await this.#other.users.disconnectVendor(user, vendor).catch(() => undefined);
        return;
      case "deauthorize":
        await this.#other.users.deauthorize(user).catch(() => undefined);
        return;
      case "delete user":
        await this.#other.users.delete(user).catch(() => undefined);
        return;
    }
  }

  /** After a failure other work of the same run may still be on its way. */
  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 3 || this.#calls.size > 0; turn++) {
      await Promise.allSettled(this.#calls);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #call(request: Request): Promise<Response> {
    const call = this.#answer(request).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  /** Answers the mirror's client; then, before the answer gets there, other things happen. */
  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/oauth2/token" && this.#callsToFailure-- <= 0) {
      this.#callsToFailure = Number.POSITIVE_INFINITY;
      return Response.json({ title: "A failure of the simulation" }, { status: 500 });
    }
    const response = await this.#sandbox.fetch(request);
    if (request.method !== "GET") return response;
    this.#observe();
    const [, user] = /^\/users\/([^/]+)$/.exec(pathname) ?? [];
    if (user !== undefined && response.ok) {
      const at = this.#sandbox.clock.now().getTime();
      this.#history.note(`users/${user}`, at, await response.clone().json());
    }
    if (this.#isInBetween) return response;
    this.#isInBetween = true;
    try {
      for (const event of this.#meanwhile.shift() ?? []) await this.#perform(event);
    } finally {
      this.#isInBetween = false;
    }
    return response;
  }

  /** Lets time pass at Enode and here. */
  async #pass(milliseconds: number): Promise<void> {
    this.#sandbox.clock.advance(milliseconds);
    vi.advanceTimersByTime(milliseconds);
    await this.#sandbox.deliver();
    this.#observe();
  }

  /** Notes what is true of the devices now. */
  #observe(): void {
    const at = this.#sandbox.clock.now().getTime();
    const devices = this.#sandbox.devices.list();
    for (const device of devices) this.#history.note(`devices/${device.id}`, at, device);
    this.#history.census(at, [...devices.map(({ id }) => id), ...this.#users]);
  }

  /** The same for users, who do not change by themselves. */
  async #observeUsers(): Promise<void> {
    const at = this.#sandbox.clock.now().getTime();
    this.#users = [];
    for (const id of USERS) {
      const user = await this.#other.users.get(id).catch(() => undefined);
      if (user === undefined) continue;
      this.#users.push(id);
      this.#history.note(`users/${id}`, at, user);
    }
  }

  #newHost(): Host {
    const { store: devices } = this.#auditor;
    return new Host({ enode: this.#enode, devices, events: this.#events, secret: SECRET });
  }

  #reviveHost(): void {
    if (this.#host.isDead) this.#host = this.#newHost();
  }
}

function byId(things: readonly { readonly id: string }[]): unknown {
  return Object.fromEntries(things.map((thing) => [thing.id, thing]));
}

function same(what: string, mirrored: unknown, truth: unknown): void {
  const differences = differencesOf(mirrored, truth);
  if (differences.length > 0) throw new Error(`${what} differ: ${differences.join("; ")}`);
}

/** In words, member by member. */
function differencesOf(mirrored: unknown, truth: unknown, at = ""): string[] {
  if (JSON.stringify(mirrored) === JSON.stringify(truth)) return [];
  if (isObject(mirrored) && isObject(truth)) {
    const names = new Set([...Object.keys(mirrored), ...Object.keys(truth)]);
    return [...names].flatMap((name) =>
      differencesOf(mirrored[name], truth[name], `${at}/${name}`),
    );
  }
  return [
    `${at} is ${JSON.stringify(mirrored)} in the mirror, and ${JSON.stringify(truth)} at Enode`,
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
