import { Random, type Seed } from "../../shared/random.ts";
import type { Device, DeviceQuirks } from "../devices/device.ts";
import { showResponsiveness } from "../world/credentials.ts";
import type { World } from "../world/world.ts";
import { beginAccountRelinked } from "./account-relinked.ts";
import { beginNearDuplicates } from "./near-duplicates.ts";
import { beginParkedCarFlickers } from "./parked-car-flickers.ts";
import {
  type Begin,
  covers,
  type Effect,
  type Scenario,
  type ScenarioName,
  toScenario,
} from "./scenario.ts";
import { beginUnpluggedAfterCharge } from "./unplugged-after-charge.ts";
import { beginVendorOutage } from "./vendor-outage.ts";

/** A scenario that runs. */
export interface RunningScenario {
  /** Its name and scope. */
  readonly scenario: Scenario;
  /** Ends it, and restores what it has changed; does nothing when it has ended already. */
  end(): void;
}

/** What real devices and vendors do to data, by name. */
export interface SandboxScenarios {
  /** The names of all scenarios. */
  readonly names: readonly ScenarioName[];
  /**
   * Begins a scenario. With the same seed and the same calls it does the same at the same times.
   *
   * - `parked-car-flickers`: now and then the oldest car at rest reports for a minute or two that it is unplugged,
   *   charging or full, which it is not.
   * - `vendor-outage`: the data of devices stop changing and commands fail with NO_RESPONSE, while everything else
   *   looks as usual. When it ends the data catch up.
   * - `unplugged-after-charge`: a car that has charged up to its limit reports UNPLUGGED, though its cable is still
   *   connected.
   * - `near-duplicates`: every other update of a device comes again 1.5 s later, as another event.
   * - `account-relinked`: within 15 minutes the user `<userId>-2` links the vendor account of the oldest device: the
   *   first user's credentials stop working, and the devices appear again, with other IDs and the same serial numbers.
   *
   * @param scenario A name, or a name with the user, vendor or device that it is about.
   * @throws RangeError when there is no such scenario.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ clock: "manual", fleet: "small" });
   * const outage = sandbox.scenarios.begin({ name: "vendor-outage", vendor: "TESLA" });
   * sandbox.clock.advance("2h");
   * outage.end();
   * ```
   */
  begin(scenario: ScenarioName | Scenario): RunningScenario;
  /** The scenarios that run, oldest first. */
  list(): RunningScenario[];
}

const SCENARIOS: Readonly<Record<ScenarioName, Begin>> = {
  "parked-car-flickers": beginParkedCarFlickers,
  "vendor-outage": beginVendorOutage,
  "unplugged-after-charge": beginUnpluggedAfterCharge,
  "near-duplicates": beginNearDuplicates,
  "account-relinked": beginAccountRelinked,
};

/** The names of all scenarios. */
// The type of Object.keys() does not keep the known keys.
export const scenarioNames: readonly ScenarioName[] = Object.keys(SCENARIOS) as ScenarioName[];

interface Running extends RunningScenario {
  readonly effect: Effect;
}

/** Runs the scenarios of a sandbox. */
export class ScenarioRunner implements SandboxScenarios, DeviceQuirks {
  readonly names: readonly ScenarioName[] = scenarioNames;
  readonly #world: World;
  readonly #seed: Seed;
  readonly #act: <T>(work: () => T) => T;
  #running: Running[] = [];
  #lastNumber = 0;

  /** @param act Makes a change to the world, so that it raises events. */
  constructor(world: World, seed: Seed, act: <T>(work: () => T) => T) {
    this.#world = world;
    this.#seed = seed;
    this.#act = act;
    world.quirks = this;
  }

  begin(given: ScenarioName | Scenario): RunningScenario {
    const scenario = toScenario(given, this.names);
    return this.#act(() => this.#begin(scenario));
  }

  list(): RunningScenario[] {
    return this.#running.map(({ scenario, end }) => ({ scenario, end }));
  }

  isSilent(device: Device): boolean {
    return this.#has(device, ({ silences }) => silences === true);
  }

  losesPlug(device: Device): boolean {
    return this.#has(device, ({ losesPlugs }) => losesPlugs === true);
  }

  repeatsUpdate(device: Device): boolean {
    return this.#has(device, ({ repeats }) => repeats?.() === true);
  }

  #begin(scenario: Scenario): RunningScenario {
    const world = this.#world;
    const now = world.now();
    this.#lastNumber += 1;
    const random = new Random(this.#seed, `scenarios/${scenario.name}/${this.#lastNumber}`);
    const effect = SCENARIOS[scenario.name]({ world, scope: scenario, random, now });
    const entry: Running = { scenario, effect, end: () => this.#end(entry) };
    this.#running.push(entry);
    if (effect.process !== undefined) world.scheduler.add(effect.process);
    this.#showSilence(entry);
    return { scenario, end: entry.end };
  }

  #end(entry: Running): void {
    if (!this.#running.includes(entry)) return;
    this.#act(() => {
      this.#running = this.#running.filter((each) => each !== entry);
      const { process, end } = entry.effect;
      if (process !== undefined) this.#world.scheduler.remove(process);
      end?.(this.#world.now());
      this.#showSilence(entry);
    });
  }

  #showSilence({ scenario, effect }: Running): void {
    if (effect.silences !== true) return;
    showResponsiveness(this.#world, (device) => covers(scenario, device));
  }

  #has(device: Device, does: (effect: Effect) => boolean): boolean {
    return this.#running.some(({ scenario, effect }) => covers(scenario, device) && does(effect));
  }
}
