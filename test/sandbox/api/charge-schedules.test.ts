import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScheduleExecutionUpdatedEvent } from "../../../generated/types.ts";
import type { VehicleSettings } from "../../../src/sandbox/index.ts";
import {
  at,
  create,
  DAY,
  forVehicle,
  goTo,
  HOUR,
  isCharging,
  NIGHT,
  START,
  setting,
  statusOf,
} from "../support/schedule-setting.ts";

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

  it("reports its state, and what comes next", async () => {
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

  it("takes the first rule that applies, within its first and last time", async () => {
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

  it("rests while its device accepts no commands", async () => {
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

  it("sends each change to webhooks at its time", async () => {
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

  it("has the same outcome with or without reads and webhooks, whatever happens", async () => {
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
      const times: number[] = [];
      for (const { minutes, deed } of happenings) {
        if (isWatched) {
          const step = Math.floor((minutes * 60_000) / 7);
          for (let each = 0; each < 7; each++) sandbox.clock.advance(step);
          sandbox.clock.advance(minutes * 60_000 - 7 * step);
        } else sandbox.clock.advance(minutes * 60_000);
        if ("settings" in deed) sandbox.devices.update(vehicleId, deed.settings);
        else if ("update" in deed) await call("PUT", `/schedules/${id}`, deed.update);
        else await call(deed.override, `/vehicles/${vehicleId}/smart-override`);
        const { changedAt, ...status } = await statusOf(world, id);
        seen.push(status);
        times.push(Date.parse(changedAt));
      }
      const { body } = await call("GET", `/vehicles/${vehicleId}`);
      const level: number = body.chargeState.batteryLevel;
      return { seen, level, times };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 8 }), async (happenings) => {
        const [watched, alone] = [await run(happenings, true), await run(happenings, false)];
        expect(watched.seen).toEqual(alone.seen);
        expect(Math.abs(watched.level - alone.level)).toBeLessThan(0.2);
        // Each read rounds the time at which a battery is full to a millisecond.
        for (const [index, time] of watched.times.entries()) {
          expect(Math.abs(time - (alone.times[index] ?? 0))).toBeLessThan(20);
        }
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
