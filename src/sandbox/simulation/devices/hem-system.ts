import type { HemSystem } from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import { timeZone } from "../../shared/time/time-zone.ts";
import type { Reading } from "../history/reading.ts";
import { type Device, type DeviceParts, type DeviceSnapshot, isEnergyStorage } from "./device.ts";
import { type Flows, type Home, noFlows, sum } from "./home.ts";
import { ObservingDevice } from "./read-only-device.ts";

const QUARTER = 15 * 60_000;

/** What another sandbox needs to go on with a HEM system. */
export interface HemSystemSnapshot extends DeviceSnapshot<HemSystem> {
  /** Energy of the day so far, not rounded. */
  readonly today: Readonly<Flows>;
}

/**
 * The solar plant of one vendor account. As vendors do, it computes the use of the home from the energy that passes its
 * own devices and the grid connection.
 */
export class SimulatedHemSystem extends ObservingDevice<HemSystem> {
  readonly kind = "hemSystem";
  readonly home: Home;
  /** The inverters, batteries and meters that belong to it. */
  readonly members: Set<Device> = new Set();
  /** Energy by quarter of an hour, by its start as a timestamp in milliseconds. */
  readonly quarters: Map<number, Readonly<Flows>> = new Map();
  /** State of charge of its batteries in %, by the starts of quarters of an hour. */
  readonly levels: Map<number, number> = new Map();
  readonly #read = new WeakMap<Device, { readonly taken: number; readonly given: number }>();
  #grid: Pick<Flows, "import" | "export">;
  #today: Flows = noFlows();
  #dayEndsAt: number;

  constructor(parts: DeviceParts<HemSystem>, home: Home) {
    super(parts);
    this.home = home;
    this.#grid = { ...home.total };
    this.#dayEndsAt = nextMidnight(home, parts.now);
    this.show();
    this.stamp(parts.now);
  }

  protected override reading(): Reading {
    // It has energy only, and statistics of its own.
    return {};
  }

  protected override elapse(from: number, to: number): number {
    const flows = this.#flowsSinceLast();
    const start = from - (from % QUARTER);
    this.quarters.set(start, sum(this.quarters.get(start) ?? noFlows(), flows));
    this.#today = to >= this.#dayEndsAt ? noFlows() : sum(this.#today, flows);
    if (to >= this.#dayEndsAt) this.#dayEndsAt = nextMidnight(this.home, to);
    if (to % QUARTER === 0) this.#noteLevel(to);
    return to;
  }

  override get snapshot(): HemSystemSnapshot {
    return { ...super.snapshot, today: this.#today };
  }

  override restore(snapshot: HemSystemSnapshot): void {
    super.restore(snapshot);
    this.#today = snapshot.today;
  }

  protected override date(text: string): void {
    this.wire.status.lastSeen = text;
    this.wire.status.energy.today.lastUpdated = text;
  }

  protected override showScopes(): void {
    this.wire.locationId = this.placeAt(this.home.site);
  }

  protected override show(): void {
    this.showScopes();
    const today = (name: keyof Flows) => round(this.#today[name], 3);
    Object.assign(this.wire.status.energy.today, {
      generation: today("generation"),
      consumption: today("consumption"),
      charge: today("charge"),
      discharge: today("discharge"),
      import: today("import"),
      export: today("export"),
    } satisfies Flows);
  }

  /** The energy flows of its devices since the last call; a device that was removed counts nothing. */
  #flowsSinceLast(): Flows {
    const flows = noFlows();
    const { total } = this.home;
    flows.import = total.import - this.#grid.import;
    flows.export = total.export - this.#grid.export;
    this.#grid = { import: total.import, export: total.export };
    for (const device of this.members) {
      const before = this.#read.get(device) ?? { taken: 0, given: 0 };
      const now = { ...this.home.energyOf(device) };
      this.#read.set(device, now);
      const given = Math.max(0, now.given - before.given);
      if (device.kind === "inverter") flows.generation += given;
      if (device.kind === "battery") flows.discharge += given;
      flows.charge += Math.max(0, now.taken - before.taken);
    }
    flows.consumption =
      flows.import - flows.export + flows.generation + flows.discharge - flows.charge;
    return flows;
  }

  #noteLevel(at: number): void {
    let [energy, capacity] = [0, 0];
    for (const device of this.members) {
      if (!isEnergyStorage(device)) continue;
      device.advanceAloneTo(at);
      energy += device.content.energy;
      capacity += device.content.capacity;
    }
    if (capacity > 0) this.levels.set(at, round((energy / capacity) * 100, 2));
  }
}

function nextMidnight({ site }: Home, at: number): number {
  const zone = timeZone(site.timezone);
  return zone.timestampOf(zone.dayAt(at) + 1, 0);
}

export function createHemSystem(
  id: string,
  parts: Omit<DeviceParts<HemSystem>, "wire">,
  home: Home,
): SimulatedHemSystem {
  const { userId, vendor } = parts.account;
  const { latitude, longitude, address, timezone } = home.site;
  const wire: HemSystem = {
    id,
    userId,
    locationId: null,
    information: {
      vendor,
      name: "Home",
      installationDate: "2022-05-14T00:00:00.000Z",
      latitude,
      longitude,
      address,
      timezone,
      lastUpdated: new Date(parts.now).toISOString(),
    },
    status: {
      lastSeen: null,
      energy: { today: { ...noFlows(), unit: "kWh", lastUpdated: null } },
    },
  };
  return new SimulatedHemSystem({ ...parts, wire }, home);
}
