import { describe, expect, it } from "vitest";
import {
  at,
  create,
  DAY,
  forVehicle,
  goTo,
  HOUR,
  NIGHT,
  NOWHERE,
  START,
  setting,
  statusOf,
} from "../support/schedule-setting.ts";

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
    [{ rules: [{ ...NIGHT, weekdays: [7] }] }, "rules[0].weekdays[0]"],
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
