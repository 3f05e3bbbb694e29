import { invalidArgument } from "../../errors/configuration.ts";
import { closest, refuseUnknownNames } from "../../shared/known-names.ts";
import { chargingDetector } from "./detectors/charging.ts";
import { credentialsDetector } from "./detectors/credentials.ts";
import type { Detector } from "./detectors/detector.ts";
import { importDetector } from "./detectors/grid-import.ts";
import { interventionDetector } from "./detectors/interventions.ts";
import { levelDetector } from "./detectors/level.ts";
import { locationDetector } from "./detectors/location.ts";
import { plugDetector } from "./detectors/plug.ts";
import { productionDetector } from "./detectors/production.ts";
import { reachabilityDetector } from "./detectors/reachability.ts";
import { temperatureDetector } from "./detectors/temperature.ts";
import { millisecondsOf } from "./duration.ts";
import type { Watch } from "./facts.ts";
import type { TransitionName } from "./transition.ts";

type Options = Readonly<Record<string, unknown>>;

/** Makes a detector; undefined when its bounds are left out. */
type MakeDetector = (options: Options) => Detector | undefined;

/** What a handler wants. */
export interface Wish {
  readonly watches: readonly Watch[];
  /** Whether it wants failed actions, which are events of their own and no states. */
  readonly actions: boolean;
  readonly catchUp: boolean;
}

const general = { settle: 0, catchUp: 0 };
const level = { ...general, above: 0, below: 0, hysteresis: 0 };
const meterImport = { ...general, kW: 0, hysteresis: 0 };
const temperature = { ...general, hysteresis: 0 };
const all = { ...general, above: 0, below: 0, kW: 0 };

const vehiclePlug = plain(plugDetector("vehicle"));
const vehicleCharging = plain(chargingDetector("vehicle"));
const chargerPlug = plain(plugDetector("charger"));
const chargerCharging = plain(chargingDetector("charger"));

/** How each transition is found, and which options it has. The compiler reports one that is missing. */
const sources: Readonly<
  Record<TransitionName, { readonly make: MakeDetector; readonly known: object }>
> = {
  "vehicle:plugged-in": vehiclePlug,
  "vehicle:unplugged": vehiclePlug,
  "vehicle:charging-started": vehicleCharging,
  "vehicle:charging-stopped": vehicleCharging,
  "vehicle:charging-completed": vehicleCharging,
  "vehicle:level-crossed": { make: (options) => levels("vehicle", options), known: level },
  "vehicle:arrived": plain(locationDetector),
  "vehicle:left": plain(locationDetector),
  "charger:plugged-in": chargerPlug,
  "charger:unplugged": chargerPlug,
  "charger:charging-started": chargerCharging,
  "charger:charging-stopped": chargerCharging,
  "battery:level-crossed": { make: (options) => levels("battery", options), known: level },
  "inverter:production-started": plain(productionDetector),
  "inverter:production-ended": plain(productionDetector),
  "meter:import-above": { make: imports, known: meterImport },
  "hvac:temperature-reached": { make: temperatures, known: temperature },
  "device:unreachable": plain(reachabilityDetector),
  "device:reachable": plain(reachabilityDetector),
  "intervention:needed": plain(interventionDetector),
  "intervention:cleared": plain(interventionDetector),
  "credentials:invalid": plain(credentialsDetector),
  "credentials:valid": plain(credentialsDetector),
  "action:failed": { make: () => undefined, known: { catchUp: 0 } },
};

const names = Object.keys(sources) as readonly TransitionName[];
const bounded: readonly string[] = [
  "vehicle:level-crossed",
  "battery:level-crossed",
  "meter:import-above",
] satisfies readonly TransitionName[];

/**
 * What a handler of this name with these options wants.
 *
 * @throws ConfigurationError for an unknown name, an unknown option, or an invalid one.
 */
export function wishOf(name: TransitionName | "*", given: object = {}): Wish {
  const source = isName(name) ? sources[name] : undefined;
  if (source === undefined && name !== "*") {
    const meant = closest(String(name), [...names, "*"]);
    const advice = meant === undefined ? "." : `; did you mean ${meant}?`;
    throw invalidArgument("name", `No transition is named ${JSON.stringify(name)}${advice}`);
  }
  if (typeof given !== "object" || given === null) {
    throw invalidArgument("options", "The options of a handler must be an object.");
  }
  refuseUnknownNames(`onTransition(${JSON.stringify(name)})`, given, source?.known ?? all);
  const options = given as Options;
  const { settle = 0, catchUp = false } = options;
  if (typeof catchUp !== "boolean") {
    throw invalidArgument("catchUp", "catchUp must be true or false.");
  }
  const time = millisecondsOf("settle", settle);
  const watches = new Map<string, Watch>();
  for (const each of source ? [name as TransitionName] : names) {
    const detector = sources[each].make(options);
    if (detector === undefined) {
      if (source === undefined || !bounded.includes(each)) continue;
      throw invalidArgument(
        each === "meter:import-above" ? "kW" : "above",
        `${each} needs a bound: pass ${each === "meter:import-above" ? "kW" : "above, below or both"}.`,
      );
    }
    const key = time === 0 ? detector.key : `${detector.key} for ${time}`;
    watches.set(key, { key, detector, settle: time });
  }
  const actions = name === "action:failed" || name === "*";
  return { watches: [...watches.values()], actions, catchUp };
}

function isName(name: unknown): name is TransitionName {
  return typeof name === "string" && Object.hasOwn(sources, name);
}

function plain(detector: Detector): { make: MakeDetector; known: object } {
  return { make: () => detector, known: general };
}

function levels(kind: "vehicle" | "battery", options: Options): Detector | undefined {
  const above = numberIn(options, "above", 0, 100);
  const below = numberIn(options, "below", 0, 100);
  const hysteresis = numberIn(options, "hysteresis", 0, 100) ?? 2;
  if (above === undefined && below === undefined) return undefined;
  if (above !== undefined && below !== undefined && below >= above) {
    throw invalidArgument("below", `below must be less than above, but it is ${below}.`);
  }
  return levelDetector(kind, { above, below, hysteresis });
}

function imports(options: Options): Detector | undefined {
  const kW = numberIn(options, "kW", 0, Number.MAX_VALUE);
  if (kW === undefined) return undefined;
  const hysteresis = numberIn(options, "hysteresis", 0, Number.MAX_VALUE) ?? kW / 10;
  return importDetector(kW, hysteresis);
}

function temperatures(options: Options): Detector {
  return temperatureDetector(numberIn(options, "hysteresis", 0, 100) ?? 0.5);
}

function numberIn(options: Options, name: string, least: number, most: number): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= least && value <= most) return value;
  const range = most === Number.MAX_VALUE ? `from ${least}` : `from ${least} to ${most}`;
  throw invalidArgument(name, `${name} must be a number ${range}.`);
}
