import { describe, expect, it, vi } from "vitest";
import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.ts";

describe("the sandbox clock", () => {
  it("stands still in manual mode until it is advanced", () => {
    const { clock } = createSandbox({ clock: "manual" });
    const begun = clock.now().getTime();
    expect(clock.now().getTime()).toBe(begun);
    clock.advance(1_500);
    expect(clock.now().getTime()).toBe(begun + 1_500);
    expect(() => clock.advance(-1)).toThrow("0 or more");
    expect(() => clock.advance(Number.NaN)).toThrow("0 or more");
  });

  it("follows the wall clock, at its speed, and can be advanced on top", () => {
    vi.useFakeTimers({ now: 1_750_000_000_000, toFake: ["Date"] });
    try {
      const real = createSandbox().clock;
      const fast = createSandbox({ clock: { speed: 60 } }).clock;
      vi.setSystemTime(1_750_000_001_000);
      real.advance(5);
      expect(real.now().getTime()).toBe(1_750_000_001_005);
      expect(fast.now().getTime()).toBe(1_750_000_060_000);
      vi.setSystemTime(1_749_000_000_000);
      expect(real.now().getTime()).toBe(1_750_000_001_005);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("an invalid option", () => {
  it.each([
    ["speed 0", { clock: { speed: 0 } }, "clock"],
    ["a negative speed", { clock: { speed: -1 } }, "clock"],
    ["an endless speed", { clock: { speed: Number.POSITIVE_INFINITY } }, "clock"],
    ["an unknown clock", { clock: "atomic" as "real" }, "clock"],
    ["a fractional seed", { seed: 1.5 }, "seed"],
    ["a negative seed", { seed: -1 }, "seed"],
    ["a seed that is no number", { seed: "7" as unknown as number }, "seed"],
    ["a token that never serves", { tokenLifetime: 0 }, "tokenLifetime"],
    ["a negative delay", { actionDelay: -1 }, "actionDelay"],
    ["a fleet of half a user", { fleet: { users: 0.5 } }, "fleet.users"],
    ["a vendor without vehicles", { fleet: [{ id: "a", vehicles: [{ vendor: "TADO" }] }] }, "TADO"],
    [
      "an impossible battery",
      { fleet: [{ id: "a", vehicles: [{ batteryLevel: -5 }] }] },
      "batteryLevel",
    ],
  ] satisfies [string, SandboxOptions, string][])("is refused: %s", (_, options, text) => {
    expect(() => createSandbox(options)).toThrow(text);
  });
});

describe("a sandbox", () => {
  it("begins with the fleet it is given", () => {
    const { devices } = createSandbox({
      fleet: [{ id: "anna", vehicles: [{ vendor: "BMW", batteryLevel: 9 }], chargers: [{}] }],
    });
    expect(devices.list("anna")).toMatchObject([
      { vendor: "EASEE" },
      { vendor: "BMW", chargeState: { batteryLevel: 9 } },
    ]);
    expect(devices.list("ben")).toEqual([]);
    expect(devices.get("none")).toBeUndefined();
    expect(() => devices.update("none", {})).toThrow("no device");
    expect(() => devices.add("anna", "vehicle", { vendor: "EASEE" })).toThrow("no vehicles");
  });

  it("hands out copies of its devices", () => {
    const { devices } = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const [vehicle] = devices.list();
    if (vehicle === undefined) throw new Error("no vehicle");
    vehicle.chargeState.isCharging = true;
    expect(devices.get(vehicle.id)?.chargeState.isCharging).toBe(false);
  });
});
