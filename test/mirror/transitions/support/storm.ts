import fc from "fast-check";
import { vi } from "vitest";
import { Enode } from "../../../../src/index.ts";
import type { Transition } from "../../../../src/mirror/index.ts";
import { createSandbox, type Sandbox } from "../../../../src/sandbox/index.ts";
import type { DeviceRecord, DeviceStore, EventStore } from "../../../../src/storage/index.ts";
import type { IncomingDelivery } from "../../../../src/webhooks/index.ts";
import { overriding } from "../../support/simulation-audit.ts";
import { Devices } from "../../support/simulation-devices.ts";
import { Host } from "../../support/simulation-host.ts";
import type { Change } from "../../support/simulation-steps.ts";
import { bounds, possibleOrders, type SeenState, trueTransitions } from "./oracle.ts";

const secret = "a-secret-of-the-storm";
const day = 86_400_000;
/** Longer than leases and pauses of all kinds. */
const long = 4_000_000;
/** Names that the oracle knows nothing of. */
const unknown = ["credentials:", "intervention:", "action:", "hvac:"];
/** Devices whose events a receiver handles at the same time. */
const inHand = 10;
const home = { latitude: 52.5, longitude: 13.4 };

type Delivery = IncomingDelivery & { readonly body: Uint8Array };

type Step =
  | Extract<Change, { device: number }>
  | { do: "move"; device: number; home: boolean }
  | { do: "work" | "reconcile" | "late"; by: 0 | 1 }
  | { do: "wait"; seconds: number }
  /** A handler fails, some calls from now. */
  | { do: "handler"; after: number }
  /** A call of a store fails, some calls from now, and perhaps the process ends with it. */
  | { do: "break"; by: 0 | 1; after: number; dies: boolean; isDone: boolean };

export interface StormScenario {
  seed: number;
  /** Whether there is a home with its solar plant, where much more happens. */
  hasHome: boolean;
  /** What becomes of each delivery, and to which process it comes. */
  fates: readonly ("arrives" | "twice" | "to both" | "is lost" | "is dropped" | "is late")[];
  steps: readonly Step[];
  pace: number;
}

/** Devices, a network and two processes of a host. */
export const storms: fc.Arbitrary<StormScenario> = (() => {
  const device = fc.nat({ max: 7 });
  const by = fc.constantFrom(0 as const, 1 as const);
  const change = fc.oneof(
    fc.record({
      do: fc.constant("drive" as const),
      device,
      level: fc.integer({ min: 5, max: 79 }),
    }),
    fc.record({ do: fc.constant("plug" as const), device, in: fc.boolean() }),
    fc.record({ do: fc.constant("move" as const), device, home: fc.boolean() }),
    fc.record({
      do: fc.constantFrom(
        "lose signal" as const,
        "find signal" as const,
        "start" as const,
        "stop" as const,
      ),
      device,
    }),
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 10, arbitrary: change },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("work" as const), by }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("late" as const), by }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("reconcile" as const), by }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        seconds: fc.constantFrom(1, 60, 1_800),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("handler" as const), after: fc.nat({ max: 4 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("break" as const),
        by,
        after: fc.nat({ max: 25 }),
        dies: fc.boolean(),
        isDone: fc.boolean(),
      }),
    },
  );
  return fc.record({
    seed: fc.nat({ max: 2 ** 31 - 1 }),
    hasHome: fc.constantFrom(false, false, true),
    fates: fc.array(
      fc.constantFrom("arrives", "arrives", "twice", "to both", "is lost", "is dropped", "is late"),
      { maxLength: 30 },
    ),
    steps: fc.array(step, { maxLength: 40, size: "max" }),
    pace: fc.constantFrom(1_000, 20_000),
  });
})();

/** Plays a scenario, and compares what was told with what is true of the states that the mirror has taken. */
export class Storm {
  readonly #sandbox: Sandbox;
  readonly #enode: Enode;
  readonly #devices: Devices;
  readonly #stores: { devices: DeviceStore; events: EventStore };
  readonly #fates: StormScenario["fates"][number][];
  readonly #pace: number;
  readonly #taken: DeviceRecord[] = [];
  /** The states in the events that have come, by device, time and content. */
  readonly #came = new Map<string, SeenState>();
  readonly #told: string[] = [];
  readonly #late: Delivery[] = [];
  #hosts: [Host, Host];
  #callsToFailure = Number.POSITIVE_INFINITY;
  #breaks = 0;

  constructor(
    { seed, hasHome, fates, pace }: StormScenario,
    { deviceStore, eventStore }: { deviceStore: DeviceStore; eventStore: EventStore },
  ) {
    this.#fates = [...fates];
    this.#pace = pace;
    this.#sandbox = createSandbox({
      seed,
      clock: "manual",
      tokenLifetime: 30 * day,
      heartbeatInterval: Number.POSITIVE_INFINITY,
      fleet: [
        { id: "anna", vehicles: [{ vendor: "TESLA", batteryCapacity: 10, chargePower: 30 }] },
        {
          id: "ben",
          vehicles: [{ vendor: "KIA" }],
          chargers: [{ vendor: "EASEE" }],
          ...(hasHome && {
            inverters: [{ vendor: "ENPHASE" }],
            batteries: [{ vendor: "ENPHASE" }],
            meters: [{ vendor: "ENPHASE" }],
          }),
        },
      ],
      deliver: (request) => this.#deliver(request),
    });
    const options = {
      environment: "sandbox",
      ...this.#sandbox.credentials,
      maxRetries: 0,
      fetch: this.#sandbox.fetch,
    } as const;
    this.#enode = new Enode(options);
    this.#devices = new Devices(this.#sandbox, this.#enode);
    const devices = overriding(deviceStore, {
      upsert: async (records) => {
        const outcomes = await deviceStore.upsert(records);
        for (const [index, record] of records.entries()) {
          if (record.collection === "devices" && outcomes[index] !== "kept")
            this.#taken.push(record);
        }
        return outcomes;
      },
    });
    this.#stores = { devices, events: eventStore };
    this.#hosts = [this.#newHost(), this.#newHost()];
  }

  async run({ steps }: StormScenario): Promise<void> {
    const { locations, webhooks } = this.#enode;
    for (const user of ["anna", "ben"]) {
      await locations.create(user, { name: "home", timezoneName: "Europe/Berlin", ...home });
    }
    await this.#hosts[0].mirror.backfill();
    await webhooks.create({ url: "https://host.example.com/enode", secret });
    for (const step of steps) {
      await this.#perform(step);
      await this.#replaceDead();
    }
    this.#fates.length = 0;
    this.#callsToFailure = Number.POSITIVE_INFINITY;
    this.#hosts = [this.#newHost(), this.#newHost()];
    while (this.#late.length > 0) await this.#arrive(0);
    for (let round = 0; round < 4; round++) {
      await this.#pass(long);
      await Promise.all(this.#hosts.map((host) => host.work()));
    }
    this.#compare();
  }

  #compare(): void {
    const difference = this.#difference(this.#taken);
    if (difference === undefined) return;
    const came = this.#breaks === 0 ? [] : [...this.#came.values()];
    const orders = possibleOrders(this.#taken, came, new Set(this.#told));
    if (orders.some((order) => this.#difference(order) === undefined)) return;
    throw new Error(JSON.stringify(difference, null, 1));
  }

  /** How what was told differs from what is true of these states; undefined when it does not. */
  #difference(states: readonly SeenState[]): object | undefined {
    const expected = trueTransitions(states);
    const told = this.#told;
    const missed = expected.filter((id) => !told.includes(id));
    const invented = told.filter((id) => !expected.includes(id));
    const twice = told.filter((id, index) => told.indexOf(id) !== index);
    // What was told and could not be noted, of each device that was in hand, may be told again by another process.
    const allowed = this.#breaks * inHand;
    const isInOrder = JSON.stringify(orders(told)) === JSON.stringify(orders(expected));
    const isRight = missed.length + invented.length === 0 && isInOrder;
    if (isRight && twice.length <= allowed) return undefined;
    return { missed, invented, twice, told, expected };
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case "work":
        await this.#hosts[step.by].work();
        break;
      case "reconcile": {
        const host = this.#hosts[step.by];
        await host.attempt(() => host.mirror.reconcile());
        break;
      }
      case "late":
        await this.#arrive(step.by);
        break;
      case "wait":
        await this.#pass(step.seconds * 1_000);
        break;
      case "handler":
        this.#callsToFailure = step.after;
        break;
      case "break":
        this.#breaks++;
        this.#hosts[step.by].breakLater(step);
        break;
      case "move": {
        const cars = this.#sandbox.devices.list(undefined, "vehicle");
        const car = cars[step.device % cars.length];
        await this.#pass(this.#pace);
        if (car)
          this.#sandbox.devices.update(car.id, step.home ? home : { latitude: 60, longitude: 5 });
        await this.#sandbox.deliver();
        break;
      }
      default:
        await this.#pass(this.#pace);
        await this.#devices.change(step);
        await this.#sandbox.deliver();
    }
  }

  /** A process that has died is replaced by another one; what it had in hand is free after some time. */
  async #replaceDead(): Promise<void> {
    if (!this.#hosts.some(({ isDead }) => isDead)) return;
    this.#hosts = [
      this.#hosts[0].isDead ? this.#newHost() : this.#hosts[0],
      this.#hosts[1].isDead ? this.#newHost() : this.#hosts[1],
    ];
    await this.#pass(long);
    await Promise.all(this.#hosts.map((host) => host.work()));
  }

  #newHost(): Host {
    const host = new Host({
      enode: this.#enode,
      ...this.#stores,
      secret,
      // What a dead process could not do at the side is done by others.
      onMirrorError: () => undefined,
    });
    host.mirror.onTransition("*", (transition) => this.#hear(host, transition), {
      above: bounds.above,
      below: bounds.below,
      kW: bounds.kW,
    });
    return host;
  }

  async #hear(host: Host, { id, name }: Transition): Promise<void> {
    if (unknown.some((start) => name.startsWith(start))) return;
    if (host.isDead) throw new Error("the process is dead");
    if (this.#callsToFailure-- === 0) throw new Error("the handler has failed");
    this.#told.push(id);
  }

  async #pass(milliseconds: number): Promise<void> {
    this.#sandbox.clock.advance(milliseconds);
    vi.advanceTimersByTime(milliseconds);
    await this.#sandbox.deliver();
  }

  async #arrive(by: 0 | 1): Promise<void> {
    const delivery = this.#late.shift();
    if (delivery) await this.#receive(this.#hosts[by], delivery);
  }

  #receive(host: Host, delivery: Delivery): Promise<Response> {
    for (const state of statesIn(delivery.body)) {
      this.#came.set(`${state.id}/${state.observedAt}/${state.payload}`, state);
    }
    return host.receive(delivery);
  }

  async #deliver(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const delivery: Delivery = { body, headers: request.headers };
    const taken = new Response(null, { status: 200 });
    const [one, other] = this.#hosts;
    switch (this.#fates.shift() ?? "arrives") {
      case "arrives":
        return this.#receive(one, delivery);
      case "twice":
        await this.#receive(one, delivery);
        return this.#receive(one, delivery);
      case "to both":
        return (
          await Promise.all([this.#receive(one, delivery), this.#receive(other, delivery)])
        )[0];
      case "is lost":
        return new Response(null, { status: 503 });
      case "is dropped":
        return taken;
      case "is late":
        this.#late.push(delivery);
        return taken;
    }
  }
}

/** The states of devices in the events of a delivery. */
function statesIn(body: Uint8Array): SeenState[] {
  const events: readonly Record<string, unknown>[] = JSON.parse(new TextDecoder().decode(body));
  return events.flatMap((event) => {
    const [, kind = ""] = /^user:(\w+):updated$/.exec(String(event["event"])) ?? [];
    const device = event[kind];
    if (device === undefined) return [];
    const { id } = device as { id: string };
    const observedAt = Date.parse(String(event["createdAt"]));
    const payload = JSON.stringify(device);
    return { id, kind, payload, partial: false, observedAt, source: "webhook" as const };
  });
}

/** The times of the transitions of each device, in the order in which they were told first. */
function orders(ids: readonly string[]): Record<string, string[]> {
  const byDevice: Record<string, string[]> = {};
  for (const id of [...new Set(ids)]) {
    const parts = id.split("/");
    const device = parts[0] ?? "";
    byDevice[device] = [...(byDevice[device] ?? []), parts.at(-1) ?? ""];
  }
  return Object.fromEntries(Object.entries(byDevice).sort());
}
