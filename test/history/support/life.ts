import type { DeviceKind } from "../../../generated/kinds.ts";
import type { ChargingSession, WebhookEvent } from "../../../generated/types.ts";
import type { EnergyParts } from "../../../src/history/index.ts";
import type { Enode } from "../../../src/index.ts";
import { Mirror, type ReadDevice } from "../../../src/mirror/index.ts";
import { buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import type { Sandbox } from "../../../src/sandbox/index.ts";
import { Home } from "../../../src/sandbox/simulation/devices/home.ts";
import type { World } from "../../../src/sandbox/simulation/world/world.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { createClient } from "../../support/stub.ts";

const second = 1_000;
const hour = 3_600 * second;
const day = 24 * hour;
const userId = "anna";

/** The parts of the energy of each kind, in kWh. */
export type Truth = {
  readonly [Kind in DeviceKind]: Readonly<Record<keyof EnergyParts[Kind], number>>;
};

/** What a household does, as the simulation itself tells it. */
export interface Life {
  readonly enode: Enode;
  readonly from: number;
  readonly to: number;
  /** All events, in the order in which they were delivered. */
  readonly events: readonly WebhookEvent[];
  /** What a mirror read, at times that nobody planned. */
  readonly reads: readonly { readonly at: number; readonly devices: readonly ReadDevice[] }[];
  readonly deviceIds: Readonly<Record<DeviceKind, string>>;
  /** Energy of all the time, in kWh. */
  readonly energy: Truth;
  readonly sessions: Readonly<Record<"vehicle" | "charger", readonly ChargingSession[]>>;
}

/** Lets a household live for some days. */
export async function lived(seed: number, days: number): Promise<Life> {
  const events: WebhookEvent[] = [];
  const reads: { at: number; devices: readonly ReadDevice[] }[] = [];
  const { sandbox, world } = buildSandbox(
    {
      seed,
      clock: "manual",
      tokenLifetime: 40 * 86_400,
      heartbeatInterval: Number.POSITIVE_INFINITY,
      fleet: [
        {
          id: userId,
          vehicles: [{ vendor: "TESLA", batteryLevel: 50 }],
          chargers: [{ vendor: "EASEE", isPluggedIn: false }],
          hvacs: [{ vendor: "ADAX", maxPower: 2 }],
          inverters: [{ vendor: "ENPHASE", peakPower: 8 }],
          batteries: [{ vendor: "ENPHASE" }],
          meters: [{ vendor: "ENPHASE" }],
        },
      ],
      async deliver(request) {
        // A delivery is an array of events.
        events.push(...((await request.json()) as WebhookEvent[]));
        return new Response(null, { status: 204 });
      },
    },
    { linkUrl: "https://link.example.com", isRecording: false },
  );
  const now = () => sandbox.clock.now().getTime();
  const enode = createClient({ ...sandbox.credentials, fetch: sandbox.fetch, maxRetries: 0 });
  // It begins with a day, in UTC and in the time zone of the home's statistics.
  sandbox.clock.advance(day - (now() % day));
  await enode.webhooks.create({
    url: "https://host.example.com/enode",
    secret: "a-long-enough-secret-of-it",
  });
  const mirror = new Mirror({ enode, store: memoryStorage().deviceStore });
  mirror.onRead((devices) => reads.push({ at: now(), devices }));
  const from = now();
  const to = from + days * day;
  const ids = idsOf(sandbox.devices.list(userId), sandbox.devices.list(userId, "hemSystem"));
  const energyNow = (): Truth => {
    const home = homeIn(world, ids.vehicle);
    const of = (kind: DeviceKind) => {
      const device = world.devices.get(ids[kind]);
      return device ? home.energyOf(device) : { taken: 0, given: 0 };
    };
    const stored = (kind: DeviceKind) => ({ charged: of(kind).taken, discharged: of(kind).given });
    const grid = { imported: home.total.import, exported: home.total.export };
    return {
      vehicle: stored("vehicle"),
      charger: stored("charger"),
      hvac: { consumed: of("hvac").taken },
      inverter: { produced: of("inverter").given },
      battery: stored("battery"),
      meter: grid,
      hemSystem: {
        generated: of("inverter").given,
        consumed: home.total.consumption,
        ...stored("battery"),
        ...grid,
      },
    };
  };
  const before = energyNow();
  const random = randomFrom(seed);
  await mirror.backfill();
  for (const { at, act } of habits(from, to, random)) {
    sandbox.clock.advance(at - now());
    await sandbox.deliver();
    if (act) act(sandbox.devices.update, ids);
    else await mirror.reconcile();
  }
  sandbox.clock.advance(to - now());
  await sandbox.deliver();
  const energy = difference(energyNow(), before);
  const span = { startDate: new Date(from).toISOString(), endDate: new Date(to).toISOString() };
  const sessionsOf = (type: "vehicle" | "charger") =>
    enode.statistics.chargingSessions(userId, { type, ...span });
  return {
    enode,
    from,
    to,
    events,
    reads,
    deviceIds: ids,
    energy,
    sessions: { vehicle: await sessionsOf("vehicle"), charger: await sessionsOf("charger") },
  };
}

/** What has flowed between two times. */
function difference(after: Truth, before: Truth): Truth {
  const kinds = Object.entries(after).map(([kind, parts]) => {
    const earlier: Readonly<Record<string, number>> = before[kind as DeviceKind];
    return [
      kind,
      Object.fromEntries(
        Object.entries(parts).map(([name, kwh]) => [name, kwh - (earlier[name] ?? 0)]),
      ),
    ];
  });
  return Object.fromEntries(kinds);
}

function homeIn(world: World, id: string): Home {
  const home = world.devices.get(id)?.household;
  if (home instanceof Home) return home;
  throw new Error("The device has no home");
}

type Ids = Life["deviceIds"];
type Update = Sandbox["devices"]["update"];

interface Habit {
  readonly at: number;
  /** Undefined for a reconciliation of the mirror. */
  readonly act?: (update: Update, ids: Ids) => unknown;
}

/** What the people do: they drive in the morning, and charge in the evening, some days in two parts. */
function habits(from: number, to: number, random: () => number): Habit[] {
  const all: Habit[] = [];
  for (let at = from; at < to; at += day) {
    const time = (clock: number) => Math.round(at + (clock + random() * 2) * hour);
    all.push({ at: time(2) }, { at: time(9) }, { at: time(16) }, { at: time(21) });
    const level = 20 + Math.floor(random() * 40);
    const morning = time(6);
    const evening = time(17);
    const set = (at: number, kind: "vehicle" | "charger", settings: Parameters<Update>[1]) =>
      all.push({ at, act: (update, ids) => update(ids[kind], settings) });
    set(morning, "vehicle", { isPluggedIn: false });
    set(morning + second, "charger", { isPluggedIn: false });
    set(evening, "vehicle", { batteryLevel: level });
    set(evening + second, "vehicle", { isPluggedIn: true, isCharging: true });
    set(evening + 2 * second, "charger", { isPluggedIn: true, isCharging: true });
    if (random() > 0.4) continue;
    const pause = time(19.5);
    set(pause, "charger", { isCharging: false });
    set(pause + second, "vehicle", { isCharging: false });
    set(pause + hour, "vehicle", { isCharging: true });
    set(pause + hour + second, "charger", { isCharging: true });
  }
  return all.sort((a, b) => a.at - b.at);
}

function idsOf(devices: readonly { id: string }[], systems: readonly { id: string }[]): Ids {
  const ids: Record<string, string> = {};
  for (const device of devices) {
    const kind = kindOf(device);
    ids[kind] = device.id;
  }
  ids["hemSystem"] = systems[0]?.id ?? "";
  return ids as unknown as Ids;
}

function kindOf(device: object): string {
  if ("productionState" in device) return "inverter";
  if ("energyState" in device) return "meter";
  if ("thermostatState" in device) return "hvac";
  if ("config" in device) return "battery";
  return "odometer" in device ? "vehicle" : "charger";
}

/** Numbers from 0 to 1, the same ones for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
