import type { Inverter, InverterCapabilities } from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { Reading } from "../history/reading.ts";
import type { Site } from "../site.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { modelOf } from "./catalogue.ts";
import type { DeviceParts } from "./device.ts";
import type { DeviceSettings } from "./device-settings.ts";
import { ReadOnlyDevice } from "./read-only-device.ts";

/** Settings of a simulated inverter. */
export interface InverterSettings extends DeviceSettings {
  /** Power in full sun, in kW. */
  peakPower?: number | undefined;
  /** Energy produced since installation, in kWh. */
  totalLifetimeProduction?: number | undefined;
  /** Its capabilities, and the interventions that they need. */
  capabilities?: OptionalMembers<InverterCapabilities> | undefined;
}

/** A solar inverter, whose production follows the sunshine on its site. */
export class SimulatedInverter extends ReadOnlyDevice<Inverter> {
  readonly kind = "inverter";
  readonly site: Site;
  #peak: number;
  #lifetime: number;

  constructor(parts: DeviceParts<Inverter>, site: Site, peak: number, lifetime: number) {
    super(parts);
    this.site = site;
    this.#peak = peak;
    this.#lifetime = lifetime;
    this.showScopes();
    this.show();
  }

  /** Energy that it produces between two times with its present peak power, in kWh. */
  production(from: number, to: number): number {
    return this.#peak * this.site.sunshine(from, to);
  }

  override power(): number {
    return -this.#peak * this.site.sun(this.settledAt);
  }

  protected override settings(): InverterSettings {
    return { peakPower: this.#peak, totalLifetimeProduction: this.#lifetime };
  }

  protected override apply(settings: InverterSettings): void {
    this.#peak = settings.peakPower ?? this.#peak;
    this.#lifetime = settings.totalLifetimeProduction ?? this.#lifetime;
  }

  protected override showScopes(): void {
    super.showScopes();
    this.wire.location = this.locate(this.site);
  }

  protected override reading(at: number): Reading {
    return { power: round(this.#peak * this.site.sun(at), 3) };
  }

  protected override elapse(from: number, to: number): number | null {
    const before = this.wire.productionState.productionRate;
    const produced = this.production(from, to);
    this.#lifetime += produced;
    return produced > 0 || before !== 0 ? to : null;
  }

  protected override date(text: string): void {
    this.wire.productionState.lastUpdated = text;
  }

  protected override show(): void {
    const { productionState } = this.wire;
    productionState.productionRate = round(-this.power(), 3);
    productionState.isProducing = productionState.productionRate > 0;
    productionState.totalLifetimeProduction = round(this.#lifetime, 3);
  }
}

export function createInverter({
  id,
  vendor,
  account,
  random,
  now,
  parts,
  site,
}: DeviceBlueprint): SimulatedInverter {
  const { brand, model, peak } = modelOf("inverter", vendor);
  const lastSeen = new Date(now).toISOString();
  const wire: Inverter = {
    id,
    userId: account.userId,
    vendor,
    lastSeen,
    isReachable: true,
    productionState: {
      productionRate: null,
      isProducing: null,
      totalLifetimeProduction: null,
      lastUpdated: lastSeen,
    },
    timezone: site().timezone,
    capabilities: { productionState: capability(true), productionStatistics: capability(true) },
    scopes: [],
    information: {
      id: random.text(8, "0123456789"),
      sn: random.text(10, "0123456789ABCDEF"),
      brand,
      model,
      siteName: "Home",
      installationDate: `${random.integer(2018, 2024)}-05-14T00:00:00.000Z`,
    },
    location: { id: null, longitude: null, latitude: null, lastUpdated: null },
    hemSystemId: null,
  };
  return new SimulatedInverter({ ...parts, wire }, site(), peak, random.integer(5_000, 40_000));
}
