import { describe, expect, it } from "vitest";
import { createHookedHarness } from "../support/receiver.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A vehicle that takes four hours from 40 % to its limit of 80 %; it is Monday, 8 o'clock. */
async function withVehicle(settings: object = {}) {
  const harness = createHookedHarness();
  const { call, sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "vehicle", {
    batteryLevel: 40,
    batteryCapacity: 110,
    chargeLimit: 80,
    ...settings,
  });
  const path = `/vehicles/${id}`;
  const enable = (policy: object = {}) =>
    call("PUT", `${path}/smart-charging-policy`, {
      isEnabled: true,
      deadline: "07:00",
      ...policy,
    });
  return {
    ...harness,
    id,
    path,
    enable,
    status: async () => (await call("GET", `${path}/smart-charging-status`)).body,
    plan: async (plan = "latest") => call("GET", `${path}/smart-charging-plans/${plan}`),
    state: async () => (await call("GET", path)).body.chargeState,
    command: (action: string) => call("POST", `${path}/charging`, { action }),
    advance: (time: number) => sandbox.clock.advance(time),
  };
}

/** Fractions of seconds differ by how often the energy was summed up. */
const inSeconds = (value: unknown) =>
  JSON.parse(JSON.stringify(value).replaceAll(/\.\d{3}Z/g, "Z"));

describe("a smart charging policy", () => {
  it("is off at first, and every vehicle has a status", async () => {
    const { call, path, status, plan } = await withVehicle();
    const { body } = await call("GET", `${path}/smart-charging-policy`);
    expect(body).toEqual({ isEnabled: false, deadline: null, minimumChargeLimit: 0 });
    const first = await status();
    expect(first).toMatchObject({ state: "DISABLED", plan: null, consideration: null });
    expect(await status()).toEqual(first);
    expect((await plan()).status).toBe(404);
  });

  it("keeps what is left out, and shows on the vehicle", async () => {
    const { call, path, enable } = await withVehicle();
    await call("PUT", `${path}/smart-charging-policy`, { minimumChargeLimit: 30 });
    const { body } = await enable();
    expect(body).toEqual({ isEnabled: true, deadline: "07:00", minimumChargeLimit: 30 });
    expect((await call("GET", path)).body.smartChargingPolicy).toEqual(body);
    expect((await call("GET", `${path}/smart-charging-policy`)).body).toEqual(body);
  });

  it("cannot be enabled without a deadline, a capable vehicle or limits that agree", async () => {
    const { call, path, enable, id, sandbox } = await withVehicle();
    const put = (body: object) => call("PUT", `${path}/smart-charging-policy`, body);
    expect((await put({ isEnabled: true })).status).toBe(400);
    expect((await enable({ deadline: "25:00" })).status).toBe(400);
    expect((await enable({ minimumChargeLimit: 81 })).status).toBe(400);
    expect((await enable({ minimumChargeLimit: -1 })).status).toBe(400);
    expect((await enable({ color: "red" })).status).toBe(400);
    const smartCharging = { isCapable: false, interventionIds: [] };
    sandbox.devices.update(id, { capabilities: { smartCharging } });
    expect((await enable()).status).toBe(400);
    const unknown = "/vehicles/3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99/smart-charging-policy";
    expect((await call("GET", unknown)).status).toBe(404);
  });

  it("takes the scope to control the vehicle", async () => {
    const { call, sandbox } = createHookedHarness();
    const request = {
      scopes: ["vehicle:read:data"],
      language: "browser",
      redirectUri: "app://done",
      vendorType: "vehicle",
    };
    const { body } = await call("POST", "/users/anna/link", request);
    const [vehicle] = await sandbox.completeLink(body.linkToken, { vendor: "VOLVO" });
    const policy = { isEnabled: true, deadline: "07:00" };
    const path = `/vehicles/${vehicle?.id}`;
    expect((await call("PUT", `${path}/smart-charging-policy`, policy)).status).toBe(403);
    expect((await call("POST", `${path}/smart-override`)).status).toBe(403);
  });
});

describe("a smart charging plan", () => {
  it("charges the vehicle in the cheapest hours before the deadline", async () => {
    const { enable, status, plan, state, advance } = await withVehicle();
    await enable();
    const waiting = await status();
    expect(waiting.state).toBe("PLAN:EXECUTING:STOPPED");
    expect(waiting.plan).toMatchObject({
      currency: "EUR",
      stopAt: "2025-01-06T08:00:00.000Z",
      stopConfirmedAt: "2025-01-06T08:00:00.000Z",
      startAt: "2025-01-07T01:00:00.000Z",
      estimatedFinishAt: "2025-01-07T05:00:00.000Z",
      startConfirmedAt: null,
      nonSmartCost: 8.91,
      smartCost: 4.07,
    });
    advance(17 * HOUR);
    expect((await status()).state).toBe("PLAN:EXECUTING:STARTING");
    advance(2_000);
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:STARTED",
      stateChangedAt: "2025-01-07T01:00:02.000Z",
    });
    advance(HOUR);
    expect(await state()).toMatchObject({ batteryLevel: 50, isCharging: true });
    advance(8 * HOUR);
    const done = await status();
    expect(done).toMatchObject({
      state: "PLAN:ENDED:FINISHED",
      plan: { finalState: "PLAN:ENDED:FINISHED" },
    });
    expect(done.plan).toEqual((await plan(waiting.plan.id)).body);
    expect(await state()).toMatchObject({ batteryLevel: 80, isCharging: false });
  });

  it("follows the tariff of the location, in its time zone", async () => {
    const { call, sandbox, enable, status, id } = await withVehicle();
    const { location } = (await call("GET", `/vehicles/${id}`)).body;
    const home = await call("POST", "/users/anna/locations", {
      name: "Home",
      latitude: location.latitude,
      longitude: location.longitude,
      timezoneName: "Europe/Oslo",
    });
    const locationId = home.body.id;
    const rates = [
      { name: "LOW", cost: "0.05" },
      { name: "HIGH", cost: "0.4" },
    ];
    await call("PUT", "/tariffs/two-rates", rates);
    await call("PUT", `/locations/${locationId}/tariff`, {
      tariffId: "two-rates",
      tariffIntervals: [
        { name: "HIGH", from: "00:00", to: "13:10" },
        { name: "LOW", from: "13:10", to: "17:10" },
        { name: "HIGH", from: "17:10", to: "24:00" },
      ],
    });
    await enable();
    // 13:10 in Oslo in winter.
    expect((await status()).plan).toMatchObject({
      locationId,
      startAt: "2025-01-06T12:10:00.000Z",
      smartCost: 2.2,
      nonSmartCost: 17.6,
    });
    expect(sandbox.devices.get(id)).toMatchObject({ location: { id: locationId } });
  });

  it("reads the deadline by the clocks of the location", async () => {
    const { call, enable, status, path } = await withVehicle();
    const { latitude, longitude } = (await call("GET", path)).body.location;
    const home = { name: "Home", latitude, longitude, timezoneName: "Asia/Tokyo" };
    await call("POST", "/users/anna/locations", home);
    // It is 17 o'clock in Tokyo.
    await enable({ deadline: "22:30" });
    const { startAt, estimatedFinishAt } = (await status()).plan;
    expect(Date.parse(startAt)).toBeGreaterThan(Date.UTC(2025, 0, 6, 8));
    expect(Date.parse(estimatedFinishAt)).toBeLessThan(Date.UTC(2025, 0, 6, 13, 30));
  });

  it("waits while the vehicle is away from the locations of its user", async () => {
    const { call, enable, status } = await withVehicle();
    await call("POST", "/users/anna/locations", {
      name: "Pole",
      latitude: 89,
      longitude: 0,
      timezoneName: "UTC",
    });
    await enable();
    expect(await status()).toMatchObject({
      state: "CONSIDERING",
      consideration: { isPluggedIn: true, atChargingLocation: false, hasTimeEstimate: true },
      plan: null,
    });
  });

  it("stops a vehicle that charges, and takes no other commands", async () => {
    const { enable, status, state, command, advance } = await withVehicle({ isCharging: true });
    await enable();
    expect((await status()).state).toBe("PLAN:EXECUTING:STOPPING");
    const refused = await command("START");
    expect(refused.status).toBe(422);
    expect(refused.body.detail).toContain("plan");
    advance(2_000);
    expect(await state()).toMatchObject({ isCharging: false });
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:STOPPED",
      plan: { stopConfirmedAt: "2025-01-06T08:00:02.000Z" },
    });
  });

  it("charges up to the minimum level at once, whatever the price", async () => {
    const { enable, status, state, advance } = await withVehicle();
    await enable({ minimumChargeLimit: 50 });
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:STARTING",
      plan: { stopAt: "2025-01-06T09:00:00.000Z", startConfirmedAt: null },
    });
    advance(HOUR + 10 * MINUTE);
    expect((await status()).state).toBe("PLAN:EXECUTING:STOPPED");
    const { batteryLevel, isCharging } = await state();
    expect({ batteryLevel, isCharging }).toEqual({ batteryLevel: 50, isCharging: false });
    advance(22 * HOUR);
    expect((await state()).batteryLevel).toBe(80);
  });

  it("starts at once when time is short", async () => {
    const { enable, status, advance, state } = await withVehicle({ isCharging: true });
    await enable({ deadline: "10:00" });
    expect((await status()).state).toBe("PLAN:EXECUTING:STARTED");
    advance(5 * HOUR);
    expect((await state()).isFullyCharged).toBe(true);
    expect((await status()).plan).toMatchObject({ failureCondition: null, stopConfirmedAt: null });
  });

  it("waits for the cable, and ends when it is pulled", async () => {
    const { enable, status, sandbox, id, command } = await withVehicle({ isPluggedIn: false });
    await enable();
    expect(await status()).toMatchObject({
      state: "CONSIDERING",
      consideration: { isPluggedIn: false, atChargingLocation: true },
      plan: null,
    });
    sandbox.devices.update(id, { isPluggedIn: true });
    const { plan } = await status();
    expect(plan.endedAt).toBeNull();
    sandbox.clock.advance(HOUR);
    sandbox.devices.update(id, { isPluggedIn: false });
    expect(await status()).toMatchObject({
      state: "PLAN:ENDED:UNPLUGGED",
      plan: { id: plan.id, endedAt: "2025-01-06T09:00:00.000Z" },
    });
    expect((await command("START")).status).toBe(400);
    sandbox.devices.update(id, { isPluggedIn: true });
    expect((await status()).plan.id).not.toBe(plan.id);
  });

  it("ends when smart charging is switched off, and is made again for another deadline", async () => {
    const { call, path, enable, status, plan, command } = await withVehicle();
    await enable();
    const first = (await status()).plan.id;
    await enable({ deadline: "24:00" });
    expect((await plan(first)).body.finalState).toBe("PLAN:ENDED:DEADLINE_CHANGED");
    const second = (await status()).plan;
    expect(second.id).not.toBe(first);
    expect(Date.parse(second.estimatedFinishAt)).toBeLessThan(Date.UTC(2025, 0, 7));
    await call("PUT", `${path}/smart-charging-policy`, { isEnabled: false });
    expect(await status()).toMatchObject({
      state: "PLAN:ENDED:DISABLED",
      plan: { id: second.id, finalState: "PLAN:ENDED:DISABLED" },
    });
    expect((await command("START")).status).toBe(200);
  });

  it("has nothing to do with a vehicle that is full", async () => {
    const { enable, status, sandbox, id } = await withVehicle({ batteryLevel: 90 });
    await enable();
    expect(await status()).toMatchObject({ state: "FULLY_CHARGED", plan: null });
    sandbox.devices.update(id, { batteryLevel: 30, isPluggedIn: false });
    expect((await status()).state).toBe("CONSIDERING");
  });

  it("tries again what a vehicle did not do", async () => {
    const { enable, status, sandbox, advance } = await withVehicle();
    await enable();
    sandbox.faults.nextAction({ type: "NO_RESPONSE", after: 10_000 });
    advance(17 * HOUR + 10_000);
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:START_FAILED",
      plan: { failureCondition: "START_FAILED" },
    });
    advance(5 * MINUTE + 2_000);
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:STARTED",
      plan: { failureCondition: null },
    });
  });

  it("fails when the vehicle never answers, and says so", async () => {
    const { enable, status, sandbox, id, advance } = await withVehicle();
    await enable();
    sandbox.devices.update(id, { isReachable: false });
    advance(24 * HOUR);
    expect(await status()).toMatchObject({
      state: "PLAN:ENDED:FAILED",
      plan: { finalState: "PLAN:ENDED:FAILED", failureCondition: "START_FAILED" },
    });
  });

  it("notices an interruption, and that it is late", async () => {
    const { enable, status, sandbox, id, advance } = await withVehicle();
    await enable();
    advance(18 * HOUR);
    sandbox.faults.nextAction({ type: "NO_RESPONSE", times: 100 });
    sandbox.devices.update(id, { isCharging: false });
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:CHARGE_INTERRUPTED",
      plan: { failureCondition: "CHARGE_INTERRUPTED" },
    });
    advance(4 * HOUR);
    sandbox.faults.clear();
    advance(6 * HOUR);
    expect(await status()).toMatchObject({
      state: "PLAN:ENDED:FINISHED",
      plan: { failureCondition: "FINISHED_LATE" },
    });
  });

  it("is the same whether somebody watches or not", async () => {
    const watched = await withVehicle();
    const unwatched = await withVehicle();
    await watched.subscribe();
    for (const { enable } of [watched, unwatched]) await enable({ minimumChargeLimit: 45 });
    unwatched.advance(24 * HOUR);
    for (let hour = 0; hour < 24; hour++) {
      watched.advance(HOUR);
      await watched.sandbox.deliver();
    }
    expect(inSeconds(await watched.status())).toEqual(inSeconds(await unwatched.status()));
    expect(inSeconds(await watched.state())).toEqual(inSeconds(await unwatched.state()));
  });

  it("sends each change of the status to webhooks", async () => {
    const { subscribe, enable, sandbox, advance, events, id } = await withVehicle();
    await subscribe({ events: ["user:vehicle:smart-charging-status-updated"] });
    await enable();
    advance(24 * HOUR);
    sandbox.devices.update(id, { isPluggedIn: false });
    await sandbox.deliver();
    const sent = events().map((event) =>
      event.event === "user:vehicle:smart-charging-status-updated"
        ? [inSeconds(event.createdAt), event.smartChargingStatus.state, event.updatedFields]
        : [],
    );
    expect(sent).toEqual([
      ["2025-01-06T08:00:00Z", "PLAN:EXECUTING:STOPPED", ["state", "plan"]],
      ["2025-01-07T01:00:00Z", "PLAN:EXECUTING:STARTING", ["state", "stateChangedAt"]],
      ["2025-01-07T01:00:02Z", "PLAN:EXECUTING:STARTED", ["state", "stateChangedAt", "plan"]],
      ["2025-01-07T05:00:02Z", "PLAN:ENDED:FINISHED", ["state", "stateChangedAt", "plan"]],
      ["2025-01-07T08:00:00Z", "FULLY_CHARGED", ["state", "stateChangedAt", "plan"]],
    ]);
  });
});

describe("a smart override", () => {
  it("charges at once, and gives control back to the plan when it ends", async () => {
    const { call, path, enable, status, state, advance, command } = await withVehicle();
    await enable();
    const { body: override } = await call("POST", `${path}/smart-override`);
    expect(override).toMatchObject({ endedAt: null, targetType: "vehicle", userId: "anna" });
    advance(2_000);
    const action = await call("GET", `/vehicles/actions/${override.vendorActionId}`);
    expect(action.body).toMatchObject({ state: "CONFIRMED", kind: "START" });
    expect(await status()).toMatchObject({
      state: "PLAN:EXECUTING:OVERRIDDEN",
      smartOverride: { createdAt: override.createdAt, endedAt: null },
    });
    expect((await call("POST", `${path}/smart-override`)).body).toEqual(override);
    advance(HOUR);
    expect(await state()).toMatchObject({ batteryLevel: 50, isCharging: true });
    const ended = await call("DELETE", `${path}/smart-override`);
    expect(ended.body).toEqual({ ...override, endedAt: "2025-01-06T09:00:02.000Z" });
    advance(2_000);
    expect(await status()).toMatchObject({ state: "PLAN:EXECUTING:STOPPED", smartOverride: null });
    expect((await state()).isCharging).toBe(false);
    expect((await command("START")).status).toBe(422);
    expect((await call("DELETE", `${path}/smart-override`)).status).toBe(404);
  });

  it("ends when charging stops for any reason", async () => {
    const { call, path, status, sandbox, id, advance, enable } = await withVehicle();
    await enable();
    await call("POST", `${path}/smart-override`);
    advance(HOUR);
    sandbox.devices.update(id, { isCharging: false });
    expect((await status()).smartOverride).toBeNull();
    await call("POST", `${path}/smart-override`);
    advance(5 * HOUR);
    expect(await status()).toMatchObject({ state: "PLAN:ENDED:FINISHED", smartOverride: null });
    expect((await call("POST", `${path}/smart-override`)).status).toBe(400);
  });

  it("needs no action for a vehicle that charges, and no plan", async () => {
    const { call, path, status, command, advance } = await withVehicle({ isCharging: true });
    const { body } = await call("POST", `${path}/smart-override`);
    expect(body.vendorActionId).toBeNull();
    expect(await status()).toMatchObject({ state: "DISABLED", smartOverride: { endedAt: null } });
    expect((await command("STOP")).status).toBe(200);
    advance(2_000);
    expect((await status()).smartOverride).toBeNull();
  });

  it("goes with its vehicle", async () => {
    const { call, path, sandbox, id, enable, advance } = await withVehicle();
    await enable();
    await call("POST", `${path}/smart-override`);
    sandbox.devices.remove(id);
    advance(24 * HOUR);
    expect((await call("GET", `${path}/smart-charging-status`)).status).toBe(404);
  });
});
