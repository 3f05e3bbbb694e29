import { describe, expect, it } from "vitest";
import {
  batteryAt,
  createWorld,
  day,
  eventOf,
  hour,
  meterAt,
  start,
  vehicleAt,
} from "../support/world.ts";

const span = { from: start, to: start + 2 * hour, every: "1h" } as const;

function inverterAt(at: number, productionState: object) {
  const state = { lastUpdated: new Date(at).toISOString(), ...productionState };
  return eventOf("inverter", { id: "sun", productionState: state }, { at });
}

function systemAt(at: number, today: object) {
  const totals = { unit: "kWh", lastUpdated: new Date(at).toISOString(), ...today };
  return eventOf("hemSystem", { id: "home", status: { energy: { today: totals } } }, { at });
}

describe("history.energy", () => {
  it("is power over time, and nothing while a car does not charge", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { chargeRate: null, isCharging: false }),
      vehicleAt(start + hour / 2, { chargeRate: 8, isCharging: true }),
      vehicleAt(start + 1.25 * hour, { chargeRate: null, isCharging: false }),
    ]);
    const { points, userId, deviceIds } = await history.energy({
      deviceId: "car",
      kind: "vehicle",
      ...span,
    });
    expect({ userId, deviceIds }).toEqual({ userId: "anna", deviceIds: ["car"] });
    expect(points).toMatchObject([
      { kwh: 4, parts: { charged: 4, discharged: 0 }, coverage: 1 },
      { kwh: 2, parts: { charged: 2, discharged: 0 }, coverage: 1 },
    ]);
  });

  it("tells the two directions apart", async () => {
    const { history } = createWorld();
    await history.apply([
      meterAt(start, 2),
      meterAt(start + hour / 2, -1),
      meterAt(start + hour, null),
      batteryAt(start, { chargeRate: -4 }),
      batteryAt(start + hour / 4, { chargeRate: 2 }),
    ]);
    const meter = await history.energy({ deviceId: "meter", kind: "meter", ...span });
    expect(meter.points).toMatchObject([
      { kwh: 0.5, parts: { imported: 1, exported: 0.5 }, coverage: 1 },
      { kwh: null, parts: { imported: null, exported: null }, coverage: 0 },
    ]);
    const battery = await history.energy({ userId: "anna", kind: "battery", ...span });
    expect(battery.points[0]).toMatchObject({ kwh: 0.5, parts: { charged: 1.5, discharged: 1 } });
  });

  it("is what a counter counted, also where nothing was read in between", async () => {
    const { history } = createWorld();
    await history.apply([
      inverterAt(start, { totalLifetimeProduction: 1_000, productionRate: 9 }),
      inverterAt(start + 2 * hour, { totalLifetimeProduction: 1_004, productionRate: 0 }),
    ]);
    const { points } = await history.energy({ deviceId: "sun", kind: "inverter", ...span });
    expect(points.map(({ kwh }) => kwh)).toEqual([2, 2]);
  });

  it("is power where the counter is not known", async () => {
    const { history } = createWorld();
    await history.apply(inverterAt(start, { totalLifetimeProduction: null, productionRate: 3 }));
    const { points } = await history.energy({ deviceId: "sun", kind: "inverter", ...span });
    expect(points.map(({ kwh }) => kwh)).toEqual([3, 3]);
  });

  it("is never below zero when a counter goes back", async () => {
    const { history } = createWorld();
    await history.apply([
      inverterAt(start, { totalLifetimeProduction: 1_000 }),
      inverterAt(start + hour, { totalLifetimeProduction: 999 }),
      inverterAt(start + 2 * hour, { totalLifetimeProduction: 1_001 }),
    ]);
    const { points } = await history.energy({ deviceId: "sun", kind: "inverter", ...span });
    expect(points.map(({ kwh }) => kwh)).toEqual([0, 1]);
  });

  it("goes on after the totals of a day have begun again", async () => {
    const { history } = createWorld();
    await history.apply([
      systemAt(start, { consumption: 20, import: 15 }),
      systemAt(start + hour, { consumption: 22, import: 16 }),
      systemAt(start + 1.25 * hour, { consumption: 0, import: 0 }),
      systemAt(start + 2 * hour, { consumption: 1.5, import: null }),
    ]);
    const { points } = await history.energy({ deviceId: "home", kind: "hemSystem", ...span });
    expect(points).toMatchObject([
      { kwh: 2, parts: { consumed: 2, imported: 1, exported: null } },
      { kwh: 1.5, parts: { consumed: 1.5, imported: 0 } },
    ]);
  });

  it("is the sum over the devices of a user", async () => {
    const { history } = createWorld();
    await history.apply([meterAt(start, 1, "one"), meterAt(start, 2, "two")]);
    const { points, deviceIds } = await history.energy({ userId: "anna", kind: "meter", ...span });
    expect(deviceIds).toEqual(["one", "two"]);
    expect(points[0]).toMatchObject({ kwh: 3, coverage: 1 });
  });

  it("spreads no increase over many days", async () => {
    const world = createWorld();
    await world.history.apply([
      inverterAt(start, { totalLifetimeProduction: 1_000 }),
      inverterAt(start + 5 * day, { totalLifetimeProduction: 1_100 }),
    ]);
    const { points } = await world.history.energy({
      deviceId: "sun",
      kind: "inverter",
      from: start,
      to: start + 6 * day,
      every: "day",
    });
    expect(points.map(({ coverage }) => coverage)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("costs no more for centuries of which nothing is known", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { chargeRate: 8, isCharging: true }),
      vehicleAt(start + hour, { chargeRate: null, isCharging: false }),
    ]);
    const { points } = await history.energy({
      deviceId: "car",
      kind: "vehicle",
      from: "1970-01-01",
      to: "2200-01-01",
      every: "month",
    });
    expect(points).toHaveLength(230 * 12);
    expect(points.filter(({ kwh }) => kwh !== null)).toMatchObject([{ kwh: 8 }]);
  });

  it("is none when a counter goes back for a moment, in any part and of any device", async () => {
    const { history } = createWorld({ keepRaw: null });
    const totals = [10_000, 10_001, 9_500, 10_002, 10_003];
    await history.apply(
      totals.flatMap((total, n) => [
        inverterAt(start + n * hour, { totalLifetimeProduction: total }),
        eventOf(
          "inverter",
          {
            id: "other",
            productionState: {
              totalLifetimeProduction: 10 * n,
              lastUpdated: new Date(start + n * hour).toISOString(),
            },
          },
          { at: start + n * hour },
        ),
      ]),
    );
    const query = {
      kind: "inverter",
      from: start + hour,
      to: start + 4 * hour,
      every: "1h",
    } as const;
    const kwh = async (whose: { deviceId: string } | { userId: string }) =>
      (await history.energy({ ...query, ...whose })).points.map((point) => point.kwh);
    const before = await kwh({ deviceId: "sun" });
    expect(before).toEqual([0, 1, 1]);
    expect(await kwh({ userId: "anna" })).toEqual([10, 11, 11]);

    await history.maintain();
    expect(await kwh({ deviceId: "sun" })).toEqual(before);
  });
});
