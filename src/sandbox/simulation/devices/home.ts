import { type Site, SLOT } from "../site.ts";
import { type Device, type Household, isEnergyStorage } from "./device.ts";

const HOUR = 3_600_000;

/** Energy that has flowed, in kWh. */
export interface Flows {
  generation: number;
  consumption: number;
  charge: number;
  discharge: number;
  import: number;
  export: number;
}

export function noFlows(): Flows {
  return { generation: 0, consumption: 0, charge: 0, discharge: 0, import: 0, export: 0 };
}

/**
 * The home of a user: its devices use, store and supply energy, and the grid balances them. All power is constant
 * between two changes, so energy is power times time and all readings are consistent.
 */
export class Home implements Household {
  readonly site: Site;
  readonly #members = new Set<Device>();
  /** Energy of each device since it joined. */
  readonly #byDevice = new Map<Device, { taken: number; given: number }>();
  #total: Flows = noFlows();
  #at: number;
  #grid = 0;

  constructor(site: Site, now: number) {
    this.site = site;
    this.#at = now;
  }

  /** Energy since the simulation of the home began. */
  get total(): Readonly<Flows> {
    return this.#total;
  }

  /** Power from the grid now, in kW; negative when the home feeds in. */
  get grid(): number {
    return this.#grid;
  }

  /** Adds a device; it and the home must have been advanced to `now`. */
  join(device: Device, now: number): void {
    this.advanceTo(now);
    this.#members.add(device);
    this.#byDevice.set(device, { taken: 0, given: 0 });
    device.household = this;
    this.rebalance();
  }

  /** Removes a device; it and the home must have been advanced to the present. */
  leave(device: Device): void {
    this.#members.delete(device);
    this.#byDevice.delete(device);
    device.household = null;
    this.rebalance();
  }

  /** Energy that a device has taken and given since it joined, in kWh. */
  energyOf(device: Device): { readonly taken: number; readonly given: number } {
    return this.#byDevice.get(device) ?? { taken: 0, given: 0 };
  }

  advanceTo(now: number): void {
    let isOutdated = this.#at < now;
    while (this.#at < now) {
      this.#balance();
      this.#takeSamples();
      const from = this.#at;
      let to = Math.min(now, from - (from % SLOT) + SLOT);
      for (const member of this.#members)
        to = Math.min(to, Math.max(from + 1, member.nextPowerChangeAt()));
      this.#flow(from, to);
      this.#at = to;
      for (const member of this.#members) member.advanceAloneTo(to);
    }
    for (const member of this.#members) {
      if (member.pending === null) continue;
      // An action may be due at once.
      member.advanceAloneTo(now);
      isOutdated = true;
    }
    if (isOutdated) this.rebalance();
  }

  rebalance(): void {
    this.#balance();
    this.#takeSamples();
    for (const member of this.#members) member.showBalance();
  }

  /** Adds what the balance has changed to the histories of its devices. */
  #takeSamples(): void {
    for (const member of this.#members) member.takeSample(this.#at);
  }

  /** Balances the home by its batteries and the grid. */
  #balance(): void {
    let surplus = -this.site.load(this.#at);
    for (const member of this.#members) {
      if (!isEnergyStorage(member)) surplus -= member.power();
    }
    for (const member of this.#members) {
      if (!isEnergyStorage(member)) continue;
      member.balance(surplus);
      surplus -= member.power();
    }
    this.#grid = -surplus;
  }

  #flow(from: number, to: number): void {
    const hours = (to - from) / HOUR;
    const flows = noFlows();
    flows.consumption = this.site.load(from) * hours;
    for (const member of this.#members) {
      const energy = member.power() * hours;
      const own = this.#byDevice.get(member);
      if (own !== undefined) own[energy > 0 ? "taken" : "given"] += Math.abs(energy);
      if (isEnergyStorage(member)) {
        flows[energy > 0 ? "charge" : "discharge"] += Math.abs(energy);
      } else if (member.kind === "inverter") flows.generation -= energy;
      else flows.consumption += energy;
    }
    flows[this.#grid > 0 ? "import" : "export"] = Math.abs(this.#grid) * hours;
    this.#total = sum(this.#total, flows);
  }
}

export function sum(one: Readonly<Flows>, other: Readonly<Flows>): Flows {
  return {
    generation: one.generation + other.generation,
    consumption: one.consumption + other.consumption,
    charge: one.charge + other.charge,
    discharge: one.discharge + other.discharge,
    import: one.import + other.import,
    export: one.export + other.export,
  };
}
