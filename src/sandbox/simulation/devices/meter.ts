import type { Meter, MeterCapabilities } from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { Reading } from "../history/reading.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { modelOf } from "./catalogue.ts";
import type { DeviceParts } from "./device.ts";
import type { DeviceSettings } from "./device-settings.ts";
import type { Home } from "./home.ts";
import { ObservingDevice } from "./read-only-device.ts";

/** Settings of a simulated meter. */
export interface MeterSettings extends DeviceSettings {
  /** Its capabilities, and the interventions that they need. */
  capabilities?: OptionalMembers<MeterCapabilities> | undefined;
}

/** A meter at the grid connection of a home. */
export class SimulatedMeter extends ObservingDevice<Meter> {
  readonly kind = "meter";
  readonly #home: Home;

  constructor(parts: DeviceParts<Meter>, home: Home) {
    super(parts);
    this.#home = home;
    this.showScopes();
    this.show();
  }

  protected override showScopes(): void {
    super.showScopes();
    this.wire.location = this.locate(this.#home.site);
  }

  protected override reading(): Reading {
    return { power: round(this.#home.grid, 3) };
  }

  protected override elapse(_from: number, to: number): number {
    return to;
  }

  protected override date(text: string): void {
    this.wire.energyState.lastUpdated = text;
  }

  protected override show(): void {
    this.wire.energyState.power = round(this.#home.grid, 3);
  }
}

export function createMeter({
  id,
  vendor,
  account,
  random,
  now,
  parts,
  home,
}: DeviceBlueprint): SimulatedMeter {
  const { brand, model } = modelOf("meter", vendor);
  const lastSeen = new Date(now).toISOString();
  const wire: Meter = {
    id,
    userId: account.userId,
    vendor,
    lastSeen,
    isReachable: true,
    information: {
      brand,
      model,
      siteName: "Home",
      installationDate: `${random.integer(2018, 2024)}-05-14T00:00:00.000Z`,
    },
    energyState: { power: null, lastUpdated: lastSeen },
    location: { id: null, longitude: null, latitude: null, lastUpdated: null },
    capabilities: { measuresConsumption: capability(true), measuresProduction: capability(true) },
    scopes: [],
    hemSystemId: null,
  };
  return new SimulatedMeter({ ...parts, wire }, home());
}
