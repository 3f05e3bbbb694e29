import { describe, expect, it, vi } from "vitest";
import { createSandbox, type SandboxOptions, startSandbox } from "../../../src/sandbox/index.ts";

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

  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["0s", 0],
  ])("takes the text %s", (text, milliseconds) => {
    const { clock } = createSandbox({ clock: "manual" });
    const start = clock.now().getTime();
    clock.advance(text);
    expect(clock.now().getTime() - start).toBe(milliseconds);
  });

  it.each(["", "2", "2 h", "-1h", "1.5h", "30m1h", "h", "1H"])("refuses the text %j", (text) => {
    const { clock } = createSandbox({ clock: "manual" });
    expect(() => clock.advance(text)).toThrow('such as "1h30m"');
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

describe("the date of an answer", () => {
  const dateOf = async (fetch: (url: string) => Promise<Response>, url: string) =>
    (await fetch(url)).headers.get("date");

  it("is the simulated time in whole seconds, whatever the answer", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.clock.advance(1_999);
    const expected = "Mon, 06 Jan 2025 08:00:01 GMT";
    expect(await dateOf(sandbox.fetch, "https://x.test/health/ready")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/nothing")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/oauth2/token")).toBe(expected);
    sandbox.faults.next({ status: 500 });
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(expected);
    sandbox.clock.advance(1);
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(
      "Mon, 06 Jan 2025 08:00:02 GMT",
    );
  });

  it("is when it was made, also when a fault holds it back", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.faults.next({ delay: 1, strikes: "after" });
    const date = dateOf(sandbox.fetch, "https://x.test/health/ready");
    // The answer is made before the event loop gets its turn, and held back from then on.
    await new Promise((resolve) => setImmediate(resolve));
    sandbox.clock.advance(5_000);
    expect(await date).toBe("Mon, 06 Jan 2025 08:00:00 GMT");
  });

  it("can be set by a fault", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.faults.next({ status: 200, headers: { date: "yesterday" } });
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe("yesterday");
  });

  it("is the simulated one over HTTP as well", async () => {
    const server = await startSandbox({ clock: "manual" });
    try {
      server.clock.advance(86_400_000);
      const expected = "Tue, 07 Jan 2025 08:00:00 GMT";
      expect(await dateOf(fetch, `${server.apiUrl}/health/ready`)).toBe(expected);
      expect(await dateOf(fetch, `${server.apiUrl}/vehicles`)).toBe(expected);
    } finally {
      await server.close();
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
    const [vehicle] = devices.list(undefined, "vehicle");
    if (vehicle === undefined) throw new Error("no vehicle");
    vehicle.chargeState.isCharging = true;
    expect(devices.get(vehicle.id, "vehicle")?.chargeState.isCharging).toBe(false);
  });
});
