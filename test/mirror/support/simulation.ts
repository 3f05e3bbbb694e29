import { vi } from "vitest";
import type { LinkSessionRequest } from "../../../generated/types.ts";
import { Enode } from "../../../src/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import type { DeviceStore, EventStore } from "../../../src/storage/index.ts";
import { ALL_SCOPES } from "../../support/scopes.ts";
import { Auditor, History } from "./simulation-audit.ts";
import { byId, same, undated } from "./simulation-compare.ts";
import { Devices } from "./simulation-devices.ts";
import { Host } from "./simulation-host.ts";
import { Network } from "./simulation-network.ts";
import type { Change, Event, Scenario, Step } from "./simulation-steps.ts";

const SECRET = "a-secret-of-the-simulation";
const DAY = 86_400_000;
const RETRY_WINDOW = 7_200_000;
const USERS = ["anna", "ben", "carl"] as const;
const VENDORS = ["TESLA", "KIA", "EASEE", "ADAX", "ENPHASE"] as const;
const LINK: LinkSessionRequest = {
  scopes: [...ALL_SCOPES],
  language: "en-GB",
  redirectUri: "https://app.example.com/done",
};

/** The host's storage. */
export interface Stores {
  readonly deviceStore: DeviceStore;
  readonly eventStore: EventStore;
}

/** All that there is at Enode, by ID. */
interface Truth {
  readonly devices: unknown;
  readonly users: unknown;
}

/** Enode, a host with a mirror, and the network between them. Time passes only by `#pass`. */
export class Simulation {
  readonly #sandbox: Sandbox;
  readonly #network: Network;
  readonly #history = new History();
  readonly #auditor: Auditor;
  readonly #pace: number;
  readonly #events: EventStore;
  /** The client of the mirror; between its answers other steps are taken. */
  readonly #enode: Enode;
  /** The client of everybody else. */
  readonly #other: Enode;
  readonly #devices: Devices;
  #host: Host;
  /** The users that exist. */
  #users: string[] = [];
  #meanwhile: (readonly Event[])[] = [];
  readonly #calls = new Set<Promise<Response>>();
  #isInBetween = false;
  /** Whether nothing has happened at Enode since it was last observed. */
  #isSeen = false;
  #isChanging = false;
  #callsToFailure = Number.POSITIVE_INFINITY;

  constructor({ seed, hasHomes, fates, pace }: Scenario, stores: Stores) {
    this.#network = new Network(SECRET, fates, this.#history, (delivery) =>
      this.#host.receive(delivery),
    );
    this.#sandbox = createSandbox({
      seed,
      clock: "manual",
      tokenLifetime: DAY,
      webhookRetryWindow: RETRY_WINDOW,
      heartbeatInterval: Number.POSITIVE_INFINITY,
      fleet: [
        {
          id: "anna",
          vehicles: [{ vendor: "TESLA", batteryCapacity: 10, chargePower: 30 }],
          hvacs: hasHomes ? [{ vendor: "ADAX" }] : [],
        },
        {
          id: "ben",
          vehicles: [{ vendor: "KIA" }],
          chargers: [{ vendor: "EASEE" }],
          ...(hasHomes && {
            inverters: [{ vendor: "ENPHASE" }],
            batteries: [{ vendor: "ENPHASE" }],
            meters: [{ vendor: "ENPHASE" }],
          }),
        },
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
    this.#devices = new Devices(this.#sandbox, this.#other);
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
    // What arrives late changes nothing at Enode.
    const truth = await this.#truth();
    await this.#compare(truth, "after reconcile()");
    this.#auditor.beginForgiving();
    await this.#network.arriveAll();
    await this.#host.work();
    this.#auditor.settle();
    this.#check();
    await this.#compare(truth, "after the last late delivery");
    // From here on the events alone are enough.
    await this.#pass(this.#pace);
    for (const { device } of this.#devices.all()) this.#devices.stir(device);
    await this.#expectNews("devices after events about them");
    const [device] = this.#sandbox.devices.list();
    if (device === undefined) return;
    const { userId, vendor } = device;
    await this.#pass(this.#pace);
    this.#sandbox.invalidateCredentials(userId, vendor);
    await this.#expectNews("devices after an event about an account");
    const mirrored = await this.#host.mirror.users.get(userId);
    const user = await this.#other.users.get(userId);
    same("a user after an event about an account", mirrored?.data, user);
    await this.#pass(this.#pace);
    // HEM systems go with the last of their devices.
    for (const { id } of this.#sandbox.devices.list()) this.#sandbox.devices.remove(id);
    await this.#expectNews("devices after events about their end");
  }

  async #expectNews(when: string): Promise<void> {
    this.#isSeen = false;
    this.#observe();
    await this.#observeUsers();
    await this.#sandbox.deliver();
    await this.#host.work();
    this.#auditor.settle();
    this.#check();
    const mirrored = await this.#mirrored();
    // That a reading is still the same later is no news.
    same(when, undated(mirrored), undated(byId(this.#devices.all().map(({ device }) => device))));
  }

  /** What the mirror has of all devices. */
  async #mirrored(): Promise<unknown> {
    const mirrored = new Map<string, unknown>();
    for await (const { id, data, partial } of this.#host.mirror.devices.list()) {
      if (this.#auditor.isForgiven(id)) continue;
      mirrored.set(id, partial ? { ...data, partial } : data);
    }
    return Object.fromEntries(mirrored);
  }

  #check(): void {
    const [violation] = this.#auditor.violations;
    if (violation !== undefined) throw new Error(violation);
    const [error] = this.#host.errors;
    if (error !== undefined) throw error;
  }

  /** What Enode's API returns. */
  async #truth(): Promise<Truth> {
    const limit = { limit: 1_000 };
    const enode = this.#other;
    const devices = [
      ...(await enode.vehicles.list().toArray(limit)),
      ...(await enode.chargers.list().toArray(limit)),
      ...(await enode.hvacs.list().toArray(limit)),
      ...(await enode.inverters.list().toArray(limit)),
      ...(await enode.batteries.list().toArray(limit)),
      ...(await enode.meters.list().toArray(limit)),
      ...(await enode.hemSystems.list().toArray(limit)),
    ];
    const users = await Promise.all(
      (await enode.users.list().toArray(limit)).map(({ id }) => enode.users.get(id)),
    );
    const { data: webhooks } = await enode.webhooks.list();
    if (!webhooks.every(({ isActive }) => isActive)) throw new Error("a webhook is inactive");
    return { devices: byId(devices), users: byId(users) };
  }

  /** Asserts that the mirror returns the same. */
  async #compare({ devices, users }: Truth, when: string): Promise<void> {
    same(`devices ${when}`, await this.#mirrored(), devices);
    const known = new Map<string, unknown>();
    for await (const { id, data } of this.#host.mirror.users.list()) known.set(id, data);
    same(`users ${when}`, Object.fromEntries(known), users);
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
        await this.#pass(RETRY_WINDOW + 4_000_000);
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
        this.#isChanging = true;
        await this.#change(step);
        this.#isChanging = false;
        this.#isSeen = false;
        if ("user" in step) await this.#observeUsers();
        await this.#sandbox.deliver();
        this.#observe();
    }
    this.#reviveHost();
  }

  async #change(change: Change): Promise<void> {
    if ("device" in change) return this.#devices.change(change);
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

  /** After a failure other work of the same run may still be in progress. */
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

  /** Answers the mirror's client; then, before the answer arrives, other steps are taken. */
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
    this.#isSeen = false;
    vi.advanceTimersByTime(milliseconds);
    await this.#sandbox.deliver();
    this.#observe();
  }

  /** Notes what is true of the devices now. */
  #observe(): void {
    if (this.#isSeen && !this.#isChanging) return;
    this.#isSeen = true;
    const at = this.#sandbox.clock.now().getTime();
    const { devices: own } = this.#sandbox;
    const devices = [...own.list(), ...own.list(undefined, "hemSystem")];
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
