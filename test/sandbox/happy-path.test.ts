import { describe, expect, it } from "vitest";
import { createSandbox } from "../../src/sandbox/index.ts";
import { createHarness, LINK_REQUEST } from "./support/harness.ts";

describe("a first session with the sandbox", () => {
  it("goes from a link session to a vehicle that charges", async () => {
    const { call, sandbox } = createHarness();
    const session = await call("POST", "/users/anna/link", LINK_REQUEST);
    expect(session.status).toBe(200);
    const linked = await sandbox.completeLink(session.body.linkToken, { vendor: "VOLVO" });
    expect(linked).toHaveLength(1);

    const { body: page } = await call("GET", "/vehicles");
    expect(page.data).toEqual(linked);
    const [vehicle] = page.data;
    expect(vehicle.chargeState.powerDeliveryState).toBe("PLUGGED_IN:STOPPED");

    const started = await call("POST", `/vehicles/${vehicle.id}/charging`, { action: "START" });
    expect(started.body).toMatchObject({ state: "PENDING", kind: "START", targetId: vehicle.id });
    sandbox.clock.advance(2_000);
    const action = await call("GET", `/vehicles/actions/${started.body.id}`);
    expect(action.body).toMatchObject({ state: "CONFIRMED", failureReason: null });
    const after = await call("GET", `/vehicles/${vehicle.id}`);
    expect(after.body.chargeState).toMatchObject({
      isCharging: true,
      powerDeliveryState: "PLUGGED_IN:CHARGING",
      chargeRate: 11,
    });
  });

  it("names the linked vendors of a user, once a device type", async () => {
    const { call, link } = createHarness();
    const devices = await link("anna", { vendor: "TESLA" });
    expect(devices).toHaveLength(2);
    expect((await call("GET", "/users/anna")).body).toEqual({
      id: "anna",
      linkedVendors: [
        { vendor: "TESLA", vendorType: "vehicle", isValid: true },
        { vendor: "TESLA", vendorType: "charger", isValid: true },
      ],
    });
    expect((await call("GET", "/users")).body.data).toMatchObject([{ id: "anna" }]);
  });

  it("gives the same sandbox for the same seed, and others without a seed", () => {
    const of = (seed?: number) => {
      const fleet = { users: 2, vehiclesPerUser: 2, chargersPerUser: 1 };
      const options = { clock: "manual", fleet } as const;
      const sandbox = createSandbox(seed === undefined ? options : { ...options, seed });
      return JSON.stringify([sandbox.credentials, sandbox.devices.list()]);
    };
    expect(of(5)).toBe(of(5));
    expect(of(5)).not.toBe(of(6));
    expect(of()).not.toBe(of());
  });

  it("keeps device ids apart from how many tokens were asked for", async () => {
    const one = createHarness();
    const other = createHarness();
    await other.call("GET", "/vehicles");
    other.sandbox.tokens.revokeAll();
    await other.call("GET", "/vehicles");
    expect(await other.link("anna", { vendor: "KIA" })).toEqual(
      await one.link("anna", { vendor: "KIA" }),
    );
  });

  it("describes vendors, integrations and interventions", async () => {
    const { call } = createHarness();
    expect((await call("GET", "/health/vehicles")).body.length).toBeGreaterThan(40);
    expect((await call("GET", "/health/chargers")).body.length).toBeGreaterThan(15);
    const { body: both } = await call("GET", "/integrations");
    expect(both.find((each: { vendor: string }) => each.vendor === "TESLA").assetTypes).toEqual([
      "vehicle",
      "charger",
      "inverter",
      "battery",
      "meter",
    ]);
    const { body: chosen } = await call("GET", "/integrations?assetTypes=charger,meter");
    const types = chosen.flatMap((each: { assetTypes: string[] }) => each.assetTypes);
    expect(new Set(types)).toEqual(new Set(["charger", "meter"]));
    const { body: all } = await call("GET", "/interventions?language=nb-NO");
    expect((await call("GET", `/interventions/${all[0].id}`)).body).toEqual(all[0]);
    const { body: some } = await call("GET", "/interventions?vendor=TESLA&vendorType=vehicle");
    expect(some).toHaveLength(1);
  });

  it("reports that it is ready without a token", async () => {
    const { fetch } = createHarness();
    const response = await fetch("https://enode-api.sandbox.enode.io/health/ready");
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
  });
});
