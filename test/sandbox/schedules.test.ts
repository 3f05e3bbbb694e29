import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScheduleExecutionUpdatedEvent } from "../../generated/types.ts";
import type { SandboxOptions, VehicleSettings } from "../../src/sandbox/index.ts";
import { createHarness, type Harness } from "./harness.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOWHERE = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

/** The manual clock starts on Monday, 2025-01-06, at 08:00 UTC. */
const START = Date.UTC(2025, 0, 6, 8);

const NIGHT = { shouldCharge: true, hourMinute: { from: "22:00", to: "06:00" } };

interface Setting extends Harness {
  readonly vehicleId: string;
  readonly chargerId: string;
}

async function setting(options: SandboxOptions = {}): Promise<Setting> {
  const vehicle = { vendor: "TESLA", batteryLevel: 20, batteryCapacity: 100 } as const;
  const fleet = [
    { id: "anna", vehicles: [vehicle], chargers: [{}] },
    { id: "ben", vehicles: [{}] },
  ];
  const harness = createHarness({ fleet, ...options });
  const idOf = async (path: string) => (await harness.call("GET", path)).body.data[0].id;
  const vehicleId = await idOf("/users/anna/vehicles");
  const chargerId = await idOf("/users/anna/chargers");
  return { ...harness, vehicleId, chargerId };
}

const forVehicle = ({ vehicleId }: Setting, change: object = {}) => ({
  targetId: vehicleId,
  targetType: "vehicle",
  locationId: null,
  isEnabled: true,
  defaultShouldCharge: false,
  rules: [NIGHT],
  ...change,
});

async function create({ call }: Setting, body: object) {
  const { status, body: schedule } = await call("POST", "/users/anna/schedules", body);
  expect(status).toBe(200);
  return schedule;
}

const statusOf = async ({ call }: Setting, id: string) => {
  const { status, body } = await call("GET", `/schedules/${id}/status`);
  expect(status).toBe(200);
  return body;
};

const at = (moment: number) => new Date(moment).toISOString();

const isCharging = ({ sandbox, vehicleId }: Setting): boolean => {
  const device = sandbox.devices.get(vehicleId);
  return device !== undefined && "chargeState" in device && isTrue(device.chargeState);
};

const isTrue = (state: object) => Reflect.get(state, "isCharging") === true;

/** Moves the clock to so many hours after its start. */
const goTo = ({ sandbox }: Setting, hours: number) =>
  sandbox.clock.advance(START + hours * HOUR - sandbox.clock.now().getTime());

describe("schedules", () => {
  it("are created, read, listed, changed and deleted", async () => {
    const world = await setting();
    const { call, chargerId } = world;
    const input = forVehicle(world);
    const first = await create(world, input);
    expect(first).toEqual({ ...input, id: first.id });
    const second = await create(world, {
      ...input,
      targetId: chargerId,
      targetType: "charger",
      rules: [],
      colour: "red",
    });
    expect(second).not.toHaveProperty("colour");
    expect((await call("GET", `/schedules/${first.id}`)).body).toEqual(first);
    const { body } = await call("GET", "/users/anna/schedules");
    expect(body.data).toEqual([second, first]);
    const page = (await call("GET", "/users/anna/schedules?pageSize=1")).body;
    const next = await call("GET", `/users/anna/schedules?after=${page.pagination.after}`);
    expect([...page.data, ...next.body.data]).toEqual(body.data);
    expect((await call("GET", "/users/ben/schedules")).body.data).toEqual([]);
    const changed = await call("PUT", `/schedules/${first.id}`, { isEnabled: false });
    expect(changed.body).toEqual({ ...first, isEnabled: false });
    const path = `/schedules/${second.id}`;
    expect((await call("DELETE", path)).status).toBe(204);
    for (const method of ["GET", "DELETE"]) expect((await call(method, path)).status).toBe(404);
    expect((await call("GET", `${path}/status`)).status).toBe(404);
    expect((await call("PUT", path, { isEnabled: false })).status).toBe(404);
    expect((await call("GET", "/users/anna/schedules")).body.data).toEqual([changed.body]);
    expect((await call("GET", "/users/eve/schedules")).status).toBe(404);
    expect((await call("POST", "/users/eve/schedules", input)).status).toBe(404);
  });

  it.each([
    [{ isEnabled: "yes" }, "isEnabled"],
    [{ targetId: "" }, "targetId"],
    [{ targetId: NOWHERE }, "targetId"],
    [{ targetType: "charger" }, "targetId"],
    [{ targetType: "boat" }, "targetType"],
    [{ locationId: "home" }, "locationId"],
    [{ locationId: undefined }, "locationId"],
    [{ locationId: NOWHERE }, "locationId"],
    [{ rules: {} }, "rules"],
    [{ rules: [7] }, "rules[0]"],
    [{ rules: [{}] }, "rules[0].shouldCharge"],
    [
      { rules: [NIGHT, { ...NIGHT, hourMinute: { from: "6:00", to: "24:00" } }] },
      "rules[1].hourMinute.from",
    ],
    [{ rules: [{ ...NIGHT, hourMinute: { from: "06:00" } }] }, "rules[0].hourMinute.to"],
    [{ rules: [{ ...NIGHT, weekdays: [7] }] }, "rules[0].weekdays"],
    [{ rules: [{ ...NIGHT, toTimestamp: "tomorrow" }] }, "rules[0].toTimestamp"],
  ])("are refused with %o", async (change, path) => {
    const world = await setting();
    const body = forVehicle(world, change);
    const refused = await world.call("POST", "/users/anna/schedules", body);
    expect(refused.status).toBe(400);
    expect(refused.body.issues).toEqual([expect.objectContaining({ path })]);
    const { id } = await create(world, forVehicle(world));
    const changed = await world.call("PUT", `/schedules/${id}`, change);
    expect(changed.status).toBe(
      "locationId" in change && change.locationId === undefined ? 200 : 400,
    );
  });

  it("cannot control what is another user's, nor be bound to another user's location", async () => {
    const world = await setting();
    const { call } = world;
    const place = { name: "Home", latitude: 1, longitude: 1, timezoneName: "UTC" };
    const { body: location } = await call("POST", "/users/ben/locations", place);
    const refused = await call("POST", "/users/ben/schedules", forVehicle(world));
    expect(refused).toMatchObject({ status: 400, body: { issues: [{ path: "targetId" }] } });
    const bound = forVehicle(world, { locationId: location.id });
    expect((await call("POST", "/users/anna/schedules", bound)).status).toBe(400);
  });

  it("end with their device, and with their user", async () => {
    const world = await setting();
    const { call, sandbox, vehicleId, chargerId } = world;
    const first = await create(world, forVehicle(world));
    const ofCharger = { targetId: chargerId, targetType: "charger" };
    const second = await create(world, forVehicle(world, ofCharger));
    sandbox.devices.remove(vehicleId);
    expect((await call("GET", `/schedules/${first.id}`)).status).toBe(404);
    expect((await call("GET", "/users/anna/schedules")).body.data).toEqual([second]);
    await call("DELETE", "/users/anna");
    expect((await call("GET", `/schedules/${second.id}/status`)).status).toBe(404);
    sandbox.clock.advance(2 * DAY);
  });
});

describe("a schedule for charging", () => {
  it("switches the device at the times of its rules, day for day", async () => {
    const world = await setting();
    const { id } = await create(world, forVehicle(world));
    const charges: boolean[] = [];
    for (let hour = 1; hour <= 48; hour++) {
      goTo(world, hour + 0.01);
      charges.push(isCharging(world));
      // It drives by day.
      if (hour === 23) world.sandbox.devices.update(world.vehicleId, { batteryLevel: 20 });
    }
    // By 03:27 the 60 kWh up to its limit are in, at 11 kW.
    const night = (hour: number) => hour >= 14 && hour <= 19;
    expect(charges).toEqual(Array.from({ length: 48 }, (_, at) => night((at + 1) % 24)));
    expect((await statusOf(world, id)).isChargingExpectedParts).toEqual({
      needsCharge: false,
      isPluggedIn: true,
      shouldCharge: false,
    });
  });

  it("tells how it does, and what comes next", async () => {
    const world = await setting();
    const { id } = await create(world, forVehicle(world));
    const idle = {
      scheduleId: id,
      scheduleType: "CHARGE",
      changedAt: at(START),
      state: "ALIGNED",
      isCharging: false,
      isChargingExpected: false,
      isChargingExpectedParts: { needsCharge: true, isPluggedIn: true, shouldCharge: false },
      upcomingTransitions: [
        { at: at(START + 14 * HOUR), shouldCharge: true },
        { at: at(START + 22 * HOUR), shouldCharge: false },
      ],
      smartOverride: null,
    };
    expect(await statusOf(world, id)).toEqual(idle);
    goTo(world, 14);
    expect(await statusOf(world, id)).toEqual({
      ...idle,
      changedAt: at(START + 14 * HOUR),
      state: "PENDING",
      isChargingExpected: true,
      isChargingExpectedParts: { needsCharge: true, isPluggedIn: true, shouldCharge: true },
      upcomingTransitions: [
        { at: at(START + 22 * HOUR), shouldCharge: false },
        { at: at(START + 38 * HOUR), shouldCharge: true },
      ],
    });
    world.sandbox.clock.advance(5_000);
    expect(await statusOf(world, id)).toMatchObject({
      changedAt: at(START + 14 * HOUR + 2_000),
      state: "ALIGNED",
      isCharging: true,
    });
    goTo(world, 21.9);
    expect(await statusOf(world, id)).toMatchObject({
      state: "ALIGNED",
      isCharging: false,
      isChargingExpected: false,
      isChargingExpectedParts: { needsCharge: false, isPluggedIn: true, shouldCharge: true },
    });
  });

  it("keeps to the days of a week, a span after midnight belonging to the day before", async () => {
    const world = await setting();
    const rules = [{ ...NIGHT, weekdays: [4] }];
    const { id } = await create(world, forVehicle(world, { rules }));
    const friday = START + 4 * DAY + 14 * HOUR;
    expect((await statusOf(world, id)).upcomingTransitions).toEqual([
      { at: at(friday), shouldCharge: true },
      { at: at(friday + 8 * HOUR), shouldCharge: false },
    ]);
    goTo(world, 5 * 24 - 8 + 0.1);
    expect(isCharging(world)).toBe(true);
    expect((await statusOf(world, id)).upcomingTransitions[1]).toEqual({
      at: at(friday + 7 * DAY),
      shouldCharge: true,
    });
  });

  it("takes the first rule that applies, within its first and last moment", async () => {
    const world = await setting();
    const [from, to] = [START + 20 * DAY, START + 20 * DAY + HOUR];
    const never = { shouldCharge: false, fromTimestamp: at(from), toTimestamp: at(to) };
    const rules = [never, { shouldCharge: true, fromTimestamp: at(from - HOUR) }];
    const { id } = await create(world, forVehicle(world, { rules }));
    expect((await statusOf(world, id)).upcomingTransitions).toEqual([
      { at: at(from - HOUR), shouldCharge: true },
      { at: at(from), shouldCharge: false },
    ]);
    goTo(world, 20 * 24 + 0.5);
    expect((await statusOf(world, id)).upcomingTransitions).toEqual([
      { at: at(to), shouldCharge: true },
    ]);
    goTo(world, 20 * 24 + 2);
    expect((await statusOf(world, id)).upcomingTransitions).toEqual([]);
    expect(isCharging(world)).toBe(true);
  });

  it("reads clock times in the time zone of its location, also when clocks change", async () => {
    const world = await setting();
    const { call, chargerId } = world;
    const place = { name: "Home", latitude: 1, longitude: 1, timezoneName: "Europe/Oslo" };
    const { body: home } = await call("POST", "/users/anna/locations", place);
    await call("PUT", `/chargers/${chargerId}`, { locationId: home.id });
    const ofCharger = { targetId: chargerId, targetType: "charger" };
    const { id } = await create(world, forVehicle(world, ofCharger));
    const upcoming = async () =>
      (await statusOf(world, id)).upcomingTransitions.map(({ at }: { at: string }) => at);
    expect(await upcoming()).toEqual(["2025-01-06T21:00:00.000Z", "2025-01-07T05:00:00.000Z"]);
    goTo(world, (Date.UTC(2025, 2, 29, 12) - START) / HOUR);
    expect(await upcoming()).toEqual(["2025-03-29T21:00:00.000Z", "2025-03-30T04:00:00.000Z"]);
    await call("PUT", `/locations/${home.id}`, { timezoneName: "UTC" });
    expect(await upcoming()).toEqual(["2025-03-29T22:00:00.000Z", "2025-03-30T06:00:00.000Z"]);
  });

  it("takes the control of its device, until it is disabled or deleted", async () => {
    const world = await setting();
    const { call, sandbox, vehicleId } = world;
    const { id } = await create(world, forVehicle(world));
    const start = () => call("POST", `/vehicles/${vehicleId}/charging`, { action: "START" });
    expect(await start()).toMatchObject({
      status: 422,
      body: { type: "https://developers.enode.com/api/problems/unprocessable-entity" },
    });
    await call("PUT", `/schedules/${id}`, { isEnabled: false });
    expect((await statusOf(world, id)).state).toBe("INACTIVE:DISABLED");
    expect((await start()).status).toBe(200);
    sandbox.clock.advance(5_000);
    expect(isCharging(world)).toBe(true);
    await call("PUT", `/schedules/${id}`, { isEnabled: true });
    expect((await statusOf(world, id)).state).toBe("PENDING");
    sandbox.clock.advance(5_000);
    expect(isCharging(world)).toBe(false);
    await call("DELETE", `/schedules/${id}`);
    expect((await start()).status).toBe(200);
    goTo(world, 23);
    expect(isCharging(world)).toBe(false);
  });

  it("takes effect at once when it is changed", async () => {
    const world = await setting();
    const { id } = await create(world, forVehicle(world, { rules: [] }));
    const { body } = await world.call("PUT", `/schedules/${id}`, { defaultShouldCharge: true });
    expect(body.defaultShouldCharge).toBe(true);
    expect((await statusOf(world, id)).state).toBe("PENDING");
    world.sandbox.clock.advance(2_000);
    expect(isCharging(world)).toBe(true);
    expect((await statusOf(world, id)).upcomingTransitions).toEqual([]);
  });

  it("rests while its device is away from its location", async () => {
    const world = await setting();
    const { call, chargerId } = world;
    const place = { name: "Home", latitude: 1, longitude: 1, timezoneName: "UTC" };
    const { body: home } = await call("POST", "/users/anna/locations", place);
    const bound = { targetId: chargerId, targetType: "charger", locationId: home.id };
    const { id } = await create(world, forVehicle(world, { ...bound, defaultShouldCharge: true }));
    expect((await statusOf(world, id)).state).toBe("INACTIVE:AWAY");
    const start = { action: "START" };
    expect((await call("POST", `/chargers/${chargerId}/charging`, start)).status).toBe(200);
    await call("PUT", `/chargers/${chargerId}`, { locationId: home.id });
    expect((await statusOf(world, id)).state).toBe("PENDING");
    expect((await call("POST", `/chargers/${chargerId}/charging`, start)).status).toBe(422);
    await call("DELETE", `/locations/${home.id}`);
    expect((await statusOf(world, id)).state).toBe("INACTIVE:AWAY");
  });

  it("takes over when its vehicle comes home, and lets go when it leaves", async () => {
    const world = await setting();
    const { call, sandbox, vehicleId } = world;
    const place = { name: "Home", latitude: 1, longitude: 1, timezoneName: "UTC" };
    const { body: home } = await call("POST", "/users/anna/locations", place);
    const always = { locationId: home.id, defaultShouldCharge: true };
    const { id } = await create(world, forVehicle(world, always));
    goTo(world, 1);
    expect((await statusOf(world, id)).state).toBe("INACTIVE:AWAY");
    sandbox.devices.update(vehicleId, { latitude: 1, longitude: 1 });
    goTo(world, 2);
    expect(await statusOf(world, id)).toMatchObject({ state: "ALIGNED", isCharging: true });
    sandbox.devices.update(vehicleId, { latitude: 2, isPluggedIn: false });
    expect((await statusOf(world, id)).state).toBe("INACTIVE:AWAY");
  });

  it("rests while its device cannot be told what to do", async () => {
    const world = await setting();
    const { sandbox, vehicleId } = world;
    const { id } = await create(world, forVehicle(world, { defaultShouldCharge: true }));
    const incapable = { isCapable: false, interventionIds: [] };
    sandbox.devices.update(vehicleId, { capabilities: { stopCharging: incapable } });
    expect((await statusOf(world, id)).state).toBe("INACTIVE:INCAPABLE");
  });

  it("waits for a device out of reach, and commands it when it is back", async () => {
    const world = await setting();
    const { sandbox, vehicleId } = world;
    const { id } = await create(world, forVehicle(world));
    sandbox.devices.update(vehicleId, { isReachable: false });
    goTo(world, 14);
    expect((await statusOf(world, id)).state).toBe("PENDING");
    sandbox.clock.advance(60_000);
    expect(await statusOf(world, id)).toMatchObject({
      state: "MISALIGNED",
      changedAt: at(START + 14 * HOUR + 10_000),
    });
    goTo(world, 16);
    expect((await statusOf(world, id)).state).toBe("MISALIGNED");
    sandbox.devices.update(vehicleId, { isReachable: true });
    expect((await statusOf(world, id)).state).toBe("PENDING");
    sandbox.clock.advance(2_000);
    expect((await statusOf(world, id)).state).toBe("ALIGNED");
  });

  it("tries again when a command has failed", async () => {
    const world = await setting();
    const { sandbox } = world;
    sandbox.faults.nextAction({ type: "NO_RESPONSE", after: 30_000 });
    const { id } = await create(world, forVehicle(world, { defaultShouldCharge: true }));
    sandbox.clock.advance(60_000);
    expect((await statusOf(world, id)).state).toBe("MISALIGNED");
    sandbox.clock.advance(5 * 60_000);
    expect(await statusOf(world, id)).toMatchObject({ state: "ALIGNED", isCharging: true });
  });

  it("stops a device that begins to charge by itself, and starts one that is plugged in", async () => {
    const world = await setting();
    const { sandbox, vehicleId } = world;
    const { id } = await create(world, forVehicle(world));
    sandbox.devices.update(vehicleId, { isCharging: true });
    expect((await statusOf(world, id)).state).toBe("PENDING");
    sandbox.clock.advance(2_000);
    expect(isCharging(world)).toBe(false);
    sandbox.devices.update(vehicleId, { isPluggedIn: false });
    goTo(world, 15);
    expect(await statusOf(world, id)).toMatchObject({
      state: "ALIGNED",
      isChargingExpected: false,
      isChargingExpectedParts: { needsCharge: true, isPluggedIn: false, shouldCharge: true },
    });
    sandbox.devices.update(vehicleId, { isPluggedIn: true });
    sandbox.clock.advance(2_000);
    expect(isCharging(world)).toBe(true);
  });

  it("gives way to a newer one for the same device", async () => {
    const world = await setting();
    const older = await create(world, forVehicle(world, { defaultShouldCharge: true }));
    const newer = await create(world, forVehicle(world, { rules: [] }));
    goTo(world, 1);
    expect((await statusOf(world, older.id)).state).toBe("INACTIVE:OVERRIDDEN");
    expect((await statusOf(world, newer.id)).state).toBe("ALIGNED");
    expect(isCharging(world)).toBe(false);
    await world.call("DELETE", `/schedules/${newer.id}`);
    expect((await statusOf(world, older.id)).state).toBe("PENDING");
  });

  it("gives way to an override until charging stops", async () => {
    const world = await setting();
    const { call, sandbox, vehicleId } = world;
    const { id } = await create(world, forVehicle(world));
    const { body } = await call("POST", `/vehicles/${vehicleId}/smart-override`);
    const { createdAt, endedAt, targetType, targetId, vendorActionId } = body;
    sandbox.clock.advance(5_000);
    expect(await statusOf(world, id)).toMatchObject({
      state: "INACTIVE:OVERRIDDEN",
      isCharging: true,
      smartOverride: { createdAt, endedAt, targetType, targetId, vendorActionId },
    });
    await call("DELETE", `/vehicles/${vehicleId}/smart-override`);
    expect(await statusOf(world, id)).toMatchObject({ state: "PENDING", smartOverride: null });
    sandbox.clock.advance(2_000);
    expect(isCharging(world)).toBe(false);
  });

  it("switches smart charging of its vehicle off, and gives way to it later", async () => {
    const world = await setting();
    const { call, vehicleId } = world;
    const policy = { isEnabled: true, deadline: "07:00", minimumChargeLimit: 20 };
    const path = `/vehicles/${vehicleId}/smart-charging-policy`;
    expect((await call("PUT", path, policy)).status).toBe(200);
    const { id } = await create(world, forVehicle(world));
    expect((await call("GET", path)).body.isEnabled).toBe(false);
    expect((await statusOf(world, id)).state).not.toMatch("INACTIVE");
    await call("PUT", path, policy);
    expect((await statusOf(world, id)).state).toBe("INACTIVE:OVERRIDDEN");
  });

  it("tells webhooks of each change at its moment", async () => {
    const world = await setting({ deliver: async () => new Response(null, { status: 204 }) });
    const { call, sandbox } = world;
    const { id, ...rest } = await create(world, forVehicle(world));
    await call("POST", "/webhooks", {
      url: "https://example.com/hook",
      secret: "0123456789abcdef",
    });
    goTo(world, 30);
    await sandbox.deliver();
    const events = sandbox.events
      .list()
      .filter(
        (event): event is ScheduleExecutionUpdatedEvent =>
          event.event === "user:schedule:execution-updated",
      );
    expect(events.map(({ createdAt, status }) => [createdAt, status.state])).toEqual([
      [at(START + 14 * HOUR), "PENDING"],
      [at(START + 14 * HOUR + 2_000), "ALIGNED"],
      [expect.stringMatching("2025-01-07T03:27"), "ALIGNED"],
      [at(START + 22 * HOUR), "ALIGNED"],
    ]);
    const [pending, aligned] = events;
    expect(pending).toMatchObject({ user: { id: "anna" }, schedule: { id, ...rest } });
    expect(aligned?.updatedFields).toEqual(["state", "isCharging"]);
  });

  it("comes to the same whether or not somebody looks and listens, whatever happens", async () => {
    const change = fc.oneof(
      fc.record({ isPluggedIn: fc.boolean() }),
      fc.record({ isReachable: fc.boolean() }),
      fc.record({ isCharging: fc.boolean() }),
      fc.record({ batteryLevel: fc.integer({ min: 0, max: 100 }) }),
    );
    const deed = fc.oneof(
      change.map((settings) => ({ settings })),
      fc.record({ update: fc.record({ isEnabled: fc.boolean() }) }),
      fc.record({ override: fc.constantFrom("POST", "DELETE") }),
    );
    const happening = fc.record({ minutes: fc.integer({ min: 1, max: 900 }), deed });
    const rules = [NIGHT, { ...NIGHT, hourMinute: { from: "12:00", to: "12:45" } }];
    const run = async (happenings: readonly Happening[], isWatched: boolean) => {
      const deliver = async () => new Response(null, { status: 204 });
      const world = await setting({ deliver });
      const { call, sandbox, vehicleId } = world;
      const { id } = await create(world, forVehicle(world, { rules }));
      const hook = { url: "https://example.com/hook", secret: "0123456789abcdef" };
      if (isWatched) await call("POST", "/webhooks", hook);
      const seen: unknown[] = [];
      for (const { minutes, deed } of happenings) {
        if (isWatched) {
          const step = Math.floor((minutes * 60_000) / 7);
          for (let each = 0; each < 7; each++) sandbox.clock.advance(step);
          sandbox.clock.advance(minutes * 60_000 - 7 * step);
        } else sandbox.clock.advance(minutes * 60_000);
        if ("settings" in deed) sandbox.devices.update(vehicleId, deed.settings);
        else if ("update" in deed) await call("PUT", `/schedules/${id}`, deed.update);
        else await call(deed.override, `/vehicles/${vehicleId}/smart-override`);
        seen.push(await statusOf(world, id));
      }
      const { body } = await call("GET", `/vehicles/${vehicleId}`);
      const level = Math.round(body.chargeState.batteryLevel);
      return { seen, level };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 8 }), async (happenings) => {
        expect(await run(happenings, true)).toEqual(await run(happenings, false));
      }),
      { numRuns: 15 },
    );
  });
});

type Deed =
  | { readonly settings: VehicleSettings }
  | { readonly update: { readonly isEnabled: boolean } }
  | { readonly override: string };

interface Happening {
  readonly minutes: number;
  readonly deed: Deed;
}

describe("a schedule for temperature", () => {
  const HEAT = { mode: "HEAT", heatSetpoint: 18, holdType: "PERMANENT" };
  const HOLD = { mode: "HEAT", heatSetpoint: 22, holdType: "PERMANENT" };

  async function withHvac(change: object = {}) {
    const world = await setting();
    const { id: targetId } = world.sandbox.devices.add("anna", "hvac", { vendor: "ADAX" });
    const schedule = await create(world, {
      targetId,
      targetType: "hvac",
      isEnabled: true,
      defaultTargetState: HOLD,
      rules: [{ targetState: HEAT, hourMinute: { from: "22:00", to: "06:00" } }],
      ...change,
    });
    return { ...world, targetId, schedule };
  }

  it("sets what the unit holds", async () => {
    const world = await withHvac();
    const { schedule, call, sandbox, targetId } = world;
    expect(await statusOf(world, schedule.id)).toMatchObject({
      scheduleType: "TEMPERATURE",
      state: "PENDING",
      current: { holdType: "SCHEDULED" },
      expected: HOLD,
      upcomingTransitions: [
        { at: at(START + 14 * HOUR), target: HEAT },
        { at: at(START + 22 * HOUR), target: HOLD },
      ],
    });
    sandbox.clock.advance(2_000);
    expect(await statusOf(world, schedule.id)).toMatchObject({ state: "ALIGNED", current: HOLD });
    goTo(world, 15);
    const { body } = await call("GET", `/hvacs/${targetId}`);
    expect(body.thermostatState).toMatchObject(HEAT);
    const hold = { mode: "HEAT", heatSetpoint: 20 };
    const refused = await call("POST", `/hvacs/${targetId}/permanent-hold`, hold);
    expect(refused.status).toBe(422);
    goTo(world, 24);
    expect(await statusOf(world, schedule.id)).toMatchObject({ state: "ALIGNED", current: HOLD });
  });

  it("can give the unit back to its own programme", async () => {
    const world = await withHvac({ defaultTargetState: { holdType: "SCHEDULED" } });
    const { schedule } = world;
    expect((await statusOf(world, schedule.id)).state).toBe("ALIGNED");
    goTo(world, 15);
    expect((await statusOf(world, schedule.id)).current).toEqual(HEAT);
    goTo(world, 23);
    expect((await statusOf(world, schedule.id)).current).toEqual({ holdType: "SCHEDULED" });
  });

  it.each([
    [{ defaultTargetState: { ...HEAT, heatSetpoint: "18" } }, "defaultTargetState.heatSetpoint"],
    [{ defaultTargetState: { ...HEAT, mode: "DRY" } }, "defaultTargetState.mode"],
    [{ defaultTargetState: null }, "defaultTargetState"],
    [{ rules: [{ targetState: { mode: "OFF" } }] }, "rules[0].targetState.holdType"],
    [{ targetType: "vehicle" }, "targetType"],
  ])("is not changed to %o", async (change, path) => {
    const { call, schedule } = await withHvac();
    const { status, body } = await call("PUT", `/schedules/${schedule.id}`, change);
    expect(status).toBe(400);
    expect(body.issues).toEqual([expect.objectContaining({ path })]);
  });
});
