import type { Vendor } from "../../../../generated/types.ts";
import { closest, type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import type { Random } from "../../shared/random.ts";
import type { Device } from "../devices/device.ts";
import type { TimedProcess } from "../world/process-scheduler.ts";
import type { World } from "../world/world.ts";

/** The name of a scenario. */
export type ScenarioName =
  | "parked-car-flickers"
  | "vendor-outage"
  | "unplugged-after-charge"
  | "near-duplicates"
  | "account-relinked";

/** Which devices a scenario is about; by default all that fit it. */
export interface ScenarioScope {
  /** Only devices of this user. */
  readonly userId?: string;
  /** Only devices of this vendor. */
  readonly vendor?: Vendor;
  /** Only this device. */
  readonly deviceId?: string;
}

/** A scenario with its scope. */
export interface Scenario extends ScenarioScope {
  /** Name of the scenario. */
  readonly name: ScenarioName;
}

/** What a running scenario does. */
export interface Effect {
  /** Runs at times of its own. */
  readonly process?: TimedProcess;
  /** Whether the data of devices stop changing. */
  readonly silences?: boolean;
  /** Whether vehicles report that they are not plugged in once they are charged. */
  readonly losesPlugs?: boolean;
  /** Decides whether an update comes again. */
  readonly repeats?: () => boolean;
  /** Restores what the scenario has changed; `now` is a timestamp in milliseconds. */
  readonly end?: (now: number) => void;
}

/** What a scenario gets when it begins. */
export interface ScenarioContext {
  readonly world: World;
  readonly scope: ScenarioScope;
  readonly random: Random;
  /** When it begins: a timestamp in milliseconds. */
  readonly now: number;
}

/** Begins a scenario. */
export type Begin = (context: ScenarioContext) => Effect;

/** Whether a device, or HEM system, is one of those that a scenario is about. */
export function covers({ userId, vendor, deviceId }: ScenarioScope, device: Device): boolean {
  return (
    (userId === undefined || device.wire.userId === userId) &&
    (vendor === undefined || device.account.vendor === vendor) &&
    (deviceId === undefined || device.wire.id === deviceId)
  );
}

const KNOWN: KnownNames<Scenario> = { name: true, userId: true, vendor: true, deviceId: true };

/**
 * The scenario that was asked for.
 *
 * @param names All scenarios.
 * @throws RangeError for one that does not exist, TypeError for an unknown or undefined part of its scope.
 */
export function toScenario(given: ScenarioName | Scenario, names: readonly string[]): Scenario {
  const scenario = typeof given === "string" ? { name: given } : given;
  refuseUnknownNames("A scenario", scenario, KNOWN);
  for (const part of Object.keys(scenario)) {
    // It would widen the scenario from one user or device to all of them.
    if (Reflect.get(scenario, part) === undefined) {
      throw new TypeError(`"${part}" of a scenario is undefined; leave it out to mean all of them`);
    }
  }
  const { name } = scenario;
  if (names.includes(name)) return { ...scenario };
  const meant = closest(String(name), names);
  throw new RangeError(
    `There is no scenario "${name}"; ${meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`}`,
  );
}
