import type { HemSystem } from "../../generated/types.ts";
import { Device, type DeviceParts } from "./device.ts";
import { type Flows, type Home, noFlows } from "./home.ts";
import { round, SLOT } from "./site.ts";
import { timeZone } from "./time-zone.ts";

/**
 * The solar plant of one vendor account. As vendors do, it works out what the home uses from what passes its own
 * devices and the grid connection.
 */
export class SimulatedHemSystem extends Device<HemSystem, never> {
  readonly kind = "hemSystem";
  readonly home: Home;
  /** The inverters, batteries and meters that belong to it. */
  readonly members: Set<Device> = new Set();
  #dayBegan: Flows;
  #dayEndsAt: number;

  constructor(parts: DeviceParts<HemSystem>, home: Home) {
    super(parts);
    this.home = home;
    this.#dayBegan = this.#flows();
    this.#dayEndsAt = nextMidnight(home, parts.now);
    this.show();
    this.stamp(parts.now);
  }

  override power(): number {
    return 0;
  }

  override showBalance(): void {
    if (!this.isReachable) return;
    this.show();
    this.tell();
  }

  override refusal(): string {
    return "A HEM system takes no commands";
  }

  protected override apply(): void {
    // What it shows is up to the rest of the home.
  }

  protected override elapse(_from: number, to: number): number {
    if (to >= this.#dayEndsAt) {
      this.#dayBegan = this.#flows();
      this.#dayEndsAt = nextMidnight(this.home, to);
    }
    return to;
  }

  protected override untilChange(): number {
    return SLOT - (this.settledAt % SLOT);
  }

  protected override isFit(): boolean {
    return false;
  }

  protected override obey(): void {
    throw new Error("A HEM system takes no commands");
  }

  protected override date(text: string): void {
    this.wire.status.lastSeen = text;
    this.wire.status.energy.today.lastUpdated = text;
  }

  protected override show(): void {
    this.wire.locationId = this.placeAt(this.home.site);
    const [flows, began] = [this.#flows(), this.#dayBegan];
    const today = (name: keyof Flows) => round(flows[name] - began[name], 3);
    Object.assign(this.wire.status.energy.today, {
      generation: today("generation"),
      consumption: today("consumption"),
      charge: today("charge"),
      discharge: today("discharge"),
      import: today("import"),
      export: today("export"),
    } satisfies Flows);
  }

  #flows(): Flows {
    const flows = { ...noFlows(), import: this.home.total.import, export: this.home.total.export };
    for (const device of this.members) {
      const { taken, given } = this.home.energyOf(device);
      if (device.kind === "inverter") flows.generation += given;
      flows.charge += taken;
      if (device.kind === "battery") flows.discharge += given;
    }
    flows.consumption =
      flows.import - flows.export + flows.generation + flows.discharge - flows.charge;
    return flows;
  }
}

function nextMidnight({ site }: Home, at: number): number {
  const zone = timeZone(site.timezone);
  return zone.momentOf(zone.dayAt(at) + 1, 0);
}

export function makeHemSystem(
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
