import { afterEach, describe, expect, it, vi } from "vitest";
import type { SandboxOptions } from "../../../src/sandbox/app/options.ts";
import { type Built, buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import { MOST_LOOKED_AT } from "../../../src/sandbox/simulation/history/history.ts";
import type { Sample } from "../../../src/sandbox/simulation/history/reading.ts";
import { MOST_SAMPLES, Samples } from "../../../src/sandbox/simulation/history/samples.ts";
import { MOST_MARKERS } from "../../../src/sandbox/simulation/history/track.ts";
import { fetchToken, send } from "../support/harness.ts";

const PLACE = { linkUrl: "", isRecording: false };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A household with a device of each kind. */
const HOUSEHOLD: SandboxOptions["fleet"] = [
  {
    id: "anna",
    vehicles: [{ batteryLevel: 40, chargeLimit: 80, chargePower: 11, batteryCapacity: 60 }],
    chargers: [{ energyWanted: 20 }],
    hvacs: [{ vendor: "PANASONIC" }],
    inverters: [{}],
    batteries: [{}],
    meters: [{}],
  },
];

function build(options: SandboxOptions = {}): Built {
  return buildSandbox({ seed: 5, clock: "manual", fleet: HOUSEHOLD, ...options }, PLACE);
}

function deviceOf({ world }: Built, kind: string) {
  const device = [...world.devices.values()].find((each) => each.kind === kind);
  if (device === undefined) throw new Error(`There is no ${kind}`);
  return device;
}

/** The history of a device up to now. */
function historyOf(built: Built, kind: string): readonly Sample[] {
  const device = deviceOf(built, kind);
  built.act(() => device.advanceTo(built.world.now()));
  return built.world.history.of(device);
}

type Name = Exclude<keyof Sample, "at">;

/** What the history says of a time: power and set points hold until the next sample, the rest lies on lines. */
function valueAt(samples: readonly Sample[], name: Name, time: number): number | null {
  const index = samples.findLastIndex(({ at }) => at <= time);
  const [sample, next] = [samples[index], samples[index + 1]];
  if (sample === undefined) return null;
  const value = sample[name];
  const isLine = name === "level" || name === "temperature";
  const end = next?.[name] ?? null;
  if (!isLine || value === null || next === undefined || end === null) return value;
  return value + ((end - value) * (time - sample.at)) / (next.at - sample.at);
}

/** What the API says of a device now. */
function shown(built: Built, kind: string): Partial<Record<Name, number | null>> {
  const { wire } = deviceOf(built, kind);
  const device = built.sandbox.devices.get(wire.id);
  if (device === undefined) throw new Error("The device is gone");
  if ("odometer" in device)
    return { power: device.chargeState.chargeRate ?? 0, level: device.chargeState.batteryLevel };
  if ("productionState" in device) return { power: device.productionState.productionRate };
  if ("energyState" in device) return { power: device.energyState.power };
  if ("config" in device)
    return { power: device.chargeState.chargeRate, level: device.chargeState.batteryLevel };
  if ("thermostatState" in device) {
    const { heatSetpoint, coolSetpoint } = device.thermostatState;
    const { currentTemperature: temperature } = device.temperatureState;
    return { power: device.consumptionRate, temperature, heatSetpoint, coolSetpoint };
  }
  return { power: device.chargeState.chargeRate ?? 0 };
}

/** Half of the last digit that the API shows, and the tolerance of the samples. */
const NEAR: Record<Name, number> = {
  power: 1e-9,
  heatSetpoint: 1e-9,
  coolSetpoint: 1e-9,
  level: 0.06,
  temperature: 0.06,
};

const KINDS = ["vehicle", "charger", "hvac", "inverter", "battery", "meter"];

describe("the history of the world", () => {
  it.each([
    ...KINDS.map((kind) => ({ kind, home: "a household", fleet: HOUSEHOLD })),
    { kind: "hvac", home: "its own", fleet: [{ id: "anna", hvacs: [{ vendor: "PANASONIC" }] }] },
  ])("says of a $kind in $home what the API said at each minute", ({ kind, fleet }) => {
    const [watched, alone] = [build({ fleet }), build({ fleet })];
    for (const { world, sandbox } of [watched, alone]) {
      for (const { kind: each, wire } of world.devices.values()) {
        if (each === "vehicle" || each === "charger")
          sandbox.devices.update(wire.id, { isCharging: true });
      }
    }
    const said: [time: number, values: ReturnType<typeof shown>][] = [];
    // Between the minutes at which things happen.
    watched.sandbox.clock.advance(MINUTE / 2);
    for (let minute = 0; minute <= 20 * 60; minute++) {
      said.push([watched.world.now(), shown(watched, kind)]);
      watched.sandbox.clock.advance(MINUTE);
    }
    alone.sandbox.clock.advance(20 * HOUR);
    const samples = historyOf(alone, kind);
    for (const [time, values] of said) {
      for (const [name, value] of Object.entries(values) as [Name, number | null][]) {
        const known = valueAt(samples, name, time);
        const where = `${name} at ${new Date(time).toISOString()}`;
        if (value === null) expect(known, where).toBeNull();
        else expect(Math.abs((known ?? Number.NaN) - value), where).toBeLessThan(NEAR[name]);
      }
    }
  });

  it("has the time at which a charge was complete, and few samples", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    const begun = built.world.now();
    built.sandbox.devices.update(id, { isCharging: true });
    built.sandbox.clock.advance("8h");
    const [first, full, last, ...more] = historyOf(built, "vehicle");
    expect(more).toEqual([]);
    expect(first).toMatchObject({ at: begun, power: 11, level: 40 });
    expect(full?.at).toBeCloseTo(begun + (24 / 11) * HOUR, 3);
    expect(full).toMatchObject({ power: 0, level: 80 });
    expect(last).toMatchObject({ at: begun + 8 * HOUR, power: 0, level: 80 });
  });

  it("is the same whether the clock goes in one step or in many", () => {
    const [one, many] = [build(), build()];
    for (const built of [one, many]) {
      built.sandbox.devices.update(deviceOf(built, "vehicle").wire.id, { isCharging: true });
    }
    one.sandbox.clock.advance("8h");
    for (let step = 0; step < 480; step++) {
      many.sandbox.clock.advance("1m");
      many.sandbox.devices.list();
    }
    for (const kind of ["vehicle", "charger", "inverter", "meter"]) {
      const [expected, samples] = [historyOf(one, kind), historyOf(many, kind)];
      expect(samples.length, kind).toBe(expected.length);
      for (const [index, sample] of samples.entries()) {
        // What happens by itself happens in whole milliseconds.
        expect(Math.abs(sample.at - (expected[index]?.at ?? 0))).toBeLessThan(2);
        expect(sample.power).toBeCloseTo(expected[index]?.power ?? 0, 3);
      }
    }
  });

  it("has the start of a schedule at its time, and who gave the command", async () => {
    const built = build({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 40 }] }] });
    const { sandbox, world } = built;
    const vehicle = deviceOf(built, "vehicle");
    const token = await fetchToken(sandbox);
    const made = await send(sandbox.fetch, "POST", "/users/anna/schedules", token, {
      isEnabled: true,
      targetId: vehicle.wire.id,
      targetType: "vehicle",
      locationId: null,
      defaultShouldCharge: false,
      rules: [{ hourMinute: { from: "22:00", to: "23:00" }, shouldCharge: true }],
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    sandbox.clock.advance("24h");
    const at = (time: string) => Date.parse(`2025-01-06T${time}Z`);
    const samples = historyOf(built, "vehicle");
    expect(valueAt(samples, "power", at("22:00:01"))).toBe(0);
    expect(valueAt(samples, "power", at("22:00:03"))).toBe(11);
    expect(valueAt(samples, "power", at("22:59:59"))).toBe(11);
    expect(valueAt(samples, "power", at("23:00:03"))).toBe(0);
    expect(world.history.markersOf(vehicle)).toEqual([
      { at: at("22:00:00"), text: "Schedule: start charging" },
      { at: at("23:00:00"), text: "Schedule: stop charging" },
    ]);
  });

  it("knows nothing of the time in which a device is out of reach", () => {
    const built = build();
    const { sandbox, world } = built;
    const { id } = deviceOf(built, "vehicle").wire;
    sandbox.devices.update(id, { isCharging: true });
    sandbox.clock.advance("30m");
    const gone = world.now();
    sandbox.devices.update(id, { isReachable: false });
    sandbox.clock.advance("1h");
    const back = world.now();
    sandbox.devices.update(id, { isReachable: true });
    sandbox.clock.advance("10m");
    const samples = historyOf(built, "vehicle");
    expect(valueAt(samples, "level", gone - 1)).toBeCloseTo(40 + 0.5 * (11 / 0.6), 3);
    expect(valueAt(samples, "power", gone + 1)).toBeNull();
    expect(valueAt(samples, "level", back - 1)).toBeNull();
    expect(valueAt(samples, "level", back)).toBeCloseTo(40 + 1.5 * (11 / 0.6), 3);
    expect(valueAt(samples, "power", back)).toBe(11);
    const markers = world.history.markersOf(deviceOf(built, "vehicle"));
    expect(markers.slice(-2)).toEqual([
      { at: gone, text: "Out of reach" },
      { at: back, text: "In reach again" },
    ]);
  });

  it("draws a jump where an owner changes a level", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    built.sandbox.clock.advance("2h");
    const driven = built.world.now();
    built.sandbox.devices.update(id, { batteryLevel: 30 });
    built.sandbox.clock.advance("2h");
    const levels = historyOf(built, "vehicle").map(({ at, level }) => [at - driven, level]);
    expect(levels).toEqual([
      [-2 * HOUR, 40],
      [0, 40],
      [0, 30],
      [2 * HOUR, 30],
    ]);
    expect(built.world.history.markersOf(deviceOf(built, "vehicle"))).toEqual([
      { at: driven, text: "Owner: set batteryLevel to 30" },
    ]);
  });

  it("has markers of failed commands, credentials and the API", async () => {
    const built = build();
    const { sandbox, world } = built;
    const vehicle = deviceOf(built, "vehicle");
    const token = await fetchToken(sandbox);
    const path = `/vehicles/${vehicle.wire.id}/charging`;
    sandbox.faults.nextAction({ type: "NO_RESPONSE" });
    await send(sandbox.fetch, "POST", path, token, { action: "START" });
    sandbox.clock.advance("1m");
    sandbox.devices.list();
    sandbox.invalidateCredentials("anna", "TESLA");
    expect(world.history.markersOf(vehicle).map(({ text }) => text)).toEqual([
      "API: start charging",
      "Command failed: NO_RESPONSE",
      "Credentials stopped working",
      "Out of reach",
    ]);
    for (let count = 0; count < MOST_MARKERS; count++) vehicle.track?.mark(count, String(count));
    expect(world.history.markersOf(vehicle)).toHaveLength(MOST_MARKERS);
    expect(world.history.markersOf(vehicle)[0]?.text).toBe("0");
  });

  describe("with a clock that runs", () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it("has what happened while nobody looked", () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2025, 5, 1, 8) });
      const built = build({ clock: { speed: 60 } });
      const begun = built.world.now();
      built.sandbox.devices.update(deviceOf(built, "vehicle").wire.id, { isCharging: true });
      vi.setSystemTime(Date.UTC(2025, 5, 1, 8, 4));
      const samples = historyOf(built, "vehicle");
      expect(samples.at(-1)?.at).toBe(begun + 4 * HOUR);
      expect(samples.map(({ at }) => Math.round((at - begun) / MINUTE))).toEqual([0, 131, 240]);
      expect(samples.map(({ power }) => power)).toEqual([11, 0, 0]);
      expect(historyOf(built, "inverter").length).toBeGreaterThan(40);
    });
  });
});

describe("the devices with a history", () => {
  const countOf = ({ world }: Built) =>
    [...world.devices.values()].filter(({ track }) => track !== null).length;

  it("are all of a small fleet, from the start", () => {
    expect(countOf(build({ fleet: { users: 1_000, vehiclesPerUser: 1 } }))).toBe(1_000);
  });

  it("are those of a large fleet that were looked at last", () => {
    const built = build({ fleet: { users: 1_500, vehiclesPerUser: 1 } });
    const { world } = built;
    const all = [...world.devices.values()];
    for (const device of all) world.history.look(device);
    expect(countOf(built)).toBe(MOST_LOOKED_AT);
    expect(all.slice(-MOST_LOOKED_AT).every(({ track }) => track !== null)).toBe(true);
    const [first, second] = all;
    if (first === undefined || second === undefined) throw new Error("There are no devices");
    world.history.look(first);
    expect(world.history.of(first)).toHaveLength(1);
    expect(world.history.of(second)).toEqual([]);
    expect(countOf(built)).toBe(MOST_LOOKED_AT);
    built.act(() => world.removeDevice(first));
    world.history.look(second);
    expect(countOf(built)).toBeLessThanOrEqual(MOST_LOOKED_AT);
  });
});

describe("the samples of a device", () => {
  it("keeps the last ones", () => {
    const samples = new Samples();
    for (let at = 0; at < 2 * MOST_SAMPLES; at++) samples.add(at, { power: at % 2 });
    const kept = samples.list();
    expect(kept).toHaveLength(MOST_SAMPLES);
    expect(kept[0]).toMatchObject({ at: MOST_SAMPLES, power: 0 });
    expect(kept.at(-1)).toMatchObject({ at: 2 * MOST_SAMPLES - 1, power: 1 });
  });

  it("leaves out what lies on a line, however slowly the line bends", () => {
    const samples = new Samples();
    const level = (at: number) => 50 + 40 * Math.sin(at / 400);
    for (let at = 0; at <= 2_000; at++) samples.add(at, { level: level(at) });
    const kept = samples.list();
    expect(kept.length).toBeLessThan(300);
    for (let at = 0; at <= 2_000; at++)
      expect(Math.abs((valueAt(kept, "level", at) ?? 0) - level(at))).toBeLessThan(0.011);
  });
});
