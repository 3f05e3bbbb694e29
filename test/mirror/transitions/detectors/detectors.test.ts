import { describe, expect, it } from "vitest";
import { chargingDetector } from "../../../../src/mirror/transitions/detectors/charging.ts";
import { credentialsDetector } from "../../../../src/mirror/transitions/detectors/credentials.ts";
import type { Content, Detector } from "../../../../src/mirror/transitions/detectors/detector.ts";
import { importDetector } from "../../../../src/mirror/transitions/detectors/grid-import.ts";
import { interventionDetector } from "../../../../src/mirror/transitions/detectors/interventions.ts";
import { levelDetector } from "../../../../src/mirror/transitions/detectors/level.ts";
import { locationDetector } from "../../../../src/mirror/transitions/detectors/location.ts";
import { plugDetector } from "../../../../src/mirror/transitions/detectors/plug.ts";
import { productionDetector } from "../../../../src/mirror/transitions/detectors/production.ts";
import { reachabilityDetector } from "../../../../src/mirror/transitions/detectors/reachability.ts";
import { temperatureDetector } from "../../../../src/mirror/transitions/detectors/temperature.ts";
import { advance, type Facts, type Found } from "../../../../src/mirror/transitions/facts.ts";
import type { DeviceRecord } from "../../../../src/storage/index.ts";

/** Names and details of the transitions between states, each a minute after the one before. */
function told(detector: Detector, states: readonly Content[], settle = 0): unknown[] {
  const watch = { key: detector.key, detector, settle };
  const found: Found[] = [];
  let facts: Facts | undefined;
  let previous: DeviceRecord | undefined;
  for (const [minute, state] of states.entries()) {
    const record = recordOf(minute * 60_000, state);
    facts = advance(watch, facts, { record, previous, isMissed: false }, found);
    previous = record;
  }
  return found.map(({ name, details, next }) => [
    name,
    ...Object.values(details),
    next.observedAt / 60_000,
  ]);
}

function recordOf(observedAt: number, payload: Content): DeviceRecord {
  return {
    namespace: "n",
    collection: "devices",
    id: "d",
    kind: "vehicle",
    userId: "u",
    vendor: null,
    identity: null,
    payload: JSON.stringify(payload),
    partial: false,
    observedAt,
    receivedAt: observedAt,
    source: "webhook",
  };
}

const charge = (chargeState: Content) => ({ chargeState });

describe("what is found between states", () => {
  it.each(["vehicle", "charger"] as const)("is the plug of a %s", (kind) => {
    const states = [false, true, null, true, null, false].map((isPluggedIn) =>
      charge({ isPluggedIn }),
    );
    expect(told(plugDetector(kind), states)).toEqual([
      [`${kind}:plugged-in`, 1],
      [`${kind}:unplugged`, 5],
    ]);
  });

  it("is charging, and how it ends", () => {
    const states = [
      { isCharging: false },
      { isCharging: true, isFullyCharged: false },
      { isCharging: false, isFullyCharged: false },
      { isCharging: true },
      { isCharging: false, isFullyCharged: true },
      { isCharging: true },
      { isCharging: false, isFullyCharged: null, powerDeliveryState: "PLUGGED_IN:COMPLETE" },
    ].map(charge);
    expect(told(chargingDetector("vehicle"), states)).toEqual([
      ["vehicle:charging-started", 1],
      ["vehicle:charging-stopped", 2],
      ["vehicle:charging-started", 3],
      ["vehicle:charging-completed", 4],
      ["vehicle:charging-started", 5],
      ["vehicle:charging-completed", 6],
    ]);
    // A charger does not know of a full battery.
    expect(told(chargingDetector("charger"), states.slice(3, 5))).toEqual([
      ["charger:charging-stopped", 1],
    ]);
  });

  it("is a level at its bounds, told again only when it has gone back", () => {
    const levels = [50, 79, 80, 82, 79, 80, 77, 81, 19, 21, 20, 23, 20, null, 20];
    const states = levels.map((batteryLevel) => charge({ batteryLevel }));
    const detector = levelDetector("vehicle", { above: 80, below: 20, hysteresis: 2 });
    expect(told(detector, states)).toEqual([
      ["vehicle:level-crossed", "up", 80, 80, 2],
      ["vehicle:level-crossed", "up", 80, 81, 7],
      ["vehicle:level-crossed", "down", 20, 19, 8],
      ["vehicle:level-crossed", "down", 20, 20, 12],
    ]);
    const below = levelDetector("battery", { below: 20, hysteresis: 0 });
    expect(told(below, states.slice(0, 10))).toEqual([
      ["battery:level-crossed", "down", 20, 19, 8],
    ]);
  });

  it("is the import of a site", () => {
    const states = [1, 5, 4.8, 5, 4, 6, -3, null, 5].map((power) => ({ energyState: { power } }));
    expect(told(importDetector(5, 0.5), states)).toEqual([
      ["meter:import-above", 1],
      ["meter:import-above", 5],
      ["meter:import-above", 8],
    ]);
  });

  it("is a temperature that reaches its setpoint, from either side", () => {
    const at = (mode: string, currentTemperature: number | null) => ({
      temperatureState: { currentTemperature },
      thermostatState: { mode, heatSetpoint: 20, coolSetpoint: 24 },
    });
    const heat = [18, 20, 19.6, 20, 19, 20].map((each) => at("HEAT", each));
    expect(told(temperatureDetector(0.5), heat)).toEqual([
      ["hvac:temperature-reached", 1],
      ["hvac:temperature-reached", 5],
    ]);
    const cool = [27, 25, 24].map((each) => at("COOL", each));
    expect(told(temperatureDetector(0.5), cool)).toEqual([["hvac:temperature-reached", 2]]);
    const auto = [27, 22, 17, 20].map((each) => at("AUTO", each));
    expect(told(temperatureDetector(0.5), auto)).toEqual([
      ["hvac:temperature-reached", 1],
      ["hvac:temperature-reached", 3],
    ]);
    const off = [at("HEAT", 18), at("OFF", 21), at("HEAT", null), at("HEAT", 18)];
    expect(told(temperatureDetector(0.5), off)).toEqual([]);
  });

  it("is the reach of a device", () => {
    const states = [true, false, null, false, true].map((isReachable) => ({ isReachable }));
    expect(told(reachabilityDetector, states)).toEqual([
      ["device:unreachable", 1],
      ["device:reachable", 4],
    ]);
  });

  it("is production", () => {
    const states = [false, true, null, false].map((isProducing) => ({
      productionState: { isProducing },
    }));
    expect(told(productionDetector, states)).toEqual([
      ["inverter:production-started", 1],
      ["inverter:production-ended", 3],
    ]);
  });

  it("is a location that a vehicle comes to or goes from, as far as its position is known", () => {
    const at = (id: string | null, latitude: number | null = 52) => ({
      location: { id, latitude },
    });
    const states = [at("home"), at(null, null), at("home"), at(null), at("work"), at("home")];
    expect(told(locationDetector, states)).toEqual([
      ["vehicle:left", "home", 3],
      ["vehicle:arrived", "work", 4],
      ["vehicle:left", "work", 5],
      ["vehicle:arrived", "home", 5],
    ]);
  });

  it("is each intervention by itself", () => {
    const needs = (...interventionIds: string[]) => ({
      capabilities: { startCharging: { interventionIds }, chargeState: { interventionIds: [] } },
    });
    const states = [needs("a"), needs("a", "b"), {}, needs("b"), needs(), needs("a")];
    expect(told(interventionDetector, states)).toEqual([
      ["intervention:needed", "b", 1],
      ["intervention:cleared", "a", 3],
      ["intervention:cleared", "b", 4],
      ["intervention:needed", "a", 5],
    ]);
  });

  it("is each vendor account by itself, for all its types of devices together", () => {
    const accounts = (...linkedVendors: [string, boolean][]) => ({
      linkedVendors: linkedVendors.map(([vendor, isValid]) => ({ vendor, isValid })),
    });
    const states = [
      accounts(["TESLA", true], ["KIA", true]),
      accounts(["TESLA", true], ["TESLA", false], ["KIA", true]),
      // It was disconnected, and linked again.
      accounts(["KIA", true]),
      accounts(["KIA", false], ["TESLA", true]),
      accounts(["KIA", true], ["TESLA", true]),
    ];
    expect(told(credentialsDetector, states)).toEqual([
      ["credentials:invalid", "TESLA", 1],
      ["credentials:invalid", "KIA", 3],
      ["credentials:valid", "KIA", 4],
    ]);
  });

  it.each([
    plugDetector("vehicle"),
    chargingDetector("charger"),
    levelDetector("battery", { above: 1, hysteresis: 0 }),
    importDetector(1, 0),
    temperatureDetector(0),
    reachabilityDetector,
    productionDetector,
    locationDetector,
    interventionDetector,
    credentialsDetector,
  ])("is nothing where parts are missing or of another type ($key)", (detector) => {
    const odd = {
      chargeState: "x",
      isReachable: 1,
      location: null,
      capabilities: { a: null, b: { interventionIds: "c" } },
      linkedVendors: [null, { vendor: 1 }],
      energyState: { power: "9" },
      temperatureState: [],
    };
    expect(told(detector, [odd, {}, odd, { capabilities: null, linkedVendors: null }])).toEqual([]);
  });
});

describe("a state that has to last", () => {
  const states = (...plugs: boolean[]) => plugs.map((isPluggedIn) => charge({ isPluggedIn }));

  it("is told by the first state after its time, and dropped when it ends before", () => {
    const plug = plugDetector("vehicle");
    expect(told(plug, states(false, true, true, true, true), 150_000)).toEqual([
      ["vehicle:plugged-in", 3],
    ]);
    expect(told(plug, states(false, true, true, false, true, false), 150_000)).toEqual([]);
  });

  it("that has lasted is told before its end is", () => {
    const ended = states(false, true, true, false, false, false);
    expect(told(plugDetector("vehicle"), ended, 120_000)).toEqual([
      ["vehicle:plugged-in", 2],
      ["vehicle:unplugged", 4],
    ]);
  });
});
