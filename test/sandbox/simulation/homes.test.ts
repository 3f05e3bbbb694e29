import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSandbox, type FleetUser, type Sandbox } from "../../../src/sandbox/index.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const HOME: FleetUser = {
  id: "anna",
  vehicles: [{ vendor: "TESLA", batteryLevel: 20 }],
  chargers: [{ vendor: "EASEE" }],
  hvacs: [{ vendor: "ADAX" }, { vendor: "SENSIBO" }],
  inverters: [{ vendor: "TESLA" }],
  batteries: [{ vendor: "TESLA" }],
  meters: [{ vendor: "TESLA" }],
};

const createHome = (seed = 7, home: FleetUser = HOME) =>
  createSandbox({ seed, clock: "manual", fleet: [home] });

/** The only device of a kind. */
function the<K extends Parameters<Sandbox["devices"]["add"]>[1] | "hemSystem">(
  { devices }: Sandbox,
  kind: K,
) {
  const [device] = devices.list(undefined, kind);
  if (device === undefined) throw new Error(`no ${kind}`);
  return device;
}

function today(sandbox: Sandbox) {
  const { unit, lastUpdated, ...totals } = the(sandbox, "hemSystem").status.energy.today;
  return totals as Record<keyof typeof totals, number>;
}

/** What everything but the meter takes from the home, in kW. */
function balance({ devices }: Sandbox): number {
  const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  return (
    sum(devices.list(undefined, "vehicle").map(({ chargeState }) => chargeState.chargeRate)) +
    sum(devices.list(undefined, "charger").map(({ chargeState }) => chargeState.chargeRate)) +
    sum(devices.list(undefined, "hvac").map(({ consumptionRate }) => consumptionRate)) +
    sum(devices.list(undefined, "battery").map(({ chargeState }) => chargeState.chargeRate)) -
    sum(devices.list(undefined, "inverter").map((each) => each.productionState.productionRate))
  );
}

/** What is shown of the devices of a kind, with no dates. */
const readings = ({ devices }: Sandbox, kind: Parameters<typeof the>[1]): unknown =>
  JSON.parse(
    JSON.stringify(devices.list("anna", kind), (name, value) =>
      name.startsWith("last") ? undefined : value,
    ),
  );

const modes = ["IMPORT_FOCUS", "EXPORT_FOCUS", "TIME_OF_USE", "SELF_RELIANCE", "IDLE"] as const;

const step = fc.oneof(
  fc.record({ advance: fc.integer({ min: 1, max: 9 * HOUR }) }),
  fc.record({ isCharging: fc.boolean(), batteryLevel: fc.integer({ min: 0, max: 79 }) }),
  fc.record({ operationMode: fc.constantFrom(...modes) }),
  fc.record({ currentTemperature: fc.integer({ min: 5, max: 30 }) }),
  fc.record({ isReachable: fc.boolean() }),
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take(sandbox: Sandbox, change: Step): void {
  const { clock, devices } = sandbox;
  if ("advance" in change) clock.advance(change.advance);
  else if ("isCharging" in change) devices.update(the(sandbox, "vehicle").id, change);
  else if ("operationMode" in change) devices.update(the(sandbox, "battery").id, change);
  else if ("currentTemperature" in change) {
    for (const { id } of devices.list(undefined, "hvac")) devices.update(id, change);
  } else devices.update(the(sandbox, "vehicle").id, change);
}

describe("a home", () => {
  it("draws from the grid what it does not supply itself, at any time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.array(step), (seed, steps) => {
        const sandbox = createHome(seed);
        for (const change of steps) take(sandbox, change);
        sandbox.devices.update(the(sandbox, "vehicle").id, { isReachable: true });
        const power = the(sandbox, "meter").energyState.power ?? Number.NaN;
        const load = power - balance(sandbox);
        expect(load).toBeGreaterThan(0.19);
        expect(load).toBeLessThan(2.4);
      }),
      { numRuns: 60 },
    );
  });

  it("neither makes nor loses energy", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.array(step), (seed, steps) => {
        const sandbox = createHome(seed);
        for (const change of steps) {
          take(sandbox, change);
          const { generation, discharge, import: bought, ...rest } = today(sandbox);
          expect(generation + discharge + bought).toBeCloseTo(
            rest.consumption + rest.charge + rest.export,
            2,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has the same outcome whether it is read often, once or with events delivered", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (steps, n) => {
        const once = createHome();
        const often = createHome();
        for (const change of steps) {
          take(once, change);
          if (!("advance" in change)) take(often, change);
          else {
            let left = change.advance;
            for (let at = 1; at < n && left > 1; at++) {
              const part = Math.floor(left / 2);
              often.clock.advance(part);
              often.devices.list();
              left -= part;
            }
            often.clock.advance(left);
          }
        }
        expect(today(often).generation).toBeCloseTo(today(once).generation, 2);
        expect(today(often).import).toBeCloseTo(today(once).import, 2);
        expect(today(often).discharge).toBeCloseTo(today(once).discharge, 2);
        const level = (each: Sandbox) => the(each, "battery").chargeState.batteryLevel ?? 0;
        expect(level(often)).toBeCloseTo(level(once), 1);
      }),
      { numRuns: 40 },
    );
  });

  it.each(modes)("stores what goes into its battery in the mode %s", (operationMode) => {
    const sandbox = createHome();
    const { id, chargeState } = the(sandbox, "battery");
    sandbox.devices.update(id, { operationMode });
    for (let at = 0; at < 60; at++) {
      sandbox.clock.advance(7 * MINUTE);
      const { batteryLevel, batteryCapacity } = the(sandbox, "battery").chargeState;
      const { charge, discharge } = today(sandbox);
      const percent = (batteryLevel ?? 0) - (chargeState.batteryLevel ?? 0);
      const stored = (percent / 100) * (batteryCapacity ?? 0);
      expect(stored).toBeCloseTo(charge - discharge, 2);
    }
  });

  it("shows nothing new of what is out of reach, and all of it afterwards", () => {
    const [calm, broken] = [createHome(), createHome()];
    const reach = (isReachable: boolean) => {
      for (const { id } of broken.devices.list()) broken.devices.update(id, { isReachable });
    };
    reach(false);
    const before = broken.devices.list();
    for (const { clock } of [calm, broken]) clock.advance("10h");
    expect(broken.devices.list()).toEqual(before);
    reach(true);
    for (const { clock } of [calm, broken]) clock.advance("5m");
    for (const kind of ["inverter", "battery", "meter", "hvac", "hemSystem"] as const) {
      expect(readings(broken, kind)).toEqual(readings(calm, kind));
    }
  });

  it("produces while the sun is up, and adds it to the lifetime", () => {
    const sandbox = createHome();
    const rates: number[] = [];
    let last = the(sandbox, "inverter").productionState.totalLifetimeProduction ?? 0;
    const first = last;
    let sum = 0;
    for (let slot = 0; slot < 288; slot++) {
      const { productionRate } = the(sandbox, "inverter").productionState;
      rates.push(productionRate ?? 0);
      sandbox.clock.advance(5 * MINUTE);
      const next = the(sandbox, "inverter").productionState.totalLifetimeProduction ?? 0;
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
      sum += (productionRate ?? 0) / 12;
    }
    expect(Math.max(...rates)).toBeGreaterThan(0.5);
    expect(rates.filter((rate) => rate === 0).length).toBeGreaterThan(60);
    expect(last - first).toBeCloseTo(sum, 0);
  });
});

it("is the same world for the same seed and calls", () => {
  const run = () => {
    const sandbox = createSandbox({ seed: 3, clock: "manual", fleet: "small" });
    sandbox.clock.advance("9h");
    const { devices } = sandbox;
    return JSON.stringify([devices.list(), devices.list(undefined, "hemSystem")]);
  };
  expect(run()).toBe(run());
});
