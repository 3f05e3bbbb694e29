import { describe, expect, it } from "vitest";
import { createHarness } from "../support/harness.ts";

const HOUR = 3_600_000;

async function chargingVehicle() {
  const harness = createHarness();
  const { call, sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "vehicle", {
    batteryLevel: 40,
    batteryCapacity: 55,
    chargeLimit: 80,
  });
  const { body: action } = await call("POST", `/vehicles/${id}/charging`, { action: "START" });
  sandbox.clock.advance(2_000);
  const state = async () => (await call("GET", `/vehicles/${id}`)).body.chargeState;
  await state();
  return { ...harness, id, action, state };
}

describe("a vehicle over time", () => {
  it("fills its battery at the rate it charges with", async () => {
    const { sandbox, state } = await chargingVehicle();
    expect(await state()).toMatchObject({ batteryLevel: 40, chargeTimeRemaining: 120 });
    sandbox.clock.advance(HOUR);
    expect(await state()).toMatchObject({
      batteryLevel: 60,
      isCharging: true,
      chargeTimeRemaining: 60,
      lastUpdated: sandbox.clock.now().toISOString(),
    });
  });

  it("is complete at its charge limit, dated when it got there", async () => {
    const { sandbox, state } = await chargingVehicle();
    const begun = sandbox.clock.now().getTime();
    sandbox.clock.advance(9 * HOUR);
    expect(await state()).toEqual(
      expect.objectContaining({
        batteryLevel: 80,
        isCharging: false,
        isFullyCharged: true,
        chargeRate: null,
        chargeTimeRemaining: null,
        powerDeliveryState: "PLUGGED_IN:COMPLETE",
        lastUpdated: new Date(begun + 2 * HOUR).toISOString(),
      }),
    );
  });

  it("does not change while no time passes", async () => {
    const { state } = await chargingVehicle();
    expect(await state()).toEqual(await state());
  });

  it("charges the same however often it is read", async () => {
    const often = await chargingVehicle();
    const once = await chargingVehicle();
    for (let minute = 0; minute < 60; minute++) {
      often.sandbox.clock.advance(60_000);
      await often.state();
    }
    once.sandbox.clock.advance(HOUR);
    expect(await often.state()).toEqual(await once.state());
  });

  it("charges slower under a current limit", async () => {
    const { call, sandbox, id, state } = await chargingVehicle();
    await call("POST", `/vehicles/${id}/max-current`, { maxCurrent: 8 });
    sandbox.clock.advance(2_000);
    expect(await state()).toMatchObject({ maxCurrent: 8, chargeRate: 5.52 });
    const again = await call("POST", `/vehicles/${id}/max-current`, { maxCurrent: 8 });
    expect(again.status).toBe(400);
  });

  it("stops on command, and when unplugged", async () => {
    const { call, sandbox, id, state } = await chargingVehicle();
    sandbox.clock.advance(HOUR);
    await call("POST", `/vehicles/${id}/charging`, { action: "STOP" });
    sandbox.clock.advance(2_000);
    expect(await state()).toMatchObject({ powerDeliveryState: "PLUGGED_IN:STOPPED" });
    const { batteryLevel } = await state();
    sandbox.clock.advance(HOUR);
    expect(await state()).toMatchObject({ batteryLevel, isCharging: false });
    sandbox.devices.update(id, { isPluggedIn: false });
    expect(await state()).toMatchObject({ isPluggedIn: false, powerDeliveryState: "UNPLUGGED" });
  });

  it("keeps its readings while out of reach, and catches up after", async () => {
    const { sandbox, id, state } = await chargingVehicle();
    sandbox.devices.update(id, { isReachable: false });
    sandbox.clock.advance(HOUR);
    expect(await state()).toMatchObject({ batteryLevel: 40 });
    sandbox.devices.update(id, { isReachable: true });
    expect(await state()).toMatchObject({ batteryLevel: 60 });
  });

  it("hides its position without the location scope", async () => {
    const { call, sandbox } = createHarness();
    const request = {
      scopes: ["vehicle:read:data"],
      language: "browser",
      redirectUri: "app://done",
      vendorType: "vehicle",
    };
    const { body } = await call("POST", "/users/anna/link", request);
    const [vehicle] = await sandbox.completeLink(body.linkToken, { vendor: "VOLVO" });
    expect(vehicle?.location).toEqual({
      id: null,
      latitude: null,
      longitude: null,
      lastUpdated: null,
    });
    const command = { action: "START" };
    const refused = await call("POST", `/vehicles/${vehicle?.id}/charging`, command);
    expect(refused.status).toBe(403);
  });
});

describe("a charger over time", () => {
  it("delivers until the vehicle is full, and never reports complete", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "charger", { energyWanted: 11 });
    const charger = async () => (await call("GET", `/chargers/${id}`)).body;
    const { body } = await call("POST", `/chargers/${id}/charging`, { action: "START" });
    sandbox.clock.advance(2_000);
    expect((await call("GET", `/chargers/actions/${body.id}`)).body.state).toBe("CONFIRMED");
    expect((await charger()).chargeState).toMatchObject({ isCharging: true, chargeRate: 11 });
    sandbox.clock.advance(HOUR);
    expect((await charger()).chargeState).toMatchObject({
      isCharging: false,
      powerDeliveryState: "PLUGGED_IN:NO_POWER",
    });
    const refused = await call("POST", `/chargers/${id}/charging`, { action: "START" });
    expect(refused.status).toBe(400);
  });

  it("takes a location and a current limit", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "charger", { vendor: "ZAPTEC" });
    const place = { name: "Home", latitude: 59.9, longitude: 10.7, timezoneName: "Europe/Oslo" };
    const location = await call("POST", "/users/anna/locations", place);
    const locationId = location.body.id;
    const placed = await call("PUT", `/chargers/${id}`, { locationId });
    expect(placed.body.location).toEqual({
      id: locationId,
      lastUpdated: sandbox.clock.now().toISOString(),
    });
    expect((await call("PUT", `/chargers/${id}`, { locationId: "home" })).status).toBe(400);
    expect(
      (await call("PUT", `/chargers/${id}`, { locationId: null })).body.location.id,
    ).toBeNull();
    const { body } = await call("POST", `/chargers/${id}/max-current`, { maxCurrent: 10 });
    expect(body).toMatchObject({ state: "PENDING", targetState: { maxCurrent: 10 } });
    sandbox.clock.advance(2_000);
    expect((await call("GET", `/chargers/${id}`)).body.chargeState.maxCurrent).toBe(10);
  });
});

describe("a refresh hint", () => {
  it("dates the readings again, for devices in reach", async () => {
    const { call, sandbox } = createHarness();
    const near = sandbox.devices.add("anna", "vehicle");
    const far = sandbox.devices.add("anna", "charger", { isReachable: false });
    sandbox.clock.advance(HOUR);
    expect((await call("POST", `/vehicles/${near.id}/refresh-hint`)).status).toBe(204);
    expect((await call("POST", `/chargers/${far.id}/refresh-hint`)).status).toBe(204);
    const now = sandbox.clock.now().toISOString();
    expect(sandbox.devices.get(near.id)?.lastSeen).toBe(now);
    expect(sandbox.devices.get(far.id)?.lastSeen).toBe(far.lastSeen);
    expect((await call("POST", "/vehicles/none/refresh-hint")).status).toBe(404);
  });
});
