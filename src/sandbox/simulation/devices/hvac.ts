import type {
  Hvac,
  HvacCapabilities,
  HvacMode,
  PermanentHoldTargetState,
} from "../../../../generated/types.ts";
import { round } from "../../shared/numbers.ts";
import type { Known } from "../../shared/open-enum.ts";
import type { OptionalMembers } from "../../shared/optional.ts";
import type { HvacCommand } from "../actions.ts";
import type { Reading } from "../history/reading.ts";
import { type Site, SLOT } from "../site.ts";
import type { DeviceBlueprint } from "./blueprint.ts";
import { capability } from "./capability.ts";
import { type HvacModel, modelOf } from "./catalogue.ts";
import { Device, type DeviceParts, type DeviceSnapshot } from "./device.ts";
import type { DeviceSettings } from "./device-settings.ts";

const HOUR = 3_600_000;
/** Time constant with which rooms approach the outdoor temperature, in hours. */
const INERTIA = 10;
/** Final difference from the outdoor temperature with a unit at full power, in °C. */
const STRENGTH = 40;

type Mode = Exclude<Known<HvacMode>, "UNKNOWN">;

/** Settings of a simulated HVAC unit. */
export interface HvacSettings extends DeviceSettings {
  /** Air temperature, in °C. */
  currentTemperature?: number | undefined;
  /** Maximum power, in kW. */
  maxPower?: number | undefined;
  /** Name that the user gave it. */
  displayName?: string | undefined;
  /** Its capabilities, and the interventions that they need. */
  capabilities?: OptionalMembers<HvacCapabilities> | undefined;
}

/** An HVAC unit in rooms whose temperature drifts to the outdoor temperature. */
export class SimulatedHvac extends Device<Hvac, HvacCommand> {
  readonly kind = "hvac";
  readonly #site: Site;
  readonly #capableModes: readonly Mode[];
  /** 0 for thermostats, which use no electricity themselves. */
  #maxPower: number;
  #temperature: number;
  /** The permanent hold; null while the unit follows its own programme. */
  #hold: PermanentHoldTargetState | null = null;

  constructor(parts: DeviceParts<Hvac>, site: Site, category: HvacModel["category"]) {
    super(parts);
    this.#site = site;
    this.#capableModes = MODES[category];
    this.#maxPower = MAX_POWER[category];
    this.#temperature = 20;
    this.showScopes();
    this.show();
    this.wire.thermostatState.lastUpdated = this.wire.lastSeen;
  }

  override power(): number {
    return this.#powerAt(this.settledAt);
  }

  #powerAt(time: number): number {
    return (Math.abs(this.#effort(time)) / STRENGTH) * this.#maxPower;
  }

  override rejectionReason({ target }: HvacCommand): string | null {
    const { capabilities } = this.wire;
    if (target.holdType === "SCHEDULED") {
      return capabilities.setFollowSchedule.isCapable
        ? null
        : "The HVAC unit has no programme to follow";
    }
    if (!capabilities.setPermanentHold.isCapable) return "The HVAC unit cannot be held at a mode";
    if (capabilities.capableModes?.includes(target.mode) === false)
      return `The HVAC unit cannot enter the mode ${target.mode}`;
    const { heat, cool } = setpoints(target);
    if (isOutside(heat, capabilities.heatSetpointRange)) return "heatSetpoint is out of range";
    if (isOutside(cool, capabilities.coolSetpointRange)) return "coolSetpoint is out of range";
    const gap = heat === null || cool === null ? null : cool - heat;
    return isOutside(gap, capabilities.setpointDifferenceRange)
      ? "heatSetpoint and coolSetpoint are too near to each other, or too far apart"
      : null;
  }

  protected override settings(): HvacSettings {
    return { currentTemperature: this.#temperature, maxPower: this.#maxPower };
  }

  override restore(snapshot: DeviceSnapshot<Hvac>): void {
    super.restore(snapshot);
    this.#hold = holdIn(snapshot.wire.thermostatState);
  }

  protected override apply(settings: HvacSettings): void {
    this.#temperature = settings.currentTemperature ?? this.#temperature;
    this.#maxPower = settings.maxPower ?? this.#maxPower;
    if (settings.displayName !== undefined)
      this.wire.information.displayName = settings.displayName;
  }

  /** Assigns the unit to a location, or to none. */
  place(locationId: string | null, _now: number): void {
    this.beforeChange();
    this.wire.location = { id: locationId };
    this.afterChange();
  }

  protected override reading(at: number): Reading {
    const { heat, cool } = this.#setpoints(at);
    return {
      power: this.#maxPower === 0 ? null : round(this.#powerAt(at), 3),
      temperature: this.#temperature,
      heatSetpoint: heat,
      coolSetpoint: cool,
    };
  }

  protected override elapse(from: number, to: number): number | null {
    const before = this.#temperature;
    for (let at = from; at < to; ) {
      const next = Math.min(to, at + Math.max(1, Math.ceil(this.#untilChange(at))));
      this.#temperature = this.#drifted(at, (next - at) / HOUR);
      at = next;
      this.takeSample(at);
    }
    const isIdle = this.#effort() === 0 && !this.wire.temperatureState.isActive;
    return isIdle && this.#temperature === before ? null : to;
  }

  protected override untilChange(): number {
    return this.#untilChange(this.settledAt);
  }

  protected override canCarryOut(): boolean {
    return true;
  }

  protected override carryOut({ target }: HvacCommand): void {
    this.#hold = target.holdType === "SCHEDULED" ? null : target;
  }

  protected override date(text: string): void {
    this.wire.temperatureState.lastUpdated = text;
  }

  protected override show(): void {
    const effort = this.#effort();
    const { heat, cool } = this.#setpoints(this.settledAt);
    const { temperatureState, thermostatState } = this.wire;
    const settings = {
      mode: this.#mode(),
      heatSetpoint: heat,
      coolSetpoint: cool,
      holdType: this.#hold === null ? "SCHEDULED" : "PERMANENT",
    } satisfies Partial<Hvac["thermostatState"]>;
    const isNew = Object.entries(settings).some(
      ([name, value]) => Reflect.get(thermostatState, name) !== value,
    );
    Object.assign(thermostatState, settings);
    if (isNew) thermostatState.lastUpdated = new Date(this.settledAt).toISOString();
    temperatureState.currentTemperature = round(this.#temperature, 1);
    temperatureState.isActive = effort !== 0;
    this.wire.consumptionRate = this.#maxPower === 0 ? null : round(this.power(), 3);
  }

  #mode(): Mode {
    if (this.#hold !== null) return this.#hold.mode;
    const [first = "OFF"] = this.#capableModes;
    return first;
  }

  /** The set points. */
  #setpoints(at: number): Setpoints {
    if (this.#hold !== null) return setpoints(this.#hold);
    const hour = this.#site.hour(at);
    const isNight = hour < 6 || hour >= 22;
    const mode = this.#mode();
    return {
      heat: mode === "HEAT" || mode === "AUTO" ? (isNight ? 18 : 21) : null,
      cool: mode === "COOL" || mode === "AUTO" ? (isNight ? 27 : 25) : null,
    };
  }

  /** The difference from the outdoor temperature that it works for, in °C; negative when it cools. */
  #effort(at: number = this.settledAt): number {
    const { heat, cool } = this.#setpoints(at);
    const outside = this.#site.outside(at);
    if (heat !== null && this.#temperature <= heat) {
      if (this.#temperature < heat) return STRENGTH;
      return Math.min(STRENGTH, Math.max(0, heat - outside));
    }
    if (cool !== null && this.#temperature >= cool) {
      if (this.#temperature > cool) return -STRENGTH;
      return Math.max(-STRENGTH, Math.min(0, cool - outside));
    }
    return 0;
  }

  /** The temperature after so many hours without another change. */
  #drifted(at: number, hours: number): number {
    const now = this.#temperature;
    const end = this.#site.outside(at) + this.#effort(at);
    const later = end + (now - end) * Math.exp(-hours / INERTIA);
    const { heat, cool } = this.#setpoints(at);
    // The temperature stops at a set point that it reaches.
    for (const stop of [heat, cool]) {
      if (stop !== null && (stop - now) * (stop - later) <= 0 && stop !== now) return stop;
    }
    return Math.abs(later - now) < 1e-9 ? now : later;
  }

  /** Milliseconds until its effort changes. */
  #untilChange(at: number): number {
    const untilSlot = SLOT - (at % SLOT);
    const now = this.#temperature;
    const end = this.#site.outside(at) + this.#effort(at);
    const { heat, cool } = this.#setpoints(at);
    let soonest = untilSlot;
    for (const stop of [heat, cool]) {
      if (stop === null || stop === now || (stop - now) * (end - stop) <= 0) continue;
      soonest = Math.min(soonest, INERTIA * Math.log((now - end) / (stop - end)) * HOUR);
    }
    return soonest;
  }
}

interface Setpoints {
  readonly heat: number | null;
  readonly cool: number | null;
}

/** The permanent hold that the thermostat shows, if any. */
function holdIn(state: Hvac["thermostatState"]): PermanentHoldTargetState | null {
  const { holdType, mode, heatSetpoint, coolSetpoint } = state;
  if (holdType !== "PERMANENT") return null;
  // It shows the set points that belong to the mode, and no others.
  return {
    holdType,
    mode,
    ...(heatSetpoint !== null && { heatSetpoint }),
    ...(coolSetpoint !== null && { coolSetpoint }),
  } as PermanentHoldTargetState;
}

function setpoints(target: PermanentHoldTargetState): Setpoints {
  return {
    heat: "heatSetpoint" in target ? target.heatSetpoint : null,
    cool: "coolSetpoint" in target ? target.coolSetpoint : null,
  };
}

function isOutside(
  value: number | null,
  range: { readonly min: number | null; readonly max: number | null } | null,
): boolean {
  if (value === null || range === null) return false;
  return value < (range.min ?? value) || value > (range.max ?? value);
}

// The unit's own programme uses the first.
const MODES: Readonly<Record<HvacModel["category"], readonly Mode[]>> = {
  HEATING: ["HEAT", "OFF"],
  COOLING: ["COOL", "OFF"],
  HEAT_PUMP: ["AUTO", "HEAT", "COOL", "OFF"],
  AGGREGATOR: ["AUTO", "HEAT", "COOL", "OFF"],
};

const MAX_POWER: Readonly<Record<HvacModel["category"], number>> = {
  HEATING: 4,
  COOLING: 2,
  HEAT_PUMP: 3,
  AGGREGATOR: 0,
};

export function createHvac({
  id,
  vendor,
  account,
  random,
  now,
  parts,
  site,
}: DeviceBlueprint): SimulatedHvac {
  const { brand, model, category } = modelOf("hvac", vendor);
  const lastSeen = new Date(now).toISOString();
  const room = ["Living room", "Hallway", "Bedroom", "Study"][random.integer(0, 3)] ?? "Hallway";
  const modes = MODES[category];
  const heats = modes.includes("HEAT");
  const cools = modes.includes("COOL");
  const wire: Hvac = {
    id,
    userId: account.userId,
    vendor,
    lastSeen,
    isReachable: true,
    consumptionRate: null,
    information: { brand, model, displayName: `${brand} ${model}`, groupName: room, category },
    temperatureState: { currentTemperature: null, isActive: false, lastUpdated: lastSeen },
    thermostatState: {
      mode: "UNKNOWN",
      heatSetpoint: null,
      coolSetpoint: null,
      holdType: null,
      lastUpdated: lastSeen,
    },
    scopes: [],
    capabilities: {
      capableModes: [...modes],
      coolSetpointRange: cools ? { min: 16, max: 32 } : null,
      heatSetpointRange: heats ? { min: 5, max: 30 } : null,
      setpointDifferenceRange: heats && cools ? { min: 2, max: null } : null,
      setFollowSchedule: capability(true),
      setPermanentHold: capability(true),
    },
    location: { id: null },
  };
  return new SimulatedHvac({ ...parts, wire }, site(), category);
}
