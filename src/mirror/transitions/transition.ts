import type { DeviceKind } from "../../../generated/kinds.ts";
import type { FullDevice, MirroredAction, MirroredDevice, MirroredUser } from "../read/views.ts";
import type { Duration } from "./duration.ts";

/** What every transition has. */
export interface TransitionBase<Name extends string> {
  /** Its name, such as `vehicle:plugged-in`. */
  name: Name;
  /**
   * Made from the device, the name and the time. Handlers that are called again for the same transition get the same
   * one: use it as an idempotency key.
   */
  id: string;
  /** When it began: the time of the reading that shows it, or else of the event. */
  since: Date;
  /** The Enode user; null when unknown. */
  userId: string | null;
}

/** A transition of a device. */
export interface DeviceTransition<Name extends string, Kind extends DeviceKind>
  extends TransitionBase<Name> {
  /** The device after it. */
  device: { [Each in Kind]: FullDevice<Each> }[Kind];
  /** The device before it. */
  previous: { [Each in Kind]: FullDevice<Each> }[Kind];
}

/** A vehicle has arrived at one of its user's locations, or left it. */
export interface LocationTransition<Name extends string> extends DeviceTransition<Name, "vehicle"> {
  /** ID of the location. */
  locationId: string;
}

/** A battery level has reached a bound. */
export interface LevelTransition<Name extends string, Kind extends DeviceKind>
  extends DeviceTransition<Name, Kind> {
  /** `up` for the bound `above`, `down` for the bound `below`. */
  direction: "up" | "down";
  /** The bound, in %. */
  bound: number;
  /** The level that has reached it, in %. */
  level: number;
}

/** Somebody has to do something, so that Enode can read or control a device, or no longer has to. */
export interface InterventionTransition<Name extends string>
  extends DeviceTransition<Name, DeviceKind> {
  /** ID of the intervention, for `enode.interventions.get`. */
  interventionId: string;
}

/** The stored credentials of a vendor account no longer work, or work again. */
export interface CredentialsTransition<Name extends string> extends TransitionBase<Name> {
  /** The vendor of the account. */
  vendor: string;
  /** The Enode user. */
  userId: string;
  /** The user after it. */
  user: MirroredUser;
  /** The user before it. */
  previous: MirroredUser;
}

/** An action on a device has ended as FAILED. */
export interface ActionTransition extends TransitionBase<"action:failed"> {
  /** The action that has failed: `data.failureReason` says why. */
  action: MirroredAction;
  /** The action before it; undefined when its first event was the one of its failure. */
  previous: MirroredAction | undefined;
  /** The device that it acts on; undefined when the mirror does not have it. */
  device: MirroredDevice | undefined;
}

/** All transitions, by name. */
export interface Transitions {
  /** A cable was connected. */
  "vehicle:plugged-in": DeviceTransition<"vehicle:plugged-in", "vehicle">;
  /** The cable was removed. */
  "vehicle:unplugged": DeviceTransition<"vehicle:unplugged", "vehicle">;
  /** The battery takes in energy. */
  "vehicle:charging-started": DeviceTransition<"vehicle:charging-started", "vehicle">;
  /** Charging has ended before the charge limit was reached. */
  "vehicle:charging-stopped": DeviceTransition<"vehicle:charging-stopped", "vehicle">;
  /** Charging has ended, as the charge limit was reached. */
  "vehicle:charging-completed": DeviceTransition<"vehicle:charging-completed", "vehicle">;
  /** The level has reached the bound `above` from below, or the bound `below` from above. */
  "vehicle:level-crossed": LevelTransition<"vehicle:level-crossed", "vehicle">;
  /** A vehicle has come to one of its user's locations. */
  "vehicle:arrived": LocationTransition<"vehicle:arrived">;
  /** A vehicle has gone from one of its user's locations. */
  "vehicle:left": LocationTransition<"vehicle:left">;
  /** A vehicle was connected. */
  "charger:plugged-in": DeviceTransition<"charger:plugged-in", "charger">;
  /** The vehicle was disconnected. */
  "charger:unplugged": DeviceTransition<"charger:unplugged", "charger">;
  /** The charger delivers power. */
  "charger:charging-started": DeviceTransition<"charger:charging-started", "charger">;
  /** The charger no longer delivers power. It does not know whether the vehicle is full. */
  "charger:charging-stopped": DeviceTransition<"charger:charging-stopped", "charger">;
  /** The same of a home battery. */
  "battery:level-crossed": LevelTransition<"battery:level-crossed", "battery">;
  /** The inverter delivers energy, as after sunrise. */
  "inverter:production-started": DeviceTransition<"inverter:production-started", "inverter">;
  /** The inverter no longer delivers energy. */
  "inverter:production-ended": DeviceTransition<"inverter:production-ended", "inverter">;
  /** The site draws as much from the grid as the option `kW` says, or more. */
  "meter:import-above": DeviceTransition<"meter:import-above", "meter">;
  /** The air has reached the setpoint: warmed up to it, or cooled down to it. */
  "hvac:temperature-reached": DeviceTransition<"hvac:temperature-reached", "hvac">;
  /** No live data can be had from the device. */
  "device:unreachable": DeviceTransition<"device:unreachable", Exclude<DeviceKind, "hemSystem">>;
  /** Live data can be had again. */
  "device:reachable": DeviceTransition<"device:reachable", Exclude<DeviceKind, "hemSystem">>;
  /** Somebody has to do something, so that Enode can read or control the device. */
  "intervention:needed": InterventionTransition<"intervention:needed">;
  /** That has been done, or is no longer needed. */
  "intervention:cleared": InterventionTransition<"intervention:cleared">;
  /** The user must sign in to the vendor again. */
  "credentials:invalid": CredentialsTransition<"credentials:invalid">;
  /** The user has signed in to the vendor again. */
  "credentials:valid": CredentialsTransition<"credentials:valid">;
  /** An action on a device has ended as FAILED. */
  "action:failed": ActionTransition;
}

/** The name of a transition. */
export type TransitionName = keyof Transitions;

/** A transition of any name. */
export type Transition = Transitions[TransitionName];

/** Options of a handler of transitions. */
export interface TransitionOptions {
  /**
   * How long the new state must last before it is told, such as `"2m"` or a number of ms: devices report nonsense for
   * minutes now and then. A state that ends earlier is not told, and neither is its end. Default 0.
   */
  settle?: Duration | undefined;
  /**
   * Also tells of what a backfill or reconciliation has found, as after an outage. By default those only move the
   * state from which the next transition is told.
   */
  catchUp?: boolean | undefined;
}

/** Options for levels. At least one bound is needed. */
export interface LevelOptions extends TransitionOptions {
  /** Tells when the level comes to this or more, in %. */
  above?: number | undefined;
  /** Tells when the level comes to this or less, in %. */
  below?: number | undefined;
  /** How far the level must go back before the same bound is told again, in %. Default 2. */
  hysteresis?: number | undefined;
}

/** Options for the import of a meter. */
export interface ImportOptions extends TransitionOptions {
  /** Tells when the site draws this or more from the grid, in kW. */
  kW: number;
  /** How far the power must go back before it is told again, in kW. Default a tenth of `kW`. */
  hysteresis?: number | undefined;
}

/** Options for the temperature of an HVAC unit. */
export interface TemperatureOptions extends TransitionOptions {
  /** How far the temperature must leave the setpoint before it is told again, in °C. Default 0.5. */
  hysteresis?: number | undefined;
}

/** Options for a handler of all transitions. Bounds are told only when they are given. */
export interface AllOptions extends TransitionOptions {
  /** The bound `above` of levels, in %. */
  above?: number | undefined;
  /** The bound `below` of levels, in %. */
  below?: number | undefined;
  /** The bound of the import of meters, in kW. */
  kW?: number | undefined;
}
