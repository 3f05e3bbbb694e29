import { describe, expect, it } from "vitest";
import { createSandbox, type Fleet } from "../../../src/sandbox/index.ts";
import { fleetNamed } from "../../../src/sandbox/simulation/world/fleet.ts";
import { createHookedHarness } from "../support/receiver.ts";

const KINDS = ["vehicle", "charger", "hvac", "inverter", "battery", "meter", "hemSystem"] as const;

const countsOf = (fleet: Fleet) => {
  const { devices } = createSandbox({ seed: 1, clock: "manual", fleet });
  return KINDS.map((kind) => devices.list(undefined, kind).length);
};

describe("a fleet", () => {
  it("has homes with everything by name, or a number of vehicles", () => {
    expect(countsOf(fleetNamed("small"))).toEqual([5, 5, 5, 5, 5, 5, 5]);
    expect(countsOf(fleetNamed("30"))).toEqual([30, 0, 0, 0, 0, 0, 0]);
    expect(fleetNamed("large")).toBe("large");
    for (const name of ["", "huge", "-1", "1.5", "1e3", "99999999"]) {
      expect(() => fleetNamed(name)).toThrow(RangeError);
    }
  });

  it("has so many devices a user, each inverter in the HEM system of its account", () => {
    expect(
      countsOf({ users: 3, hvacsPerUser: 2, invertersPerUser: 2, batteriesPerUser: 1 }),
    ).toEqual([0, 0, 6, 6, 3, 0, 6]);
    expect(() => countsOf({ users: 1, metersPerUser: -1 })).toThrow("fleet.metersPerUser");
    expect(() => countsOf({ users: 0.5 })).toThrow("fleet.users");
  });

  it("has the devices that are described", () => {
    const { devices } = createSandbox({
      seed: 1,
      clock: "manual",
      fleet: [
        {
          id: "anna",
          hvacs: [{ vendor: "TADO", displayName: "Upstairs" }],
          inverters: [{ vendor: "FRONIUS", totalLifetimeProduction: 12 }],
          batteries: [{ batteryLevel: 33, dischargeLimit: 10 }],
          meters: [{}],
        },
      ],
    });
    expect(devices.list("anna", "hvac")[0]?.information.displayName).toBe("Upstairs");
    expect(devices.list("anna", "inverter")[0]?.productionState.totalLifetimeProduction).toBe(12);
    const [battery] = devices.list("anna", "battery");
    expect(battery?.chargeState).toMatchObject({ batteryLevel: 33, dischargeLimit: 10 });
    const [system] = devices.list("anna", "hemSystem");
    expect(devices.list("anna", "meter")[0]?.hemSystemId).toBe(system?.id);
    const wrong = { operationMode: "UNKNOWN" as never };
    expect(() => devices.update(battery?.id ?? "", wrong)).toThrow(RangeError);
  });

  it("of which nothing is copied for a webhook still raises events for changes", async () => {
    const harness = createHookedHarness({ fleet: 3 });
    const { sandbox, news, events } = harness;
    await harness.subscribe();
    expect(await news()).toEqual([]);
    const [first, second] = sandbox.devices.list(undefined, "vehicle");
    sandbox.devices.update(first?.id ?? "", { batteryLevel: 77 });
    sandbox.devices.remove(second?.id ?? "");
    expect(await news()).toEqual(["user:vehicle:updated", "user:vehicle:deleted"]);
    expect(events()[0]).toMatchObject({
      updatedFields: ["chargeState.batteryLevel", "chargeState.range"],
    });
  });
});
